/**
 * Days and hours on which a job is not started: the keys `except`, `only`, `quiet` and `quiet_policy`. Days may stand in files,
 * which a schedule file names and labels may not.
 *
 * They stand on the job's record, so they are bounded.
 */

import * as z from "zod";
import { type DateRange, joinDateRanges, parseDateRange, splitDateRanges } from "../job/exclusions/date-ranges.ts";
import type { Exclusions } from "../job/exclusions/exclusions.ts";
import { areAlways, parseWeeklyWindow } from "../job/exclusions/weekly-windows.ts";
import { isWarning, MOST_PROBLEMS } from "../job/problem.ts";
import { type Allowance, GROWS_TOO_LARGE, PER_VALUE } from "./values/allowance.ts";
import { choice, listOf, matching, scalar, written } from "./values/fields.ts";
import { given } from "./values/given.ts";
import { type Issue, part, quoted } from "./values/issue.ts";
import { resolvePath } from "./values/path.ts";
import type { ReadReferenced } from "./variables/file-variables.ts";

/** Characters of the days of a job, as its record has them: some twenty years of holidays. */
const MOST_DAYS = 4000;
const MOST_ENTRIES = 400;
const MOST_WINDOWS = 50;

/** A day or a range of days, or a file that has one in each line. */
type DateEntry = DateRange | { readonly file: string };

const A_DAY = "a day such as 2026-12-24, or a range such as 2026-12-24..2026-12-26";
const AN_ENTRY = `${A_DAY}, or a file of them such as ./holidays.txt`;
const IS_FILE = /^(?:\.{0,2}\/)/;

const dateEntry = scalar({
  expected: AN_ENTRY,
  read: (text): DateEntry | undefined => parseDateRange(text) ?? (IS_FILE.test(text) ? { file: text } : undefined),
  hint: meantEntry,
  forms: [matching(/^(\d{4}-\d\d-\d\d( *\.\. *\d{4}-\d\d-\d\d)?|\.{0,2}\/.+)$/)],
});

const LIST = "a list such as [2026-12-24..2026-12-26, ./holidays.txt]";

const dates = written(
  z.preprocess(
    (value) => (typeof value === "string" ? [value] : value),
    listOf(dateEntry, LIST).max(MOST_ENTRIES, {
      error: () => `has too many entries; at most ${MOST_ENTRIES} are allowed (put them into a file)`,
    }),
  ),
  { orOne: true },
);

const A_WINDOW = "a time of the week such as Mon-Fri 08:00-18:00, Sat,Sun or 22:00-06:00";

const window = scalar({
  expected: A_WINDOW,
  read: (text) => (parseWeeklyWindow(text) === undefined ? undefined : text.trim().replaceAll(/\s+/g, " ")),
  forms: [matching(/^[A-Za-z0-9]/)],
  longest: 80,
});

const quiet = written(
  z.preprocess(
    (value) => (typeof value === "string" ? [value] : value),
    listOf(window, `${A_WINDOW}, or a list of such`)
      .max(MOST_WINDOWS, { error: () => `has too many entries; at most ${MOST_WINDOWS} are allowed` })
      .check(({ value, issues }) => {
        if (!areAlways(value.flatMap((text) => parseWeeklyWindow(text) ?? []))) return;
        const message = "leaves no moment of the week in which the job may start";
        issues.push({
          code: "custom",
          input: value,
          message,
          params: { hint: "suspended: true keeps a job from being started" },
        });
      }),
  ),
  { orOne: true },
);

export const exclusionKeys = {
  except: dates.nullish(),
  only: dates.nullish(),
  quiet: quiet.nullish(),
  quiet_policy: choice("skip", "defer").nullish(),
};

export type ExclusionKeys = z.output<z.ZodObject<typeof exclusionKeys>>;

/** The files of a schedule file that have days in them. */
export interface DateFiles {
  readonly folder: string;
  readonly readReferenced: ReadReferenced;
  /** What was read for other jobs of the same schedule file, by path. */
  readonly datesBefore?: Map<string, DateFile>;
  readonly allowance: Allowance;
}

export interface DateFile {
  /** As `joinDateRanges` writes them. */
  readonly days: string;
  readonly faults: readonly Omit<Issue, "path" | "on">[];
}

/** Puts what the named files say in place of their names. */
export function withDateFiles<Some extends Partial<ExclusionKeys>>(
  keys: Some,
  files: DateFiles,
): { readonly keys: Some; readonly issues: readonly Issue[] } {
  const issues: Issue[] = [];
  const fill = (key: "except" | "only") => {
    const entries = keys[key]?.flatMap((entry, index): readonly DateEntry[] => {
      if (!("file" in entry)) return [entry];
      const { days, faults } = readDateFile(key, entry.file, files);
      issues.push(...faults.map((fault): Issue => ({ path: [key, index], on: "value", ...fault })));
      const ranges = splitDateRanges(days);
      // Of an empty file, `only` leaves no day.
      return ranges.length > 0 || key === "except" ? ranges : [NO_DAY];
    });
    return given(key, entries);
  };
  return { keys: { ...keys, ...fill("except"), ...fill("only") }, issues };
}

