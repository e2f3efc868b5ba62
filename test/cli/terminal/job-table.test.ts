import { expect, test } from "vitest";
import { appearanceOf } from "../../../src/cli/terminal/appearance.ts";
import { formatJobs } from "../../../src/cli/terminal/job-table.ts";
import type { TimeStyle } from "../../../src/cli/terminal/time-style.ts";
import type { JobRecord, Outcome, Run } from "../../../src/ledger/record.ts";
import { zoneOf } from "../../../src/schedule/clock/zone.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { jobViews } from "../../../src/view/jobs/job-view.ts";
import type { SchedulerAnswer } from "../../../src/view/scheduler/scheduler-view.ts";
import { aJob, aRecord, aRun } from "../../support/a-job.ts";
import { answerOf, declaredJob, silent } from "../../support/scheduler-answer.ts";

const now = new Date("2026-11-18T12:00:00Z");
const schedules = [{ pattern: "0 3 * * *", timezone: "UTC" }];

function record(job: string, changes: Partial<JobRecord> = {}): JobRecord {
  return aRecord(now, changes, aJob({ name: job, schedules, hash: "h" }));
}

function run(outcome: Outcome | undefined, finishedAt: string): Run {
  return aRun(now, { id: finishedAt, ...(outcome && { outcome, finishedAt: new Date(finishedAt) }) });
}

const failed = run({ kind: "failed", exitCode: 2, oom: false }, "2026-11-18T03:00:02Z");
const succeeded = run({ kind: "succeeded", exitCode: 0 }, "2026-11-18T03:00:01Z");

function views(records: readonly JobRecord[], answer: SchedulerAnswer = silent) {
  const byName = new Map(records.map((record) => [record.job, record]));
  return jobViews(byName, { answer, timetables: createTimetables(), now });
}

function table(
  records: readonly JobRecord[],
  answer = silent,
  times: TimeStyle = { kind: "relative" },
  env: Readonly<Record<string, string>> = {},
): string[] {
  const appearance = appearanceOf({ env, isTerminal: false });
  return formatJobs(views(records, answer), { now, times, appearance }).split("\n");
}

test("a table has a line a job, by name", () => {
  const lastStartAt = new Date("2026-11-18T03:00:00Z");
  const totals = { ...record("x").totals, lastStartAt };
  expect(
    table([
      record("weekly", { definition: { ...record("x").definition, suspended: true } }),
      record("backup", { runs: [failed, succeeded], totals }),
      record("report", { runs: [run(undefined, "none"), succeeded] }),
    ]),
  ).toEqual([
    "JOB     SCHEDULE       NEXT       LAST START  LAST RUN",
    "backup  0 3 * * * UTC  in 15h     9h ago      failed (2)",
    "report  0 3 * * * UTC  in 15h     now         active",
    "weekly  0 3 * * * UTC  suspended  -           -",
  ]);
});

test("a job whose schedules have no further times is done", () => {
  const once = { ...record("x").definition, schedules: [{ pattern: "@at 2026-11-18T11:00Z", timezone: "UTC" }] };
  expect(table([record("a", { definition: once })])[1]).toMatch(/^a +@at 2026-11-18T11:00Z +done /);
  const own = { ...once, schedules: [{ pattern: "CRON_TZ=Asia/Seoul 0 3 * * *", timezone: "UTC" }] };
  expect(table([record("a", { definition: own })])[1]).toMatch(/^a +CRON_TZ=Asia\/Seoul 0 3 \* \* \* +in 6h /);
  const paused = { since: now };
  expect(table([record("a", { definition: once, paused })])[1]).toContain("paused");
});

test("a job without a schedule is manual", () => {
  const definition = { ...record("x").definition, schedules: [] };
  expect(table([record("restore", { definition })])).toEqual([
    "JOB      SCHEDULE  NEXT  LAST START  LAST RUN",
    "restore  manual    -     -           -",
  ]);
});

test.each<[string, TimeStyle, string]>([
  ["UTC", { kind: "exact", zone: zoneOf("UTC") }, "2026-11-19 03:00:00Z  2026-11-18 03:00:00Z"],
  [
    "another zone",
    { kind: "exact", zone: zoneOf("Asia/Seoul") },
    "2026-11-19 12:00:00+09:00  2026-11-18 12:00:00+09:00",
  ],
])("exact times are all in one zone: %s", (_, times, expected) => {
  const totals = { ...record("x").totals, lastStartAt: new Date("2026-11-18T03:00:00Z") };
  expect(table([record("backup", { totals })], silent, times).join("\n")).toContain(expected);
});

