import { hash } from "node:crypto";

/** A job among all that there are. */
export interface Owner {
  readonly instance: string;
  readonly job: string;
}

/**
 * Returns a number from 0 to 2^48 - 1 that follows from these names alone: it is the same on every machine and after every
 * start. Over the names of many jobs it is spread evenly.
 */
export function ownNumber({ instance, job }: Owner, what: string): number {
  // No name has a slash.
  return numberOf(`${instance}/${job}/${what}`);
}

/** Returns a number from 0 to 2^48 - 1 that follows from this text alone. */
export function numberOf(text: string): number {
  return Number.parseInt(hash("sha256", text, "hex").slice(0, 12), 16);
}
