import { describe, expect, it } from "vitest";
import { startAhead } from "../../src/decide/ahead.ts";
import type { Job } from "../../src/job/job.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../support/a-job.ts";

const timetables = createTimetables();
const TEN_S = 10_000;

interface Given {
  readonly job?: Partial<Job>;
  readonly record?: Partial<JobRecord>;
  readonly now?: string;
  readonly longestMs?: number;
  readonly pausedAll?: true;
}

/** A job that is due each minute, decided up to 12:00, looked at a quarter of a minute later. */
function aheadOf({ job: keys = {}, record = {}, now = "12:00:15", longestMs = TEN_S, pausedAll }: Given) {
  const job = aJob({ schedules: [{ pattern: "* * * * *", timezone: "UTC" }], ...keys });
  const seen = {
    record: aRecord(at("12:00"), record),
    ...(pausedAll && { instance: { schema: 1, paused: { since: at("11:00") } } }),
    now: at(now),
  };
  return startAhead(job, timetables.of(job.schedules, job.exclusions), seen, longestMs);
}

const every = (pattern: string) => ({ schedules: [{ pattern, timezone: "UTC" }] });
const policies = (changed: Partial<Job["policies"]>) => ({ policies: { ...aJob().policies, ...changed } });
const ended = { runs: [aRun(at("12:00"), { outcome: succeeded, finishedAt: at("12:00:05") })] };

const quietAtNoon = { timezone: "UTC", quiet: ["Wed 12:00-14:00"] };
const running = { runs: [aRun(at("12:00"))] };

describe("a start may be prepared", () => {
  it.each<[what: string, Given, from: string]>([
    ["from the longest lead on", {}, "12:00:50"],
    ["from then on, also when that has come", { now: "12:00:55" }, "12:00:50"],
    [
      "at most half of the distance to the occurrence before it",
      { job: every("*/8 * * * * *"), now: "12:00:01" },
      "12:00:04",
    ],
    ["for a second, where it is due every other one", { job: every("@every 2s"), now: "12:00:01" }, "12:00:01"],
    ["a shorter time where the setting says so", { longestMs: 3000 }, "12:00:57"],
    ["where an active run will be replaced", { job: policies({ overlap: "replace" }), record: running }, "12:00:50"],
    ["where others may be active", { job: policies({ overlap: "allow" }), record: running }, "12:00:50"],
    ["where the last run has ended", { record: ended }, "12:00:50"],
    ["once a pause is over", { record: { paused: { since: at("11:00"), until: at("12:00:10") } } }, "12:00:50"],
  ])("%s", (_, given, from) => {
    expect(aheadOf(given)?.from).toEqual(at(from));
  });

  it("as the start that the schedule brings, with the defaults of its inputs", () => {
    const inputs = { day: { type: "text", default: "today" } } as never;
    expect(aheadOf({ job: { inputs } })?.start).toEqual({
      trigger: "schedule",
      scheduledAt: at("12:01"),
      inputs: { day: "today" },
    });
  });
});

describe("nothing is prepared", () => {
  it.each<[what: string, Given]>([
    ["where the setting says so", { longestMs: 0 }],
    ["where the lead would be less than a second", { job: every("* * * * * *"), now: "12:00:00" }],
    ["for a job that only people start", { job: { schedules: [] } }],
    ["for one that is excluded", { job: { exclusions: quietAtNoon } }],
    ["for a job that is suspended", { job: { suspended: true } }],
    ["for a job that is paused", { record: { paused: { since: at("11:00") } } }],
    ["for a job that is paused until later", { record: { paused: { since: at("11:00"), until: at("13:00") } } }],
    ["while all jobs are paused", { pausedAll: true }],
    ["while another occurrence is not decided", { now: "12:01:10" }],
    ["for an occurrence that has its run, since the clock was set back", { record: { runs: [aRun(at("12:01"))] } }],
    ["for one that would be skipped, as it stands", { job: policies({ overlap: "forbid" }), record: running }],
    ["for one that would wait, as it stands", { job: policies({ overlap: "queue" }), record: running }],
  ])("%s", (_, given) => {
    expect(aheadOf(given)).toBeUndefined();
  });
});
