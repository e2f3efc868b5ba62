import { cacheImages } from "./images.ts";
import { labCommands, needCommands } from "./machine/packages.ts";

/**
 * Fetches and makes ahead of time what all tests on engines ask for: Debian's packages, and the images that they run and build
 * from. Whatever is not there when it is asked for is still made then. Rejects with a sentence for what cannot be had.
 */
export async function prepareLab(): Promise<void> {
  await needCommands(labCommands);
  await cacheImages(["busybox:latest", "debian:bookworm-slim"]);
}
