/**
 * When a job runs, under which policies, and what people may choose: the keys that mean the same in schedule files and in labels.
 *
 * Their values stand on the job's record for as long as the job has them, so they are bounded here: the record of a job
 * fits into 64 KB, whatever happens to the job. Everything else on it is bounded by what writes it
 * (`ledger/changes/size.ts`); `test/ledger/bounded-records.test.ts` adds up the largest of all.
 */
import * as z from "zod";
import type { After, Policies, Retries, RetryOutcome, RunPolicies, Schedule } from "../job/job.ts";
import { ownNumber } from "../job/own-number.ts";
import { isPoolName, POOL_NAME } from "../job/pool.ts";
import { exclusionKeys } from "./exclusions.ts";
import { inputs } from "./inputs.ts";
import { parseDuration } from "./values/duration.ts";
import { duration, positiveDuration } from "./values/duration-field.ts";
import {
  bool,
  choice,
  listOf,
  mapOf,
  matching,
  oneOrMore,
  scalar,
  scalarInput,
  text,
  wholeFrom,
  wholeNumber,
  written,
} from "./values/fields.ts";
import { given } from "./values/given.ts";
import { mustBe } from "./values/issue.ts";
import { checkJobName, JOB_NAME } from "./values/job-name.ts";

/** The most ended runs that fit in a record. */
const LONGEST_HISTORY = 50;

const MOST_SCHEDULES = 100;
/** Bytes of all schedules of a job, in JSON. */
const SCHEDULES_BYTES = 2000;
/** Each exit code once, and for `retries.on` each outcome that may be retried. */
const MOST_EXIT_CODES = 256;
const MOST_RETRY_REASONS = MOST_EXIT_CODES + 4;

const historyKeys = {
  succeeded: wholeNumber(0, LONGEST_HISTORY).nullish(),
  failed: wholeNumber(0, LONGEST_HISTORY).nullish(),
};

const history = mapOf(historyKeys, "a map with succeeded and failed");

const RETRY_OUTCOMES = ["failed", "rejected", "timed-out", "lost"] as const;

const retryOutcome = scalar({
  expected: `one of ${RETRY_OUTCOMES.join(", ")}, or an exit code from 1 to 255`,
  read: (written): RetryOutcome | number | undefined => {
    const exitCode = /^\d{1,3}$/.test(written) ? Number(written) : 0;
    return exitCode >= 1 && exitCode <= 255 ? exitCode : RETRY_OUTCOMES.find((outcome) => outcome === written);
  },
  forms: [{ enum: RETRY_OUTCOMES }, wholeFrom(1, 255), matching(/^\d{1,3}$/)],
});

const retryKeys = {
  limit: wholeNumber(0, 100).nullish(),
  delay: positiveDuration.nullish(),
  max_delay: positiveDuration.nullish(),
  on: bounded(
    oneOrMore(retryOutcome, "a list such as [failed, lost], or one of them"),
    tooMany(MOST_RETRY_REASONS),
  ).nullish(),
};

/** A number alone is the limit. */
const retries = written(
  z.preprocess(
    (value) => (typeof value === "string" ? { limit: value } : value),
    z.strictObject(retryKeys, {
      error: (issue) =>
        issue.code === "invalid_type"
          ? mustBe("a number, or a map with limit, delay, max_delay and on", issue.input)
          : undefined,
    }),
  ),
  { or: scalarInput("a number of further attempts", [wholeFrom(0, 100), matching(/^\d{1,9}$/)]) },
);

const SHORTEST_JITTER_MS = 1000;

/** Occurrences are whole seconds. */
const jitter = scalar({
  expected: "a duration of at least 1s such as 10m",
  read: (text) => {
    const ms = parseDuration(text) ?? 0;
    return ms >= SHORTEST_JITTER_MS ? Math.floor(ms / 1000) * 1000 : undefined;
  },
  forms: [{ type: "string", pattern: "^[0-9.]+[a-zµ]" }],
});

const upstream = scalar({
  expected: "the name of a job, such as dump",
  read: (written) => (checkJobName(written.trim()) === undefined ? written.trim() : undefined),
  hint: (written) => checkJobName(written.trim())?.hint,
  forms: [matching(JOB_NAME)],
});

