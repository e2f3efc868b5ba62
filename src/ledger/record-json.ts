import * as z from "zod";
import type {
  AbsenceCause,
  DefinitionSeen,
  JobRecord,
  LostReason,
  MissReason,
  RefuseReason,
  RejectReason,
  SkipReason,
  Totals,
} from "./record.ts";

const SCHEMA = 1;

/**
 * Returns the record as JSON text, with instants as ISO 8601 in UTC. Requests keep the stored names that version 0.1.0
 * gave them, `wishes` and `wish`, so that it can read what we write.
 */
export function writeRecord(record: JobRecord): string {
  const runs = record.runs.map((run) => renameKey(run, "request", "wish"));
  return JSON.stringify({ ...renameKey(record, "requests", "wishes"), runs });
}

export type ReadRecord =
  | { readonly kind: "record"; readonly record: JobRecord }
  /** Written by a newer shipbell, and not to be touched. */
  | { readonly kind: "newer"; readonly message: string }
  | { readonly kind: "damaged"; readonly message: string };

/** Reads what `writeRecord` wrote. Never throws, whatever the text is. */
export function readRecord(text: string): ReadRecord {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { kind: "damaged", message: `not JSON: ${error instanceof Error ? error.message : error}` };
  }
  const schema = versioned.safeParse(json).data?.schema;
  if (schema !== undefined && schema > SCHEMA) {
    return { kind: "newer", message: `record schema ${schema} is newer than ours (${SCHEMA})` };
  }
  const read = record.safeParse(json);
  if (read.success) return { kind: "record", record: read.data };
  return { kind: "damaged", message: z.prettifyError(read.error).replaceAll("\n", " ") };
}

const versioned = z.object({ schema: z.number().int() });
const date = z.iso.datetime().transform((text) => new Date(text));
const count = z.number().int().nonnegative();
const environment = z.record(z.string(), z.string());
const trigger = z.enum(["schedule", "catch-up", "manual"]);
const outcomeKind = z.enum(["succeeded", "failed", "rejected", "timed-out", "replaced", "cancelled", "lost"]);
/**
 * A reason. A newer shipbell may write one that we do not know. It is kept as it stands: reasons are shown to people, and
 * nothing is decided by them. So the older scheduler does not take a record for damaged during an update.
 */
const REASON = /^[a-z][a-z-]{0,62}$/;
const reason = <T extends string>() => z.custom<T>((value) => typeof value === "string" && REASON.test(value));
const byReason = <T>() => z.record(z.string().regex(REASON), count) as unknown as z.ZodType<T>;

const outcome = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("succeeded"), exitCode: z.number() }),
  z.object({ kind: z.literal("failed"), exitCode: z.number(), oom: z.union([z.boolean(), z.literal("unknown")]) }),
  z.object({
    kind: z.literal("rejected"),
    reason: reason<RejectReason>(),
    message: z.string(),
  }),
  z.object({ kind: z.literal("timed-out"), exitCode: z.number().exactOptional() }),
  z.object({ kind: z.literal("replaced"), exitCode: z.number().exactOptional() }),
  z.object({ kind: z.literal("cancelled"), exitCode: z.number().exactOptional() }),
  z.object({
    kind: z.literal("lost"),
    reason: reason<LostReason>(),
    message: z.string().exactOptional(),
  }),
]);

const lastLine = z.object({ time: z.string(), lines: count });

const attempt = z.object({
  number: count,
  objectName: z.string(),
  objectId: z.string().exactOptional(),
  boundAt: date,
  startedAt: date.exactOptional(),
  node: z.string().exactOptional(),
  image: z
    .object({ name: z.string(), digest: z.string().exactOptional(), id: z.string().exactOptional() })
    .exactOptional(),
  stopping: z
    .object({
      reason: z.enum(["timed-out", "replaced", "cancelled"]),
      since: date,
      signalledAt: date.exactOptional(),
      notStarted: z.string().exactOptional(),
    })
    .exactOptional(),
  outcome: outcome.exactOptional(),
  finishedAt: date.exactOptional(),
  retryAt: date.exactOptional(),
  output: z.string().exactOptional(),
  logged: z
    .object({ from: z.string(), stdout: lastLine.exactOptional(), stderr: lastLine.exactOptional() })
    .exactOptional(),
  outputLines: count.exactOptional(),
});

