import type { EngineClient } from "../lab/engine-client.ts";
import { until } from "../lab/machine/until.ts";
import { revisionOptions } from "../lab/shipbell-image.ts";
import { JOB_IMAGE } from "./demo-swarm.ts";
import { dockerHere } from "./docker-command.ts";

export const IMAGE = "shipbell-demo:latest";

/** The Dockerfile's first stage: without a name, what it leaves behind would not be found again. */
const BUILD_IMAGE = "shipbell-demo:build";
export const BUILT: readonly string[] = [IMAGE, BUILD_IMAGE];
const OTHERS = [JOB_IMAGE, "debian:bookworm-slim", "node:24-bookworm-slim"];
const LONGEST_MS = 10_000;
const CLASSIC = { DOCKER_BUILDKIT: "0" };

/** Builds and pulls what the demo needs. Gives the names of those that were not there before. */
export async function addImages(engine: EngineClient): Promise<readonly string[]> {
  const has = await Promise.all(OTHERS.map(async (image) => (await engine.docker("image", "ls", "-q", image)) !== ""));
  const added = [...BUILT, ...OTHERS.filter((_, index) => !has[index])];
  try {
    if (added.includes(JOB_IMAGE)) await engine.docker("pull", "--quiet", JOB_IMAGE);
    // The classic builder, as the lab has it: its layers go with the images, and no build cache stays.
    const build = (...options: string[]) => dockerHere(engine, ["build", "--quiet", ...options, "."], CLASSIC);
    await build("--target", "build", "--tag", BUILD_IMAGE);
    await build(...(await revisionOptions()), "--tag", IMAGE);
  } catch (error) {
    await removeImages(engine, added);
    throw error;
  }
  return added;
}

/** Swarm removes the containers of services in its own time, and as long as one is there its image cannot go. */
export async function removeImages(engine: EngineClient, images: readonly string[]): Promise<void> {
  const remove = (image: string) => until(() => isRemoved(engine, image), AbortSignal.timeout(LONGEST_MS), 500);
  for (const image of images) await remove(image).catch(() => {}); // in use by something else now
}

async function isRemoved(engine: EngineClient, image: string): Promise<boolean> {
  if ((await engine.docker("image", "ls", "--quiet", image)) === "") return true;
  const removal = engine.docker("image", "rm", image);
  return removal.then(
    () => true,
    () => false,
  );
}
