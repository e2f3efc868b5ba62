import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Schedule } from "../../../src/job/job.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { shapeBuckets, shapeOccurrences } from "../../../src/view/shapes/occurrence-shape.ts";
import { forecast } from "../../../src/view/times/forecast.ts";
import {
  type DueJob,
  dueJobs,
  firstAfter,
  type Occurrences,
  occurrences,
  skippedOf,
  type Upcoming,
  type Walks,
  walkKey,
} from "../../../src/view/times/upcoming.ts";
import { CELL_MS, upcomingList, upcomingStrip, upcomingWindow } from "../../../src/view/times/upcoming-strip.ts";
import { aJob, aRecord, at } from "../../support/a-job.ts";
import { anActiveScheduler } from "../../support/an-active-scheduler.ts";
import { anySchedule } from "../../support/any-schedule.ts";
import { windowsAroundChanges } from "../../support/clock-windows.ts";
import { declaredJob } from "../../support/scheduler-answer.ts";
import "../../support/same-seed.ts";

const timetables = createTimetables();
const ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe"];

const hour = (pattern: string, timezone = "UTC"): readonly Schedule[] => [{ pattern, timezone }];

interface Window {
  readonly from: Date;
  readonly to: Date;
}

const noon: Window = { from: at("12:00"), to: at("18:00") };

function ask(jobs: readonly DueJob[], window: Window = noon, walks?: Walks): Promise<Upcoming> {
  return occurrences(jobs, { ...window, timetables, turn: async () => {}, ...(walks && { walks }) });
}

async function mustAnswer(jobs: readonly DueJob[], window: Window = noon): Promise<Occurrences> {
  const upcoming = await ask(jobs, window);
  if (upcoming.kind === "too-many") throw new Error(upcoming.message);
  return upcoming;
}

function skippedTimes({ jobs }: Occurrences): readonly string[] {
  return jobs.flatMap((job) => {
    const skipped = job.times.filter((_, index) => skippedOf(job)(index));
    return skipped.map((time) => `${job.job} ${new Date(time).toISOString().slice(11, 16)}`);
  });
}

function times({ jobs }: Occurrences, job: string): readonly string[] {
  return (jobs.find((one) => one.job === job)?.times ?? []).map((time) => new Date(time).toISOString());
}

/** A day and a half around a change of the clock of one of these zones. */
const anyChange: fc.Arbitrary<Window> = fc
  .tuple(fc.constantFrom(...ZONES), fc.integer({ min: 2024, max: 2028 }), fc.nat(1), fc.nat(24 * 60 * 60 - 1))
  .map(([zone, year, which, second]) => {
    const windows = windowsAroundChanges(zone, year);
    const start = windows[which % windows.length]?.start ?? 0;
    const from = start + second * 1000;
    return { from: new Date(from), to: new Date(from + 36 * 3_600_000) };
  });

const anyJob = fc
  .array(fc.record({ pattern: anySchedule, timezone: fc.constantFrom(...ZONES) }), { minLength: 1, maxLength: 2 })
  .filter((schedules) => schedules.every(({ pattern, timezone }) => timetables.check(pattern, timezone) === undefined))
  .filter((schedules) => schedules.every(({ pattern }) => isSparse(pattern)));

/** What is due each minute only takes long here. */
function isSparse(pattern: string): boolean {
  const [first = new Date(0), , , , fifth] = forecast({
    schedules: hour(pattern),
    from: at("12:00"),
    count: 5,
  }).instants;
  return fifth === undefined || fifth.getTime() - first.getTime() >= 4 * 300_000;
}

