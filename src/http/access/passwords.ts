import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/**
 * How a new password is hashed: as OWASP recommends where 16 MB are to do. It takes a few tenths of a second, next to the
 * event loop.
 */
const NEW = { ln: 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;
/** A hash that would take more memory or time than this is refused when it is read. */
const MOST_MEMORY_BYTES = 64 * 1024 ** 2;
const MOST_WORK = 2 ** 22;

/** What a hash says: `$scrypt$ln=14,r=8,p=5$SALT$KEY`, in base64 without `=`. */
export interface PasswordHash {
  readonly cost: { readonly N: number; readonly r: number; readonly p: number };
  readonly salt: Buffer;
  readonly key: Buffer;
}

/** Returns the line's value for a password. Each time it is another one. */
export async function hashPassword(password: string): Promise<string> {
  const { ln, r, p } = NEW;
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, { cost: { N: 2 ** ln, r, p }, salt, key: Buffer.alloc(KEY_BYTES) });
  return `$scrypt$ln=${ln},r=${r},p=${p}$${unpadded(salt)}$${unpadded(key)}`;
}

/** Undefined for what is no hash that `hashPassword` could have made, or too costly to check. */
export function parsePasswordHash(text: string): PasswordHash | undefined {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{22,88})$/.exec(
    text,
  );
  const [, ln = "", r = "", p = "", salt = "", key = ""] = match ?? [];
  const cost = { N: 2 ** Number(ln), r: Number(r), p: Number(p) };
  const isCost = cost.N >= 2 && cost.r >= 1 && cost.p >= 1;
  if (match === null || !isCost || memoryOf(cost) > MOST_MEMORY_BYTES || cost.N * cost.r * cost.p > MOST_WORK)
    return undefined;
  return { cost, salt: Buffer.from(salt, "base64"), key: Buffer.from(key, "base64") };
}

/** Takes as long for a wrong password as for the right one. */
export async function isPassword(password: string, hash: PasswordHash): Promise<boolean> {
  const derived = await derive(password, hash);
  return timingSafeEqual(derived, hash.key);
}

/** A hash that no password has, for unknown names: they are answered as late as others. */
export function hashOfNoPassword(): PasswordHash {
  const { ln, r, p } = NEW;
  return { cost: { N: 2 ** ln, r, p }, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) };
}

function derive(password: string, { cost, salt, key }: PasswordHash): Promise<Buffer> {
  // What is typed on one keyboard and on another may be other code points of the same letters.
  const bytes = Buffer.from(password.normalize("NFC"));
  return new Promise((resolve, reject) => {
    scrypt(bytes, salt, key.length, { ...cost, maxmem: 2 * memoryOf(cost) }, (error, derived) =>
      error === null ? resolve(derived) : reject(error),
    );
  });
}

/** As OpenSSL counts it. */
function memoryOf({ N, r, p }: PasswordHash["cost"]): number {
  return 128 * r * (N + p + 2);
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replace(/=+$/, "");
}
