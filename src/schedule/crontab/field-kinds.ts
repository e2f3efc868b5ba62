import { quoted } from "../wrong.ts";
import { type FieldKind, isWrongField, numberFor, parseItem, type WrongField, wrongValue } from "./fields.ts";

const MONTHS = "january february march april may june july august september october november december".split(" ");
const WEEKDAYS = "sunday monday tuesday wednesday thursday friday saturday".split(" ");

/** From Sunday on, as a schedule writes them. */
export const WEEKDAY_NAMES = WEEKDAYS.map((name) => name.slice(0, 3).toUpperCase());

const SECOND: FieldKind = { name: "second", min: 0, max: 59, size: 60, names: [], allowed: "0-59" };
const MINUTE: FieldKind = { name: "minute", min: 0, max: 59, size: 60, names: [], allowed: "0-59" };
const HOUR: FieldKind = { name: "hour", min: 0, max: 23, size: 24, names: [], allowed: "0-23" };
const DAY: FieldKind = {
  ...{ name: "day of the month", min: 1, max: 31, size: 31, names: [] },
  allowed:
    "1-31, L (the last), L-3 (three days before it), 15W (the weekday nearest to the 15th) and LW (the last weekday)",
  parseSpecial: parseSpecialDay,
};
const MONTH: FieldKind = { name: "month", min: 1, max: 12, size: 12, names: MONTHS, allowed: "1-12 and JAN-DEC" };
const WEEKDAY: FieldKind = {
  ...{ name: "day of the week", min: 0, max: 7, size: 7, names: WEEKDAYS },
  allowed: "0-7 (0 and 7 are Sunday), SUN-SAT, FRI#2 (the second Friday of the month) and FRI#L (the last)",
  parseSpecial: parseSpecialWeekday,
};

/** The fields of a pattern in their order; a pattern of five lacks the first. */
export const FIELD_KINDS = [SECOND, MINUTE, HOUR, DAY, MONTH, WEEKDAY] as const;

function parseSpecialDay(item: string): readonly string[] | WrongField | undefined {
  const upper = item.toUpperCase();
  if (upper === "L" || upper === "LW") return [upper];
  if (upper.startsWith("L-")) return parseCounted(upper, item);
  const [, text] = /^(\d+)W$/.exec(upper) ?? [];
  if (text === undefined) return undefined;
  const day = numberFor(DAY, text);
  return day === undefined ? wrongValue(DAY, text, item) : [`${day}W`];
}

/** `L-3`, and `L-3W` for the weekday nearest to it. */
function parseCounted(upper: string, item: string): readonly string[] | WrongField {
  const [, days = "", nearest = ""] = /^L-(\d{1,2})(W?)$/.exec(upper) ?? [];
  const count = Number(days);
  if (count >= 1 && count <= 30) return [`L-${count}${nearest}`];
  const wrongField = `${quoted(item)} is not a day of the month: L-1 (the day before the last) to L-30 are allowed.`;
  return { wrongField, ...(count === 0 && /^\d+$/.test(days) && { instead: `L${nearest}` }) };
}

/** `5#2`, `MON-FRI#1`, `FRI#L`, and `5L` as Quartz writes the last one. */
function parseSpecialWeekday(item: string): readonly string[] | WrongField | undefined {
  const [, days, nth] = /^([^#]*)#(.*)$/.exec(item) ?? /^([0-7]|[a-z]{3,})(L)$/i.exec(item) ?? [];
  if (days === undefined || nth === undefined) return undefined;
  if (!/^[1-5L]$/i.test(nth)) {
    return {
      wrongField: `${quoted(`#${nth}`)} in ${quoted(item)} is not allowed: #1 to #5 and #L (the last of the month) are.`,
    };
  }
  if (/[*?/]/.test(days)) return wrongValue(WEEKDAY, days, item);
  const values = parseItem(WEEKDAY, days);
  return isWrongField(values) ? values : values.map((value) => `${value}#${nth.toUpperCase()}`);
}
