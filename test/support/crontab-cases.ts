import fc from "fast-check";

/** A pattern together with what it means, worked out here and not by reading the pattern. */
export interface CrontabCase {
  readonly pattern: string;
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly months: readonly number[];
  /** Absent: every year. */
  readonly years?: readonly number[];
  readonly days: FieldCase<(date: Date) => boolean>;
  readonly weekdays: FieldCase<(date: Date) => boolean>;
  /** Minute or hour begins with `*`. */
  readonly wildcard: boolean;
}

interface FieldCase<Meaning> {
  readonly text: string;
  readonly star: boolean;
  readonly meaning: Meaning;
}

/** cron.c: a star flag on either day field means both, otherwise one is enough. */
export function isDayMatch({ months, years, days, weekdays }: CrontabCase, date: Date): boolean {
  if (years?.includes(date.getUTCFullYear()) === false) return false;
  if (!months.includes(date.getUTCMonth() + 1)) return false;
  const [day, weekday] = [days.meaning(date), weekdays.meaning(date)];
  return days.star || weekdays.star ? day && weekday : day || weekday;
}

const minute = numbers(0, 59, { low: 0, high: 59 });
const hour = numbers(0, 23, { low: 0, high: 4 });

export const crontabCase: fc.Arbitrary<CrontabCase> = fc
  .record({
    minute,
    hour: fc.oneof({ weight: 3, arbitrary: hour }, { weight: 1, arbitrary: numbers(0, 23, { low: 20, high: 23 }) }),
    days: fc.oneof({ weight: 4, arbitrary: anyDay() }, { weight: 1, arbitrary: dayField() }),
    month: fc.oneof(
      { weight: 4, arbitrary: star(1, 12) },
      { weight: 1, arbitrary: numbers(1, 12, { low: 1, high: 12 }) },
    ),
    weekdays: fc.oneof({ weight: 4, arbitrary: anyDay() }, { weight: 1, arbitrary: weekdayField() }),
  })
  .map(({ minute, hour, days, month, weekdays }) => ({
    pattern: [minute, hour, days, month, weekdays].map((field) => field.text).join(" "),
    minutes: minute.meaning,
    hours: hour.meaning,
    months: month.meaning,
    days,
    weekdays,
    wildcard: minute.star || hour.star,
  }));

/** At midnight, with every kind of day field. */
export const dayCase: fc.Arbitrary<CrontabCase> = fc
  .record({
    days: fc.oneof({ weight: 1, arbitrary: anyDay() }, { weight: 3, arbitrary: dayField() }),
    month: fc.oneof(star(1, 12), numbers(1, 12, { low: 1, high: 12 })),
    weekdays: fc.oneof({ weight: 1, arbitrary: anyDay() }, { weight: 3, arbitrary: weekdayField() }),
  })
  .map(({ days, month, weekdays }) => ({
    pattern: `0 0 ${days.text} ${month.text} ${weekdays.text}`,
    ...{ minutes: [0], hours: [0], months: month.meaning, days, weekdays, wildcard: false },
  }));

/** The same in some years, of which those from `from` on come often. */
export function dayCaseInYears(from: number): fc.Arbitrary<CrontabCase> {
  const years = numbers(1970, 2099, { low: Math.max(from, 1970), high: Math.min(from + 6, 2099) });
  return fc.tuple(dayCase, years).map(([crontab, { text, star, meaning }]) => ({
    ...crontab,
    pattern: `0 ${crontab.pattern} ${text}`,
    ...(!(star && meaning.length === 130) && { years: meaning }),
  }));
}

function star(min: number, max: number): fc.Arbitrary<FieldCase<readonly number[]>> {
  return fc.constantFrom("*", "?").map((text) => ({ text, star: true, meaning: range(min, max) }));
}

/** Values mostly from `low` to `high`, so that they fall where clocks change. */
function numbers(
  min: number,
  max: number,
  { low, high }: { low: number; high: number },
): fc.Arbitrary<FieldCase<readonly number[]>> {
  const value = fc.integer({ min: low, max: high });
  const step = fc.integer({ min: 1, max: Math.min(9, max - min) });
  const single = value.map((at) => ({ text: `${at}`, star: false, meaning: [at] }));
  const list = fc
    .uniqueArray(value, { minLength: 2, maxLength: 4 })
    .map((all) => ({ text: all.join(","), star: false, meaning: all }));
  const ranges = fc.tuple(value, value, step).map(([from, to, by]) => {
    const end = from <= to ? to : to + max - min + 1;
    const all = range(from, end)
      .filter((at) => (at - from) % by === 0)
      .map((at) => (at > max ? at - (max - min + 1) : at));
    return { text: by === 1 ? `${from}-${to}` : `${from}-${to}/${by}`, star: false, meaning: all };
  });
  const open = fc.tuple(value, step).map(([from, by]) => ({
    text: `${from}/${by}`,
    star: false,
    meaning: range(from, max).filter((at) => (at - from) % by === 0),
  }));
  const steps = step.map((by) => ({
    text: `*/${by}`,
    star: true,
    meaning: range(min, max).filter((at) => (at - min) % by === 0),
  }));
  return fc.oneof(single, list, ranges, open, steps, star(min, max));
}

