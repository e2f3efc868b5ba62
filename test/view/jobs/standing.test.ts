import { describe, expect, test } from "vitest";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { jobView } from "../../../src/view/jobs/job-view.ts";
import { type StandingKind, standingOf, standingSentences, whyNotStarted } from "../../../src/view/jobs/standing.ts";
import type { SchedulerAnswer, ViewProblem } from "../../../src/view/scheduler/scheduler-view.ts";
import { aRecord, at } from "../../support/a-job.ts";
import { answerOf, declaredJob, silent } from "../../support/scheduler-answer.ts";

const now = at("12:02");
const here = aRecord(at("12:00"));
const removed = aRecord(at("12:00"), { removedAt: at("12:01") });
const misspelt: ViewProblem = {
  source: "containers",
  at: "container shop_db, label shipbell.shedule",
  message: "unknown",
};
const broken: ViewProblem = { source: "files", at: "jobs.yml:3:5", message: 'unknown key "imge"' };
const unsure = answerOf({ jobs: new Map(), unsure: new Set(["backup"]), problems: [misspelt] });
const kept = answerOf({ jobs: new Map([["backup", declaredJob({ isKept: true })]]), problems: [misspelt, broken] });

interface Case {
  readonly record: JobRecord | undefined;
  readonly answer: SchedulerAnswer;
  readonly standing: StandingKind;
  readonly isDue: boolean;
}

describe("a job stands as the scheduler and its record say, and is due only where it is carried out", () => {
  test.each<[string, Case]>([
    ["declared", { record: here, answer: answerOf(), standing: "declared", isDue: true }],
    ["declared, without a record yet", { record: undefined, answer: answerOf(), standing: "declared", isDue: false }],
    ["declared by what cannot be read now", { record: here, answer: kept, standing: "kept", isDue: true }],
    [
      "declared here, and carried out by a scheduler with a newer view",
      {
        record: here,
        answer: answerOf({ jobs: new Map([["backup", declaredJob({ hash: "h0" })]]) }),
        standing: "elsewhere",
        isDue: true,
      },
    ],
    [
      "declared here, and removed by a scheduler with a newer view",
      { record: removed, answer: answerOf(), standing: "elsewhere", isDue: false },
    ],
    ["not declared by what can be read", { record: here, answer: unsure, standing: "unsure", isDue: false }],
    [
      "not declared, and that is not recorded yet",
      { record: here, answer: answerOf({ jobs: new Map() }), standing: "removed", isDue: false },
    ],
    [
      "recorded as removed, while something cannot be read",
      { record: removed, answer: unsure, standing: "removed", isDue: false },
    ],
    [
      "recorded as removed, and no scheduler answers",
      { record: removed, answer: silent, standing: "removed", isDue: false },
    ],
    ["recorded, and no scheduler answers", { record: here, answer: silent, standing: "unknown", isDue: true }],
    [
      "recorded, and the scheduler has read nothing yet",
      {
        record: here,
        answer: answerOf({ role: { kind: "starting" }, jobs: new Map() }),
        standing: "unknown",
        isDue: true,
      },
    ],
    [
      "recorded, and the scheduler stands by",
      {
        record: here,
        answer: answerOf({ role: { kind: "standby", because: "another has the lock" }, jobs: new Map() }),
        standing: "unknown",
        isDue: true,
      },
    ],
  ])("%s", (_, { record, answer, standing, isDue }) => {
    const parts = { answer, timetables: createTimetables(), now };
    expect(standingOf("backup", record, answer).kind).toBe(standing);
    expect(jobView("backup", record, parts)?.nextRunAt !== undefined).toBe(isDue);
  });
});

const sentences = (answer: SchedulerAnswer, record = here) =>
  standingSentences(standingOf("backup", record, answer), (instant) => instant.toISOString()).join(" ");

describe("what is said of it", () => {
  test("is nothing where all is well", () => expect(sentences(answerOf())).toBe(""));

  test("quotes the problem of its own file, with its place, where it is kept", () =>
    expect(sentences(kept)).toBe(
      'Its definition cannot be read now, and it goes on as it was last read: jobs.yml:3:5: unknown key "imge".',
    ));

  test("quotes what cannot be read where it is not sure", () =>
    expect(sentences(unsure)).toBe(
      "It is not sure that it is still declared, because this cannot be read: container shop_db, label shipbell.shedule: " +
        "unknown. Nothing of it is started until that is mended.",
    ));

  test("of a job that is not sure does not quote the labels of an object whose jobs have other names", () => {
    const own: ViewProblem = { ...misspelt, at: "container backup, label shipbell.shedule" };
    const others = (problems: ViewProblem[]) =>
      sentences(answerOf({ jobs: new Map(), unsure: new Set(["backup"]), problems }));
    expect(others([misspelt, broken])).toContain(`because this cannot be read: jobs.yml:3:5: unknown key "imge". `);
    expect(others([misspelt, own])).toContain("cannot be read: container backup, label shipbell.shedule: unknown. ");
  });

  test("says that no scheduler answers", () =>
    expect(sentences(silent)).toBe(
      "No scheduler says whether it is carried out (connect ECONNREFUSED 127.0.0.1:8494); this is what the ledger says.",
    ));

  test("quotes three problems, and counts the others", () => {
    const problems = ["a", "b", "c", "d", "e"].map((at): ViewProblem => ({ source: "files", at, message: "wrong" }));
    const answer = answerOf({ jobs: new Map([["backup", declaredJob({ isKept: true })]]), problems });
    expect(sentences(answer)).toContain('a: wrong; b: wrong; c: wrong; and 2 more ("shipbell problems").');
  });
});

test("a start is refused where it would not be carried out, with the same reason", () => {
  const why = (answer: SchedulerAnswer, record = here) => whyNotStarted("backup", standingOf("backup", record, answer));
  expect(why(answerOf())).toBeUndefined();
  expect(why(silent)).toBeUndefined();
  expect(why(answerOf({ jobs: new Map() }))).toBe("no source declares backup");
  expect(why(unsure)).toMatch(/^it is not sure that backup is still declared, .*label shipbell\.shedule: unknown/);
});
