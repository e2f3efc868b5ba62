import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
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
/** What our examples run beside their jobs. */
const programs: readonly StandIn[] = [mariadb, nginx, redis];
const standIns: readonly StandIn[] = [...bases, ...programs];

/** The images that an engine gets from the lab when nobody says which. */
export const labImages: readonly string[] = bases.map(({ image }) => image);

/**
 * Puts images on an engine: from the cache; else by pulling, where a registry answers within five seconds; else made
 * from Debian packages under the same names. What was pulled or made goes into the cache (the Debian one takes half a
 * minute). Rejects with a sentence for an image that can be had in none of these ways.
 */
export async function ensureImages(engine: EngineClient, images: readonly string[]): Promise<void> {
  for (const image of images) if (!(await hasImage(engine, image))) await addImage(engine, standInFor(image));
}

async function addImage(engine: EngineClient, standIn: StandIn): Promise<void> {
  if (!existsSync(cacheFile(standIn))) await withLock("images", () => fillCache(engine, standIn));
  if (!(await hasImage(engine, standIn.image))) await engine.docker("load", "--input", cacheFile(standIn));
}

async function fillCache(engine: EngineClient, standIn: StandIn): Promise<void> {
  if (existsSync(cacheFile(standIn))) return; // by the one that had the lock before us
  const pulled = (await pullImage(engine.socketPath, standIn.image)) && (await hasImage(engine, standIn.image));
  if (!pulled) await make(engine, standIn);
  await saveImage(engine, standIn);
}

async function make(engine: EngineClient, standIn: StandIn): Promise<void> {
  if (standIn.from && !(await hasImage(engine, standIn.from))) await addBase(engine, standInFor(standIn.from));
  process.stderr.write(`lab: ${standIn.image} cannot be pulled; making a stand-in …\n`);
  await removeWorkFolders();
  const folder = join(cacheFolder(), `work-${shortId()}`);
  await mkdir(folder, { recursive: true });
  await standIn.make(engine, folder);
  await removeWorkFolders();
}

/** Like addImage, for those who hold the lock. */
async function addBase(engine: EngineClient, standIn: StandIn): Promise<void> {
  await fillCache(engine, standIn);
  if (!(await hasImage(engine, standIn.image))) await engine.docker("load", "--input", cacheFile(standIn));
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
