import { hash } from "node:crypto";
import type { Job } from "./job.ts";

/** A collision takes millions of definitions of one job: only hashes of one job are compared. */
const LENGTH = 16;

/**
 * Returns 16 hexadecimal digits of a job without its origin. The order of keys does not matter. Of a schedule it takes what
 * the author wrote: what this version makes of that is no change of the definition.
 */
export function jobHash(job: Omit<Job, "origin" | "hash">): string {
  const { name, exclusions, after, template, policies, suspended, inputs, eachNode } = job;
  const schedules = job.schedules.map(({ pattern, timezone, jitter, written = pattern }) => ({
    pattern: written,
    timezone,
    jitterMs: jitter?.ms,
  }));
  return hashOf({ name, schedules, exclusions, after, template, policies, suspended, inputs, eachNode });
}

/** Returns 16 hexadecimal digits of a value that JSON can hold, whatever the order of its keys. */
export function hashOf(value: unknown): string {
  // A slice of the text would keep the whole text in memory.
  return hash("sha256", canonical(value), "buffer").toString("hex", 0, LENGTH / 2);
}

/** Returns JSON with the keys of every object in order, without undefined ones. Runs for every job, so it is kept fast. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  let text = "{";
  for (const key of Object.keys(value).sort()) {
    const inner = (value as Readonly<Record<string, unknown>>)[key];
    if (inner !== undefined) text += `${JSON.stringify(key)}:${canonical(inner)},`;
  }
  return `${text}}`;
}
