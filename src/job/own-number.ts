import { hash } from "node:crypto";
import type { Schedule } from "./job.ts";

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

/** The schedule as the job of this name has it, which is made of a declaration for each node: their jitter keeps them apart. */
export function ofOwnJitter(schedule: Schedule, name: string): Schedule {
  const { jitter } = schedule;
  return jitter === undefined
    ? schedule
    : { ...schedule, jitter: { ...jitter, seed: numberOf(`${jitter.seed}/${name}`) } };
}
