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
    const inZone = file.replace("@reboot", "CRON_TZ=Asia/Seoul @Reboot");
    expect(parse(inZone, { checkSchedule, engine: "service" }).jobs).toEqual([]);
  });

  test("is refused for the engine of another machine, of which all else is checked as for any", () => {
    const { check } = createTimetables({ otherHost: "tcp://10.0.0.7:2376" });
    expect(check("@reboot", "UTC")).toContain("when tcp://10.0.0.7:2376 boots is not known here");
    expect(check("0 * * * *", "UTC", 3_600_000)).toContain("jitter must be shorter");
    expect(check("0 * * * *", "UTC", 3_599_000)).toBeUndefined();
  });

  test("is due when the boot was seen, to the second, and at no other time", () => {
    let boots: readonly Date[] = [];
    const timetable = createTimetables({ boots: () => boots }).of([{ pattern: "@reboot", timezone: "UTC" }]);
    expect([timetable.next(at("12:00")), timetable.previous(at("12:00"))]).toEqual([undefined, undefined]);
    boots = [new Date(at("12:30").getTime() + 700)];
    expect(timetable.next(at("12:00"))).toEqual(at("12:30"));
    expect(timetable.next(at("12:30"))).toBeUndefined();
    expect(timetable.previous(at("12:29"))).toBeUndefined();
    expect(timetable.previous(at("13:00"))).toEqual(at("12:30"));
    expect([...timetable.between(at("00:00"), at("23:00"))]).toEqual([at("12:30")]);
    boots = [at("12:30"), at("14:00"), at("15:00")];
    expect([...timetable.between(at("12:30"), at("23:00"))]).toEqual([at("14:00"), at("15:00")]);
    expect(timetable.previous(at("14:59"))).toEqual(at("14:00"));
  });
});
