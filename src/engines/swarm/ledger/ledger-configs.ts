import { createHash } from "node:crypto";

/** The longest name that Swarm gives to a config. */
const LONGEST = 64;
/** In hexadecimal digits: 128 bits, so that two different things never meet in one. */
const HASH = 32;
/** Between what people read and the hash. No other name of ours has it. */
const MARK = "..";
const READABLE = LONGEST - MARK.length - HASH;

/**
 * The name of the config that keeps a job's record: `shipbell-backup`. Two different pairs of instance and job never
 * have the same one:
 * - `<instance>-<job>` only where the instance has no `-`, so that its first `-` ends the instance, and where it has
 *   no `..` either;
 * - everything else (an instance with `-`; too long; an end that Swarm does not allow) is cut, and ends with `..` and
 *   a hash of the pair.
 */
export function recordConfigName(instance: string, job: string): string {
  const plain = `${instance}-${job}`;
  const isUnambiguous = !instance.includes("-") && !plain.includes(MARK) && plain.length <= LONGEST;
  return isUnambiguous && /[a-z0-9]$/.test(plain) ? plain : hashedName(plain, ["page", instance, job]);
}

/** The name of the config that counts the instance's generations. Never a record's. */
export function counterConfigName(instance: string): string {
  return hashedName(`${instance}-generation`, ["generation", instance]);
}

/** The name of the config that keeps the text of a damaged record: the same for the same text. Never a record's. */
export function damagedConfigName(instance: string, job: string, text: string): string {
  return hashedName(`${instance}-${job}`, ["damaged", instance, job, text]);
}

/** False only for names that no config of this instance has. */
export function mayBelongTo(instance: string, name: string): boolean {
  return name.startsWith(`${instance}-`.slice(0, READABLE));
}

function hashedName(readable: string, hashed: readonly string[]): string {
  const hash = createHash("sha256").update(JSON.stringify(hashed)).digest("hex").slice(0, HASH);
  return `${readable.slice(0, READABLE)}${MARK}${hash}`;
}
