import { describe, expect, it } from "vitest";
import {
  isStartUnwanted,
  type Launching,
  nextLookAtRequests,
  refusalsOf,
  renewalOf,
} from "../../src/decide/requests.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { aJob, aRecord, aRun, at } from "../support/a-job.ts";

const request = { kind: "run", id: "ab12", askedAt: at("12:00") } as const;
const run = "backup-20261118t120000z-ab12";
const requested = aRecord(at("11:55"), { requests: [request] });
const withDeadline = aRecord(at("11:55"), { requests: [request] }, aJob({ policies: { startingDeadlineMs: 600_000 } }));

describe("a request", () => {
  it.each([
    ["is kept within its lifetime of five minutes", "12:04:59", false, []],
    ["is refused as expired after that", "12:05", false, ["expired"]],
    ["is refused where no scheduler has the job", "12:01", true, ["not-declared"]],
    ["that has expired says so first", "12:05", true, ["expired"]],
  ])("%s", (_what, now, isUnknown, reasons) => {
    expect(refusalsOf(requested, { isUnknown }, at(now)).map(({ reason }) => reason)).toEqual(reasons);
  });

  it.each([
    ["not in the first half of its lifetime", requested, "12:02:29", undefined],
    ["from the middle of it on, for five more minutes", requested, "12:02:30", "12:07:30"],
    ["not once it has expired", requested, "12:05", undefined],
    ["not where the job has a starting_deadline, which holds for it, too", withDeadline, "12:09", undefined],
  ])("is renewed while its start is on its way: %s", (_what, record, now, until) => {
    expect(renewalOf(record, run, at(now))?.until).toEqual(until && at(until));
  });

  it("of another run is not renewed", () => {
    expect(renewalOf(requested, "backup-20261118t120000z-cd34", at("12:04"))).toBeUndefined();
  });

  it("is looked at when it is to be renewed, and then when it expires", () => {
    expect(nextLookAtRequests(requested, at("12:01"))).toEqual(at("12:02:30"));
    expect(nextLookAtRequests(requested, at("12:03"))).toEqual(at("12:05"));
    expect(nextLookAtRequests(aRecord(at("12:00")), at("12:03"))).toBeUndefined();
  });
});

describe("a start that is on its way", () => {
  const manual: Launching = { run, trigger: "manual" };
  const scheduled: Launching = { run: "backup-20261118t120500z", trigger: "schedule" };
  const bound = aRecord(at("12:05"), { runs: [aRun(at("12:05"), { id: run })] });

  it.each<readonly [what: string, Launching, JobRecord | undefined, boolean]>([
    ["for a pending request is wanted", manual, requested, false],
    ["for a request that was withdrawn is not", manual, aRecord(at("12:00")), true],
    ["that the record has bound already goes on", manual, bound, false],
    ["by schedule is wanted: its swap decides", scheduled, aRecord(at("12:05")), false],
    ["of a job that is gone is not", scheduled, aRecord(at("12:00"), { removedAt: at("12:01") }), true],
    ["of a job without a record is not", scheduled, undefined, true],
  ])("%s", (_what, launching, record, isUnwanted) => expect(isStartUnwanted(launching, record)).toBe(isUnwanted));
});
