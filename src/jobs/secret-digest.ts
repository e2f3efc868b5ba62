import { hash, scryptSync } from "node:crypto";

const BYTES = 8;

/**
 * Tells one secret from another. It ends up where others may read it (in the definition's hash, in the name of the
 * Swarm's secret), so it is slow on purpose: whoever tries passwords needs some 30 ms for each.
 */
export function secretDigest(text: string | Uint8Array): string {
  return scryptSync(text, "shipbell", BYTES).toString("hex");
}

/** Tells one config from another. */
export function configDigest(text: string | Uint8Array): string {
  return hash("sha256", text, "hex").slice(0, 2 * BYTES);
}