describe("what is upcoming", () => {
  it("has planned runs among the times of the schedule", async () => {
    const planned = [at("15:30").getTime(), at("23:59").getTime()];
    const upcoming = await mustAnswer([{ job: "a", schedules: hour("0 12,15,18 * * *"), planned }]);
    expect(times(upcoming, "a")).toEqual([
      "2026-11-18T15:00:00.000Z",
      "2026-11-18T15:30:00.000Z",
      "2026-11-18T18:00:00.000Z",
    ]);
  });

  it("is what shipbell next says, for any job and around any change of the clock", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyJob, { minLength: 4, maxLength: 4 }), anyChange, async (all, window) => {
        const upcoming = await mustAnswer(
          all.map((schedules, index) => ({ job: `job-${index}`, schedules })),
          window,
        );
        for (const [index, schedules] of all.entries()) {
          const found = times(upcoming, `job-${index}`);
          const { instants } = forecast({ schedules, from: window.from, count: found.length + 1 });
          const expected = instants.filter((instant) => instant <= window.to).map((instant) => instant.toISOString());
          expect(found).toEqual(expected);
        }
      }),
      { numRuns: 25 },
    );
  });

  it("begins after the instant from which it is asked, and has the last one", async () => {
    const upcoming = await mustAnswer([{ job: "a", schedules: hour("0 12,15,18 * * *") }]);
    expect(times(upcoming, "a")).toEqual(["2026-11-18T15:00:00.000Z", "2026-11-18T18:00:00.000Z"]);
  });

  it("begins where a record is decided up to a later instant, as after a clock was set back", async () => {
    const upcoming = await mustAnswer([{ job: "a", schedules: hour("0 * * * *"), after: at("16:00") }]);
    expect(times(upcoming, "a")).toEqual(["2026-11-18T17:00:00.000Z", "2026-11-18T18:00:00.000Z"]);
  });

  it("has jobs by name, and none that is not due", async () => {
    const never = { job: "c", schedules: hour("0 3 * * *") };
    const jobs = ["b", "a"].map((job) => ({ job, schedules: hour("0 15 * * *") }));
    expect((await mustAnswer([...jobs, never])).jobs.map(({ job }) => job)).toEqual(["a", "b"]);
  });

  it("is a band in words for a job that is due more than 96 times", async () => {
    const jobs = [
      { job: "often", schedules: hour("*/3 * * * *") },
      { job: "seldom", schedules: hour("*/4 * * * *") },
    ];
    const upcoming = await mustAnswer(jobs, { from: at("12:00"), to: at("18:00") });
    expect(upcoming.jobs.map(({ band, times }) => [band, times.length])).toEqual([
      ["Every 3 minutes", 120],
      [undefined, 90],
    ]);
  });

  it("leaves out a job whose schedule this version does not know", async () => {
    expect((await mustAnswer([{ job: "a", schedules: hour("@reboot") }])).jobs).toEqual([]);
  });

  it("is refused for more than 31 days", async () => {
    const to = new Date(at("12:00").getTime() + 31 * 86_400_000 + 1);
    expect(await ask([], { from: at("12:00"), to })).toMatchObject({
      kind: "too-many",
      message: expect.stringContaining("at most 31 days"),
    });
  });

  it("leaves out what a job excludes, counts it, and has what waits for a quiet window at its end", async () => {
    const quiet = { timezone: "UTC", quiet: ["12:30-14:15"] };
    const found = await mustAnswer([
      { job: "skips", schedules: hour("*/30 * * * *"), exclusions: quiet },
      { job: "waits", schedules: hour("50 * * * *"), exclusions: { ...quiet, defers: {} } },
      { job: "never", schedules: hour("0 * * * *"), exclusions: { timezone: "UTC", except: "2026-11-18" } },
    ]);
    const clock = (job: string) => times(found, job).map((time) => time.slice(11, 16));
    expect(clock("skips").slice(0, 2)).toEqual(["14:30", "15:00"]);
    expect(clock("waits").slice(0, 2)).toEqual(["14:15", "14:50"]);
    expect(found.jobs.map(({ job, excluded }) => [job, excluded])).toEqual([
      ["never", 6],
      ["skips", 4],
      ["waits", 1],
    ]);
    expect(upcomingStrip(found, "UTC")).toMatchObject({ excluded: 11, skipped: 0 });
  });

  it("has what waits now for the end of a quiet window, unless that is decided", async () => {
    const exclusions = { timezone: "UTC", quiet: ["11:00-13:00"], defers: {} };
    const job = { job: "a", schedules: hour("45 11 * * *"), exclusions };
    expect(times(await mustAnswer([{ ...job, after: at("11:30") }]), "a")).toEqual([at("13:00").toISOString()]);
    expect(times(await mustAnswer([{ ...job, after: at("11:45") }]), "a")).toEqual([]);
  });

  it("is refused for more than 200,000 different times", async () => {
    const jobs = [0, 1, 2].map((index) => ({ job: `job-${index}`, schedules: hour(`${index} 15 * * *`) }));
    const times = Array.from({ length: 100_000 }, (_, index) => at("15:00").getTime() + index);
    const many = { times, excluded: [], deferred: [] };
    const walks = () => new Map(jobs.map(({ schedules }) => [JSON.stringify(schedules), many]));
    expect(await ask(jobs.slice(0, 2), noon, walks())).toMatchObject({ kind: "occurrences" });
    expect(await ask(jobs, noon, walks())).toMatchObject({
      kind: "too-many",
      message: expect.stringContaining("more than 200,000 times"),
    });
  });

  it("is worked out once for all jobs with the same schedules", async () => {
    const jobs = Array.from({ length: 1000 }, (_, index) => ({ job: `j${index}`, schedules: hour("* * * * *") }));
    const { jobs: found } = await mustAnswer(jobs);
    expect(new Set(found.map(({ times }) => times)).size).toBe(1);
  });

  it("lets other work come between, however many times there are", async () => {
    let turns = 0;
    const turn = async () => {
      turns++;
    };
    await occurrences([{ job: "a", schedules: hour("@every 5s") }], { ...noon, timetables, turn });
    expect(turns).toBeGreaterThan(15);
  });

  it("uses what was worked out within the same minute, and is exact", async () => {
    const walks: Walks = new Map();
    const schedules = hour("*/20 * * * * *");
    const to = at("12:02");
    await ask([{ job: "a", schedules }], { from: at("12:00:10"), to }, walks);
    const later = { from: at("12:00:30"), to };
    expect(walkKey(at("12:00:10"), to)).toBe(walkKey(later.from, to));
    const upcoming = await ask([{ job: "a", schedules }], later, walks);
    expect(upcoming).toEqual(await ask([{ job: "a", schedules }], later));
  });
});

