import cronstrue from "cronstrue";
import { FIELD_KINDS } from "./field-kinds.ts";
import { type FieldKind, parseField } from "./fields.ts";
import { NICKNAMES } from "./nicknames.ts";
import { timezonePrefix } from "./pattern.ts";
import { isWrong } from "./wrong.ts";

/**
 * What a schedule that passed the check means: `At 03:00, Monday through Friday`. Its time zone is not told. Undefined
 * for the few that there are no words for. The only user of cronstrue.
 */
export function scheduleInWords(schedule: string): string | undefined {
  const written = timezonePrefix(schedule).times.trim();
  const [, period] = /^@every\s+(\S+)$/i.exec(written) ?? [];
  if (period !== undefined) return `Every ${period}, counted from the start of 1970 (UTC)`;
  const words = (NICKNAMES.get(written.toLowerCase()) ?? written).split(/\s+/);
  const [day = "", weekday = ""] = [words.at(-3), words.at(-1)];
  const both = weekday.startsWith("+") || [day, weekday].some((field) => /^[*?]/.test(field));
  const fields = words.map((word, index) => plainField(FIELD_KINDS[index + 6 - words.length], word));
  const text = describe(fields, both);
  return both ? text : text?.replace(/, and on(?!.*, and on)/, ", or on");
}

/** With two more words for what cronstrue has none for: `L-3W`. */
function describe(fields: readonly string[], both: boolean): string | undefined {
  const [, days] = /^L-(\d+)W$/.exec(fields.at(-3) ?? "") ?? [];
  if (days === undefined) return askCronstrue(fields, both);
  const text = askCronstrue(fields.with(-3, "LW"), both);
  return text?.replace("the last weekday", `the weekday nearest to ${days} days before the last day`);
}

function askCronstrue(fields: readonly string[], both: boolean): string | undefined {
  try {
    const text = cronstrue.toString(fields.join(" "), { use24HourTimeFormat: true, logicalAndDayFields: both });
    // Several hours it tells as points of time, though each has minutes of its own.
    return fields.at(-5)?.startsWith("*") ? text.replace(/, at (?=\d\d:00(,| and) )/, ", in the hours of ") : text;
  } catch {
    // It throws strings and errors at what it cannot read, as `1W,15W`.
    return undefined;
  }
}

/** A step that does not come out even, and is true this often or less, is told by its values. */
const FEW_VALUES = 3;

/** As cronstrue reads it, and no more than is true: of a step of 40 it would say "every 40 minutes". */
function plainField(kind: FieldKind | undefined, word: string): string {
  const written = word.replace(/^\+/, "").replace("?", "*").toUpperCase();
  const field = kind === undefined ? undefined : parseField(kind, written);
  if (kind === undefined || field === undefined || isWrong(field)) return written;
  if (field.any) return "*";
  const by = Number(/^\*\/(\d+)$/.exec(written)?.[1] ?? 1);
  const isUneven = kind.size % by > 0 || by === kind.size;
  if (isUneven && field.values.length <= FEW_VALUES) return field.values.join(",");
  if (/#|[A-Z]{4}|[0-7A-Z]L$/.test(written)) return field.values.join(",").replaceAll("#L", "L");
  return written;
}
