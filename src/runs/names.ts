import { createHash } from "node:crypto";
import type { DueStart } from "../schedule/due.ts";

/** Longest name of a Swarm service, and so of every object of ours. */
const LONGEST = 63;
const DEFAULT_INSTANCE = "shipbell";

/**
 * The id of a run, from job, occurrence and (for a manual start) wish alone, so that whoever prepares it again after a
 * crash comes to the same: `backup-20261118t030000z`. Lower-case letters, digits, `-` and `_`.
 */
export function runId(job: string, start: DueStart): string {
  const stamp = start.scheduledAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, "").toLowerCase();
  const suffix = start.wish === undefined ? "" : `-${start.wish}`;
  return shorten(job, `-${stamp}z${suffix}`, LONGEST - "-9999".length);
}

/** The name of an attempt's object: `backup-20261118t030000z-1`; other instances than the default one put theirs first. */
export function objectName(instance: string, run: string, attempt: number): string {
  const prefix = instance === DEFAULT_INSTANCE ? "" : `${instance}-`;
  return shorten(`${prefix}${run}`, `-${attempt}`, LONGEST);
}

/** A name that must be changed or cut gets a short hash of what it was, so that two never become one. */
function shorten(name: string, suffix: string, longest: number): string {
  const room = longest - suffix.length;
  const safe = name.replaceAll(/[^a-z0-9_-]/g, "-");
  if (safe === name && name.length <= room) return name + suffix;
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 6);
  return `${safe.slice(0, room - hash.length - 1)}-${hash}${suffix}`;
}
