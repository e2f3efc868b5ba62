import { createHash } from "node:crypto";

/** Of names of runs of shipbell, for UUIDs of version 5 (RFC 9562). It was drawn once, and stays. */
const NAMESPACE = "5d8c1a52-7d0e-4f0b-9c3e-2f6b1f0c9e47";

/** The same for each scheduler and each try: it follows from the instance and the run. */
export function runUuid(instance: string, run: string): string {
  const hash = createHash("sha1").update(Buffer.from(NAMESPACE.replaceAll("-", ""), "hex"));
  const bytes = hash.update(`${instance}/${run}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x50;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
