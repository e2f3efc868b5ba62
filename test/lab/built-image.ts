import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { startEngine } from "./engine.ts";
import type { EngineClient } from "./engine-client.ts";
import { ensureImages } from "./images.ts";
import { cacheFolder, shortId } from "./lab-folder.ts";
import { withLock } from "./machine/lock.ts";

/**
 * Puts the image that a folder's Dockerfile makes on an engine, under a name. It is built with the classic builder, as its
 * users build it, by an engine of its own (which has a way out, whatever the other has), once for each version of the folder.
 * Its base must be an image of the lab.
 */
export async function ensureBuilt(engine: EngineClient, tag: string, folder: string, base: string): Promise<void> {
  const file = `built-${tag.replace(":", "_")}_`;
  const cached = join(cacheFolder(), `${file}${await digest(folder)}.tar`);
  if (!existsSync(cached)) await withLock(file, () => build({ tag, folder, base, file, cached }));
  await engine.docker("load", "--input", cached);
}

type Build = { tag: string; folder: string; base: string; file: string; cached: string };

async function build({ tag, folder, base, file, cached }: Build): Promise<void> {
  if (existsSync(cached)) return; // by the one that had the lock before us
  process.stderr.write(`lab: building ${tag} …\n`);
  await using builder = await startEngine();
  await ensureImages(builder, [base]);
  await builder.docker("build", "--quiet", "--force-rm", "--tag", tag, folder);
  const draft = join(cacheFolder(), `draft-${shortId()}`);
  await builder.docker("save", "--output", draft, tag);
  for (const name of await readdir(cacheFolder())) if (name.startsWith(file)) await rm(join(cacheFolder(), name));
  await rename(draft, cached);
}

async function digest(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of (await readdir(folder)).sort())
    hash.update(`${name}\0`).update(await readFile(join(folder, name)));
  return hash.digest("hex").slice(0, 16);
}