describe("the jobs of a forecast", () => {
  const job = (name: string, change = {}) => aJob({ name, hash: name, ...change });

  it("are those whose schedule is followed, with what they skip", () => {
    const paused = { since: at("11:00"), until: at("15:00") };
    const jobs = [job("plain"), job("paused"), job("suspended", { suspended: true }), job("new")];
    const records = new Map([
      ["plain", aRecord(at("11:00"), {}, jobs[0])],
      ["paused", aRecord(at("11:00"), { paused }, jobs[1])],
      ["suspended", aRecord(at("11:00"), {}, jobs[2])],
      ["removed", aRecord(at("11:00"), { removedAt: at("11:30") }, job("removed"))],
      ["closed", aRecord(at("11:00"), { closedAt: at("11:30") }, job("closed"))],
    ]);
    const found = dueJobs({ records, scheduler: anActiveScheduler(jobs), now: at("12:00") });
    expect(found.map(({ job: name, skips }) => [name, skips])).toEqual([
      ["plain", undefined],
      ["paused", { reason: "paused", until: at("15:00") }],
      ["suspended", { reason: "suspended" }],
      ["new", undefined],
    ]);
  });

  it("leave out one that may no longer be declared", () => {
    const records = new Map([["backup", aRecord(at("11:00"))]]);
    expect(
      dueJobs({ records, scheduler: anActiveScheduler([], { unsure: new Set(["backup"]) }), now: at("12:00") }),
    ).toEqual([]);
  });

  it("include those of a definition that can no longer be read", () => {
    const kept = new Map([["backup", declaredJob({ isKept: true })]]);
    const found = dueJobs({ records: new Map(), scheduler: anActiveScheduler([], { jobs: kept }), now: at("12:00") });
    expect(found.map(({ job: name }) => name)).toEqual(["backup"]);
  });
});

