import { formatDuration } from "../../values/duration.ts";
import type { FileValue, FindingCode, ImportSettings } from "../imported.ts";
import { readCalendar } from "./calendar.ts";
import { readTimeSpan } from "./time-span.ts";
import type { Directive, Unit } from "./unit-files.ts";

export type Warn = (
  code: FindingCode,
  message: string,
  more?: { readonly key?: string; readonly hint?: string; readonly at?: Directive },
) => void;

/** Why a timer or its service is no job. */
export interface Refusal {
  readonly code: FindingCode;
  readonly refused: string;
  readonly hint?: string;
  readonly at?: Directive;
}

/** When a timer is due, as keys of a job. */
export interface TimerKeys {
  readonly keys: Readonly<Record<string, FileValue>>;
}

/** The last value of a key. An empty one takes back those before it. */
export function lastOf(unit: Unit, section: string, key: string): Directive | undefined {
  return allOf(unit, section, key).at(-1);
}

/** All values of a key that counts each time it is written. An empty one takes back those before it. */
export function allOf({ directives }: Unit, section: string, key: string): readonly Directive[] {
  const own = directives.filter((directive) => directive.section === section && directive.key === key);
  return own.slice(own.findLastIndex(({ value }) => value === "") + 1);
}

export function isYes(directive: Directive | undefined): boolean {
  return directive !== undefined && /^(?:1|yes|y|true|t|on)$/i.test(directive.value);
}

/** Reads the `[Timer]` of a unit. */
export function readTimer(unit: Unit, settings: ImportSettings, warn: Warn): TimerKeys | Refusal {
  const times = timesOf(unit);
  const calendars = times.filter(({ key }) => key === "OnCalendar");
  const intervals = times.filter(({ key }) => /^OnUnit/.test(key));
  const firsts = times.filter((time) => !calendars.includes(time) && !intervals.includes(time));
  const changes = ["OnClockChange", "OnTimezoneChange"].flatMap((key) => {
    const directive = lastOf(unit, "Timer", key);
    return directive !== undefined && isYes(directive) ? [directive] : [];
  });
  const patterns: { readonly schedule: string; readonly timezone: string }[] = [];
  for (const directive of calendars) {
    const read = readSchedule(directive, settings, warn);
    if ("refused" in read) return read;
    patterns.push(read);
  }
  for (const directive of intervals) {
    const read = readInterval(directive, warn);
    if ("refused" in read) return read;
    patterns.push({ ...read, timezone: settings.zone.name });
  }
  if (patterns.length === 0) return withoutTimes(firsts, changes, unit);
  // The first time of an interval is part of the interval.
  const others = [...(intervals.length === 0 ? firsts : []), ...changes];
  for (const directive of others)
    warn(
      "import-lifecycle",
      `${directive.key}=${directive.value} starts it as well; here it runs by its schedule alone`,
      {
        at: directive,
      },
    );
  warnOfDelays(unit, warn);
  const jitter = readJitter(unit, { patterns, settings, warn });
  return { keys: { ...scheduleKeys(patterns), ...jitter, ...policyKeys(unit, calendars.length > 0, warn) } };
}

const TIME_KEYS: ReadonlySet<string> = new Set([
  "OnCalendar",
  "OnActiveSec",
  "OnBootSec",
  "OnStartupSec",
  "OnUnitActiveSec",
  "OnUnitInactiveSec",
]);

/** An empty value of any of these keys takes back all times before it, whatever their kind (`config_parse_timer`). */
function timesOf({ directives }: Unit): readonly Directive[] {
  const times = directives.filter(({ section, key }) => section === "Timer" && TIME_KEYS.has(key));
  return times.slice(times.findLastIndex(({ value }) => value === "") + 1);
}

function readSchedule(
  directive: Directive,
  settings: ImportSettings,
  warn: Warn,
): { readonly schedule: string; readonly timezone: string } | Refusal {
  const read = readCalendar(directive.value);
  if ("wrong" in read)
    return { code: "import-line", refused: `systemd does not take this line: ${read.wrong}`, at: directive };
  if ("restricts" in read)
    return {
      code: "import-seconds",
      refused: `"${directive.value}" is due at parts of a second; here the second is the least`,
      at: directive,
    };
  const timezone = read.timezone ?? settings.zone.name;
  const wrong = settings.checkSchedule(read.schedule, timezone);
  if (wrong !== undefined)
    return isZone(timezone)
      ? { code: "import-schedule", refused: `"${directive.value}" is here "${read.schedule}": ${wrong}`, at: directive }
      : {
          code: "import-zone",
          refused: `"${timezone}" is no time zone of the IANA, and what it is for the machine is not known here`,
          hint: "write its name, such as Europe/Berlin",
          at: directive,
        };
  if (read.timezone !== undefined && /^[A-Z]{3,5}$/.test(read.timezone) && read.timezone !== "UTC")
    warn(
      "import-zone",
      `"${read.timezone}" is taken for the zone of that name; if it is the short name of the machine's zone, systemd means that one`,
      {
        at: directive,
        key: "schedule",
        hint: "write the name of the zone, such as Europe/Berlin",
      },
    );
  for (const { code, message } of read.notes)
    warn(code, `"${directive.value}": ${message}`, { at: directive, key: "schedule" });
  return { schedule: read.schedule, timezone };
}