const afterKeys = { job: upstream, on: choice("succeeded", "failed", "ended").nullish() };

/** A name alone is the job. */
const after = written(
  z.preprocess(
    (value) => (typeof value === "string" ? { job: value } : value),
    mapOf(afterKeys, "the name of a job, or a map with job and on"),
  ),
  { or: scalarInput("the name of a job", [matching(JOB_NAME)]) },
);

export const policyKeys = {
  schedule: bounded(
    listOrOne(
      text('a schedule such as "0 3 * * *", or "CRON_TZ=Asia/Seoul 0 3 * * *" with a zone of its own'),
      'a schedule such as "0 3 * * *", or a list of them',
    ),
    tooManySchedules,
  ),
  after: after.nullish(),
  timezone: written(text("a time zone such as Asia/Seoul"), {
    is: scalarInput("a time zone such as Asia/Seoul", [matching(/^[A-Za-z]/)]),
  }).nullish(),
  jitter: jitter.nullish(),
  ...exclusionKeys,
  overlap: choice("forbid", "allow", "replace", "queue").nullish(),
  queue_limit: wholeNumber(1, 1000).nullish(),
  catch_up: choice("last", "all", "none").nullish(),
  catch_up_limit: wholeNumber(1, 1000).nullish(),
  starting_deadline: positiveDuration.nullish(),
  pool: scalar({
    expected: `the name of a pool (${POOL_NAME})`,
    read: (written) => (isPoolName(written) ? written : undefined),
    forms: [matching(/^[a-z0-9][a-z0-9_-]{0,31}$/)],
  }).nullish(),
  retries: retries.nullish(),
  timeout: positiveDuration.nullish(),
  pending_timeout: positiveDuration.nullish(),
  node_grace: duration.nullish(),
  stop_grace_period: duration.nullish(),
  success_exit_codes: bounded(
    oneOrMore(wholeNumber(0, 255), "an exit code from 0 to 255, or a list of them"),
    tooMany(MOST_EXIT_CODES),
  ).nullish(),
  suspended: bool.nullish(),
  nodes: choice("each").nullish(),
  inputs: inputs.nullish(),
  history: history.nullish(),
};

export type PolicyKeys = z.output<z.ZodObject<typeof policyKeys>>;

export const POLICY_KEYS: readonly string[] = Object.keys(policyKeys);

/** The keys of the policies that are maps. */
export const INNER_POLICY_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ["after", Object.keys(afterKeys)],
  ["history", Object.keys(historyKeys)],
  ["retries", Object.keys(retryKeys)],
]);

/** As `oneOrMore`, or none: of a job that only people start. */
function listOrOne<Item extends z.ZodType>(item: Item, expected: string) {
  return z.preprocess((value) => (typeof value === "string" ? [value] : value), listOf(item, expected));
}

interface Excess {
  readonly message: string;
  readonly hint: string;
}

/** The same list, with an issue where it is too long for the record. */
function bounded<Item, List extends z.ZodType<readonly Item[]>>(
  list: List,
  excessOf: (items: readonly Item[]) => Excess | undefined,
): List {
  const checked = list.check(({ value, issues }) => {
    const excess = excessOf(value);
    if (excess === undefined) return;
    issues.push({ code: "custom", input: value, message: excess.message, params: { hint: excess.hint } });
  });
  return written(checked, { orOne: true }) as List;
}

function tooManySchedules(patterns: readonly string[]): Excess | undefined {
  const hint = "one pattern may name several times, as 0 3,9,15 * * *; or make several jobs of it";
  if (patterns.length > MOST_SCHEDULES)
    return { message: `has ${patterns.length} schedules; at most ${MOST_SCHEDULES} are allowed`, hint };
  const bytes = patterns.reduce((sum, pattern) => sum + Buffer.byteLength(JSON.stringify(pattern)) - 2, 0);
  if (bytes <= SCHEDULES_BYTES) return undefined;
  return { message: `has ${bytes} bytes in all; at most ${SCHEDULES_BYTES} are allowed`, hint };
}

