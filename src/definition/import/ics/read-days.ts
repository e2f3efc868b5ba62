/**
 * Whole days of a calendar (RFC 5545) as lines of `except` and `only`. It is exact, or says what it leaves out: a rule is
 * expanded only where ical.js does that as the RFC says, which `test/definition/import/ics` proves for the rules that pass here.
 */
import ICAL from "ical.js";
import { type DateRange, writeDateRange } from "../../../job/exclusions/date-ranges.ts";

export interface IcsQuery {
  /** The first and the last day that count, as days since 1970-01-01. */
  readonly from: number;
  readonly until: number;
}

export interface IcsFinding {
  /** From 1. Absent for the text as a whole. */
  readonly line?: number;
  readonly message: string;
  readonly hint?: string;
  /** Absent: nothing of the text is used. */
  readonly severity?: "warning";
}

export interface IcsDays {
  readonly calendar?: string;
  /** In order, each range once, with the names of all events that have it. */
  readonly days: readonly { readonly range: DateRange; readonly names: readonly string[] }[];
  readonly findings: readonly IcsFinding[];
}

const DAY_MS = 86_400_000;
/** Of all events together: more is no calendar of holidays. */
const MOST_DAYS = 20_000;

/** Reads the whole-day events of a calendar. Never throws. */
export function readDays(text: string, query: IcsQuery): IcsDays {
  try {
    const parsed: unknown = ICAL.parse(text);
    const calendars = (isListOfLists(parsed) ? parsed : [parsed]).map((each) => new ICAL.Component(each as []));
    return new Reading(text, query).read(calendars.filter(({ name }) => name === "vcalendar"));
  } catch (error) {
    const message = `this is no calendar: ${error instanceof Error ? error.message : String(error)}`;
    return {
      days: [],
      findings: [{ message, hint: "export it as iCalendar: a text that begins with BEGIN:VCALENDAR" }],
    };
  }
}

function isListOfLists(parsed: unknown): parsed is readonly unknown[] {
  return Array.isArray(parsed) && Array.isArray(parsed[0]);
}

interface Vevent {
  readonly component: ICAL.Component;
  /** Where it begins. */
  readonly line: number;
}

class Reading {
  readonly #lines: readonly number[];
  readonly #query: IcsQuery;
  readonly #findings: IcsFinding[] = [];
  readonly #days = new Map<string, { range: DateRange; names: string[] }>();
  #left = MOST_DAYS;

  constructor(text: string, query: IcsQuery) {
    const lines = text.split(/\r\n|\n|\r/);
    this.#lines = lines.flatMap((line, index) => (/^BEGIN:VEVENT\s*$/i.test(line) ? [index + 1] : []));
    this.#query = query;
  }

