import { ENVIRONMENT } from "./label-keys.ts";

/** Labels are text, so that lists are written with `;` (schedules, which have commas of their own) or `,`. */
export function asWrittenInFiles(values: ReadonlyMap<string, string>): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  const maps = new Map<string, Map<string, unknown>>();
  for (const [key, value] of values) {
    const [first = "", inner] = key.startsWith(ENVIRONMENT) ? splitVariable(key) : key.split(".");
    const read = readLabel(key, value);
    if (inner === undefined) written[first] = read;
    else maps.set(first, (maps.get(first) ?? new Map()).set(inner, read));
  }
  for (const [key, map] of maps) written[key] = { ...limitOf(written[key]), ...Object.fromEntries(map) };
  return written;
}

/** A variable's name may have dots. */
function splitVariable(key: string): readonly string[] {
  return ["environment", key.slice(ENVIRONMENT.length)];
}

const LISTS: ReadonlySet<string> = new Set(["success_exit_codes", "retries.on"]);

function readLabel(key: string, value: string): string | string[] {
  if (key.startsWith(ENVIRONMENT)) return value;
  const separator = key === "schedule" ? ";" : LISTS.has(key) ? "," : undefined;
  const items = separator === undefined ? [] : splitList(value, separator);
  // An empty label is an empty text, not a list without items: a label cannot hold that.
  return items.length === 0 ? value.trim() : items;
}

/** `shipbell.retries: 3` beside `shipbell.retries.delay: 10s` is the limit. */
function limitOf(written: unknown): object {
  return typeof written === "string" ? { limit: written } : {};
}

function splitList(value: string, separator: string): string[] {
  return value
    .split(separator)
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
