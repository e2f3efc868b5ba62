import { describe, expect, test } from "vitest";
import { zoneOfRecord } from "../../../src/cli/instance/zone-of-record.ts";
import { commonZone } from "../../../src/http/common-zone.ts";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { commonZoneOf, zoneOfJob } from "../../../src/view/jobs/job-zone.ts";
import { aJob, aRecord, at } from "../../support/a-job.ts";

const schedule = (pattern: string, timezone: string) => ({ pattern, timezone });
const daily = (timezone: string) => schedule("0 3 * * *", timezone);

describe("a time of day that names no zone is meant, for a job", () => {
  test.each([
    ["with a schedule, in its zone", [daily("Asia/Tokyo"), daily("UTC")], "Asia/Tokyo"],
    ["whose schedule has a zone in it, in that", [schedule("CRON_TZ=Asia/Tokyo 0 3 * * *", "UTC")], "Asia/Tokyo"],
    ["with @every, to which no zone matters, in that of most jobs", [schedule("@every 1h", "UTC")], "Europe/Berlin"],
    ["whose second schedule is on the clock, in that", [schedule("@reboot", "UTC"), daily("Asia/Tokyo")], "Asia/Tokyo"],
    ["without a schedule, in that of most jobs", [], "Europe/Berlin"],
  ])("%s", (_, schedules, expected) => {
    expect(zoneOfJob(schedules, () => "Europe/Berlin")).toBe(expected);
  });
});

test("the zone of most jobs is that of most schedules; of two, the first", () => {
  const [tokyo, berlin] = ["Asia/Tokyo", "Europe/Berlin"].map((zone) => ({ schedules: [daily(zone)] })) as [
    { schedules: ReturnType<typeof daily>[] },
    { schedules: ReturnType<typeof daily>[] },
  ];
  expect(commonZoneOf([tokyo, berlin, berlin])).toBe("Europe/Berlin");
  expect(commonZoneOf([tokyo, berlin])).toBe("Asia/Tokyo");
  expect(commonZoneOf([{ schedules: [] }])).toBeUndefined();
});

describe("commands, API and pages know the same zone", () => {
  const manual = aRecord(at("12:00"), {}, aJob({ name: "manual", schedules: [] }));
  const inBerlin = aRecord(at("12:00"), {}, aJob({ name: "nightly", schedules: [daily("Europe/Berlin")] }));
  const removed = { ...inBerlin, removedAt: at("12:00") };
  test.each<[string, readonly JobRecord[], string]>([
    ["of a job in Berlin", [manual, inBerlin], "Europe/Berlin"],
    ["where no job has a schedule", [manual], "Asia/Tokyo"],
    ["where the only job with one is no longer declared", [manual, removed], "Asia/Tokyo"],
    ["where the only job with one is closed", [manual, { ...inBerlin, closedAt: at("12:00") }], "Asia/Tokyo"],
  ])("%s", (_, list, expected) => {
    const records = new Map(list.map((record) => [record.job, record]));
    expect(zoneOfRecord(manual, records, { timezone: "Asia/Tokyo" })).toBe(expected);
    expect(commonZone({ records, scheduler: { jobs: new Map() } }, { timezone: "Asia/Tokyo" })).toBe(expected);
  });
});
