import { detach, findDetached } from "./detached.ts";
import { type LabEngine, openEngine, startEngine, type UpRecord } from "./engine.ts";
import { ensureImages, labImages } from "./images.ts";

/**
 * Starts an engine that stays until `down`, puts images on it (all by default) and prints its DOCKER_HOST.
 * When it is up already, that is all it says.
 */
export async function labUp(name: string, images: readonly string[]): Promise<void> {
  const engine = await detachedEngine(name);
  await ensureImages(engine, images.length > 0 ? images : labImages);
  process.stdout.write(`DOCKER_HOST=${engine.dockerHost}\n`);
}

/** The engine of that name, which stays until `labDown`; started if it is not up. Without any image, if it is new. */
export async function detachedEngine(name: string): Promise<LabEngine> {
  const found = await findDetached<UpRecord>(name, "engine");
  return found ? openEngine(found) : startDetached(name);
}

/** It belongs to this process until it is up, so that the next start takes down what is left if this process dies midway. */
async function startDetached(name: string): Promise<LabEngine> {
  const engine = await startEngine({ name });
  await detach(engine.record);
  return engine;
}