function anyDay(): fc.Arbitrary<FieldCase<(date: Date) => boolean>> {
  return fc.constantFrom("*", "?").map((text) => ({ text, star: true, meaning: () => true }));
}

function dayField(): fc.Arbitrary<FieldCase<(date: Date) => boolean>> {
  const plain = numbers(1, 31, { low: 1, high: 31 }).map(({ text, star, meaning }) => ({
    ...{ text, star },
    meaning: (date: Date) => meaning.includes(date.getUTCDate()),
  }));
  const nearest = fc.integer({ min: 1, max: 31 }).map((day) => ({
    ...{ text: `${day}W`, star: false },
    meaning: (date: Date) => date.getUTCDate() === nearestWeekday(date, day),
  }));
  const last = fc.constant({ text: "L", star: false, meaning: (date: Date) => date.getUTCDate() === lengthOf(date) });
  const lastWeekday = fc.constant({
    ...{ text: "LW", star: false },
    meaning: (date: Date) => date.getUTCDate() === nearestWeekday(date, lengthOf(date)),
  });
  const fromLast = fc.integer({ min: 1, max: 30 }).map((days) => ({
    ...{ text: `L-${days}`, star: false },
    meaning: (date: Date) => date.getUTCDate() === lengthOf(date) - days,
  }));
  const nearestFromLast = fc.integer({ min: 1, max: 30 }).map((days) => ({
    ...{ text: `L-${days}W`, star: false },
    meaning: (date: Date) => date.getUTCDate() === nearestWeekday(date, lengthOf(date) - days),
  }));
  const counted = fc.oneof(lastWeekday, fromLast, nearestFromLast);
  const lists = fc
    .tuple(
      counted,
      fc.oneof(
        plain.filter(({ star }) => !star),
        nearest,
        last,
        counted,
      ),
    )
    .map(([a, b]) => ({
      ...{ text: `${a.text},${b.text}`, star: false },
      meaning: (date: Date) => a.meaning(date) || b.meaning(date),
    }));
  return fc.oneof({ weight: 3, arbitrary: plain }, nearest, last, counted, lists);
}

function weekdayField(): fc.Arbitrary<FieldCase<(date: Date) => boolean>> {
  const plain = numbers(0, 6, { low: 0, high: 6 }).map(({ text, star, meaning }) => ({
    ...{ text, star },
    meaning: (date: Date) => meaning.includes(date.getUTCDay()),
  }));
  const names = ["SUN", "monday", "Tue", "WEDNESDAY", "thu", "Fri", "saturday"];
  const named = fc.tuple(fc.nat(6), fc.nat(6)).map(([from, to]) => ({
    ...{ text: `${names[from]}-${names[to]}`, star: false },
    meaning: (date: Date) => (date.getUTCDay() - from + 7) % 7 <= (to - from + 7) % 7,
  }));
  const nth = fc.tuple(fc.nat(7), fc.integer({ min: 1, max: 5 })).map(([weekday, nth]) => ({
    ...{ text: `${weekday}#${nth}`, star: false },
    meaning: (date: Date) => date.getUTCDay() === weekday % 7 && Math.ceil(date.getUTCDate() / 7) === nth,
  }));
  const last = fc.nat(6).map((weekday) => ({
    ...{ text: `${names[weekday]}#L`, star: false },
    meaning: (date: Date) => date.getUTCDay() === weekday && date.getUTCDate() + 7 > lengthOf(date),
  }));
  return fc.oneof(plain, named, nth, last);
}

/** The weekday nearest to a day, in the same month. None in a month that has no such day. */
function nearestWeekday(date: Date, day: number): number | undefined {
  if (day < 1 || day > lengthOf(date)) return undefined;
  const weekday = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), day)).getUTCDay();
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === lengthOf(date) ? day - 2 : day + 1;
  return day;
}

function lengthOf(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
