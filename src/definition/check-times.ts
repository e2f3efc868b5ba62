import { BoundedCache } from "../bounded-cache.ts";
import { didYouMean, nearestWord, onTypographicQuotes, withoutQuotes } from "../job/problem.ts";
import { type Issue, shown } from "./values/issue.ts";

/** Given by the caller, who can make timetables. The answer is what is wrong, or undefined. */
export type CheckSchedule = (pattern: string, timezone: string) => string | undefined;

/** Given by the caller, too: what was surely meant otherwise in a schedule that can be followed. */
export type DoubtSchedule = (pattern: string) => { readonly message: string; readonly hint: string } | undefined;

export interface TimeSettings {
  /** IANA name; holds where a job names none. */
  readonly defaultTimezone: string;
  readonly checkSchedule: CheckSchedule;
  /** Absent where nobody is told. */
  readonly doubtSchedule?: DoubtSchedule;
}

/** Checks the `schedule` and `timezone` of a job as they were written. */
export type CheckTimes = (written: Readonly<Record<string, unknown>>) => Issue[];

/** Checks each distinct pattern once per zone, however many jobs have it, and remembers a bounded number of answers. */
export function timesChecker({ defaultTimezone, checkSchedule, doubtSchedule }: TimeSettings): CheckTimes {
  // The rules of schedules go further than Intl's; a schedule that is right has only its zone checked.
  const checkZone = remember((zone) => wrongTimezone(zone) ?? wrongForSchedules(checkSchedule("@daily", zone)));
  const check = remember(
    (pattern, zone) =>
      explain(checkSchedule(pattern, zone), onTypographicQuotes(pattern)) ?? doubt(doubtSchedule?.(pattern)),
  );
  return ({ schedule, timezone }) => {
    const zone = typeof timezone === "string" && timezone.trim() !== "" ? timezone.trim() : defaultTimezone;
    const wrongZone = zone === defaultTimezone ? undefined : checkZone(zone, "");
    // A wrong zone hides no wrong schedule.
    const readIn = wrongZone === undefined ? zone : defaultTimezone;
    const patterns = Array.isArray(schedule) ? schedule : [schedule];
    const wrongPatterns = patterns.flatMap((pattern: unknown, index) => {
      const found = typeof pattern === "string" && pattern.trim() !== "" ? check(pattern.trim(), readIn) : undefined;
      return found === undefined ? [] : [{ path: ["schedule", index], on: "value" as const, ...found }];
    });
    return wrongZone === undefined ? wrongPatterns : [wrongZone, ...wrongPatterns];
  };
}

type Found = Pick<Issue, "message" | "hint" | "severity">;

function explain(wrong: string | undefined, hint?: string): Found | undefined {
  return wrong === undefined ? undefined : { message: wrong.replace(/\.$/, ""), ...(hint !== undefined && { hint }) };
}

function doubt(doubt: ReturnType<DoubtSchedule>): Found | undefined {
  return doubt === undefined ? undefined : { message: doubt.message, hint: doubt.hint, severity: "warning" };
}

function wrongForSchedules(wrong: string | undefined): Issue | undefined {
  const found = explain(wrong);
  return found === undefined ? undefined : { path: ["timezone"], on: "value", ...found };
}

/** The longest of IANA's names has 32 letters: what is longer is not near to one. */
const LONGEST_TIMEZONE = 64;

function wrongTimezone(zone: string): Issue | undefined {
  if (isTimezone(zone)) return undefined;
  const isShort = zone.length <= LONGEST_TIMEZONE;
  const bare = isShort ? withoutQuotes(zone) : "";
  const known = isShort ? Intl.supportedValuesOf("timeZone") : [];
  const nearest = bare !== "" && isTimezone(bare) ? bare : nearestWord(bare, known);
  const hint = didYouMean(nearest) ?? fixedZone(zone) ?? "UTC is allowed too";
  return {
    path: ["timezone"],
    on: "value",
    message: `timezone must be an IANA name such as Asia/Seoul, not ${shown(zone)}`,
    hint,
  };
}

/** The zones of fixed offsets have their sign the other way round; there are none for parts of hours. */
function fixedZone(written: string): string | undefined {
  if (written.length > LONGEST_TIMEZONE) return undefined;
  const [, sign, hours] = /^(?:UTC|GMT)?([+-])0?(\d{1,2})(?::?00)?$/i.exec(written) ?? [];
  if (hours === undefined || Number(hours) < 1 || Number(hours) > 12) return undefined;
  return `write a place; if no clock ever changes there, Etc/GMT${sign === "+" ? "-" : "+"}${hours}, which is ${sign}${hours} h`;
}

function isTimezone(zone: string): boolean {
  // Intl takes offsets such as +02:00, which know nothing of clock changes.
  if (zone.length > LONGEST_TIMEZONE || !/^[A-Za-z]/.test(zone)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

/** As many as there are patterns in a large file; what a text of a hundred thousand patterns asks for twice is checked twice. */
const ANSWERS_KEPT = 4096;

/** No schedule and no time zone is longer than this and right: what is wrong with it is found at once, and is not worth keeping. */
const LONGEST_KEPT = 1000;

function remember<T>(ask: (a: string, b: string) => T): (a: string, b: string) => T {
  const answers = new BoundedCache(ANSWERS_KEPT, (key) => {
    const [a = "", b = ""] = key.split(SEPARATOR);
    return { answer: ask(a, b) };
  });
  return (a, b) => {
    const isKept = a.length + b.length <= LONGEST_KEPT && !(a + b).includes(SEPARATOR);
    return isKept ? answers.get(`${a}${SEPARATOR}${b}`).answer : ask(a, b);
  };
}

/** No text of a definition that is right has it. */
const SEPARATOR = "\n";