const retries = z.object({
  limit: count,
  delayMs: count,
  maxDelayMs: count,
  on: z.array(z.union([z.enum(["failed", "rejected", "timed-out", "lost"]), z.number()])),
});

const storedRun = z.object({
  id: z.string(),
  trigger,
  scheduledAt: date,
  definition: z.string(),
  policies: z.object({
    timeoutMs: z.number().exactOptional(),
    pendingTimeoutMs: z.number(),
    nodeGraceMs: z.number().exactOptional(),
    stopGracePeriodMs: z.number(),
    successExitCodes: z.array(z.number()),
    retries: retries.exactOptional(),
    endsWithTemplate: z.boolean().exactOptional(),
  }),
  attempts: z.array(attempt).min(1),
  outcome: outcome.exactOptional(),
  finishedAt: date.exactOptional(),
  wish: z.string().exactOptional(),
  environment: environment.exactOptional(),
});
const run = storedRun.transform((read) => renameKey(read, "wish", "request"));

/** A newer shipbell may have sources that we do not know; their names are kept, too. */
const source = z.custom<NonNullable<DefinitionSeen["origin"]>["source"]>((name) => typeof name === "string");

const absence = z.object({ because: reason<AbsenceCause>(), from: date, to: date });

const storedRecord = z.object({
  schema: z.literal(SCHEMA),
  job: z.string(),
  cursor: date,
  admittedThrough: date.exactOptional(),
  gaps: z.array(z.object({ after: date, through: date, absence: absence.exactOptional() })).exactOptional(),
  holds: z.array(z.object({ reason: z.enum(["paused", "suspended"]), since: date, until: date })).exactOptional(),
  paused: z.object({ since: date, reason: z.string().exactOptional() }).exactOptional(),
  definition: z.object({
    hash: z.string(),
    generation: count,
    schedules: z.array(z.object({ pattern: z.string(), timezone: z.string() })),
    suspended: z.boolean(),
    startingDeadlineMs: z.number().exactOptional(),
    origin: z.object({ source, unit: z.string() }).exactOptional(),
  }),
  runs: z.array(run),
  verdicts: z.array(
    z.object({
      kind: z.enum(["started", "skipped", "missed"]),
      reason: reason<SkipReason | MissReason>().exactOptional(),
      scheduledAt: date,
      through: date.exactOptional(),
      count: count.exactOptional(),
      absence: absence.exactOptional(),
      leftToCatchUp: count.exactOptional(),
      active: z.object({ count, run: z.string() }).exactOptional(),
      ended: z.enum(["changed", "reset"]).exactOptional(),
      decidedAt: date,
    }),
  ),
  totals: z.object({
    skipped: byReason<Totals["skipped"]>(),
    missed: byReason<Totals["missed"]>(),
    started: z.partialRecord(trigger, count),
    ended: z.partialRecord(outcomeKind, z.partialRecord(trigger, count)),
    retries: count.exactOptional(),
    runSeconds: z.object({ sum: z.number(), count }),
    lastStartAt: date.exactOptional(),
    lastCompletionAt: date.exactOptional(),
    lastSuccessAt: date.exactOptional(),
    lastFailureAt: date.exactOptional(),
    lastExitCode: z.number().exactOptional(),
  }),
  wishes: z.array(
    z.object({
      id: z.string(),
      kind: z.literal("run"),
      askedAt: date,
      environment: environment.exactOptional(),
      keptUntil: date.exactOptional(),
      refused: z.object({ reason: reason<RefuseReason>(), at: date }).exactOptional(),
    }),
  ),
  pulled: z.object({ image: z.string(), at: date }).exactOptional(),
  removedAt: date.exactOptional(),
  closedAt: date.exactOptional(),
});
const record: z.ZodType<JobRecord> = storedRecord.transform((read) => renameKey(read, "wishes", "requests"));

/** Returns the object with one key renamed, in its old position. */
function renameKey<T extends object, From extends keyof T & string, To extends string>(object: T, from: From, to: To) {
  const entries = Object.entries(object).map(([key, value]) => [key === from ? to : key, value]);
  return Object.fromEntries(entries) as { [Key in keyof T as Key extends From ? To : Key]: T[Key] };
}
