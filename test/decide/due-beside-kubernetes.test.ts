import { describe, expect, it } from "vitest";
import { due } from "../../src/decide/due.ts";
import type { Overlap } from "../../src/job/job.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../support/a-job.ts";
import { dueInWords } from "./due-in-words.ts";
import { type Answers, type Situation, situations } from "./situations.ts";

const timetables = createTimetables();
const OVERLAPS: readonly Overlap[] = ["allow", "forbid", "replace", "queue"];

const rows = Object.entries(situations).flatMap(([name, situation]) =>
  OVERLAPS.map((overlap) => ({ name, overlap, situation, ours: answerOf(situation.ours, overlap) })),
);

describe("what is due, in the situations of the tests of Kubernetes' CronJob controller, and some more", () => {
  it.each(rows)("$name, $overlap", ({ situation, overlap, ours }) => {
    expect(answer(situation, overlap)).toEqual(ours);
  });

  it("says of each whether Kubernetes does the same, and where it does not, what it does and why we do not", () => {
    const words = Object.values(situations).flatMap(({ kubernetes }) => Object.values(asAnswers(kubernetes)));
    expect(words.filter((text) => text !== "same" && !/; ours? /.test(text))).toEqual([]);
  });
});

function answer(situation: Situation, overlap: Overlap): string[] {
  const { pattern = "0 * * * *", timezone = "UTC", deadlineMs, catchUp, suspended = false, now } = situation;
  const job = aJob({
    schedules: [{ pattern, timezone }],
    suspended,
    policies: {
      overlap,
      ...(catchUp && { catchUp }),
      ...(deadlineMs !== undefined && { startingDeadlineMs: deadlineMs }),
    },
  });
  const cursor = situation.cursor ?? (situation.ran === undefined ? at("09:01") : at("09:00"));
  return dueInWords(due(job, timetables.of(job.schedules), { record: aRecord(cursor, recordOf(situation), job), now }));
}

function recordOf({ ran, paused }: Situation): Partial<JobRecord> {
  return {
    ...(ran === "before" && { runs: [aRun(at("09:00"), { outcome: succeeded })] }),
    ...(ran === "active" && { runs: [aRun(at("09:00"))] }),
    ...(paused && { paused: { since: at("09:30") } }),
  };
}

function answerOf(answers: Answers<readonly string[]>, overlap: Overlap): readonly string[] {
  return "allow" in answers ? answers[overlap] : answers;
}

function asAnswers(answers: Answers<string>): Readonly<Record<string, string>> {
  return typeof answers === "string" ? { all: answers } : answers;
}
