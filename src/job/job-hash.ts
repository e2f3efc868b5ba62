import { hash } from "node:crypto";
import type { Job } from "./job.ts";

/** Collisions need millions of definitions of one job; what is compared is always one job's. */
const LENGTH = 16;

/** Sixteen hexadecimal digits of everything that a job says but where it says so. The order of keys does not matter. */
export function jobHash(job: Omit<Job, "origin" | "hash">): string {
  const { name, schedules, template, policies, suspended } = job;
  return hashOf({ name, schedules, template, policies, suspended });
}

/** Sixteen hexadecimal digits of a value that JSON can hold, whatever the order of its keys. */
export function hashOf(value: unknown): string {
  return hash("sha256", canonical(value), "hex").slice(0, LENGTH);
}

/** JSON with the keys of every object in order, and without those that are undefined. It is on the way of every job. */
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