  read(calendars: readonly ICAL.Component[]): IcsDays {
    const events = calendars
      .flatMap((calendar) => calendar.getAllSubcomponents("vevent"))
      .map((component, index): Vevent => ({ component, line: this.#lines[index] ?? 1 }));
    if (events.length === 0) this.#findings.push({ message: "there is no event in it" });
    const byUid = Map.groupBy(events, ({ component, line }) => textOf(component, "uid") ?? `line ${line}`);
    for (const group of byUid.values()) this.#readGroup(group);
    const days = [...this.#days.values()].sort((a, b) => a.range.first - b.range.first || a.range.last - b.range.last);
    const calendar = calendars.map((each) => textOf(each, "x-wr-calname")).find((name) => name !== undefined);
    return { days, findings: this.#findings, ...(calendar !== undefined && { calendar }) };
  }

  /** An event, and what is said otherwise of single days of it. */
  #readGroup(group: readonly Vevent[]): void {
    const others = new Map<string, Vevent>();
    const masters: Vevent[] = [];
    for (const event of group) {
      const id = event.component.getFirstProperty("recurrence-id");
      if (id === null) masters.push(event);
      else if (id.getFirstParameter("range")) {
        this.#leaveOut(event, "it changes all later days of an event (RANGE)");
        return;
      } else others.set(String(id.getFirstValue()), event);
    }
    for (const master of masters) this.#readEvent(master, others);
    // What moves a day of an event that the calendar does not have stands for itself.
    if (masters.length === 0) for (const event of others.values()) this.#readEvent(event, new Map());
  }

  #readEvent(event: Vevent, others: ReadonlyMap<string, Vevent>): void {
    const wrong = whyNot(event.component);
    if (wrong !== undefined) {
      this.#leaveOut(event, wrong);
      return;
    }
    try {
      for (const first of startsOf(event.component, this.#lastStart(others), () => this.#left-- > 0)) {
        const other = others.get(first.toString());
        const whyNotOther = other && whyNot(other.component);
        if (whyNotOther !== undefined) this.#leaveOut(other ?? event, whyNotOther);
        else
          this.#add(other?.component ?? event.component, other === undefined ? dayOf(first) : startOf(other.component));
      }
    } catch (error) {
      this.#leaveOut(event, error instanceof Error ? error.message : String(error));
    }
  }

  /** A day after the last that counts may have been moved before it. */
  #lastStart(others: ReadonlyMap<string, Vevent>): number {
    return Math.max(
      this.#query.until,
      ...[...others.keys()].map((id) => Math.floor(Date.parse(id.slice(0, 10)) / DAY_MS)),
    );
  }

  #add(component: ICAL.Component, first: number): void {
    const { from, until } = this.#query;
    const last = first + lengthOf(component) - 1;
    if (last < from || first > until) return;
    const range = { first: Math.max(first, from), last: Math.min(last, until) };
    const key = writeDateRange(range);
    const known = this.#days.get(key) ?? { range, names: [] };
    const name = nameOf(component);
    if (!known.names.includes(name)) known.names.push(name);
    this.#days.set(key, known);
  }

  #leaveOut({ component, line }: Vevent, because: string): void {
    const message = `"${nameOf(component)}" is left out: ${because}`;
    this.#findings.push({ line, message, severity: "warning" });
  }
}

/** Why an event is no whole days; undefined where it is. */
function whyNot(component: ICAL.Component): string | undefined {
  if (textOf(component, "status")?.toUpperCase() === "CANCELLED") return "it is cancelled";
  const start = timeOf(component, "dtstart");
  if (start === undefined) return "it has no day";
  if (!start.isDate) return "it begins at a time of day, and what counts here are whole days";
  const end = component.getFirstPropertyValue("dtend");
  if (end instanceof ICAL.Time && !end.isDate) return "it ends at a time of day, and what counts here are whole days";
  const duration = component.getFirstPropertyValue("duration");
  if (duration instanceof ICAL.Duration && duration.toSeconds() % 86_400 !== 0)
    return "its duration is no number of days";
  if (lengthOf(component) < 1) return "it ends before it begins";
  for (const name of ["rdate", "exdate"])
    for (const property of component.getAllProperties(name))
      if (property.getValues().some((value) => !(value instanceof ICAL.Time && value.isDate)))
        return `${name.toUpperCase()} has a time of day`;
  if (component.getAllProperties("exrule").length > 0) return "EXRULE is not expanded";
  const rules = component.getAllProperties("rrule");
  if (rules.length > 1) return "it has several rules";
  return rules.map((rule) => wrongRule(rule, start)).find((wrong) => wrong !== undefined);
}

const FREQUENCIES = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];

/** Which parts a rule of each frequency may have; all others ical.js does not expand as the RFC says, or that is not proven. */
const PROVEN: Readonly<Record<string, readonly string[]>> = {
  DAILY: [""],
  WEEKLY: ["", "BYDAY"],
  MONTHLY: ["", "BYMONTHDAY", "BYDAY"],
  YEARLY: ["", "BYMONTH,BYMONTHDAY", "BYDAY,BYMONTH"],
};

