/** Whether a schedule is due at a time that the clock reads, if its sentence is true. */
export type IsDue = (at: Date) => boolean;

/**
 * Reads the sentence about a schedule as an attentive person would, and knows nothing of patterns. Throws where a sentence
 * has words that it does not know. The time on the clock is asked in UTC.
 */
export function readSentence(sentence: string): IsDue {
  const text = new Rest(sentence.replace(", following the clock when it changes", ""));
  const times = [readTimes(text), ...readHours(text)];
  const days = readDays(text);
  text.mustBeEmpty();
  return (at) => times.every((isDue) => isDue(at)) && days(at);
}

/** What is not read yet. */
class Rest {
  #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** Takes what stands next; undefined if it is something else. */
  take(expected: RegExp): readonly string[] | undefined {
    const found = new RegExp(`^(?:${expected.source})`).exec(this.#text);
    if (found === null) return undefined;
    this.#text = this.#text.slice(found[0].length);
    return found.slice(1);
  }

  mustBeEmpty(): void {
    if (this.#text !== "") throw new Error(`not understood: ${this.#text}`);
  }
}

const CLOCK = String.raw`\d\d:\d\d(?::\d\d)?`;
const NUMBERS = String.raw`\d+(?: through \d+)?`;

function listOf(item: string): string {
  return `${item}(?:(?:, and |, | and )${item})*`;
}

function readTimes(text: Rest): IsDue {
  if (text.take(/Every second/)) return readPastHour(text);
  const everySeconds = text.take(/Every (\d+) seconds/);
  if (everySeconds) return both((at) => at.getUTCSeconds() % Number(everySeconds[0]) === 0, readPastHour(text));
  const seconds = readAt(text, "A", "second", "minute");
  if (seconds) return both((at) => seconds(at.getUTCSeconds()), readPastHour(text));
  const clocks = text.take(new RegExp(`At (${listOf(CLOCK)})`));
  if (clocks) {
    const named = ((clocks[0] ?? "").match(new RegExp(CLOCK, "g")) ?? []).map((clock) => `${clock}:00`.slice(0, 8));
    return (at) => named.includes(at.toISOString().slice(11, 19));
  }
  return both((at) => at.getUTCSeconds() === 0, readMinutes(text));
}

function readMinutes(text: Rest): IsDue {
  if (text.take(/Every minute/)) return () => true;
  const every = text.take(/Every (\d+) minutes(?:, starting at (\d+) minutes? past the hour)?/);
  if (every)
    return (at) =>
      (at.getUTCMinutes() - Number(every[1] ?? 0)) % Number(every[0]) === 0 &&
      at.getUTCMinutes() >= Number(every[1] ?? 0);
  const minutes = readAt(text, "A", "minute", "hour");
  if (minutes) return (at) => minutes(at.getUTCMinutes());
  const hours = text.take(/Every (\d+) hours from 00:00/);
  if (hours) return (at) => at.getUTCMinutes() === 0 && at.getUTCHours() % Number(hours[0]) === 0;
  if (text.take(/Every hour/)) return (at) => at.getUTCMinutes() === 0;
  throw new Error("no time");
}

/** `, at 3 minutes past the hour`, after the seconds. */
function readPastHour(text: Rest): IsDue {
  const minutes = readAt(text, ", a", "minute", "hour");
  return minutes === undefined ? () => true : (at) => minutes(at.getUTCMinutes());
}

function readAt(text: Rest, a: string, unit: string, past: string): ((value: number) => boolean) | undefined {
  const steps = text.take(new RegExp(`${a}t every (\\d+)\\w\\w ${unit} from (\\d+) through (\\d+) past the ${past}`));
  if (steps) return inSteps(steps.map(Number));
  const list = text.take(new RegExp(`${a}t (${listOf(NUMBERS)}) ${unit}s? past the ${past}`));
  return list && inList(list[0] ?? "");
}

function readHours(text: Rest): IsDue[] {
  const between = text.take(new RegExp(`, between (${CLOCK}) and (${CLOCK})`));
  if (between) {
    const [first = "", last = ""] = between;
    const isTurning = last < first;
    return [
      (at) => {
        const clock = at.toISOString().slice(11, 16);
        return isTurning ? clock >= first || clock <= last : clock >= first && clock <= last;
      },
    ];
  }
  const every = text.take(/, every (\d+) hours from 00:00/);
  if (every) return [(at) => at.getUTCHours() % Number(every[0]) === 0];
  const steps = text.take(/, in every (\d+)\w\w hour from (\d\d):00 through (\d\d):00/);
  if (steps) return [(at) => inSteps(steps.map(Number))(at.getUTCHours())];
  const list = text.take(new RegExp(`, in the hours of (${listOf(String.raw`\d\d:00(?: through \d\d:00)?`)})`));
  return list ? [(at) => inList((list[0] ?? "").replaceAll(":00", ""))(at.getUTCHours())] : [];
}

const MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December";
const WEEKDAYS = "Sunday|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday";
const NTH = "first|second|third|fourth|fifth|last";

function readDays(text: Rest): IsDue {
  const days = readAll(text, [/, /, / and /], readDay);
  const isEither = text.take(/, or (?=on )/) !== undefined;
  const weekdays = isEither
    ? readAll(text, [/(?=on )/, / and (?=on )/], readWeekday)
    : readAll(text, [/, (?:only )?/, / and (?=on )/], readWeekday);
  const isBoth = isEither && text.take(/, in either case(?= only in )/) !== undefined;
  const only = isBoth ? " only in" : ", only in";
  const months = text.take(new RegExp(`${only} (${listOf(`(?:${MONTHS})(?: through (?:${MONTHS}))?`)})`));
  const inYears = readYears(text, isBoth && months === undefined ? only : ", only in");
  const inMonths =
    months === undefined ? () => true : (at: Date) => inNames(months[0] ?? "", MONTHS, 12)(at.getUTCMonth());
  const inDays = days ?? (() => true);
  const inWeekdays = weekdays ?? (() => true);
  return (at) =>
    inYears(at.getUTCFullYear()) &&
    inMonths(at) &&
    (isEither ? inDays(at) || inWeekdays(at) : inDays(at) && inWeekdays(at));
}

function readYears(text: Rest, only: string): (year: number) => boolean {
  const steps = text.take(new RegExp(`${only} every (\\d+)\\w\\w year from (\\d+) through (\\d+)`));
  if (steps) return inSteps(steps.map(Number));
  const list = text.take(new RegExp(`${only} (${listOf(NUMBERS)})`));
  return list ? inList(list[0] ?? "") : () => true;
}

function readAll(
  text: Rest,
  [first, next]: readonly [RegExp, RegExp],
  read: (text: Rest, before: RegExp) => IsDue | undefined,
): IsDue | undefined {
  const found: IsDue[] = [];
  for (let one = read(text, first); one !== undefined; one = read(text, next)) found.push(one);
  return found.length === 0 ? undefined : (at) => found.some((isDue) => isDue(at));
}

function readDay(text: Rest, before: RegExp): IsDue | undefined {
  const take = (expected: string) => text.take(new RegExp(`${before.source}${expected}`));
  const between = take("between day (\\d+) and (\\d+) of the month");
  if (between) return (at) => at.getUTCDate() >= Number(between[0]) && at.getUTCDate() <= Number(between[1]);
  const steps = take("on every (\\d+)\\w\\w day from day (\\d+) through day (\\d+) of the month");
  if (steps) return (at) => inSteps(steps.map(Number))(at.getUTCDate());
  const list = take(`on day (${listOf(NUMBERS)}) of the month`);
  if (list) return (at) => inList(list[0] ?? "")(at.getUTCDate());
  if (take("on the last day of the month")) return (at) => at.getUTCDate() === lengthOf(at);
  const back = take("(\\d+) days? before the last day of the month");
  if (back) return (at) => at.getUTCDate() === lengthOf(at) - Number(back[0]);
  if (take("on the last weekday of the month")) return (at) => isNearest(at, lengthOf(at));
  if (take("on the first weekday of the month")) return (at) => isNearest(at, 1);
  const near = take("on the weekday nearest day (\\d+) of the month");
  if (near) return (at) => isNearest(at, Number(near[0]));
  const nearBack = take("on the weekday nearest to (\\d+) days? before the last day of the month");
  return nearBack && ((at) => isNearest(at, lengthOf(at) - Number(nearBack[0])));
}

function readWeekday(text: Rest, before: RegExp): IsDue | undefined {
  const take = (expected: string) => text.take(new RegExp(`${before.source}${expected}`));
  const nth = take(`on the (${listOf(`(?:(?:${NTH}) )?(?:${WEEKDAYS})`)}) of the month`);
  if (nth) {
    const named = [...(nth[0] ?? "").matchAll(new RegExp(`(?:(${NTH}) )?(${WEEKDAYS})`, "g"))];
    // Of "the last Monday and Tuesday" both are the last.
    const which = named.map(([, ordinal]) => ordinal ?? named[0]?.[1] ?? "");
    return (at) =>
      named.some(
        ([, , day = ""], index) => WEEKDAYS.split("|")[at.getUTCDay()] === day && isNth(at, which[index] ?? ""),
      );
  }
  const names = take(`(?:on )?(${listOf(`(?:${WEEKDAYS})(?: through (?:${WEEKDAYS}))?`)})`);
  return names && ((at) => inNames(names[0] ?? "", WEEKDAYS, 7)(at.getUTCDay()));
}

function isNth(at: Date, which: string): boolean {
  if (which === "last") return at.getUTCDate() + 7 > lengthOf(at);
  return Math.ceil(at.getUTCDate() / 7) === NTH.split("|").indexOf(which) + 1;
}

/** The Monday to Friday nearest to a day, in the same month; none where the month has no such day. */
function isNearest(at: Date, day: number): boolean {
  const length = lengthOf(at);
  if (day < 1 || day > length) return false;
  const weekdayOf = (date: number) => new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), date)).getUTCDay();
  const order = [0, -1, 1, -2, 2].map((distance) => day + distance);
  const nearest = order.find((date) => date >= 1 && date <= length && weekdayOf(date) % 6 !== 0);
  return at.getUTCDate() === nearest;
}

function lengthOf(at: Date): number {
  return new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
}

function inSteps([by = 1, from = 0, to = 0]: readonly number[]): (value: number) => boolean {
  return (value) => value >= from && value <= to && (value - from) % by === 0;
}

function inList(list: string): (value: number) => boolean {
  const ranges = [...list.matchAll(/(\d+)(?: through (\d+))?/g)].map(
    ([, from, to = from]) => [Number(from), Number(to)] as const,
  );
  return (value) => ranges.some(([from, to]) => value >= from && value <= to);
}

/** Names turn: Friday through Monday. */
function inNames(list: string, names: string, size: number): (value: number) => boolean {
  const all = names.split("|");
  const ranges = [...list.matchAll(new RegExp(`(${names})(?: through (${names}))?`, "g"))].map(
    ([, from = "", to = from]) => [all.indexOf(from), all.indexOf(to)] as const,
  );
  return (value) => ranges.some(([from, to]) => (value - from + size) % size <= (to - from + size) % size);
}

function both(first: IsDue, second: IsDue): IsDue {
  return (at) => first(at) && second(at);
}
