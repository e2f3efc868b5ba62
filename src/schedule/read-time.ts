import { parseDuration } from "../definition/values/duration.ts";
import { firstAtOrAfter, offsetMs, zoneOf } from "./clock/zone.ts";
import { isWrong, type Wrong, wrong } from "./wrong.ts";

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d(?:\.\d{1,9})?))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/**
 * Reads ISO 8601: a date alone (midnight), or with a time, seconds and offset. Without an offset it is a time on the wall
 * clock of `timezone`: the first of two such moments, or the moment of the jump if the clock skips it. Undefined when it is
 * no such text; wrong when no calendar has it.
 */
export function readInstant(text: string, timezone: string): Date | Wrong | undefined {
  const [, date, time = "00:00", seconds = "00", offset] = ISO.exec(text.trim()) ?? [];
  if (date === undefined) return undefined;
  const wall = Date.parse(`${date}T${time}:${seconds}Z`);
  // Date.parse takes 24:00, and 30 February for the second of March.
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 16) !== `${date}T${time}`)
    return wrong(`there is no ${date} ${time}:${seconds} in any calendar.`);
  return offset === undefined ? instantOfWall(wall, timezone) : new Date(wall - offsetMs(offset));
}

/** Returns when the clock of `timezone` reads this; `wall` as `Zone` has it. */
function instantOfWall(wall: number, timezone: string): Date {
  const zone = zoneOf(timezone);
  const whole = Math.floor(wall / 1000) * 1000;
  const instant = firstAtOrAfter(zone, whole);
  return new Date(zone.instantsOf(whole).length === 0 ? instant : instant + (wall - whole));
}

const DAY_MS = 86_400_000;
const EXAMPLES = "write 2h, 06:00, 2026-11-18T06:00 or 2026-11-18T06:00Z";
const EXAMPLES_OF_UNTIL = "write 2h, 06:00, 2026-11-18T06:00, 2026-11-18T06:00Z or resumed";

/** What the time of day and days are read by. */
interface Here {
  readonly now: Date;
  readonly timezone: string;
}

/** Reads the end of a pause, as commands, API and pages take it: a time that is to come, or `resumed`, for none. */
export function readUntil(text: string, here: Here): Date | "resumed" | Wrong {
  return text.trim() === "resumed" ? "resumed" : readComing(text, here, EXAMPLES_OF_UNTIL);
}

/**
 * Reads a time that is to come: a duration from now (`2h`, `1d12h`), a time of day (`06:00`, the next one), or a day and time
 * (`2026-11-18T06:00`), with an offset or else in `timezone`.
 */
export function readComing(text: string, { now, timezone }: Here, examples = EXAMPLES): Date | Wrong {
  const written = text.trim();
  const until = fromDuration(written, now) ?? fromTimeOfDay(written, now, timezone) ?? fromDate(written, timezone);
  if (until === undefined) return wrong(`"${written}" is no time; ${examples}`);
  if (isWrong(until)) return wrong(`"${written}": ${until.wrong}`);
  if (until > now) return until;
  return wrong(`"${written}" is ${until.toISOString().replace(".000Z", "Z")}, which has passed; ${examples}`);
}

/**
 * Whether a time that `readComing` has read may have been this moment, to the second. A duration may have been any: from when it
 * counted is no longer known.
 */
export function mayMean(text: string, moment: Date, timezone: string): boolean {
  if (parseDuration(text.trim()) !== undefined) return true;
  const second = Math.floor(moment.getTime() / 1000);
  const read = readComing(text, { now: new Date(second * 1000 - 1), timezone });
  return !isWrong(read) && Math.floor(read.getTime() / 1000) === second;
}

function fromDuration(written: string, now: Date): Date | undefined {
  const durationMs = parseDuration(written);
  return durationMs === undefined ? undefined : new Date(now.getTime() + durationMs);
}

/** The next moment at which the clock of the zone reads this. */
function fromTimeOfDay(written: string, now: Date, timezone: string): Date | undefined {
  const [, hours, minutes, seconds = "0"] = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(written) ?? [];
  if (hours === undefined) return undefined;
  const wallNow = now.getTime() + zoneOf(timezone).offsetAt(now.getTime());
  const midnight = Math.floor(wallNow / DAY_MS) * DAY_MS;
  const ofDay = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  const found = [0, 1, 2].map((days) => instantOfWall(midnight + days * DAY_MS + ofDay, timezone));
  return found.find((instant) => instant > now);
}

/** A day alone would leave open whether it is part of the pause. */
function fromDate(written: string, timezone: string) {
  if (/^\d{4}-\d\d-\d\d$/.test(written)) return wrong(`a day needs a time of day; write ${written}T00:00`);
  return readInstant(written, timezone);
}