describe("the strip of quarter hours", () => {
  it("counts each time once, in the quarter hour in which it begins", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyJob, { minLength: 1, maxLength: 3 }), anyChange, async (all, window) => {
        const upcoming = await mustAnswer(
          all.map((schedules, index) => ({ job: `job-${index}`, schedules })),
          window,
        );
        const expected = new Map<number, number>();
        for (const time of upcoming.jobs.flatMap((job) => job.times)) {
          const cell = Math.floor(time / CELL_MS) * CELL_MS;
          expected.set(cell, (expected.get(cell) ?? 0) + 1);
        }
        const cells = upcomingStrip(upcoming, "Europe/Berlin").days.flatMap(({ cells }) => cells);
        expect(new Map(cells.flatMap((cell) => (cell.starts ? [[cell.at.getTime(), cell.starts]] : [])))).toEqual(
          expected,
        );
        expect(cells.map((cell) => cell.at.getTime())).toEqual(
          cells.map((_, index) => (cells[0]?.at.getTime() ?? 0) + index * CELL_MS),
        );
      }),
      { numRuns: 10 },
    );
  });

  it.each([
    ["Europe/Berlin", "2026-03-29", 92, "the clock goes forward by 1 h at 02:00, so this day has 92 quarter hours"],
    ["Europe/Berlin", "2026-10-25", 100, "the clock goes back by 1 h at 03:00, so this day has 100 quarter hours"],
    ["America/New_York", "2026-03-08", 92, "the clock goes forward by 1 h at 02:00, so this day has 92 quarter hours"],
    ["America/New_York", "2026-11-01", 100, "the clock goes back by 1 h at 02:00, so this day has 100 quarter hours"],
    [
      "Australia/Lord_Howe",
      "2026-10-04",
      94,
      "the clock goes forward by 30 min at 02:00, so this day has 94 quarter hours",
    ],
    [
      "Australia/Lord_Howe",
      "2026-04-05",
      98,
      "the clock goes back by 30 min at 02:00, so this day has 98 quarter hours",
    ],
    ["Asia/Kathmandu", "2026-10-25", 96, undefined],
    ["UTC", "2026-10-25", 96, undefined],
  ])("has for a day in %s, %s, %i cells", async (timezone, date, count, clockChange) => {
    const before = upcomingWindow({ now: new Date(`${date}T00:00:00Z`), hours: -24, timezone }).to;
    const window = { from: before, to: new Date(before.getTime() + 3 * 86_400_000) };
    const { days } = upcomingStrip(await mustAnswer([], window), timezone);
    const day = days.find((one) => one.date === date);
    expect([day?.cells.length, day?.clockChange]).toEqual([count, clockChange]);
  });

  it("names what is busiest, with the instant at which most begin", async () => {
    const at3 = ["backup", "dump", "report", "vacuum"].map((job) => ({ job, schedules: hour("0 15 * * *") }));
    const others = [
      { job: "tick", schedules: hour("5,7 15 * * *") },
      { job: "alone", schedules: hour("0 17 * * *") },
    ];
    const { busiest } = upcomingStrip(await mustAnswer([...at3, ...others]), "UTC");
    expect(busiest).toEqual([
      {
        at: at("15:00"),
        starts: 6,
        skipped: 0,
        peak: { at: at("15:00"), starts: 4 },
        jobs: ["backup", "dump", "report"],
        moreJobs: 2,
      },
    ]);
  });

  it("counts what is skipped apart", async () => {
    const skips = { reason: "paused", until: at("15:00") } as const;
    const upcoming = await mustAnswer([
      { job: "paused", schedules: hour("0 * * * *"), skips },
      { job: "plain", schedules: hour("0 * * * *") },
    ]);
    const { starts, skipped, days } = upcomingStrip(upcoming, "UTC");
    expect([starts, skipped]).toEqual([10, 2]);
    const cell = days[0]?.cells.find((one) => one.at.getTime() === at("14:00").getTime());
    expect(cell).toMatchObject({ starts: 1, skipped: 1 });
  });
});

describe("the window of a forecast", () => {
  it.each([
    ["2026-11-18T12:00:00Z", 1, "2026-11-18T13:00:00Z", 4],
    ["2026-11-18T12:07:30Z", 1, "2026-11-18T13:15:00Z", 5],
    ["2026-11-18T12:14:59Z", 6, "2026-11-18T18:15:00Z", 25],
    ["2026-11-18T12:00:00Z", 24, "2026-11-19T12:00:00Z", 96],
    ["2026-11-18T12:07:30Z", 24, "2026-11-19T12:15:00Z", 97],
  ])(
    "from %s for %i h ends before %s, so that all of these hours are in its %i cells",
    async (from, hours, end, cells) => {
      const window = upcomingWindow({ now: new Date(from), hours, timezone: "UTC" });
      expect(window).toEqual({ from: new Date(from), to: new Date(Date.parse(end) - 1) });
      const due = await mustAnswer([{ job: "a", schedules: hour("*/5 * * * *") }], window);
      const { days, starts } = upcomingStrip(due, "UTC");
      expect(days.flatMap((day) => day.cells)).toHaveLength(cells);
      expect(starts).toBe(due.jobs[0]?.times.length);
      expect(times(due, "a").at(-1)).toBe(new Date(Date.parse(end) - 5 * 60_000).toISOString());
    },
  );

  it.each([
    ["2026-03-28T12:00:00Z", 92],
    ["2026-10-24T12:00:00Z", 100],
  ])("of a day from %s in Berlin has %i cells, as its clock changes", async (now, cells) => {
    const window = upcomingWindow({ now: new Date(now), hours: 24, timezone: "Europe/Berlin" });
    const { days } = upcomingStrip(await mustAnswer([], window), "Europe/Berlin");
    expect(days.flatMap((day) => day.cells)).toHaveLength(cells);
  });
});

