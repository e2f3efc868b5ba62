import { describe, expect, it } from "vitest";
import type { Schedule } from "../../src/job/job.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { explainJob, explainNextStart } from "../../src/view/explain/explain.ts";
import { unknownSchedules, unknownScheduleWords } from "../../src/view/jobs/due.ts";
import { jobViews } from "../../src/view/jobs/job-view.ts";
import { aJob, aRecord, at } from "../support/a-job.ts";
import { answerOf } from "../support/scheduler-answer.ts";

const now = at("12:02");
const timetables = createTimetables();
const answer = answerOf();
const every5 = { pattern: "*/5 * * * *", timezone: "UTC" };
const recordOf = (job: string, schedules: readonly Schedule[]): JobRecord =>
  aRecord(at("11:00"), { job }, aJob({ name: job, schedules }));

/** What a version of ours that is newer may have written. */
const unknown: readonly (readonly [string, readonly Schedule[]])[] = [
  ["a pattern", [{ pattern: "@sunrise", timezone: "UTC" }]],
  ["a time zone", [{ pattern: "0 3 * * *", timezone: "Mars/Olympus" }]],
  ["a time zone in front of a pattern", [{ pattern: "CRON_TZ=Mars/Olympus 0 3 * * *", timezone: "UTC" }]],
  ["one of several", [every5, { pattern: "*/5 * * * * * * *", timezone: "UTC" }]],
];

describe.each(unknown)("a record with a schedule that this version does not know: %s", (_what, schedules) => {
  const record = recordOf("backup", schedules);

  it("is listed, without a next start, and keeps no other from being listed", () => {
    const views = jobViews(
      new Map([
        ["backup", record],
        ["other", recordOf("other", [every5])],
      ]),
      {
        answer: answerOf({ jobs: new Map([...answer.view.jobs, ["other", answer.view.jobs.get("backup") as never]]) }),
        timetables,
        now,
      },
    );
    expect(views.map(({ job }) => job)).toEqual(["backup", "other"]);
    expect(views[0]?.nextRunAt).toBeUndefined();
    expect(views[1]?.nextRunAt).toEqual(at("12:05"));
  });

  it("is named, with the schedule", () => {
    const { pattern, timezone } = schedules.at(-1) as Schedule;
    const sentence =
      `This version of shipbell does not know the schedule "${pattern}" in ${timezone} of backup, ` +
      "which another version has written: when it is due next is not known here.";
    const words = unknownSchedules(record, timetables).map((schedule) => unknownScheduleWords("backup", schedule));
    expect(words).toEqual([sentence]);
    const textsOf = (sentences: readonly { readonly text: string }[]) => sentences.map(({ text }) => text);
    expect(textsOf(explainJob(record, { now, states: new Map(), timetables, answer }))).toContain(sentence);
    expect(textsOf(explainNextStart(record, { timetables, now, answer }))).toEqual([sentence]);
  });
});
