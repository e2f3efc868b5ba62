import fc from "fast-check";
import { NICKNAMES } from "../../src/schedule/crontab/pattern.ts";

/**
 * Schedules in all the forms that are allowed, with few different values, so that different spellings of the same times
 * and the same spelling of different times come up often. Some never come true.
 */
export const anyFields: fc.Arbitrary<readonly string[]> = fc
  .tuple(
    fc.option(clockField(["0", "30", "0-59", "*/30", "*/60", "*/1"]), { freq: 4 }),
    clockField(["0", "30", "0,30", "*/30", "0/30", "*/40", "0,40", "*/1", "0-59", "5/15", "5,20,35,50", "0/59"]),
    clockField([
      "0",
      "3",
      "0,12",
      "*/12",
      "0/12",
      "22-2",
      "*/24",
      "*/18",
      "0,18",
      "9-11",
      "9,10,11",
      "0-23",
      "0-23/12",
    ]),
    dayField(),
    monthField(),
    weekdayField(),
  )
  .map(([second, ...fields]) => (second === null ? fields : [second, ...fields]));

const year = fc.constantFrom(
  "2027",
  "2026-2028",
  "2027,2028",
  "2028",
  "*/2",
  "2027/3",
  "2020-2024,2027",
  "*",
  "1970-2099",
);

/** Seven fields, of which the last is the year. */
const yearlyFields = fc.tuple(anyFields, year).map(([fields, year]) => {
  const six = fields.length === 5 ? ["0", ...fields] : fields;
  return [...six, year];
});

const everyPeriod = fc
  .constantFrom("90s", "1m30s", "1.5m", "1h", "60m", "24h", "1h30m", "90m", "3600s")
  .map((period) => `@every ${period}`);

const moment = fc.constantFrom(
  ...["2027-01-31T03:00", "2027-01-31T03:00:00", "2027-01-31T03:00Z", "2027-01-31T04:00+01:00", "2027-10-31T02:30:15"],
);

/** Once, and from a moment on. */
const withMoment = fc.oneof(
  moment.map((at) => `@at ${at}`),
  fc.tuple(fc.constantFrom("6h", "90m", "24h", "1h30m"), moment).map(([period, at]) => `@every ${period} from ${at}`),
  fc
    .tuple(fc.constantFrom("1d", "7d", "1w", "14d"), moment)
    .map(([days, at]) => `@every ${days} from ${at.replace(/Z|\+.*$/, "")}`),
);

const nickname = fc.constantFrom(...NICKNAMES.keys());

export const anySchedule: fc.Arbitrary<string> = fc.oneof(
  { weight: 16, arbitrary: anyFields.map((fields) => fields.join(" ")) },
  { weight: 3, arbitrary: yearlyFields.map((fields) => fields.join(" ")) },
  { weight: 1, arbitrary: everyPeriod },
  { weight: 1, arbitrary: withMoment },
  { weight: 1, arbitrary: nickname },
);

/** Two schedules that differ in one field, or not at all. */
export const anyPair: fc.Arbitrary<readonly [string, string]> = fc
  .tuple(anyFields, anyFields, fc.nat(5))
  .map(([fields, others, place]) => {
    const other = others.at(-1 - place);
    const changed = other === undefined || place >= fields.length ? others : fields.with(-1 - place, other);
    return [fields.join(" "), changed.join(" ")];
  });

function clockField(common: readonly string[]): fc.Arbitrary<string> {
  const value = fc.integer({ min: 0, max: 23 });
  const step = fc.constantFrom(1, 2, 3, 5, 6, 7, 8, 12, 20);
  const item = fc.oneof(
    value.map(String),
    fc.tuple(value, value).map(([from, to]) => `${from}-${to}`),
    fc.tuple(value, value, step).map(([from, to, by]) => `${from}-${to}/${by}`),
    fc.tuple(value, step).map(([from, by]) => `${from}/${by}`),
    step.map((by) => `*/${by}`),
  );
  const list = fc.array(item, { minLength: 1, maxLength: 3 }).map((items) => items.join(","));
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("*", "?") },
    { weight: 5, arbitrary: fc.constantFrom(...common) },
    { weight: 4, arbitrary: list },
  );
}

function dayField(): fc.Arbitrary<string> {
  const special = fc.constantFrom("L", "l", "LW", "L-3", "L-3W", "15W", "1W", "31W", "L-30", "L-1", "30", "31", "29");
  const plain = fc.constantFrom(
    "1",
    "1-3",
    "1,2,3",
    "13",
    "*/2",
    "1/2",
    "1-31/2",
    "1-31",
    "*/5",
    "1,16",
    "25-5",
    "*/31",
  );
  const list = fc.array(fc.oneof(special, plain), { minLength: 1, maxLength: 3 }).map((items) => items.join(","));
  return fc.oneof({ weight: 4, arbitrary: fc.constantFrom("*", "?") }, plain, special, list);
}

function monthField(): fc.Arbitrary<string> {
  const month = fc.constantFrom(...["1", "JAN", "january", "2", "1-3", "NOV-FEB", "*/3", "1/3", "1,4,7,10", "1-12"]);
  const uneven = fc.constantFrom("*/5", "2/5", "*/1", "*/12", "4,6,9,11", "6");
  return fc.oneof({ weight: 6, arbitrary: fc.constantFrom("*", "?") }, month, uneven);
}

function weekdayField(): fc.Arbitrary<string> {
  const plain = fc.constantFrom(
    ...["0", "7", "SUN", "1-5", "MON-FRI", "5-1", "FRI-MON", "0,6", "6,0", "5,6,7,1", "FRI"],
  );
  const step = fc.constantFrom("*/2", "1-5/2", "THU/2", "0-6", "1-7", "0-7", "*/1", "*/7");
  const special = fc.constantFrom("5#2", "FRI#2", "5L", "FRI#L", "MON-FRI#1", "1#1", "0#5", "FRIL");
  const list = fc.array(fc.oneof(plain, special), { minLength: 2, maxLength: 3 }).map((items) => items.join(","));
  const field = fc.oneof({ weight: 3, arbitrary: plain }, step, special, list);
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("*", "?") },
    { weight: 3, arbitrary: field },
    { weight: 2, arbitrary: field.map((days) => `+${days}`) },
  );
}