describe("the list of what is upcoming", () => {
  it("has each time of each job once, in order, without bands", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyJob, { minLength: 1, maxLength: 4 }), anyChange, async (all, window) => {
        const upcoming = await mustAnswer(
          all.map((schedules, index) => ({ job: `job-${index}`, schedules })),
          window,
        );
        const named = upcoming.jobs.filter(({ band }) => band === undefined);
        const expected = named
          .flatMap(({ job, times }) => times.map((time) => ({ at: new Date(time), job })))
          .sort((a, b) => a.at.getTime() - b.at.getTime() || (a.job < b.job ? -1 : 1));
        expect(upcomingList(upcoming, Number.MAX_SAFE_INTEGER)).toEqual({ entries: expected, more: 0 });
        const few = upcomingList(upcoming, 7);
        expect(few).toEqual({ entries: expected.slice(0, 7), more: Math.max(0, expected.length - 7) });
      }),
      { numRuns: 10 },
    );
  });

  it("says what is skipped, until the pause ends", async () => {
    const skips = { reason: "paused", until: at("15:00") } as const;
    const upcoming = await mustAnswer([{ job: "a", schedules: hour("0 14,15 * * *"), skips }]);
    expect(upcomingList(upcoming, 10).entries).toEqual([
      { at: at("14:00"), job: "a", skipped: "paused" },
      { at: at("15:00"), job: "a" },
    ]);
    expect(skippedTimes(upcoming)).toEqual(["a 14:00"]);
  });

  it("says of no planned run that it is skipped: no pause and no suspension keeps it from starting", async () => {
    const planned = [at("13:00").getTime(), at("14:00").getTime()];
    const schedules = hour("0 14,15 * * *");
    const upcoming = await mustAnswer([
      { job: "paused", schedules, planned, skips: { reason: "paused", until: at("15:00") } },
      { job: "suspended", schedules, planned, skips: { reason: "suspended" } },
    ]);
    expect(skippedTimes(upcoming)).toEqual(["paused 14:00", "suspended 14:00", "suspended 15:00"]);
    const { items } = shapeOccurrences(upcoming);
    expect(items.map((item) => item.planned)).toEqual([planned, planned].map((each) => each.map((ms) => new Date(ms))));
    const { items: counted } = shapeBuckets(upcoming, 3_600_000);
    expect(counted.map(({ count }) => count)).toEqual([2, 2, 1]);
    expect(upcomingStrip(upcoming, "UTC").skipped).toBe(3);
  });

  it("says of what is due in a pause that it is skipped, whatever it would wait for", async () => {
    const exclusions = { timezone: "UTC", quiet: ["13:00-16:00"], defers: {} };
    const skipsUntil = (until: Date) => ({ reason: "paused", until }) as const;
    const job = { schedules: hour("0 12-18 * * *"), exclusions };
    const until = async (until: Date) =>
      skippedTimes(await mustAnswer([{ job: "a", ...job, skips: skipsUntil(until) }]));
    // The last one of the window, at 15:00, waits for its end: at 16:00, when another one is due.
    expect(await until(at("15:30"))).toEqual([]);
    expect(await until(at("17:30"))).toEqual(["a 16:00", "a 17:00"]);
    const odd = { job: "b", schedules: hour("30 12-18 * * *"), exclusions };
    const untilOdd = async (until: Date) => skippedTimes(await mustAnswer([{ ...odd, skips: skipsUntil(until) }]));
    expect(await untilOdd(at("15:30"))).toEqual(["b 12:30"]);
    expect(await untilOdd(at("15:31"))).toEqual(["b 12:30", "b 16:00"]);
  });
});

it("the first time after an instant is found as by looking at each", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(50)), fc.nat(60), (unsorted, instant) => {
      const sorted = unsorted.toSorted((a, b) => a - b);
      const found = sorted.findIndex((time) => time > instant);
      expect(firstAfter(sorted, instant)).toBe(found === -1 ? sorted.length : found);
    }),
  );
});
