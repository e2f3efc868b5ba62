import { zoneOf } from "../schedule/clock/zone.ts";
import { type Wrong, wrong } from "../schedule/wrong.ts";

const ISO = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d(?:\.\d{1,9})?))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i;

/**
 * Reads `--from`: ISO 8601, a date alone (midnight), or with a time, seconds and offset. Without an offset it is read on
 * the wall clock of `timezone`: the first of two such moments, or the moment of the jump if the clock leaves it out.
 */
export function parseFrom(text: string, timezone: string): Date | Wrong {
  const [, date, time = "00:00", seconds = "00", offset] = ISO.exec(text.trim()) ?? [];
  if (date === undefined) {
    return wrong(`--from "${text}" is not a time: write 2026-03-08, 2026-03-08T02:30 or 2026-03-08T02:30:00-05:00.`);
  }
  const wall = Date.parse(`${date}T${time}:${seconds}Z`);
  // Date.parse takes 24:00, and 30 February for the second of March.
  if (Number.isNaN(wall) || new Date(wall).toISOString().slice(0, 16) !== `${date}T${time}`) {
    return wrong(`--from "${text}": there is no ${date} ${time}:${seconds} in any calendar.`);
  }
  if (offset !== undefined) return new Date(wall - offsetMs(offset));
  const zone = zoneOf(timezone);
  const whole = Math.floor(wall / 1000) * 1000;
  const [instant] = zone.instantsOf(whole);
  return new Date(instant === undefined ? zone.jumpOver(whole) : instant + (wall - whole));
}

function offsetMs(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset) ?? [];
  const ms = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000;
  return sign === "-" ? -ms : ms;
}