function tooMany(most: number) {
  return ({ length }: readonly unknown[]): Excess | undefined => {
    if (length <= most) return undefined;
    return { message: `has ${length} entries; at most ${most} are allowed`, hint: "name each exit code once" };
  };
}

const DEFAULT_HISTORY = { succeeded: 3, failed: 3 } as const;
const DEFAULT_PENDING_TIMEOUT_MS = 600_000;
const DEFAULT_STOP_GRACE_PERIOD_MS = 10_000;

const DEFAULT_QUEUE_LIMIT = 10;
const DEFAULT_CATCH_UP_LIMIT = 100;
const DEFAULT_RETRY_DELAY_MS = 10_000;
const DEFAULT_MAX_RETRY_DELAY_MS = 600_000;

/** What the schedules of a job are made with. */
export interface ScheduleSettings {
  /** IANA name; holds where the job names none. */
  readonly defaultTimezone: string;
  /** Returns the pattern with what an `H` stands for in this job. Absent where no timetables are made of the jobs. */
  readonly writeOut?: (pattern: string, job: string) => string;
  /** Whose jobs they are; the jitter of a job follows from it. Absent as `writeOut` is. */
  readonly instance?: string;
}

/** Makes the schedules of valid keys. */
export function makeSchedules(
  { schedule, timezone, jitter }: PolicyKeys,
  job: string,
  { defaultTimezone, writeOut, instance = "" }: ScheduleSettings,
): Schedule[] {
  const shifted = jitter != null && { jitter: { ms: jitter, seed: ownNumber({ instance, job }, "jitter") } };
  return schedule.map((written) => {
    const pattern = writeOut?.(written, job) ?? written;
    return { pattern, timezone: timezone ?? defaultTimezone, ...(pattern !== written && { written }), ...shifted };
  });
}

/** Returns which ends of which job start this one. `on` is succeeded where the keys do not say it. */
export function makeAfter({ after }: PolicyKeys): After | undefined {
  return after == null ? undefined : { job: after.job, on: after.on ?? "succeeded" };
}

/** Policies that follow from the object that a job is a copy of. */
export type ObjectPolicies = Partial<Pick<RunPolicies, "stopGracePeriodMs" | "endsWithTemplate">>;

/** Makes the policies of valid keys, with defaults for what they do not say. */
export function makePolicies(keys: PolicyKeys, object: ObjectPolicies = {}): Policies {
  return {
    overlap: keys.overlap ?? "forbid",
    queueLimit: keys.queue_limit ?? DEFAULT_QUEUE_LIMIT,
    catchUp: keys.catch_up ?? "last",
    catchUpLimit: keys.catch_up_limit ?? DEFAULT_CATCH_UP_LIMIT,
    ...given("startingDeadlineMs", keys.starting_deadline),
    history: {
      succeeded: keys.history?.succeeded ?? DEFAULT_HISTORY.succeeded,
      failed: keys.history?.failed ?? DEFAULT_HISTORY.failed,
    },
    run: {
      ...given("timeoutMs", keys.timeout),
      pendingTimeoutMs: keys.pending_timeout ?? DEFAULT_PENDING_TIMEOUT_MS,
      ...given("nodeGraceMs", keys.node_grace),
      stopGracePeriodMs: keys.stop_grace_period ?? object.stopGracePeriodMs ?? DEFAULT_STOP_GRACE_PERIOD_MS,
      successExitCodes: keys.success_exit_codes ?? [0],
      ...given("retries", makeRetries(keys)),
      ...given("endsWithTemplate", object.endsWithTemplate),
      ...given("pool", keys.pool),
    },
  };
}

function makeRetries({ retries }: PolicyKeys): Retries | undefined {
  if (!retries?.limit) return undefined;
  return {
    limit: retries.limit,
    delayMs: retries.delay ?? DEFAULT_RETRY_DELAY_MS,
    maxDelayMs: retries.max_delay ?? DEFAULT_MAX_RETRY_DELAY_MS,
    on: retries.on ?? ["failed", "rejected"],
  };
}
