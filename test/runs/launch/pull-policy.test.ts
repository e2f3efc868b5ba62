import { describe, expect, it } from "vitest";
import type { PullPolicy } from "../../../src/job/job.ts";
import type { PullSeen } from "../../../src/ledger/record.ts";
import { readRecord, writeRecord } from "../../../src/ledger/record-json.ts";
import { imageDue, mustNotPull, notePull } from "../../../src/runs/launch/pull-policy.ts";
import { anAttemptOrder, aRecord, aTemplate, at } from "../../support/a-job.ts";

const now = at("12:00");
const sixHours: PullPolicy = { everyMs: 6 * 3_600_000 };
const order = (pullPolicy?: PullPolicy) =>
  anAttemptOrder({ template: aTemplate({ image: "app:1", ...(pullPolicy && { pullPolicy }) }) });
const seen = (time: string, image = "app:1"): PullSeen => ({ image, at: at(time) });

describe("an image is asked for before a run", () => {
  it.each<[string, PullPolicy | undefined, PullSeen | undefined, boolean]>([
    ["always, though it was just asked for", "always", seen("11:59"), true],
    ["not by default", undefined, undefined, false],
    ["not when it is to be asked for where it is missing", "missing", undefined, false],
    ["never", "never", undefined, false],
    ["the first time", sixHours, undefined, true],
    ["not within the time", sixHours, seen("06:00:01"), false],
    ["after the time", sixHours, seen("06:00"), true],
    ["when it was another image that was asked for", sixHours, seen("11:59", "app:2"), true],
    ["when the clock was set back since", sixHours, seen("12:01"), true],
  ])("%s", (_name, policy, last, isDue) => {
    expect(imageDue(order(policy), last, now)).toBe(isDue ? "app:1" : undefined);
  });

  it("not for a copy of an object", () => {
    const of = { kind: "container", name: "app", version: "1" } as const;
    expect(imageDue(anAttemptOrder({ template: { kind: "clone", of } }), undefined, now)).toBeUndefined();
  });
});

it("an image that is missing is not pulled under never, and that is said", () => {
  const missing = { image: "app:1", message: "No such image: app:1" };
  expect(mustNotPull(order("missing"), missing)).toBeUndefined();
  expect(mustNotPull(order("never"), missing)).toEqual({
    kind: "rejected",
    reason: "image-missing",
    message: "the engine has no image app:1, and pull_policy is never (No such image: app:1)",
  });
});

describe("when it was asked for", () => {
  it("is in the record where the policy is one of time, and survives a restart", () => {
    const noted = notePull(aRecord(now), order(sixHours), seen("11:00"));
    expect(noted && readRecord(writeRecord(noted))).toEqual({
      kind: "record",
      record: { ...aRecord(now), pulled: seen("11:00") },
    });
  });

  it.each<[string, PullPolicy | undefined]>([
    ["by default", undefined],
    ["always", "always"],
  ])("is not in the record %s", (_name, policy) => {
    const record = aRecord(now);
    expect(notePull(record, order(policy), seen("11:00"))).toBe(record);
  });

  it("makes no change of a swap that is none", () => {
    expect(notePull(undefined, order(sixHours), seen("11:00"))).toBeUndefined();
  });
});