function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function readInterval(directive: Directive, warn: Warn): { readonly schedule: string } | Refusal {
  const { key, value } = directive;
  const span = readTimeSpan(value);
  if (span === undefined) return { code: "import-line", refused: `"${value}" is no time span`, at: directive };
  if (span === "infinity" || span < 1000 || !Number.isInteger(span / 1000))
    return {
      code: "import-interval",
      refused: `${key}=${value} is no whole number of seconds; here an interval is one, and at least 1s`,
      at: directive,
    };
  const from = key === "OnUnitActiveSec" ? "the last start" : "the end of the last run";
  const differs =
    key === "OnUnitActiveSec"
      ? "the times differ, and the distance is the same"
      : "the times differ, and the distance by the duration of a run";
  warn("import-interval", `${key}=${value} counts from ${from} there, and from 1970 here: ${differs}`, {
    key: "schedule",
    at: directive,
  });
  return { schedule: `@every ${everyOf(span)}` };
}

/** `@every` has hours as its largest unit. */
function everyOf(ms: number): string {
  const [hours, rest] = [Math.floor(ms / 3_600_000), ms % 3_600_000];
  return `${hours > 0 ? `${hours}h` : ""}${rest > 0 || hours === 0 ? formatDuration(rest) : ""}`;
}

function withoutTimes(firsts: readonly Directive[], changes: readonly Directive[], { name }: Unit): Refusal {
  const [first] = firsts;
  if (first !== undefined)
    return {
      code: "import-reboot",
      refused: `${first.key}=${first.value} is no time: it counts from ${first.key === "OnActiveSec" ? "the start of the timer" : "the start of the machine"}`,
      hint: 'schedule: "@reboot" starts it once after each boot, without a delay; a container with a restart policy starts with its host',
      at: first,
    };
  const [change] = changes;
  if (change !== undefined)
    return {
      code: "import-lifecycle",
      refused: `${change.key}= is no time: it waits for the clock to be set`,
      at: change,
    };
  return { code: "import-line", refused: `systemd does not take ${name}: nothing says when it is due` };
}

interface JitterParts {
  readonly patterns: readonly { readonly schedule: string; readonly timezone: string }[];
  readonly settings: ImportSettings;
  readonly warn: Warn;
}

/** A delay is another one here, of the same length at most; where times are too close for it, there is none. */
function readJitter(unit: Unit, { patterns, settings, warn }: JitterParts): Record<string, FileValue> {
  const delay = lastOf(unit, "Timer", "RandomizedDelaySec") ?? lastOf(unit, "Timer", "RandomizedOffsetSec");
  const ms = delay === undefined ? 0 : readTimeSpan(delay.value);
  if (delay === undefined || ms === 0) return {};
  const isFixed = isYes(lastOf(unit, "Timer", "FixedRandomDelay"));
  const how = isFixed ? "the same time, which machine and timer decide," : "a random time";
  const isPossible =
    typeof ms === "number" &&
    ms >= 1000 &&
    Number.isFinite(ms) &&
    patterns.every(({ schedule, timezone }) => settings.checkSchedule(schedule, timezone, ms) === undefined);
  const here = isPossible
    ? "jitter delays it by a time that follows from the job and the time due"
    : "it starts on time";
  warn("import-jitter", `systemd delays each start by ${how} up to ${delay.value}; here ${here}`, {
    key: isPossible ? "jitter" : "schedule",
    at: delay,
  });
  return isPossible ? { jitter: formatDuration(Math.floor(ms / 1000) * 1000) } : {};
}

function warnOfDelays(unit: Unit, warn: Warn): void {
  const accuracy = lastOf(unit, "Timer", "AccuracySec");
  const exact = accuracy === undefined ? 0 : readTimeSpan(accuracy.value);
  if (accuracy !== undefined && typeof exact === "number" && exact > 60_000)
    warn(
      "import-jitter",
      `systemd starts it at one time within ${accuracy.value} after it is due; here it starts on time`,
      {
        key: "schedule",
        at: accuracy,
      },
    );
  const wakes = lastOf(unit, "Timer", "WakeSystem");
  if (wakes !== undefined && isYes(wakes))
    warn("import-lifecycle", "WakeSystem= wakes the machine for it; here a machine that sleeps goes on sleeping", {
      at: wakes,
    });
}

/** Schedules of another zone than the first say so. */
function scheduleKeys(
  patterns: readonly { readonly schedule: string; readonly timezone: string }[],
): Record<string, FileValue> {
  const timezone = patterns[0]?.timezone ?? "UTC";
  const written = patterns.map(({ schedule, timezone: own }) =>
    own === timezone || schedule.startsWith("@every") ? schedule : `CRON_TZ=${own} ${schedule}`,
  );
  const schedules = [...new Set(written)];
  return { schedule: schedules.length === 1 ? (schedules[0] ?? "") : schedules, timezone };
}

/**
 * A timer starts nothing while its unit is active. As soon as the unit ends, the next time is counted from the last start;
 * one that has passed is due at once (`timer_enter_waiting`), unless `DeferReactivation=` says otherwise.
 */
function policyKeys(unit: Unit, hasCalendar: boolean, warn: Warn): Record<string, FileValue> {
  const isDeferred = isYes(lastOf(unit, "Timer", "DeferReactivation")) && hasCalendar;
  const persistent = lastOf(unit, "Timer", "Persistent");
  if (persistent !== undefined && isYes(persistent) && !hasCalendar)
    warn("import-missed", "Persistent= is for OnCalendar= alone: systemd makes up for nothing", { at: persistent });
  return {
    ...(isDeferred ? { overlap: "forbid" } : { overlap: "queue", queue_limit: "1" }),
    catch_up: isYes(persistent) && hasCalendar ? "last" : "none",
  };
}
