import { systemClock } from "../../src/clock.ts";
import { containerKind } from "../../src/engines/containers/kind.ts";
import { ledgerFileId } from "../../src/engines/open.ts";
import type { Inputs } from "../../src/job/inputs/inputs.ts";
import type { Schedule } from "../../src/job/job.ts";
import type { Attempt, JobRecord, Outcome, Run } from "../../src/ledger/record.ts";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import type { SchedulerView } from "../../src/view/scheduler/scheduler-view.ts";
import { aRecord, aRun } from "../support/a-job.ts";
import { aRule } from "../support/a-telling.ts";

/** When the examples of docs/commands.md were made. */
export const docsNow = new Date("2026-11-18T12:01:00Z");

/** As the engine describes it. */
export const runningContainer = {
  Id: "4f0c",
  Name: "/report-20261118t114500z-1",
  Created: "2026-11-18T11:45:00Z",
  Config: { Image: "busybox" },
  State: {
    Status: "running",
    StartedAt: "2026-11-18T11:45:01Z",
    FinishedAt: "",
    ExitCode: 0,
    Error: "",
    OOMKilled: false,
  },
  HostConfig: {},
};

/** Of the definition; of all three, since nobody compares them. */
const hash = "9f3c52d17ab04e86";
const failed: Outcome = { kind: "failed", exitCode: 2, oom: false };
const succeeded: Outcome = { kind: "succeeded", exitCode: 0 };
const on = (time: string) => new Date(`2026-11-${time}Z`);

/** The ledger of the examples: one job that ran well, one that is busy, one that fails. */
export async function fillDocsLedger(stateDir: string): Promise<void> {
  const ledger = openSqliteLedger(stateDir, systemClock);
  for (const record of [backup(), report(), sync()]) await ledger.update(record.job, () => record);
  ledger.close();
}

/** Of the job that is busy. */
const inputs: Inputs = {
  DAY: { type: "date", description: "the day to report on" },
  REGION: { type: "choice", options: ["eu", "us"], default: "eu" },
};

/** What the scheduler of the examples says: it carries out all three, and cannot read a fourth. */
export function docsView(stateDir: string): SchedulerView {
  const jobs = [backup(), report(), sync()].map(({ job, definition: { schedules, suspended } }) => {
    const origin = { source: "files", unit: "schedules/shop.yml", at: "schedules/shop.yml:2:3" } as const;
    return [job, { hash, origin, schedules, suspended, ...(job === "report" && { inputs }), isKept: false }] as const;
  });
  const message = 'unknown key "imge"';
  return {
    version: "1.0.0",
    instance: "shipbell",
    ...ofLedger(ledgerFileId(containerKind, stateDir)),
    role: { kind: "active" },
    jobs: new Map(jobs),
    unsure: new Set(),
    channels: [
      { name: "ops-chat", kind: "slack", address: "https://hooks.slack.com/…", lastSuccessAt: on("18T11:31:02") },
      {
        ...{ name: "pager", kind: "pagerduty", address: "https://events.pagerduty.com/…" },
        ...{ troubleBecause: "503", troubleSince: on("18T11:31:02"), troubleAgainAt: on("18T12:06:02") },
      },
    ],
    problems: [{ source: "files", at: "schedules/shop.yml:4:5", message, hint: "did you mean image?" }],
  };
}

function ofLedger(file: string | undefined) {
  return file === undefined ? {} : { ledgerFile: file };
}

function recordOf(job: string, schedule: Schedule, change: Partial<JobRecord> & { readonly cursor: Date }): JobRecord {
  const definition = { hash, generation: 4, schedules: [schedule], suspended: false };
  const { cursor, ...rest } = change;
  return { ...aRecord(cursor), job, definition, ...rest };
}

interface AttemptEnd {
  readonly from: Date;
  readonly to: Date;
  readonly outcome: Outcome;
  readonly output?: string;
}

function attempts(run: string, ends: readonly AttemptEnd[]): Attempt[] {
  return ends.map(({ from, to, outcome, output }, index) => ({
    number: index + 1,
    objectName: `${run}-${index + 1}`,
    objectId: `${run}-${index + 1}`,
    boundAt: from,
    startedAt: from,
    finishedAt: to,
    node: "host-1",
    outcome,
    ...(output !== undefined && { output }),
  }));
}

