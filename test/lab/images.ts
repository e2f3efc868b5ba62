import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { startEngine } from "./engine.ts";
import type { EngineClient } from "./engine-client.ts";
import { cacheFolder, shortId } from "./lab-folder.ts";
import { withLock } from "./machine/lock.ts";
import { endProcesses, processesOf } from "./machine/processes.ts";
import { unmountUnder } from "./machine/remnants.ts";
import { busybox } from "./stand-ins/busybox.ts";
import { debian } from "./stand-ins/debian.ts";
import { mariadb } from "./stand-ins/mariadb.ts";
import { nginx } from "./stand-ins/nginx.ts";
import { node } from "./stand-ins/node.ts";
import { pullImage } from "./stand-ins/pull.ts";
import { redis } from "./stand-ins/redis.ts";
import type { StandIn } from "./stand-ins/stand-in.ts";

const bases: readonly StandIn[] = [busybox, debian, node];
/** What our examples run next to their jobs. */
const programs: readonly StandIn[] = [mariadb, nginx, redis];
const standIns: readonly StandIn[] = [...bases, ...programs];

/** The images that an engine gets from the lab by default. */
export const labImages: readonly string[] = bases.map(({ image }) => image);

/**
 * Puts images on an engine, from the lab's cache. An image that the cache lacks is pulled, where a registry answers within
 * five seconds, and else made from Debian packages under the same name (the Debian one takes half a minute). Either is the
 * work of a private engine that lives no longer than that: `engine` may be a host without names or a way out, as those of a
 * Swarm are. Rejects with a sentence for an image that the lab does not know.
 */
export async function ensureImages(engine: EngineClient, images: readonly string[]): Promise<void> {
  const lacking: string[] = [];
  for (const image of images) if (!(await hasImage(engine, image))) lacking.push(image);
  await cacheImages(lacking);
  for (const image of lacking) await engine.docker("load", "--input", cacheFile(standInFor(image)));
}

/** Pulls or makes images for the lab's cache, as `ensureImages` does, and puts them on no engine. */
export async function cacheImages(images: readonly string[]): Promise<void> {
  const wanted = images.map(standInFor);
  if (wanted.every(isCached)) return;
  await withLock("images", async () => {
    const missing = wanted.filter((standIn) => !isCached(standIn)); // the one that had the lock before us made some
    if (missing.length === 0) return;
    await using builder = await startEngine();
    for (const standIn of missing) await obtain(builder, standIn);
  });
}

const isCached = (standIn: StandIn) => existsSync(cacheFile(standIn));

/** For holders of the lock "images": the image is on the builder and in the cache afterwards, and so is what it is made from. */
async function obtain(builder: EngineClient, standIn: StandIn): Promise<void> {
  if (await hasImage(builder, standIn.image)) return;
  if (isCached(standIn)) {
    await builder.docker("load", "--input", cacheFile(standIn));
    return;
  }
  const pulled = (await pullImage(builder.socketPath, standIn.image)) && (await hasImage(builder, standIn.image));
  if (!pulled) await make(builder, standIn);
  await saveImage(builder, standIn);
}

async function make(builder: EngineClient, standIn: StandIn): Promise<void> {
  if (standIn.from) await obtain(builder, standInFor(standIn.from));
  process.stderr.write(`lab: ${standIn.image} cannot be pulled; making a stand-in …\n`);
  await removeWorkFolders();
  const folder = join(cacheFolder(), `work-${shortId()}`);
  await mkdir(folder, { recursive: true });
  await standIn.make(builder, folder);
  await removeWorkFolders();
}

/** The work folders of makers that died too: what still runs in one (debootstrap) is ended, what it mounted unmounted. */
async function removeWorkFolders(): Promise<void> {
  const names = await readdir(cacheFolder()).catch(() => []);
  for (const folder of names.filter((name) => name.startsWith("work-")).map((name) => join(cacheFolder(), name))) {
    await endProcesses(() => processesOf(folder));
    await unmountUnder(folder);
    await rm(folder, { recursive: true, force: true });
  }
}

async function saveImage(engine: EngineClient, standIn: StandIn): Promise<void> {
  const draft = join(cacheFolder(), `draft-${shortId()}`);
  await mkdir(cacheFolder(), { recursive: true });
  await engine.docker("save", "--output", draft, standIn.image);
  await rename(draft, cacheFile(standIn));
}

async function hasImage(engine: EngineClient, image: string): Promise<boolean> {
  return (await engine.api("GET", `/images/${encodeURIComponent(image)}/json`)).status === 200;
}

const cacheFile = ({ image, version }: StandIn) => join(cacheFolder(), `${image.replace(":", "_")}_${version}.tar`);

function standInFor(image: string): StandIn {
  const tagged = image.includes(":") ? image : `${image}:latest`;
  const found = standIns.find((standIn) => standIn.image === tagged);
  if (found) return found;
  throw new Error(`the lab has no image "${image}": it has ${standIns.map(({ image }) => image).join(", ")}.`);
}
