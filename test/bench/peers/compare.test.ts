import { describe, expect, it } from "vitest";
import { compare } from "./compare.ts";
import type { Record } from "./record.ts";

const MINUTE = 60;

function process(side: Record["side"], minute: number, more: Partial<Record> = {}): Record {
  return { job: "a", side, at: minute * MINUTE + 7, facts: ["user 0:0 0"], ...more };
}

const both = (minute: number, more: Partial<Record> = {}) =>
  (["peer", "shipbell"] as const).map((side) => process(side, minute, more));
const differences = (records: readonly Record[], isInterval = false) =>
  compare("a", records, { isInterval }).differences;

describe("two sides of a job are alike", () => {
  it("when both start it as often in each minute, with the same facts", () => {
    expect(differences([...both(1), ...both(3), process("peer", 3), process("shipbell", 3)])).toEqual([]);
  });

  it("whatever other jobs do", () => {
    expect(differences([...both(1), process("peer", 2, { job: "b" })])).toEqual([]);
  });

  it("where an interval begins at another time", () => {
    expect(differences([process("peer", 1), process("shipbell", 2), process("shipbell", 4)], true)).toEqual([]);
  });
});

describe("a difference is said", () => {
  it("of the first minute in which one side starts more", () => {
    expect(differences([...both(1), process("shipbell", 61)])).toEqual([
      "1 of 2 minutes differ, first 01:01: 0 there, 1 here",
    ]);
  });

  it("of intervals by their number", () => {
    expect(differences([...both(1), process("peer", 2), process("peer", 3)], true)).toEqual(["3 starts there, 1 here"]);
  });

  it("of what a process is given", () => {
    expect(differences([process("peer", 1), process("shipbell", 1, { facts: ["user 1:1 1"] })])).toEqual([
      "there user 0:0 0; here user 1:1 1",
    ]);
  });

  it("of how processes that last end, but for the last two, which may still run", () => {
    const ends = (side: Record["side"], end: "itself" | "stopped") =>
      [1, 2, 3].map((minute) => process(side, minute, { end: minute === 3 ? "cut" : end }));
    expect(differences([...ends("peer", "itself"), ...ends("shipbell", "itself")])).toEqual([]);
    expect(differences([...ends("peer", "itself"), ...ends("shipbell", "stopped")])).toEqual([
      'processes end by "itself" there, by "stopped" here',
    ]);
  });
});
