import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** What a token begins with, so that programs that search for secrets find one that has leaked. */
const PREFIX = "sb_";

/** A token of the file: only its hash is known, from which the token cannot be made. */
export interface TokenHash {
  /** SHA-256, in hexadecimal digits. */
  readonly sha256: string;
}

/** Makes a token that cannot be guessed. */
export function makeToken(): string {
  return PREFIX + randomBytes(32).toString("base64url");
}

export function hashToken(token: string): string {
  return digest(token).toString("hex");
}

/** Finds the token with that text. Takes as long whichever it is, and if it is none. */
export function findToken<T extends TokenHash>(tokens: readonly T[], text: string): T | undefined {
  const sent = digest(text);
  return tokens.filter(({ sha256 }) => timingSafeEqual(Buffer.from(sha256, "hex"), sent))[0];
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