function wrongRule(property: ICAL.Property, start: ICAL.Time): string | undefined {
  const rule = property.getFirstValue();
  if (!(rule instanceof ICAL.Recur)) return "its rule cannot be read";
  const text = rule.toString();
  if (!FREQUENCIES.includes(rule.freq)) return `${text} is no rule of days`;
  const parts = Object.keys(rule.parts).sort().join();
  if (PROVEN[rule.freq]?.includes(parts) !== true) return `${text} is not expanded here`;
  if (/[;]?(?:RSCALE|SKIP)=/i.test(text)) return `${text} is not expanded here`;
  const days = (rule.parts.BYDAY ?? []) as readonly string[];
  if (rule.freq === "WEEKLY" && days.some((day) => /\d/.test(day))) return `${text} numbers the days of a week`;
  const monthDays = (rule.parts.BYMONTHDAY ?? []) as readonly number[];
  if (monthDays.some((day) => Number(day) < 1 || Number(day) > 28))
    return `${text} counts days that not each month has`;
  if ((rule.freq === "MONTHLY" || rule.freq === "YEARLY") && parts === "" && start.day > 28)
    return `${text} begins on a day that not each month has`;
  if (rule.until instanceof ICAL.Time && !rule.until.isDate) return `${text} ends at a time of day`;
  return undefined;
}

/** The days on which an event begins, up to `until`. */
function* startsOf(component: ICAL.Component, until: number, mayGoOn: () => boolean): Iterable<ICAL.Time> {
  const start = timeOf(component, "dtstart");
  if (start === undefined) return;
  if (component.hasProperty("recurrence-id")) return yield start;
  // Without a rule, ical.js forgets the first day.
  if (!component.hasProperty("rrule")) return yield* namedDays(component, start);
  if (!isNamedByRule(component, start))
    throw new Error("its first day is none of its rule, which RFC 5545 leaves undefined");
  const expansion = new ICAL.RecurExpansion({ component, dtstart: start });
  for (let next = expansion.next(); next && dayOf(next) <= until; next = expansion.next()) {
    if (!mayGoOn()) throw new Error(`the calendar has more than ${MOST_DAYS} days`);
    yield next;
  }
}

function namedDays(component: ICAL.Component, start: ICAL.Time): readonly ICAL.Time[] {
  const left = new Set(timesOf(component, "exdate").map(String));
  return [start, ...timesOf(component, "rdate")].filter((time) => !left.has(String(time)));
}

function timesOf(component: ICAL.Component, name: string): readonly ICAL.Time[] {
  const values = component.getAllProperties(name).flatMap((property) => property.getValues());
  return values.filter((value) => value instanceof ICAL.Time);
}

function isNamedByRule(component: ICAL.Component, start: ICAL.Time): boolean {
  const rule = component.getFirstPropertyValue("rrule");
  return !(rule instanceof ICAL.Recur) || rule.iterator(start).next()?.compare(start) === 0;
}

function startOf(component: ICAL.Component): number {
  const start = timeOf(component, "dtstart");
  return start === undefined ? 0 : dayOf(start);
}

/** In days. The end of an event is the day after it; some programs write the last day itself where there is only one. */
function lengthOf(component: ICAL.Component): number {
  const end = component.getFirstPropertyValue("dtend");
  const duration = component.getFirstPropertyValue("duration");
  if (end instanceof ICAL.Time) return dayOf(end) - startOf(component) || 1;
  return duration instanceof ICAL.Duration ? duration.toSeconds() / 86_400 || 1 : 1;
}

function timeOf(component: ICAL.Component, name: string): ICAL.Time | undefined {
  const value = component.getFirstPropertyValue(name);
  return value instanceof ICAL.Time ? value : undefined;
}

function textOf(component: ICAL.Component, name: string): string | undefined {
  const value = component.getFirstPropertyValue(name);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

const LONGEST_NAME = 80;

/** In one line. */
function nameOf(component: ICAL.Component): string {
  const name = (textOf(component, "summary") ?? "an event without a name").replaceAll(/[\s#\p{Cc}]+/gu, " ").trim();
  return name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
}

function dayOf({ year, month, day }: ICAL.Time): number {
  return Date.UTC(year, month - 1, day) / DAY_MS;
}
