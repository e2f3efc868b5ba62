import { cacheImages, labImages } from "./images.ts";
import { labCommands, needCommands } from "./machine/packages.ts";
import { cacheShipbellImage } from "./shipbell-image.ts";

/**
 * Fetches and makes ahead of time what tests on engines ask for: Debian's packages, the base images, and the image of this
 * checkout. Whatever is not there when it is asked for is still made then. Rejects with a sentence for what cannot be had.
 */
export async function prepareLab(): Promise<void> {
  await needCommands(labCommands);
  await cacheImages(labImages);
  await cacheShipbellImage();
}
