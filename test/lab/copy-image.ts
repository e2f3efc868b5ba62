import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { EngineClient } from "./engine-client.ts";
import { cacheFolder, shortId } from "./lab-folder.ts";

/** Puts an image that one engine has, such as one that was built there, on others too, under the same name. */
export async function copyImage(from: EngineClient, image: string, to: readonly EngineClient[]): Promise<void> {
  const file = join(cacheFolder(), `draft-${shortId()}`);
  await mkdir(cacheFolder(), { recursive: true });
  try {
    await from.docker("save", "--output", file, image);
    await Promise.all(to.map((engine) => engine.docker("load", "--input", file)));
  } finally {
    await rm(file, { force: true });
  }
}
