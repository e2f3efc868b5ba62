import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import {
  ROWS_OF_A_TIMELINE,
  type TimelineItem,
  type TimelineParts,
  timeline,
  timelineWindow,
} from "../../../src/view/times/timeline.ts";
import { type Occurrences, occurrences } from "../../../src/view/times/upcoming.ts";
import { aJob, aRecord, aRun, at } from "../../support/a-job.ts";
import { type EndedRun, failed, withPast } from "../../support/with-past.ts";
import "../../support/same-seed.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const now = at("12:00");
const timetables = createTimetables();

const record = (runs: readonly EndedRun[], change: Partial<JobRecord> = {}) =>
  withPast(aRecord(at("00:00"), change, aJob({ name: change.job ?? "backup" })), runs);

function show(records: readonly JobRecord[], change: Partial<TimelineParts> = {}) {
  return timeline({
    ...timelineWindow({ now, hours: 24 }),
    now,
    records: new Map(records.map((one) => [one.job, one])),
    states: "unknown",
    width: 960,
    ...change,
  });
}

async function upcoming(pattern: string, change: { readonly skips?: { reason: "paused"; until?: Date } } = {}) {
  const { to } = timelineWindow({ now, hours: 24 });
  const jobs = [{ job: "backup", schedules: [{ pattern, timezone: "UTC" }], ...change }];
  return (await occurrences(jobs, { from: now, to, timetables, turn: async () => {} })) as Occurrences;
}

const partsOf = (items: readonly TimelineItem[] = []) => items.flatMap(({ parts }) => parts);

describe("the window of a timeline", () => {
  it("has three quarters of its hours before now", () => {
    expect(timelineWindow({ now, hours: 24 })).toEqual({ from: new Date(now.getTime() - 18 * HOUR), to: at("18:00") });
  });

  it("may end at any instant", () => {
    expect(timelineWindow({ now, hours: 6, until: at("03:00") })).toEqual({
      from: new Date(at("03:00").getTime() - 6 * HOUR),
      to: at("03:00"),
    });
  });
});