test("what keeps a job from being started, or waits for its next attempt, is shown in place of times", () => {
  const paused = { since: now };
  const suspended = { ...record("x").definition, suspended: true };
  const attempt = {
    number: 1,
    objectName: "a",
    boundAt: now,
    outcome: { kind: "failed", exitCode: 2, oom: false },
  } as const;
  const waiting = { ...run(undefined, "w"), attempts: [{ ...attempt, retryAt: new Date("2026-11-18T12:05:00Z") }] };
  const running = run(undefined, "r");
  expect(
    table([
      record("both", { paused, definition: suspended, runs: [waiting, running] }),
      record("paused", { paused, runs: [waiting] }),
      record("three", { runs: [running, running, waiting] }),
    ]),
  ).toEqual([
    "JOB     SCHEDULE       NEXT       LAST START  LAST RUN",
    "both    0 3 * * * UTC  suspended  now         active",
    "paused  0 3 * * * UTC  paused     -           retry in 5m",
    "three   0 3 * * * UTC  in 15h     now         active (2)",
  ]);
});

test("a job that no source declares is not listed", () => {
  expect(table([record("gone", { removedAt: now }), record("closed", { closedAt: now })])).toEqual(["no jobs"]);
});

test("what the running scheduler keeps, is not sure of, has trouble with, or is late with, is marked", () => {
  const job = (change: Parameters<typeof declaredJob>[0]) => declaredJob({ hash: "h", schedules, ...change });
  const answer = answerOf({
    jobs: new Map([
      ["kept", job({ isKept: true })],
      ["late", job({ nextRunAt: new Date("2026-11-18T11:55:00Z") })],
      [
        "new",
        job({
          nextRunAt: new Date("2026-11-18T12:30:00Z"),
          troubles: [{ cause: "refused", since: now, againAt: now }],
        }),
      ],
      ["other", job({ hash: "another" })],
    ]),
    unsure: new Set(["perhaps"]),
  });
  const records = ["gone", "kept", "late", "other", "perhaps"].map((name) => record(name));
  expect(table(records, answer)).toEqual([
    "JOB      SCHEDULE       NEXT         LAST START  LAST RUN  NOTE",
    "kept     0 3 * * * UTC  in 15h       -           -         kept",
    "late     0 3 * * * UTC  overdue 5m   -           -",
    "new      0 3 * * * UTC  in 30m       -           -         trouble",
    "other    0 3 * * * UTC  in 15h       -           -         standing by",
    "perhaps  0 3 * * * UTC  not started  -           -         unsure",
  ]);
});

test("a job that Docker's own scheduler starts, too, has a note", () => {
  const both = declaredJob({ dockerJobs: ["shop.backup"], hash: "h" }, aJob({ schedules }));
  expect(table([record("backup")], answerOf({ jobs: new Map([["backup", both]]) }))).toEqual([
    "JOB     SCHEDULE       NEXT    LAST START  LAST RUN  NOTE",
    "backup  0 3 * * * UTC  in 15h  -           -         also in Docker",
  ]);
});

test("a long word on the last run of one job is cut where another one has a note: each job stays a line", () => {
  const outcome = { kind: "rejected", reason: "registry-unreachable", message: "" } as const;
  const unreachable = { ...failed, outcome };
  const answer = answerOf({ jobs: new Map(), unsure: new Set(["inventory", "nopull-at-all"]) });
  const lines = table([record("inventory"), record("nopull-at-all", { runs: [unreachable] })], answer);
  expect(lines).toEqual([
    "JOB            SCHEDULE      NEXT         LAST START  LAST RUN            NOTE",
    "inventory      0 3 * * * U…  not started  -           -                   unsure",
    "nopull-at-all  0 3 * * * U…  not started  -           rejected (registr…  unsure",
  ]);
});

test("where each cell has a line of its own, an empty one has none", () => {
  const answer = answerOf({ jobs: new Map(), unsure: new Set(["perhaps"]) });
  const lines = table([record("perhaps"), record("x")], answer, undefined, { COLUMNS: "40" });
  expect(lines.filter((line) => line.includes("NOTE"))).toEqual(["  NOTE        unsure"]);
});

test("a table is never wider than the terminal, whatever the names are", () => {
  const name = "a-job-with-as-long-a-name-as-a-job-may-have-which-is-sixty-three";
  const long = {
    ...record("x").definition,
    schedules: [{ pattern: "0,1,2,3,4,5,6,7,8,9 3 * * MON-FRI", timezone: "America/Argentina/Buenos_Aires" }],
  };
  const lines = table([record(name, { definition: long }), record("short", { runs: [failed] })]);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(lines).toContain(name);
});
