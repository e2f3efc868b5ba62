import * as z from "zod";
import type { NoticeKind } from "../job/notify.ts";
import type {
  AbsenceCause,
  By,
  DefinitionSeen,
  HoldReason,
  JobRecord,
  LastTold,
  LostReason,
  MissReason,
  NoticeCounts,
  OutcomeKind,
  Ping,
  RefuseReason,
  RejectReason,
  Run,
  SkipReason,
  Totals,
  Trigger,
  Verdict,
} from "./record.ts";

const SCHEMA = 2;

/** Returns the record as JSON text, with instants as ISO 8601 in UTC, and with all that a newer shipbell has added to it. */
export function writeRecord(record: JobRecord): string {
  return JSON.stringify(withoutAfter(record));
}

/**
 * Returns the record as a shipbell of schema 1 reads it, which is versions 0.1 and 0.2. It keeps what these do not know: they
 * ignore it, and drop it when they next write the record.
 */
export function writeRecordOfSchema1(record: JobRecord): string {
  const written = withoutAfter(record);
  const runs = written.runs.map((run) => renameKey(run, "request", "wish"));
  return JSON.stringify({ ...renameKey(written, "requests", "wishes"), runs, schema: 1 });
}

export type ReadRecord =
  | { readonly kind: "record"; readonly record: JobRecord }
  /** Written by a newer shipbell, and not to be touched. */
  | { readonly kind: "newer"; readonly message: string }
  | { readonly kind: "damaged"; readonly message: string };

/** Reads a record of schema 1 or 2. Never throws, whatever the text is. */
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
  const read = record.safeParse(schema === 1 ? fromSchema1(json) : json);
  if (read.success) return { kind: "record", record: withAfter(read.data) };
  return { kind: "damaged", message: z.prettifyError(read.error).replaceAll("\n", " ") };
}

/** How many of what is counted as started and ended by schedule another job's end has started. */
interface AfterTotals {
  readonly started?: number;
  readonly ended?: Readonly<Partial<Record<OutcomeKind, number>>>;
}

type StoredTotals = Totals & { readonly after?: AfterTotals };

/**
 * Returns the record without the trigger `after`, which versions up to 0.5 would take for damage. A run with that trigger is
 * written as one of the schedule, with the run of the other job next to it, and so are the counts: to these versions nothing
 * is missing, and what they count is kept.
 */
function withoutAfter(record: JobRecord): JobRecord {
  const { runs, totals } = record;
  const ended = Object.entries(totals.ended).filter(([, byTrigger]) => byTrigger.after !== undefined);
  if (totals.started.after === undefined && ended.length === 0 && !runs.some(isAfter)) return record;
  const known = (totals as StoredTotals).after;
  const after: AfterTotals = {
    ...known,
    ...(totals.started.after !== undefined && { started: totals.started.after }),
    ...(ended.length > 0 && { ended: Object.fromEntries(ended.map(([kind, { after }]) => [kind, after])) }),
  };
  const written = {
    ...totals,
    started: bySchedule(totals.started),
    ended: Object.fromEntries(Object.entries(totals.ended).map(([kind, counts]) => [kind, bySchedule(counts)])),
    ...(Object.keys(after).length > 0 && { after }),
  };
  return {
    ...record,
    runs: runs.map((run) => (isAfter(run) ? { ...run, trigger: "schedule" } : run)),
    totals: written,
  };
}

/** The other way round. */
function withAfter(record: JobRecord): JobRecord {
  const { runs, totals } = record;
  const { after, ...others } = totals as StoredTotals;
  if (after === undefined && !runs.some(({ after }) => after !== undefined)) return record;
  const ended = Object.entries(totals.ended).map(([kind, counts]) => [
    kind,
    ofAfter(counts, after?.ended?.[kind as OutcomeKind]),
  ]);
  // What a newer version has added.
  const { started: _started, ended: _ended, ...added } = after ?? {};
  const kept = Object.keys(added).length > 0 && { after: added };
  return {
    ...record,
    runs: runs.map((run) => (run.after === undefined ? run : { ...run, trigger: "after" })),
    totals: { ...others, ...kept, started: ofAfter(totals.started, after?.started), ended: Object.fromEntries(ended) },
  };
}

type ByTrigger = Readonly<Partial<Record<Trigger, number>>>;

function isAfter({ trigger }: Pick<Run, "trigger">): boolean {
  return trigger === "after";
}

function bySchedule({ after, ...counts }: ByTrigger): ByTrigger {
  return after === undefined ? counts : { ...counts, schedule: (counts.schedule ?? 0) + after };
}

