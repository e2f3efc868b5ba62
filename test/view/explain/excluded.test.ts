import { describe, expect, test } from "vitest";
import { due } from "../../../src/decide/due.ts";
import type { Exclusions } from "../../../src/job/exclusions/exclusions.ts";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { explainJob, explainNextStart } from "../../../src/view/explain/explain.ts";
import { JobRows } from "../../../src/view/jobs/job-row.ts";
import { jobView } from "../../../src/view/jobs/job-view.ts";
import { aJob, aRecord, at } from "../../support/a-job.ts";
import { anActiveScheduler } from "../../support/an-active-scheduler.ts";
import { answerOf } from "../../support/scheduler-answer.ts";

const timetables = createTimetables();
const now = at("12:00");

function explain(exclusions: Partial<Exclusions>, change: Partial<JobRecord> = {}, cursor = at("11:55")): string[] {
  const job = aJob({
    schedules: [{ pattern: "55 * * * *", timezone: "UTC" }],
    exclusions: { timezone: "UTC", ...exclusions },
  });
  const record = aRecord(cursor, change, job);
  const parts = { now, states: new Map(), timetables, answer: answerOf() };
  return explainJob(record, parts).map(({ text }) => text);
}

const noon = { quiet: ["Wed 11:00-13:00"] };

