import type { AttemptOrder } from "../../src/engines/engine.ts";
import type { ComposeTemplate, Job, Policies, RunPolicies } from "../../src/job/job.ts";
import { openRecord } from "../../src/ledger/changes/definitions.ts";
import type { JobRecord, Run } from "../../src/ledger/record.ts";

/** A job for tests; say only what matters to the test. */
export function aJob(
  change: Partial<Omit<Job, "policies">> & { policies?: Partial<Policies>; run?: Partial<RunPolicies> } = {},
): Job {
  const { policies, run, ...rest } = change;
  return {
    name: "backup",
    origin: { source: "files", unit: "jobs.yml", at: "jobs.yml:2:3" },
    schedules: [{ pattern: "*/5 * * * *", timezone: "UTC" }],
    template: aTemplate(),
    policies: {
      overlap: "forbid",
      queueLimit: 10,
      catchUp: "last",
      catchUpLimit: 100,
      history: { succeeded: 3, failed: 3 },
      ...policies,
      run: { pendingTimeoutMs: 600_000, stopGracePeriodMs: 10_000, successExitCodes: [0], ...run },
    },
    suspended: false,
    hash: "h1",
    ...rest,
  };
}

/** What a file says that names no more than an image. */
export function aTemplate(change: Partial<ComposeTemplate> = {}): ComposeTemplate {
  return {
    kind: "compose",
    image: "busybox",
    environment: {},
    volumes: [],
    volumesFrom: [],
    networks: [],
    secrets: [],
    configs: [],
    placement: { constraints: [], spread: [] },
    limits: {},
    reservations: {},
    labels: {},
    init: true,
    ...change,
  };
}

/** An order for a job's first attempt; say only what matters to the test. */
export function anAttemptOrder(change: Partial<AttemptOrder> = {}): AttemptOrder {
  return {
    objectName: "backup-1",
    job: "backup",
    run: "backup-20261118t030000z",
    attempt: 1,
    trigger: "schedule",
    scheduledAt: new Date("2026-11-18T03:00:00Z"),
    definition: "d1",
    template: aTemplate(),
    stopGracePeriodMs: 10_000,
    ...change,
  };
}

/** `at("12:05")` or `at("12:05:30")`, on one day, in UTC. */
export function at(time: string): Date {
  return new Date(`2026-11-18T${time.length === 5 ? `${time}:00` : time}Z`);
}

/** A record of the job with its cursor there. */
export function aRecord(cursor: Date, change: Partial<JobRecord> = {}, job: Job = aJob()): JobRecord {
  return { ...openRecord(job, 1, cursor), ...change };
}

export function aRun(scheduledAt: Date, change: Partial<Run> = {}): Run {
  const id = `backup-${scheduledAt.getTime()}`;
  return {
    id,
    trigger: "schedule",
    scheduledAt,
    definition: "h1",
    policies: { pendingTimeoutMs: 600_000, stopGracePeriodMs: 10_000, successExitCodes: [0] },
    attempts: [{ number: 1, objectName: `${id}-1`, objectId: `object-of-${id}`, boundAt: scheduledAt }],
    ...change,
  };
}

export const succeeded = { kind: "succeeded", exitCode: 0 } as const;
