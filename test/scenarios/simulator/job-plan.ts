import { createHash } from "node:crypto";
import type { Exclusions } from "../../../src/job/exclusions/exclusions.ts";
import type { EachNode, Jitter, Job, Policies } from "../../../src/job/job.ts";
import { jobHash } from "../../../src/job/job-hash.ts";
import type { Telling } from "../../../src/job/notify.ts";
import { aTemplate } from "../../support/a-job.ts";
import { type ExclusionPlan, type JobPlan, type PatternName, PERIODS_S, type TellingPlan } from "./story.ts";

export const JOB_NAMES = ["backup", "report", "sync"] as const;

/** The job that starts after one of these. */
export const FOLLOWER = "mail";
export const FOLLOWER_INDEX = 3;

const NOON_MINUTES = 12 * 60;

/** Each job has its own, so that one can be missing. */
export function imageOf(name: string): string {
  return `image-of-${name}`;
}

/** The job as a source would declare it. */
export function declareJob(
  name: string,
  plan: JobPlan,
  {
    told,
    excluded,
    pool,
    jitter = 0,
    nodes,
  }: {
    readonly told?: TellingPlan | undefined;
    readonly excluded?: ExclusionPlan | undefined;
    readonly pool?: string | undefined;
    readonly jitter?: number | undefined;
    readonly nodes?: EachNode | undefined;
  } = {},
): Job {
  const { patterns, suspended, queueLimit, catchUpLimit, overlap, catchUp, deadlineMs, history, timeoutMs } = plan;
  const { pendingTimeoutMs, successExitCodes, retries } = plan;
  const policies: Policies = {
    overlap,
    queueLimit,
    catchUp,
    catchUpLimit,
    ...(deadlineMs !== undefined && { startingDeadlineMs: deadlineMs }),
    history: { succeeded: history, failed: history },
    run: {
      ...(timeoutMs !== undefined && { timeoutMs }),
      pendingTimeoutMs,
      stopGracePeriodMs: 10_000,
      successExitCodes,
      ...(retries !== undefined && { retries: { ...retries, maxDelayMs: 120_000 } }),
      ...(pool !== undefined && { pool }),
    },
  };
  const schedules = patterns.map((pattern) => ({ pattern, timezone: "UTC", ...jitterOf(pattern, jitter) }));
  const exclusions = excluded && exclusionsOf(excluded, deadlineMs);
  const isSome = exclusions?.quiet !== undefined || exclusions?.except !== undefined;
  const when = { schedules, ...(isSome && { exclusions }) };
  const { after } = plan;
  const job = {
    name,
    ...when,
    ...(after && { after }),
    template: aTemplate({ image: imageOf(name), ...(nodes && { placement: { ...nodes, spread: [] } }) }),
    policies,
    suspended,
    ...(nodes && { eachNode: nodes }),
  };
  const origin = { source: "files", unit: "jobs.yml", at: "jobs.yml:2:3" } as const;
  return { ...job, hash: jobHash(job), origin, ...(told && { telling: tellingOf(told) }) };
}

/** The exclusions as a definition has them. */
function exclusionsOf({ quiet, defers, except }: ExclusionPlan, deadlineMs: number | undefined): Exclusions {
  return {
    timezone: "UTC",
    ...(except !== undefined && { except }),
    ...(quiet.length > 0 && {
      quiet: quiet.map(({ fromMin, minutes }) => `${clockAt(fromMin)}-${clockAt(fromMin + minutes)}`),
      ...(defers && { defers: deadlineMs === undefined ? {} : { withinMs: deadlineMs } }),
    }),
  };
}

/** So many minutes after noon. */
function clockAt(minutes: number): string {
  const ofDay = NOON_MINUTES + minutes;
  return [Math.floor(ofDay / 60), ofDay % 60].map((part) => String(part).padStart(2, "0")).join(":");
}

function tellingOf({ after, remindMs, expectedMs }: TellingPlan): Telling {
  const onFailures = ["failed", "recovered"] as const;
  return {
    notify: [
      { to: "chat", on: [...onFailures, "missed", "long-running"], after: 1, output: 0 },
      { to: "pager", on: onFailures, after, output: 0, ...(remindMs !== undefined && { remindMs }) },
    ],
    ...(expectedMs !== undefined && { expectedDurationMs: expectedMs }),
  };
}

/** Shorter than the period, so that the times keep their order. */
function jitterOf(pattern: PatternName, part: number): { readonly jitter?: Jitter } {
  const ms = 1000 * Math.floor(PERIODS_S[pattern] * part);
  return ms === 0 ? {} : { jitter: { ms, seed: 4711 } };
}

/** The occurrences after `from`, up to `to`: instants that a period divides, each shifted by what follows from it. */
export function occurrencesOf(schedules: Job["schedules"], from: Date, to: Date): readonly number[] {
  const found = new Set<number>();
  for (const { pattern, jitter } of schedules) {
    const period = 1000 * PERIODS_S[pattern as PatternName];
    const first = (Math.floor((from.getTime() - (jitter?.ms ?? 0)) / period) + 1) * period;
    for (let nominal = first; nominal <= to.getTime(); nominal += period) {
      const at = nominal + shiftOf(nominal, jitter);
      if (at > from.getTime() && at <= to.getTime()) found.add(at);
    }
  }
  return [...found].sort((a, b) => a - b);
}

function shiftOf(nominal: number, jitter: Jitter | undefined): number {
  if (jitter === undefined) return 0;
  const digest = createHash("sha256")
    .update(`${jitter.seed}/${new Date(nominal).toISOString()}`)
    .digest();
  return 1000 * (digest.readUIntBE(0, 6) % (jitter.ms / 1000));
}
