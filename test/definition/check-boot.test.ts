import { describe, expect, test } from "vitest";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { at } from "../support/a-job.ts";
import { parse } from "./parse.ts";

const file = "jobs:\n  warm-up:\n    schedule: '@reboot'\n    image: busybox\n";
const { check: checkSchedule } = createTimetables();

describe("@reboot", () => {
  test("is for plain Docker, or for whatever engine there will be", () => {
    for (const engine of [{ engine: "container" } as const, {}])
      expect(parse(file, { checkSchedule, ...engine })).toMatchObject({ jobs: [{ name: "warm-up" }], problems: [] });
  });

  test("is refused on a Swarm, whose nodes boot one by one", () => {
    expect(parse(file, { checkSchedule, engine: "service" })).toMatchObject({
      jobs: [],
      problems: [{ at: "jobs.yml:3:15", message: expect.stringContaining("a Swarm has many nodes") }],
    });
  });

  test("is due when the boot was seen, to the second, and at no other time", () => {
    let seenAt: Date | undefined;
    const timetable = createTimetables({ bootSeenAt: () => seenAt }).of([{ pattern: "@reboot", timezone: "UTC" }]);
    expect([timetable.next(at("12:00")), timetable.previous(at("12:00"))]).toEqual([undefined, undefined]);
    seenAt = new Date(at("12:30").getTime() + 700);
    expect(timetable.next(at("12:00"))).toEqual(at("12:30"));
    expect(timetable.next(at("12:30"))).toBeUndefined();
    expect(timetable.previous(at("12:29"))).toBeUndefined();
    expect(timetable.previous(at("13:00"))).toEqual(at("12:30"));
    expect([...timetable.between(at("00:00"), at("23:00"))]).toEqual([at("12:30")]);
  });
});
