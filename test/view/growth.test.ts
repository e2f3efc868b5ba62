import { describe, expect, test } from "vitest";
import type { Job } from "../../src/job/job.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { JobRows } from "../../src/view/jobs/job-row.ts";
import { timeline } from "../../src/view/times/timeline.ts";
import type { JobOccurrences, Occurrences } from "../../src/view/times/upcoming.ts";
import { upcomingList, upcomingStrip } from "../../src/view/times/upcoming-strip.ts";
import { aJob, aRecord, at } from "../support/a-job.ts";
import { anActiveScheduler } from "../support/an-active-scheduler.ts";
import { expectLinear } from "../support/growth.ts";
import { declaredJob } from "../support/scheduler-answer.ts";
import { failed, withPast } from "../support/with-past.ts";

const now = at("12:00");
const HOUR = 3_600_000;

const past = [{ scheduledAt: at("09:00") }, { scheduledAt: at("10:00"), outcome: failed, node: "w1" }];
const known = withPast(aRecord(now), past);

/** As many jobs with a past. */
function jobs(count: number) {
  const all = Array.from({ length: count }, (_, index) =>
    aJob({ name: `job-${index}`, schedules: [{ pattern: `${index % 60} * * * *`, timezone: "UTC" }] }),
  );
  const records = new Map(all.map((job) => [job.name, { ...known, job: job.name, definition: definitionOf(job) }]));
  return { all, records };
}

const definitionOf = (job: Job) => aRecord(now, {}, job).definition;

/** As many times a job, all within a day. */
function due(count: number, jobCount = 10): Occurrences {
  const step = (24 * HOUR) / count;
  const times = Array.from({ length: count }, (_, index) => Math.floor(now.getTime() + 1 + index * step));
  const ofJobs = Array.from({ length: jobCount }, (_, index): JobOccurrences => ({ job: `job-${index}`, times }));
  return { kind: "occurrences", from: now, to: new Date(now.getTime() + 24 * HOUR), jobs: ofJobs };
}

describe("a view takes time in proportion to what it is given", () => {
  test("the table of jobs", () => {
    expectLinear({
      from: 500,
      to: 2000,
      write: (size) => {
        const { all, records } = jobs(size);
        const parts = { records, scheduler: anActiveScheduler(all), states: "unknown", now } as const;
        return { rows: new JobRows(createTimetables()), parts };
      },
      read: ({ rows, parts }) => rows.table(parts, { text: "job", sort: "urgency" }),
    });
  });

  test("the table of jobs that can all no longer be read, for as many reasons", () => {
    expectLinear({
      from: 500,
      to: 2000,
      write: (size) => {
        const { all, records } = jobs(size);
        const problems = all.map(
          ({ name }) => ({ source: "files", at: `${name}.yml:1:1`, message: "is broken" }) as const,
        );
        const kept = new Map(all.map((job) => [job.name, declaredJob({ isKept: true }, job)]));
        const scheduler = anActiveScheduler([], { jobs: kept, problems });
        return {
          rows: new JobRows(createTimetables()),
          parts: { records, scheduler, states: "unknown", now } as const,
        };
      },
      read: ({ rows, parts }) => rows.table(parts),
    });
  });

  test("the timeline, by jobs", () => {
    expectLinear({
      from: 500,
      to: 2000,
      write: (size) => jobs(size).records,
      read: (records) =>
        timeline({
          from: at("00:00"),
          to: at("18:00"),
          now,
          records,
          states: "unknown",
          width: 1280,
          upcoming: due(20, 1000),
        }),
    });
  });

  test("the timeline, by what is in a row", () => {
    expectLinear({
      from: 1000,
      to: 16_000,
      write: (size) => due(size, 1),
      read: (upcoming) =>
        timeline({ from: now, to: upcoming.to, now, records: new Map(), states: "unknown", width: 1280, upcoming }),
    });
  });

  test("the strip of quarter hours", () => {
    expectLinear({ from: 1000, to: 8000, write: due, read: (upcoming) => upcomingStrip(upcoming, "Europe/Berlin") });
  });

  test("the list of what is upcoming", () => {
    expectLinear({ from: 1000, to: 8000, write: due, read: (upcoming) => upcomingList(upcoming, 500) });
  });
});

test("a batch of thousands is one item", () => {
  const upcoming = due(20_000, 1);
  const [row] = timeline({
    from: now,
    to: upcoming.to,
    now,
    records: new Map(),
    states: "unknown",
    width: 100,
    upcoming,
  }).rows;
  expect(row?.items.flatMap(({ parts }) => parts)).toHaveLength(20_000);
});
