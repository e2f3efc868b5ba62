import type { Schedule } from "../../job/job.ts";
import { wrongTimezone, type Zone, zoneOf } from "../../schedule/clock/zone.ts";
import { timezoneOf } from "../../schedule/timetable.ts";
import { durationInWords } from "./duration.ts";

/** Writes instants in sentences: in one time zone, as seen from one moment. */
export interface TimeWords {
  /** `2026-11-18 12:00:00+09:00` */
  readonly at: (instant: Date) => string;
  /** `in 3 h`, `2 d 5 h ago` */
  readonly distance: (instant: Date) => string;
  /** `2026-11-18 12:00:00+09:00, 2 h ago` */
  readonly atAndDistance: (instant: Date) => string;
}

/** In the zone of the job's first schedule; in UTC where this version does not know that zone. */
export function timeWords(schedules: readonly Schedule[], now: Date): TimeWords {
  const [first] = schedules;
  const name = first === undefined ? "UTC" : timezoneOf(first);
  return timeWordsIn(name, now);
}

/** In this zone; in UTC where this version does not know it. */
export function timeWordsIn(name: string, now: Date): TimeWords {
  const zone = zoneOf(wrongTimezone(name) === undefined ? name : "UTC");
  const at = (instant: Date) => isoWithOffset(instant, zone).replace("T", " ");
  const distance = (instant: Date) => distanceInWords(instant.getTime() - now.getTime());
  return { at, distance, atAndDistance: (instant) => `${at(instant)}, ${distance(instant)}` };
}

/** `2026-03-08T03:00:00-04:00` */
export function isoWithOffset(instant: Date, zone: Zone): string {
  const offset = zone.offsetAt(instant.getTime());
  const clock = new Date(instant.getTime() + offset).toISOString().slice(0, 19);
  return `${clock}${offset < 0 ? "-" : "+"}${offsetDigits(Math.abs(offset))}`;
}

/** `05:30`; with seconds for the local mean times of before 1900. */
function offsetDigits(offset: number): string {
  const digits = new Date(offset).toISOString().slice(11, 19);
  return digits.endsWith(":00") ? digits.slice(0, 5) : digits;
}

function distanceInWords(ms: number): string {
  if (Math.abs(ms) < 500) return "now";
  return ms >= 0 ? `in ${durationInWords(ms)}` : `${durationInWords(-ms)} ago`;
}