function ofAfter(counts: ByTrigger, after: number | undefined): ByTrigger {
  if (after === undefined) return counts;
  const { schedule = 0, ...others } = counts;
  return { ...(schedule > after ? { ...counts, schedule: schedule - after } : others), after };
}

/** Schema 1 calls a request a wish, as version 0.1.0 did. Whatever else the text is, is for the schema to judge. */
function fromSchema1(json: unknown): unknown {
  if (!isObject(json)) return json;
  const { runs } = json;
  const renamed = { ...renameKey(json, "wishes", "requests"), schema: SCHEMA };
  if (!Array.isArray(runs)) return renamed;
  return { ...renamed, runs: runs.map((run: unknown) => (isObject(run) ? renameKey(run, "wish", "request") : run)) };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * All objects are loose: what a newer shipbell of the same schema has added to a record, at any level, is kept as it stands,
 * also when this one changes the record.
 */
const versioned = z.object({ schema: z.number().int() });
export const date = z.iso.datetime().transform((text) => new Date(text));
export const count = z.number().int().nonnegative();
const environment = z.record(z.string(), z.string());
/**
 * A reason. A newer shipbell may write one that we do not know. It is kept as it stands: reasons are shown to people, and
 * nothing is decided by them. So the older scheduler does not take a record for damaged during an update.
 */
const REASON = /^[a-z][a-z-]{0,62}$/;
const reason = <T extends string>() => z.custom<T>((value) => typeof value === "string" && REASON.test(value));
const by = z.looseObject({ via: reason<By["via"]>(), name: z.string().exactOptional() });
const trigger = z.enum(["schedule", "catch-up", "manual"]);
const outcomeKind = z.enum(["succeeded", "failed", "rejected", "timed-out", "replaced", "cancelled", "lost"]);
const byReason = <T>() => z.record(z.string().regex(REASON), count) as unknown as z.ZodType<T>;

const callerTrace = z.looseObject({
  parent: z.string(),
  state: z.string().exactOptional(),
  baggage: z.string().exactOptional(),
});

const outcome = z.discriminatedUnion("kind", [
  z.looseObject({ kind: z.literal("succeeded"), exitCode: z.number() }),
  z.looseObject({
    kind: z.literal("failed"),
    exitCode: z.number(),
    oom: z.union([z.boolean(), z.literal("unknown")]),
    message: z.string().exactOptional(),
  }),
  z.looseObject({
    kind: z.literal("rejected"),
    reason: reason<RejectReason>(),
    message: z.string(),
  }),
  z.looseObject({ kind: z.literal("timed-out"), exitCode: z.number().exactOptional() }),
  z.looseObject({ kind: z.literal("replaced"), exitCode: z.number().exactOptional() }),
  z.looseObject({ kind: z.literal("cancelled"), exitCode: z.number().exactOptional() }),
  z.looseObject({
    kind: z.literal("lost"),
    reason: reason<LostReason>(),
    message: z.string().exactOptional(),
  }),
]);

const lastLine = z.looseObject({ time: z.string(), lines: count });

const attempt = z.looseObject({
  number: count,
  objectName: z.string(),
  objectId: z.string().exactOptional(),
  boundAt: date,
  startedAt: date.exactOptional(),
  node: z.string().exactOptional(),
  image: z
    .looseObject({ name: z.string(), digest: z.string().exactOptional(), id: z.string().exactOptional() })
    .exactOptional(),
  stopping: z
    .looseObject({
      reason: z.enum(["timed-out", "replaced", "cancelled"]),
      since: date,
      signalledAt: date.exactOptional(),
      notStarted: z.string().exactOptional(),
      by: by.exactOptional(),
      why: z.string().exactOptional(),
    })
    .exactOptional(),
  outcome: outcome.exactOptional(),
  finishedAt: date.exactOptional(),
  usage: z.looseObject({ cpuMs: count.exactOptional(), peakMemoryBytes: count.exactOptional() }).exactOptional(),
  retryAt: date.exactOptional(),
  output: z.string().exactOptional(),
  logged: z
    .looseObject({ from: z.string(), stdout: lastLine.exactOptional(), stderr: lastLine.exactOptional() })
    .exactOptional(),
  outputLines: count.exactOptional(),
});

const retries = z.looseObject({
  limit: count,
  delayMs: count,
  maxDelayMs: count,
  on: z.array(z.union([z.enum(["failed", "rejected", "timed-out", "lost"]), z.number()])),
});

const run = z.looseObject({
  id: z.string(),
  trigger,
  scheduledAt: date,
  definition: z.string(),
  policies: z.looseObject({
    timeoutMs: z.number().exactOptional(),
    pendingTimeoutMs: z.number(),
    nodeGraceMs: z.number().exactOptional(),
    stopGracePeriodMs: z.number(),
    successExitCodes: z.array(z.number()),
    retries: retries.exactOptional(),
    endsWithTemplate: z.boolean().exactOptional(),
    pool: z.string().exactOptional(),
  }),
  attempts: z.array(attempt).min(1),
  outcome: outcome.exactOptional(),
  finishedAt: date.exactOptional(),
  request: z.string().exactOptional(),
  environment: environment.exactOptional(),
  inputs: environment.exactOptional(),
  by: by.exactOptional(),
  reason: z.string().exactOptional(),
  trace: callerTrace.exactOptional(),
  after: z.looseObject({ job: z.string(), run: z.string() }).exactOptional(),
});

/** A newer shipbell may have sources that we do not know; their names are kept, too. */
const source = z.custom<NonNullable<DefinitionSeen["origin"]>["source"]>((name) => typeof name === "string");

const absence = z.looseObject({ because: reason<AbsenceCause>(), from: date, to: date });

const heldBy = { why: z.string().exactOptional(), all: z.literal(true).exactOptional() };
export const hold = z.looseObject({ reason: reason<HoldReason>(), since: date, until: date, ...heldBy });
export const pause = z.looseObject({
  since: date,
  until: date.exactOptional(),
  reason: z.string().exactOptional(),
  by: by.exactOptional(),
});

const noticeKind = reason<NoticeKind>();
const byKind = byReason<NonNullable<NoticeCounts["delivered"]>>();

const telling = z.looseObject({
  notify: z.array(
    z.looseObject({
      to: z.string(),
      on: z.array(noticeKind),
      after: count,
      remindMs: z.number().exactOptional(),
      output: count,
    }),
  ),
  expectedDurationMs: z.number().exactOptional(),
  maxSuccessAgeMs: z.number().exactOptional(),
  pings: z.literal(true).exactOptional(),
});

const notice = z.looseObject({
  id: z.string(),
  kind: noticeKind,
  at: date,
  run: z.string().exactOptional(),
  outcome: outcomeKind.exactOptional(),
  exitCode: z.number().exactOptional(),
  since: date.exactOptional(),
  through: date.exactOptional(),
  reason: reason<MissReason | SkipReason>().exactOptional(),
  held: reason<HoldReason>().exactOptional(),
  count: count.exactOptional(),
  closes: z.literal(true).exactOptional(),
  times: count.exactOptional(),
  to: z.record(
    z.string(),
    z.looseObject({
      tries: count,
      next: date,
      last: z.string().exactOptional(),
      until: date.exactOptional(),
      perhapsHeard: z.literal(true).exactOptional(),
      count: count.exactOptional(),
      since: date.exactOptional(),
      ends: z.string().exactOptional(),
      onlyIfHeard: z.literal(true).exactOptional(),
    }),
  ),
});

const openNotice = z.looseObject({
  id: z.string(),
  since: date,
  at: date,
  times: count,
  heard: z.literal(true).exactOptional(),
});

const lastTold = z.record(
  z.string().regex(REASON),
  z.looseObject({
    since: date,
    at: date.exactOptional(),
    run: z.string().exactOptional(),
    count: count.exactOptional(),
    endAt: date.exactOptional(),
    endRun: z.string().exactOptional(),
  }),
) as unknown as z.ZodType<LastTold>;

const told = z.looseObject({
  looked: z.looseObject({ ended: count, missed: count, skipped: count }),
  failing: z.looseObject({ since: date, count }).exactOptional(),
  open: z
    .record(
      z.string(),
      z.looseObject({
        failed: openNotice.exactOptional(),
        longRunning: openNotice.exactOptional(),
        notRun: openNotice.exactOptional(),
      }),
    )
    .exactOptional(),
  last: z.record(z.string(), lastTold).exactOptional(),
});

const record: z.ZodType<JobRecord> = z.looseObject({
  schema: z.literal(SCHEMA),
  job: z.string(),
  cursor: date,
  admittedThrough: date.exactOptional(),
  after: z
    .looseObject({
      definition: z.string(),
      job: z.string(),
      on: z.enum(["succeeded", "failed", "ended"]),
      since: date,
      at: date.exactOptional(),
      ended: count,
      matched: count,
    })
    .exactOptional(),
  gaps: z.array(z.looseObject({ after: date, through: date, absence: absence.exactOptional() })).exactOptional(),
  holds: z.array(hold).exactOptional(),
  paused: pause.exactOptional(),
  definition: z.looseObject({
    hash: z.string(),
    generation: count,
    schedules: z.array(
      z.looseObject({
        pattern: z.string(),
        timezone: z.string(),
        written: z.string().exactOptional(),
        jitter: z.looseObject({ ms: count, seed: count }).exactOptional(),
      }),
    ),
    exclusions: z
      .looseObject({
        timezone: z.string(),
        except: z.string().exactOptional(),
        only: z.string().exactOptional(),
        quiet: z.array(z.string()).exactOptional(),
        defers: z.looseObject({ withinMs: z.number().exactOptional() }).exactOptional(),
      })
      .exactOptional(),
    suspended: z.boolean(),
    suspendedSince: date.exactOptional(),
    telling: telling.exactOptional(),
    pool: z.string().exactOptional(),
    startingDeadlineMs: z.number().exactOptional(),
    origin: z.looseObject({ source, unit: z.string() }).exactOptional(),
    node: z
      .looseObject({ of: z.string(), id: z.string(), name: z.string(), awaySince: date.exactOptional() })
      .exactOptional(),
  }),
  runs: z.array(run),
  verdicts: z.array(
    z.looseObject({
      kind: z.enum(["started", "skipped", "missed"]),
      reason: reason<SkipReason | MissReason>().exactOptional(),
      scheduledAt: date,
      after: z.string().exactOptional(),
      through: date.exactOptional(),
      count: count.exactOptional(),
      absence: absence.exactOptional(),
      leftToCatchUp: count.exactOptional(),
      active: z.looseObject({ count, run: z.string() }).exactOptional(),
      ended: reason<NonNullable<Verdict["ended"]>>().exactOptional(),
      pause: z.looseObject(heldBy).exactOptional(),
      decidedAt: date,
    }),
  ),
  totals: z.looseObject({
    skipped: byReason<Totals["skipped"]>(),
    missed: byReason<Totals["missed"]>(),
    started: z.partialRecord(trigger, count),
    ended: z.partialRecord(outcomeKind, z.partialRecord(trigger, count)),
    retries: count.exactOptional(),
    runSeconds: z.looseObject({ sum: z.number(), count }),
    lastStartAt: date.exactOptional(),
    lastCompletionAt: date.exactOptional(),
    lastSuccessAt: date.exactOptional(),
    lastFailureAt: date.exactOptional(),
    lastExitCode: z.number().exactOptional(),
    after: z
      .looseObject({ started: count.exactOptional(), ended: z.partialRecord(outcomeKind, count).exactOptional() })
      .exactOptional(),
    notices: z
      .record(z.string(), z.looseObject({ delivered: byKind.exactOptional(), dropped: byKind.exactOptional() }))
      .exactOptional(),
  }),
  requests: z.array(
    z.looseObject({
      id: z.string(),
      kind: z.literal("run"),
      askedAt: date,
      environment: environment.exactOptional(),
      inputs: environment.exactOptional(),
      by: by.exactOptional(),
      reason: z.string().exactOptional(),
      trace: callerTrace.exactOptional(),
      keptUntil: date.exactOptional(),
      refused: z.looseObject({ reason: reason<RefuseReason>(), at: date }).exactOptional(),
    }),
  ),
  planned: z
    .array(
      z.looseObject({
        id: z.string(),
        startAt: date,
        askedAt: date,
        environment: environment.exactOptional(),
        inputs: environment.exactOptional(),
        by: by.exactOptional(),
        reason: z.string().exactOptional(),
        trace: callerTrace.exactOptional(),
      }),
    )
    .exactOptional(),
  past: z.looseObject({ runs: z.string(), nodes: z.array(z.string()).exactOptional() }).exactOptional(),
  notices: z.array(notice).exactOptional(),
  told: told.exactOptional(),
  pings: z
    .array(
      z.looseObject({
        kind: reason<Ping["kind"]>(),
        run: z.string(),
        at: date,
        outcome: outcomeKind.exactOptional(),
        exitCode: z.number().exactOptional(),
      }),
    )
    .exactOptional(),
  pulled: z.looseObject({ image: z.string(), at: date }).exactOptional(),
  slotsVoidThrough: date.exactOptional(),
  declaredAt: date.exactOptional(),
  removedAt: date.exactOptional(),
  closedAt: date.exactOptional(),
});

/** Returns the object with one key renamed, in its old position. */
function renameKey<T extends object, From extends keyof T & string, To extends string>(object: T, from: From, to: To) {
  const entries = Object.entries(object).map(([key, value]) => [key === from ? to : key, value]);
  return Object.fromEntries(entries) as { [Key in keyof T as Key extends From ? To : Key]: T[Key] };
}