describe("what a definition excludes", () => {
  test.each<[name: string, exclusions: Partial<Exclusions>, sentences: readonly string[]]>([
    [
      "some days",
      { except: "2026-12-24..2026-12-26 2027-01-01" },
      ["It is not started on 2026-12-24..2026-12-26, 2027-01-01 (UTC)."],
    ],
    [
      "many days",
      { except: "2026-01-01 2026-02-01 2026-03-01 2026-04-01 2026-05-01 2026-06-01 2026-07-01" },
      ["It is not started on 2026-01-01, 2026-02-01, 2026-03-01, 2026-04-01, 2026-05-01 and 2 more (UTC)."],
    ],
    [
      "today",
      { except: "2026-11-18" },
      [
        "Today is left out by except or only: what is due before 2026-11-19 00:00:00+00:00 is skipped.",
        "It is due next at 2026-11-19 00:55:00+00:00 (in 12 h 55 min), 2026-11-19 01:55:00+00:00 (in 13 h 55 min), 2026-11-19 02:55:00+00:00 (in 14 h 55 min).",
      ],
    ],
    [
      "all days to come",
      { only: "2026-11-01..2026-11-17" },
      [
        "It is started only on 2026-11-01..2026-11-17 (UTC).",
        "No day is left on which only lets it start.",
        "It is done: no further time starts it.",
      ],
    ],
    [
      "hours",
      noon,
      [
        "It is quiet Wed 11:00-13:00 (UTC).",
        "It is quiet until 2026-11-18 13:00:00+00:00, in 1 h: what is due before is skipped.",
      ],
    ],
    [
      "hours whose last due time waits",
      { ...noon, defers: {} },
      [
        "It is quiet Wed 11:00-13:00, and what is due then waits for the end (UTC).",
        "It is quiet until 2026-11-18 13:00:00+00:00, in 1 h: what is due before waits: the last of it is started then.",
      ],
    ],
  ])("is explained: %s", (_, exclusions, sentences) => {
    expect(explain(exclusions)).toEqual(expect.arrayContaining([...sentences]));
  });

  test("and waits for the end of its window is said to wait, and not to be late", () => {
    const sentences = explain({ quiet: ["Wed 11:00-12:30"], defers: {} }, {}, at("11:00"));
    expect(sentences).toContain(
      "Waiting for the end of a quiet window at 2026-11-18 12:30:00+00:00, in 30 min: the occurrence of 2026-11-18 11:55:00+00:00.",
    );
    expect(sentences.join()).not.toContain("Not decided yet");
    expect(sentences).toContainEqual(
      expect.stringContaining("It is due next at 2026-11-18 12:30:00+00:00 (in 30 min), 2026-11-18 12:55:00+00:00"),
    );
  });

  test("and leaves no time of it is not said to be done", () => {
    const sentences = explain({ quiet: ["00:50-01:00", "01:00-00:50"] });
    expect(sentences.join()).not.toContain("It is done");
    expect(sentences).toContain("None of its times is started: all that were looked at are left out.");
  });

  test("has its reasons", () => {
    const skipped = (reason: "excepted" | "quiet") =>
      ({ kind: "skipped", reason, scheduledAt: at("11:55"), decidedAt: at("11:55") }) as const;
    expect(explain({}, { verdicts: [skipped("excepted"), skipped("quiet")] })).toEqual(
      expect.arrayContaining([
        "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (excepted): except, or only, leaves out that day.",
        "Skipped the occurrence of 2026-11-18 11:55:00+00:00 (quiet): it was due in a quiet window of the job.",
      ]),
    );
  });

  test("is not when a job is said to start next, in short, in the list and in the table", () => {
    const job = aJob({ exclusions: { timezone: "UTC", quiet: ["12:00-13:00"] } });
    const record = aRecord(now, {}, job);
    const view = anActiveScheduler([job]);
    const answer = { kind: "answers", view } as const;
    expect(explainNextStart(record, { now, timetables, answer }).map(({ text }) => text)).toEqual([
      "It is quiet until 2026-11-18 13:00:00+00:00, in 1 h: what is due before is skipped.",
      "It is due next at 2026-11-18 13:00:00+00:00, in 1 h.",
    ]);
    expect(jobView("backup", record, { answer, timetables, now })?.nextRunAt).toEqual(at("13:00"));
    const parts = { records: new Map([["backup", record]]), scheduler: view, states: new Map(), now };
    expect(new JobRows(timetables).row("backup", parts)?.next).toEqual(at("13:00"));
  });

  test("and waits is no overdue job in the table", () => {
    const job = aJob({
      exclusions: { timezone: "UTC", quiet: ["11:00-12:58"], defers: {} },
      schedules: [{ pattern: "55 * * * *", timezone: "UTC" }],
    });
    const record = aRecord(at("11:54"), {}, job);
    const scheduler = anActiveScheduler([job]);
    const row = new JobRows(timetables).row("backup", {
      records: new Map([["backup", record]]),
      scheduler,
      states: new Map(),
      now: at("12:56"),
    });
    expect(row).toMatchObject({
      state: "waiting",
      why: "waits for the end of a quiet window",
      until: at("12:58"),
      next: at("12:58"),
    });
  });

  test("and falls into a pause is not said to start when the pause and the quiet window are over", () => {
    const job = aJob({
      exclusions: { timezone: "UTC", quiet: ["12:30-14:00"], defers: {} },
      schedules: [{ pattern: "45 12,16 * * *", timezone: "UTC" }],
    });
    const record = aRecord(now, { paused: { since: at("11:00"), until: at("13:00") } }, job);
    const view = anActiveScheduler([job]);
    const answer = { kind: "answers", view } as const;
    const timetable = timetables.of(job.schedules, job.exclusions);
    expect(due(job, timetable, { record, now }).nextStartAt).toEqual(at("16:45"));
    expect(jobView("backup", record, { answer, timetables, now })?.nextRunAt).toEqual(at("16:45"));
    const parts = { records: new Map([["backup", record]]), scheduler: view, states: new Map(), now };
    expect(new JobRows(timetables).row("backup", parts)?.next).toEqual(at("16:45"));
    const sentences = [
      ...explainNextStart(record, { now, timetables, answer }),
      ...explainJob(record, { now, states: new Map(), timetables, answer }),
    ].map(({ text }) => text);
    expect(sentences).toContainEqual(expect.stringContaining("16:45:00"));
    expect(sentences.join()).not.toContain("2026-11-18 14:00:00");
  });
});