function ended(id: string, scheduledAt: Date, ...ends: AttemptEnd[]): Run {
  const last = ends.at(-1);
  const end = last && { outcome: last.outcome, finishedAt: last.to };
  return aRun(scheduledAt, { id, ...end, attempts: attempts(id, ends) });
}

function backup(): JobRecord {
  const [first, second] = [on("16T18:00:00"), on("17T18:00:00")];
  const runs = [
    ended(
      "backup-20261116t180000z",
      first,
      { from: on("16T18:00:01"), to: on("16T18:00:13"), outcome: failed },
      { from: on("16T18:00:44"), to: on("16T18:04:02"), outcome: succeeded },
    ),
    ended("backup-20261117t180000z", second, {
      from: on("17T18:00:01"),
      to: on("17T18:03:14"),
      outcome: succeeded,
      output: "dumping shop\n412 MB written",
    }),
  ];
  const verdicts = [first, second].map((at) => ({ kind: "started", scheduledAt: at, decidedAt: at }) as const);
  const totals = { ...aRecord(first).totals, lastStartAt: on("17T18:00:01"), lastSuccessAt: on("17T18:03:14") };
  return recordOf(
    "backup",
    { pattern: "0 3 * * *", timezone: "Asia/Seoul" },
    { cursor: second, runs, verdicts, totals },
  );
}

function report(): JobRecord {
  const due = on("18T11:45:00");
  const id = "report-20261118t114500z";
  const attempt = { number: 1, objectName: `${id}-1`, objectId: runningContainer.Id, boundAt: on("18T11:45:01") };
  const policies = { ...aRun(due).policies, timeoutMs: 3_600_000 };
  const notify = [aRule("ops-chat"), aRule("pager", { on: ["failed", "recovered", "missed"], after: 2 })];
  return recordOf(
    "report",
    { pattern: "*/15 * * * *", timezone: "Europe/Berlin" },
    {
      cursor: due,
      admittedThrough: on("18T12:00:00"),
      runs: [aRun(due, { id, policies, attempts: [attempt] })],
      verdicts: [
        {
          kind: "missed",
          reason: "gap",
          scheduledAt: on("18T09:00:00"),
          through: on("18T11:15:00"),
          count: 10,
          absence: { because: "no-scheduler", from: on("18T08:51:10"), to: on("18T11:31:00") },
          leftToCatchUp: 1,
          decidedAt: on("18T11:31:00"),
        },
        { kind: "started", scheduledAt: on("18T11:30:00"), decidedAt: on("18T11:31:01") },
        { kind: "started", scheduledAt: due, decidedAt: on("18T11:45:01") },
      ],
      totals: { ...aRecord(due).totals, lastStartAt: on("18T11:45:01"), lastSuccessAt: on("18T11:33:20") },
      definition: {
        ...{
          hash,
          generation: 4,
          schedules: [{ pattern: "*/15 * * * *", timezone: "Europe/Berlin" }],
          suspended: false,
        },
        telling: { notify },
      },
      notices: [
        {
          ...{ id: "report-20261118t090000z/missed", kind: "missed", at: on("18T11:31:00"), count: 10 },
          to: { pager: { tries: 4, next: on("18T12:06:02"), last: "503" } },
        },
      ],
    },
  );
}

function sync(): JobRecord {
  const due = on("18T12:00:00");
  const id = "sync-20261118t120000z";
  const [attempt] = attempts(id, [{ from: on("18T12:00:01"), to: on("18T12:00:31"), outcome: failed }]);
  const waiting = attempt ? [{ ...attempt, retryAt: on("18T12:01:30") }] : [];
  return recordOf(
    "sync",
    { pattern: "@every 5m", timezone: "UTC" },
    {
      cursor: due,
      runs: [aRun(due, { id, definition: hash, attempts: waiting })],
      verdicts: [{ kind: "started", scheduledAt: due, decidedAt: on("18T12:00:01") }],
      totals: { ...aRecord(due).totals, lastStartAt: on("18T12:00:01"), lastSuccessAt: on("18T11:55:04") },
    },
  );
}