/** A range that holds no day. */
const NO_DAY: DateRange = { first: 0, last: -1 };

/** Labels have no files. */
export function refuseDateFiles(keys: Partial<ExclusionKeys>): readonly Issue[] {
  return (["except", "only"] as const).flatMap((key) =>
    (keys[key] ?? []).flatMap((entry, index): Issue[] => {
      if (!("file" in entry)) return [];
      const message = `${key} names a file, ${quoted(entry.file)}, and labels have none`;
      return [{ path: [key, index], on: "value", message, hint: `write the days themselves: ${A_DAY}` }];
    }),
  );
}

/** Finds exclusions that do not fit into a record. */
export function checkExclusions(keys: ExclusionKeys): readonly Issue[] {
  const { except = "", only = "" } = daysOf(keys);
  const size = except.length + only.length;
  if (size <= MOST_DAYS) return [];
  const path = [except.length >= only.length ? "except" : "only"];
  const message = `${path[0]} names days of ${size} characters in all; at most ${MOST_DAYS} are allowed`;
  return [{ path, on: "value", message, hint: "leave out days that are over, or write ranges" }];
}

/** Makes the exclusions of valid keys; undefined where nothing is excluded. */
export function makeExclusions(
  keys: ExclusionKeys,
  { timezone, startingDeadlineMs }: { readonly timezone: string; readonly startingDeadlineMs: number | undefined },
): Exclusions | undefined {
  const { except, only } = daysOf(keys);
  const quiet = keys.quiet ?? [];
  if (!except && only === undefined && quiet.length === 0) return undefined;
  return {
    timezone,
    ...(except && { except }),
    ...given("only", only),
    ...(quiet.length > 0 && { quiet }),
    ...(quiet.length > 0 && keys.quiet_policy === "defer" && { defers: given("withinMs", startingDeadlineMs) }),
  };
}

/** An empty list, as one that takes the place of a default, says nothing. */
function daysOf({ except, only }: ExclusionKeys): { readonly except?: string; readonly only?: string } {
  const join = (entries: readonly DateEntry[]) =>
    joinDateRanges(entries.filter(isRange).filter(({ first, last }) => first <= last));
  return {
    ...given("except", except?.length ? join(except) : undefined),
    ...given("only", only?.length ? join(only) : undefined),
  };
}

function isRange(entry: DateEntry): entry is DateRange {
  return !("file" in entry);
}

function readDateFile(key: string, file: string, files: DateFiles): DateFile {
  const { folder, readReferenced, datesBefore, allowance } = files;
  const path = resolvePath(folder, file);
  const referenced = readReferenced(path);
  if (referenced === undefined) return { days: "", faults: [] };
  if ("unreadable" in referenced) {
    const message = `${key} names ${part(file)}, which cannot be read: ${referenced.unreadable}`;
    if (referenced.isUnknown) return { days: "", faults: [{ message, severity: "warning" }] };
    const hint = "relative paths start from the schedule file's folder";
    return { days: "", faults: [{ message, ...(referenced.isMissing && { hint }) }] };
  }
  const again = datesBefore?.get(path);
  if (again !== undefined && !allowance.take(again.days.length + PER_VALUE))
    return { days: "", faults: [GROWS_TOO_LARGE] };
  const read = again ?? parseDateFile(referenced.text, path);
  datesBefore?.set(path, read);
  return read;
}

/** Reads a file of days: one day or range in a line; what follows a `#` says nothing. */
export function parseDateFile(text: string, path: string): DateFile {
  const ranges: DateRange[] = [];
  const faults: DateFile["faults"][number][] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .entries()) {
    const entry = line.replace(/#.*$/, "").trim();
    const range = parseDateRange(entry);
    if (range !== undefined) ranges.push(range);
    if (range !== undefined || entry === "") continue;
    if (faults.length === MOST_PROBLEMS) break;
    const hint = meantEntry(entry);
    faults.push({
      at: `${path}:${index + 1}:1`,
      message: `a line must have ${A_DAY}, not ${quoted(entry)}`,
      ...(hint !== undefined && { hint }),
    });
  }
  return { days: faults.every(isWarning) ? joinDateRanges(ranges) : "", faults };
}

/** What to write instead of a text that is no day. */
function meantEntry(text: string): string | undefined {
  const [first, last] = text.split(/\s*(?:\.\.|\bto\b|–|\/)\s*/).map(meantDate);
  if (first !== undefined && last !== undefined)
    return `write ${first < last ? `${first}..${last}` : `${last}..${first}`}`;
  if (first !== undefined && first !== text) return `write ${first}`;
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return "there is no such day";
  return /^[\w-]+\.\w+$/.test(text) ? `for a file write ./${text}` : undefined;
}

/** The day of a date that is written otherwise: `24.12.2026`, `20261224`. */
function meantDate(text: string): string | undefined {
  const [, day, month, year] = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text) ?? [];
  const date =
    day === undefined
      ? text.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3")
      : `${year}-${month?.padStart(2, "0")}-${day.padStart(2, "0")}`;
  return parseDateRange(date) === undefined ? undefined : date;
}
