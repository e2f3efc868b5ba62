import { createHmac, hash, randomBytes, scrypt } from "node:crypto";

const BYTES = 8;

/** Returns a text that tells one secret from another; undefined while it is not known yet. */
export type DigestSecret = (text: string) => string | undefined;

/** More than any file declares. A secret that changes all the time cannot fill the memory. */
const MOST_KNOWN = 10_000;

/**
 * Digests of secrets, each computed once and outside the event loop. Others may read a digest (in the definition's hash, in
 * the name of the Swarm's secret), so it is slow on purpose: trying a password takes some 30 ms. The secrets themselves are
 * not kept: known ones are found by a fast digest under a key that never leaves this object.
 */
export class SecretDigests {
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, string>();
  /** One at a time: the threads that compute them also read files. */
  #last: Promise<unknown> = Promise.resolve();

  /** Returns the digest of a secret that was seen before. */
  known(text: string | Uint8Array): string | undefined {
    return this.#known.get(this.#nameOf(text));
  }

  async of(text: string | Uint8Array): Promise<string> {
    const known = this.known(text);
    if (known !== undefined) return known;
    const turn = this.#last.then(() => this.known(text) ?? digestSlowly(text));
    this.#last = turn.catch(() => undefined);
    const digest = await turn;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(this.#nameOf(text), digest);
    return digest;
  }

  #nameOf(text: string | Uint8Array): string {
    return createHmac("sha256", this.#key).update(text).digest("base64");
  }
}

function digestSlowly(text: string | Uint8Array): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(text, "shipbell", BYTES, (error, digest) => {
      if (error === null) resolve(digest.toString("hex"));
      else reject(error);
    });
  });
}

/** Tells one config from another. */
export function configDigest(text: string | Uint8Array): string {
  return hash("sha256", text, "hex").slice(0, 2 * BYTES);
}
