import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EngineClient } from "./engine-client.ts";
import { ensureImages } from "./images.ts";
import { cacheFolder, shortId } from "./lab-folder.ts";
import { withLock } from "./machine/lock.ts";

/**
 * Builds a folder's Dockerfile under a name, with the classic builder, as its users do; from the cache where the folder was
 * built before. Its base must be an image of the lab.
 */
export async function ensureBuilt(engine: EngineClient, tag: string, folder: string, base: string): Promise<void> {
  const file = `built-${tag.replace(":", "_")}_`;
  const cached = join(cacheFolder(), `${file}${await digest(folder)}.tar`);
  await ensureImages(engine, [base]);
  if (!existsSync(cached)) await withLock(file, () => build(engine, { tag, folder, file, cached }));
  else await engine.docker("load", "--input", cached);
}

type Build = { tag: string; folder: string; file: string; cached: string };

async function build(engine: EngineClient, { tag, folder, file, cached }: Build): Promise<void> {
  process.stderr.write(`lab: building ${tag} …\n`);
  await engine.docker("build", "--quiet", "--force-rm", "--tag", tag, folder);
  const draft = join(cacheFolder(), `draft-${shortId()}`);
  await mkdir(cacheFolder(), { recursive: true });
  await engine.docker("save", "--output", draft, tag);
  for (const name of await readdir(cacheFolder())) if (name.startsWith(file)) await rm(join(cacheFolder(), name));
  await rename(draft, cached);
}

async function digest(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(folder)).sort())
    hash.update(`${name}\0`).update(await readFile(join(folder, name)));
  return hash.digest("hex").slice(0, 16);
}
