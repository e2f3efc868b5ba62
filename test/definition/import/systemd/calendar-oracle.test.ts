import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCalendar } from "../../../../src/definition/import/systemd/calendar.ts";
import { forecast } from "../../../../src/view/times/forecast.ts";
import { amount } from "../../../support/full.ts";
import { askSystemd, needSystemd } from "./systemd-analyze.ts";

const missing = await needSystemd();
const FROM = new Date("2026-02-20T12:34:56Z");
const COUNT = 50;

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

const chain = (min: number, max: number) => {
  const value = fc.integer({ min, max });
  const step = fc.integer({ min: 1, max: Math.floor((max - min) / 2) });
  const range = fc.tuple(value, value).map((ends) => `${Math.min(...ends)}..${Math.max(...ends)}`);
  const one = fc.oneof(
    value.map(String),
    range,
    fc.tuple(range, step).map(([ends, by]) => `${ends}/${by}`),
    fc.tuple(fc.integer({ min, max: Math.floor((min + max) / 2) }), step).map(([from, by]) => `${from}/${by}`),
  );
  const list = fc.array(one, { minLength: 1, maxLength: 2 }).map((parts) => parts.join());
  return fc.oneof({ weight: 2, arbitrary: fc.constant("*") }, { weight: 3, arbitrary: list });
};
const weekday = fc.oneof(
  fc.constantFrom("Mon", "Tuesday", "wed", "Thu", "FRI", "Saturday", "Sun"),
  fc.tuple(fc.nat(6), fc.nat(6)).map((ends) => `${DAYS[Math.min(...ends)]}..${DAYS[Math.max(...ends)]}`),
);
const weekdays = fc.array(weekday, { maxLength: 2 }).map((days) => (days.length === 0 ? "" : `${days.join()} `));
const day = fc.oneof(
  chain(1, 31).map((text) => `-${text}`),
  chain(1, 28).map((text) => `~${text}`),
  fc.constantFrom("-1..7", "-8..14", "-22..28", "-29..31", "-29/1", "~7/1", "~1..7", "~1", "~3"),
);
const date = fc.oneof(
  fc.constant(""),
  fc.tuple(fc.oneof(fc.constant("*"), chain(1, 12)), day).map(([month, days]) => `*-${month}${days} `),
);
const time = fc.oneof(
  fc.constant(""),
  fc.tuple(chain(0, 23), chain(0, 59)).map((fields) => fields.join(":")),
  fc.tuple(chain(0, 23), chain(0, 59), chain(0, 59)).map((fields) => fields.join(":")),
);
const event = fc
  .tuple(weekdays, date, time)
  .map((parts) => parts.join("").trim())
  .filter((text) => text !== "");

describe("the next fifty times of a calendar event are those of systemd-analyze", () => {
  it.for(["UTC", "Asia/Seoul"])("in %s", { timeout: 600_000 }, async (zone, { skip }) => {
    skip(missing !== undefined, missing);
    const events = [...new Set(fc.sample(event, { numRuns: amount({ usual: 100, full: 1000 }), seed: 15 }))];
    const answers = await askSystemd(events, { from: FROM, count: COUNT, zone });
    const different: unknown[] = [];
    let compared = 0;
    for (const [index, text] of events.entries()) {
      const theirs = answers[index];
      const read = readCalendar(text);
      if ("wrong" in read || theirs === undefined) {
        if ("wrong" in read !== (theirs === undefined)) different.push({ text, read, theirs: theirs?.slice(0, 3) });
        continue;
      }
      // Said with a finding: systemd leaves some times out.
      if (!("schedule" in read) || read.notes.some(({ code }) => code === "import-step")) continue;
      compared++;
      const ours = timesOf(read.schedule, zone);
      // What is due less than fifty times before they stop looking is compared as far as both look.
      const both = Math.min(ours.length, theirs.length);
      const isSame = both > 0 && ours.slice(0, both).every((each, at) => each === theirs[at]);
      if (!isSame && ours.length + theirs.length > 0)
        different.push({ text, schedule: read.schedule, ours: ours.slice(0, 3), theirs: theirs.slice(0, 3) });
    }
    expect(different).toEqual([]);
    expect(compared).toBeGreaterThan(events.length / 2);
  });
});

/** None for a day that no year has: the schedule is refused here, and never due there. */
function timesOf(pattern: string, timezone: string): readonly number[] {
  try {
    const asked = { schedules: [{ pattern, timezone }], from: FROM, count: COUNT };
    return forecast(asked).instants.map((instant) => instant.getTime());
  } catch {
    return [];
  }
}
