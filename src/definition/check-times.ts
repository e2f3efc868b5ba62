import { BoundedCache } from "../bounded-cache.ts";
import type { ObjectKind } from "../job/job.ts";
import { didYouMean, isWarning, nearestWord, onTypographicQuotes, withoutQuotes } from "../job/problem.ts";
import type { ScheduleSettings } from "./policies.ts";
import { parseDuration } from "./values/duration.ts";
import { type Issue, shown } from "./values/issue.ts";

/** Returns what is wrong with a schedule, or undefined. Given by the caller, because it takes timetables. */
type CheckSchedule = (pattern: string, timezone: string, jitterMs?: number) => string | undefined;

/** Returns what was probably not intended in a valid schedule. Given by the caller, too. */
type DoubtSchedule = (pattern: string) => { readonly message: string; readonly hint: string } | undefined;

export interface TimeSettings extends ScheduleSettings {
  readonly checkSchedule: CheckSchedule;
  /** What jobs run as; absent when that is not known. */
  readonly engine?: ObjectKind;
  /** Absent where no warnings are wanted. */
  readonly doubtSchedule?: DoubtSchedule;
}

/** Checks the `schedule`, `timezone` and `jitter` of a job as they were written. */
export type CheckTimes = (written: Readonly<Record<string, unknown>>, job: string) => Issue[];

/** Returns a check that looks at each distinct pattern once per zone, and remembers a bounded number of answers. */
export function timesChecker({
  defaultTimezone,
  checkSchedule,
  doubtSchedule,
  writeOut,
  engine,
}: TimeSettings): CheckTimes {
  // Schedules have stricter rules for zones than Intl: a valid schedule checks the zone alone.
  const checkZone = remember((zone) => wrongTimezone(zone) ?? wrongForSchedules(checkSchedule("@daily", zone)));
  const check = remember(
    (pattern, zone) =>
      explain(checkSchedule(pattern, zone), onTypographicQuotes(pattern)) ?? doubt(doubtSchedule?.(pattern)),
  );
  const checkOf = (written: string, job: string, zone: string) => {
    const pattern = writeOut?.(written, job) ?? written;
    const found = check(pattern, zone);
    if (found === undefined || pattern === written) return found;
    return { ...found, message: `"${written}" is "${pattern}" for ${job}: ${found.message}` };
  };
  const checkDistance = remember((pattern, zoneAndMs) => {
    const [zone = "", ms] = zoneAndMs.split(" ");
    return explain(checkSchedule(pattern, zone, Number(ms)));
  });
  const checkJitter = (jitter: unknown, written: string, { job, zone }: { job: string; zone: string }): Issue[] => {
    const ms = typeof jitter === "string" ? parseDuration(jitter.trim()) : undefined;
    const found = ms ? checkDistance(writeOut?.(written, job) ?? written, `${zone} ${ms}`) : undefined;
    return found === undefined ? [] : [{ path: ["jitter"], on: "value", ...found }];
  };
  return ({ schedule, timezone, jitter }, job) => {
    const hasZone = typeof timezone === "string" && timezone.trim() !== "";
    const zone = hasZone ? timezone.trim() : defaultTimezone;
    const wrongZone = zone === defaultTimezone ? undefined : checkZone(zone, "");
    // A wrong zone hides no wrong schedule.
    const readIn = wrongZone === undefined ? zone : defaultTimezone;
    const patterns = Array.isArray(schedule) ? schedule : [schedule];
    const wrongPatterns = patterns.flatMap((written: unknown, index) => {
      const pattern = typeof written === "string" ? written.trim() : "";
      const found =
        pattern === ""
          ? undefined
          : (checkOf(pattern, job, readIn) ?? ofBoot(pattern, engine) ?? (hasZone ? undefined : ofNoZone(pattern)));
      const isRight = pattern !== "" && (found === undefined || found.severity === "warning");
      const wrongJitter = isRight ? checkJitter(jitter, pattern, { job, zone: readIn }) : [];
      return found === undefined
        ? wrongJitter
        : [{ path: ["schedule", index], on: "value" as const, ...found }, ...wrongJitter];
    });
    return (wrongZone === undefined ? wrongPatterns : [wrongZone, ...wrongPatterns]).map(sayWithVariables);
  };
}

/** These messages quote a schedule or a time zone in their own ways. */
function sayWithVariables(issue: Issue): Issue {
  const what =
    { timezone: "an IANA time zone", jitter: "a jitter for this schedule" }[String(issue.path[0])] ?? "a schedule";
  const doubt = "is probably not what was meant, with its variables filled in";
  return { ...issue, withVariables: isWarning(issue) ? doubt : `is not ${what}, with its variables filled in` };
}

type Found = Pick<Issue, "message" | "hint" | "severity">;

function explain(wrong: string | undefined, hint?: string): Found | undefined {
  return wrong === undefined ? undefined : { message: wrong.replace(/\.$/, ""), ...(hint !== undefined && { hint }) };
}

/** A valid moment that happens once must not depend on a default: it would be hours off, and never come again. */
function ofNoZone(pattern: string): Found | undefined {
  const [, moment] = /^@(?:at|every\s.*\sfrom)\s+(\S*T\d\d:\d\d(?::\d\d)?)$/is.exec(pattern) ?? [];
  if (moment === undefined) return undefined;
  const message = `it is not said on which clock ${moment} is read; a time without an offset needs a time zone`;
  return { message, hint: `give the job a timezone, or write the offset: ${moment}+01:00` };
}

/** A Swarm has as many boots as nodes. */
function ofBoot(pattern: string, engine: ObjectKind | undefined): Found | undefined {
  if (engine !== "service" || !/^(?:(?:CRON_)?TZ=\S*\s*)?@reboot$/i.test(pattern)) return undefined;
  const message = "@reboot is for plain Docker: a Swarm has many nodes, and it is not said whose boot is meant";
  return { message, hint: "on each node, a restart policy starts a container with its host" };
}

function doubt(doubt: ReturnType<DoubtSchedule>): Found | undefined {
  return doubt === undefined ? undefined : { message: doubt.message, hint: doubt.hint, severity: "warning" };
}

function wrongForSchedules(wrong: string | undefined): Issue | undefined {
  const found = explain(wrong);
  return found === undefined ? undefined : { path: ["timezone"], on: "value", ...found };
}

/** The longest of IANA's names has 32 letters: a longer text is not near to one. */
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

/** Enough for all patterns of a large file. */
const ANSWERS_KEPT = 4096;

/** No valid schedule or time zone is longer than this, and what is wrong with a longer one is found at once. */
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

/** No valid text has it. */
const SEPARATOR = "\n";
