import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, glob, mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { startEngine } from "./engine.ts";
import type { EngineClient } from "./engine-client.ts";
import { ensureImages } from "./images.ts";
import { cacheFolder, shortId } from "./lab-folder.ts";
import { withLock } from "./machine/lock.ts";
import { finish } from "./machine/run-command.ts";

/** What the Dockerfile makes of this checkout. */
export const SHIPBELL_IMAGE = "shipbell:latest";

const checkout = join(import.meta.dirname, "../..");
const FOLDERS = ["src", "schema"];
/** All that goes into it. */
const parts = [
  "Dockerfile",
  ".dockerignore",
  ".npmrc",
  "package.json",
  "package-lock.json",
  "build.ts",
  "health.sh",
  ...FOLDERS,
];
const baseImages = ["debian:bookworm-slim", "node:24-bookworm-slim"];
/** An image says by it from which sources it is. Labels that begin with `shipbell.` are definitions of jobs. */
const sourcesLabel = "lab.shipbell.sources";

/**
 * Puts the image of this checkout on hosts that do not have it in this very version. It is built by an engine of its own
 * (half a minute; hosts of a Swarm have no way to the internet) once for each version of the sources, and kept.
 */
export async function ensureShipbellImage(hosts: readonly EngineClient[]): Promise<void> {
  const lacking = await hostsWithout(hosts, await digest(checkout));
  // The lock is kept until it is loaded, so that no process with newer sources removes it meanwhile.
  if (lacking.length > 0) await withLock("shipbell-image", () => load(lacking));
}

/** Builds the image of this checkout for the lab's cache, if it is not there, and puts it on no host. */
export async function cacheShipbellImage(): Promise<void> {
  await withLock("shipbell-image", () => load([]));
}

async function load(hosts: readonly EngineClient[]): Promise<void> {
  const sources = await takeSources();
  try {
    const version = await digest(sources);
    if (!existsSync(cacheFile(version))) await build(sources, version);
    const lacking = await hostsWithout(hosts, version);
    await Promise.all(lacking.map((host) => host.docker("load", "--input", cacheFile(version))));
  } finally {
    await rm(sources, { recursive: true, force: true });
  }
}

/** Copies the sources, so that the image matches its version even if the checkout is edited meanwhile. */
async function takeSources(): Promise<string> {
  await removeFromCache("sources-"); // of those that were killed
  const folder = join(cacheFolder(), `sources-${shortId()}`);
  await mkdir(folder, { recursive: true });
  for (const part of parts) await cp(join(checkout, part), join(folder, part), { recursive: true });
  return folder;
}

async function build(sources: string, version: string): Promise<void> {
  process.stderr.write(`lab: building ${SHIPBELL_IMAGE} …\n`);
  await using engine = await startEngine();
  await ensureImages(engine, baseImages);
  const label = `${sourcesLabel}=${version}`;
  const options = ["--force-rm", "--label", label, ...(await revisionOptions()), "--tag", SHIPBELL_IMAGE];
  await engine.docker("build", "--quiet", ...options, sources);
  const draft = join(cacheFolder(), `draft-${shortId()}`);
  await engine.docker("save", "--output", draft, SHIPBELL_IMAGE);
  await removeFromCache("shipbell_");
  await rename(draft, cacheFile(version));
}

/** For `docker build`: the commit of this checkout, with `-dirty` if something in it has changed; none without git. */
export async function revisionOptions(): Promise<string[]> {
  const args = ["describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"];
  const { code, stdout } = await finish("git", args, { cwd: checkout }).catch(() => ({ code: 1, stdout: "" }));
  return code === 0 ? ["--build-arg", `REVISION=${stdout.trim()}`] : [];
}

async function hostsWithout(hosts: readonly EngineClient[], version: string): Promise<EngineClient[]> {
  const versions = await Promise.all(hosts.map(versionOn));
  return hosts.filter((_, index) => versions[index] !== version);
}

async function versionOn(host: EngineClient): Promise<string | undefined> {
  type Image = { Config: { Labels: Record<string, string> | null } };
  const { status, json } = await host.api<Image>("GET", `/images/${SHIPBELL_IMAGE}/json`);
  return status === 200 ? json.Config.Labels?.[sourcesLabel] : undefined;
}

/** Of the names and contents of all parts under a folder. */
async function digest(folder: string): Promise<string> {
  const hash = createHash("sha256");
  const names: string[] = [];
  for await (const name of glob(["*", ".*", ...FOLDERS.map((name) => `${name}/**`)], { cwd: folder })) names.push(name);
  for (const name of names.sort()) {
    if (!parts.includes(name) && !FOLDERS.some((folder) => name.startsWith(`${folder}/`))) continue;
    if ((await stat(join(folder, name))).isFile()) hash.update(`${name}\0`).update(await readFile(join(folder, name)));
  }
  return hash.digest("hex").slice(0, 16);
}

async function removeFromCache(prefix: string): Promise<void> {
  for (const name of await readdir(cacheFolder()).catch(() => []))
    if (name.startsWith(prefix)) await rm(join(cacheFolder(), name), { recursive: true });
}

const cacheFile = (version: string) => join(cacheFolder(), `shipbell_${version}.tar`);
