import { ensureShipbellImage, SHIPBELL_IMAGE } from "../lab/shipbell-image.ts";
import type { LabSwarm } from "../lab/swarm.ts";

/** Puts the image of this checkout on all managers, and gives its name. Built once, as a rule; that takes half a minute. */
export async function shipbellImage({ managers }: LabSwarm): Promise<string> {
  await ensureShipbellImage(managers);
  return SHIPBELL_IMAGE;
}
