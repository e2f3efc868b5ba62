import { createHash } from "node:crypto";

/** On a secret or config that is kept for a schedule file: what it is called there. */
export const STORED_LABEL = "shipbell.stored";

/** As long as Swarm lets them be. */
const LONGEST = 64;
const HASH = 12;

export interface KeptContent {
  readonly instance: string;
  readonly kind: "secret" | "config";
  readonly source: string;
  readonly digest: string;
}

/** `shop-password-0123456789ab`: the same for the same content of the same name in one instance. */
export function keptName({ instance, kind, source, digest }: KeptContent): string {
  const text = JSON.stringify([instance, kind, source, digest]);
  const hash = createHash("sha256").update(text).digest("hex").slice(0, HASH);
  return `${source.slice(0, LONGEST - HASH - 1)}-${hash}`;
}