describe("a timeline", () => {
  it("has what ran, what runs and what is due", async () => {
    const active = aRun(at("11:50"));
    const one = record([{ scheduledAt: at("03:00"), tookMs: HOUR, outcome: failed }], { runs: [active] });
    const { rows } = show([one], { upcoming: await upcoming("0 15 * * *") });
    expect(partsOf(rows[0]?.items)).toMatchObject([
      { kind: "ended", outcome: "failed", from: at("03:00"), to: at("04:00") },
      { kind: "active", state: "active", run: active.id, from: at("11:50"), to: now },
      { kind: "due", from: at("15:00"), to: at("15:00") },
    ]);
  });

  it("draws an hour of a day as a twenty-fourth of the width", () => {
    const [item] = show([record([{ scheduledAt: at("03:00"), tookMs: HOUR }])]).rows[0]?.items ?? [];
    // The window begins eighteen hours before twelve.
    expect(item).toMatchObject({ x: 9 * 40, width: 40, from: at("03:00"), to: at("04:00") });
  });

  it("leaves out jobs without anything in the window", () => {
    const old = record([{ scheduledAt: new Date(now.getTime() - 48 * HOUR) }]);
    expect(show([old, record([], { job: "new" })]).rows).toEqual([]);
  });

  it("looks into the past as well, where a later run has ended", () => {
    const runs = [{ scheduledAt: at("01:00") }, { scheduledAt: at("11:00") }];
    const window = { from: at("00:00"), to: at("06:00") };
    expect(partsOf(show([record(runs)], window).rows[0]?.items)).toHaveLength(1);
    expect(show([record(runs)], { from: at("02:00"), to: at("06:00") }).rows).toEqual([]);
  });

  it("shows a job that is due all the time as a band", async () => {
    const { rows } = show([], { upcoming: await upcoming("* * * * *", { skips: { reason: "paused" } }) });
    expect(rows).toEqual([{ job: "backup", items: [], band: { words: "Every minute", from: now, skipped: "paused" } }]);
  });

  it("says of what is due whether it is skipped", async () => {
    const due = await upcoming("0 * * * *", { skips: { reason: "paused", until: at("14:00") } });
    const items = show([], { upcoming: due }).rows[0]?.items;
    expect(partsOf(items).map((part) => "skipped" in part && part.skipped)).toEqual([
      "paused",
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it("says before which instant runs are not known", () => {
    const runs = Array.from({ length: 61 }, (_, index) => ({
      scheduledAt: new Date(at("06:00").getTime() + index * MINUTE),
      tookMs: 1,
    }));
    expect(show([record(runs)]).rows[0]?.unknownBefore).toEqual(at("06:01"));
    expect(show([record(runs)], { from: at("06:30") }).rows[0]).not.toHaveProperty("unknownBefore");
  });

  it("has rows by name, a hundred a page", () => {
    const names = Array.from({ length: 250 }, (_, index) => `job-${1000 - index}`);
    const records = names.map((job) => record([{ scheduledAt: at("03:00") }], { job }));
    const pages = [1, 2, 3].map((page) => show(records, { page }));
    expect(pages.map(({ rows }) => rows.length)).toEqual([ROWS_OF_A_TIMELINE, ROWS_OF_A_TIMELINE, 50]);
    expect(pages.flatMap(({ rows }) => rows.map(({ job }) => job))).toEqual(names.toSorted());
    expect(show(records, { page: 9 })).toMatchObject({ page: 3, pages: 3, found: 250 });
  });

  it("shows only what it is asked for", () => {
    const records = ["a", "b"].map((job) => record([{ scheduledAt: at("03:00") }], { job }));
    expect(show(records, { only: (job) => job === "b" }).rows.map(({ job }) => job)).toEqual(["b"]);
  });
});

describe("what is too close to be drawn apart", () => {
  const minutely = (count: number, from = "03:00") =>
    Array.from({ length: count }, (_, index) => ({
      scheduledAt: new Date(at(from).getTime() + index * MINUTE),
      tookMs: 1000,
    }));

  it("becomes one batch, which says how many it stands for", () => {
    const [item, ...others] = show([record(minutely(10))]).rows[0]?.items ?? [];
    expect(others).toEqual([]);
    expect(item).toMatchObject({ from: at("03:00"), to: at("03:09:01"), width: 12 });
    expect(item?.parts).toHaveLength(10);
  });

  it("is drawn apart where there is room", () => {
    expect(show([record(minutely(10))], { from: at("02:55"), to: at("03:15") }).rows[0]?.items).toHaveLength(10);
  });

  it("does not cross now", async () => {
    const runs = minutely(10, "11:50");
    const { items = [] } = show([record(runs)], { upcoming: await upcoming("1,2,3 12 * * *") }).rows[0] ?? {};
    expect(items.map(({ parts }) => parts.map(({ kind }) => kind))).toEqual([
      Array(10).fill("ended"),
      Array(3).fill("due"),
    ]);
    const [before, after] = items;
    expect((before?.x ?? 0) + (before?.width ?? 0)).toBeLessThanOrEqual(720);
    expect(after?.x).toBeGreaterThanOrEqual(720);
  });
});

/** Runs anywhere around the window, of any length, in the order of their end. */
const anyRuns: fc.Arbitrary<readonly EndedRun[]> = fc
  .uniqueArray(
    fc.record({
      minute: fc.integer({ min: -30 * 60, max: 12 * 60 }),
      tookMs: fc.oneof(fc.nat(5000), fc.nat(5 * HOUR)),
    }),
    { selector: ({ minute }) => minute, maxLength: 60 },
  )
  .map((runs) =>
    runs
      .map(({ minute, tookMs }) => ({ scheduledAt: new Date(at("00:00").getTime() + minute * MINUTE), tookMs }))
      .filter(({ scheduledAt, tookMs }) => scheduledAt.getTime() + tookMs <= now.getTime())
      .sort((a, b) => a.scheduledAt.getTime() + a.tookMs - b.scheduledAt.getTime() - b.tookMs),
  );

const anyPattern = fc.constantFrom("*/15 * * * *", "0 * * * *", "0,1,2 */3 * * *", "30 13 * * *", "* * * * *");

describe("whatever ran and is due", () => {
  it("stands in the timeline exactly once, in order, drawn where it can be seen, and not across now", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRuns,
        anyPattern,
        fc.constantFrom(120, 390, 1280),
        fc.constantFrom(1, 6, 24, 168),
        async (runs, pattern, width, hours) => {
          const window = timelineWindow({ now, hours });
          const due = (await occurrences([{ job: "backup", schedules: [{ pattern, timezone: "UTC" }] }], {
            from: now,
            to: window.to,
            timetables,
            turn: async () => {},
          })) as Occurrences;
          const [row] = show([record(runs)], { ...window, width, upcoming: due }).rows;
          const items = row?.items ?? [];
          const isIn = ({ scheduledAt, tookMs = 0 }: EndedRun) =>
            scheduledAt <= window.to && scheduledAt.getTime() + tookMs >= window.from.getTime();
          const expected = runs.filter(isIn).map(({ scheduledAt }) => scheduledAt.getTime());
          const times = due.jobs.flatMap((job) => (job.band === undefined ? job.times : []));
          const shown = partsOf(items);
          expect(shown.flatMap((part) => (part.kind === "ended" ? part.scheduledAt.getTime() : [])).sort()).toEqual(
            expected.sort(),
          );
          expect(shown.flatMap((part) => (part.kind === "due" ? part.from.getTime() : []))).toEqual(times);
          const nowX =
            ((now.getTime() - window.from.getTime()) / (window.to.getTime() - window.from.getTime())) * width;
          for (const [index, { x, width: wide, parts }] of items.entries()) {
            const next = items[index + 1];
            expect(wide).toBeGreaterThanOrEqual(parts.length > 1 ? 12 : 4);
            expect(x).toBeGreaterThanOrEqual(0);
            expect(x + wide).toBeLessThanOrEqual(width + 1e-6);
            if (next !== undefined) expect(next.x).toBeGreaterThanOrEqual(x + wide - 1e-6);
            const isDue = parts.map(({ kind }) => kind === "due");
            expect(new Set(isDue).size).toBe(1);
            if (isDue[0]) expect(x).toBeGreaterThanOrEqual(nowX - 1e-6);
            else expect(x + wide).toBeLessThanOrEqual(nowX + 1e-6);
            expect(parts.map(({ from }) => from.getTime())).toEqual(
              parts.map(({ from }) => from.getTime()).toSorted((a, b) => a - b),
            );
          }
        },
      ),
      { numRuns: 100 },
    );
  });
});
