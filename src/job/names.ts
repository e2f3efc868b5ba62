import { createHash } from "node:crypto";

/** Longest name of a Swarm service, and so of every object of ours. */
const LONGEST = 63;
const DEFAULT_INSTANCE = "shipbell";

/** Between the instance and the run, and before a hash: nothing else in a name has them. */
const INSTANCE_MARK = "--";
const HASH_MARK = "__";
const HASH_DIGITS = 10;
const UPSTREAM_DIGITS = 8;

/** How much of a long instance is in a name that is cut: the job tells people more. */
const INSTANCE_SHOWN = 14;

/** What tells the runs of a job apart. */
interface RunStart {
  readonly scheduledAt: Date;
  /** The ID of the request that a manual start carries out, or `requestAfter`. */
  readonly request?: string;
}

/**
 * The ID of a run, from job, occurrence and (for a manual start) request alone, so that every scheduler that prepares it
 * comes to the same one: `backup-20261118t030000z`. Lower-case letters, digits, `-` and `_`.
 */
export function runId(job: string, start: RunStart): string {
  return runIdsOf(job)(start);
}

/** Returns the IDs of the runs of one job; for many of them, faster than `runId`. */
export function runIdsOf(job: string): (start: RunStart) => string {
  const name = named(job, { longest: LONGEST - "-9999".length, of: ["run", job] });
  return ({ scheduledAt, request }) =>
    name(request === undefined ? `-${stampOf(scheduledAt)}` : `-${stampOf(scheduledAt)}-${request}`);
}

/**
 * What takes the place of a request in the ID of a run that another job's end has started. It follows from that job's run alone,
 * so two schedulers that see the same end come to the same ID: `report-20261118t031007z-after5f0c9a1e`.
 */
export function requestAfter(upstreamRun: string): string {
  return `after${createHash("sha256").update(upstreamRun).digest("hex").slice(0, UPSTREAM_DIGITS)}`;
}

/**
 * The name of an attempt's object. Two different pairs of instance and run never have the same one:
 * - in the default instance, the run and the attempt: `backup-20261118t030000z-1`;
 * - in any other, these after the instance and `--`, which no run has: `shop--backup-20261118t030000z-1`;
 * - what is too long, or has `--` or `__` itself, is cut and gets `__` and a hash of what it was.
 */
export function objectName(instance: string, run: string, attempt: number): string {
  const suffix = `-${attempt}`;
  const prefix = `${instance}${INSTANCE_MARK}`;
  const full = instance === DEFAULT_INSTANCE ? run : prefix + run;
  const isUnambiguous = instance === DEFAULT_INSTANCE || (isPlain(instance) && !/[_-]$/.test(instance));
  if (isUnambiguous && full.length + suffix.length <= LONGEST) return full + suffix;
  const [, job = run, occurrence = ""] = /^(.+?)(-\d{8}t\d{6}z(?:-[a-z0-9]+)?)$/.exec(run) ?? [];
  return hashed(`${instance.slice(0, INSTANCE_SHOWN)}-${job}`, occurrence + suffix, {
    longest: LONGEST,
    of: ["object", instance, run],
  });
}

/** `20261118t030000z`. A page may need tens of thousands: no regular expressions. */
function stampOf(at: Date): string {
  const iso = at.toISOString();
  const end = iso.length - ".000Z".length;
  const [date, time] = [iso.slice(0, end - "T00:00:00".length), iso.slice(end - "00:00:00".length, end)];
  return `${date.split("-").join("")}t${time.split(":").join("")}z`;
}

interface Whole {
  readonly longest: number;
  /** What the hash is made of. */
  readonly of: readonly string[];
}

function named(name: string, whole: Whole): (suffix: string) => string {
  const isSafe = isPlain(name) && /^[a-z0-9_-]*$/.test(name);
  return (suffix) =>
    isSafe && name.length + suffix.length <= whole.longest ? name + suffix : hashed(name, suffix, whole);
}

function isPlain(name: string): boolean {
  return !name.includes(INSTANCE_MARK) && !name.includes(HASH_MARK);
}

/** The readable part has no marks, so that the only `__` comes before the hash. */
function hashed(name: string, suffix: string, { longest, of }: Whole): string {
  const hash = createHash("sha256").update(JSON.stringify(of)).digest("hex").slice(0, HASH_DIGITS);
  const end = HASH_MARK + hash + suffix;
  const safe = name.replaceAll(/[^a-z0-9_-]/g, "-").replaceAll(/[_-]{2,}/g, "-");
  return safe.slice(0, longest - end.length).replace(/[_-]+$/, "") + end;
}
