import { describe, expect, test } from "vitest";
import { checkSchedule, createTimetables } from "../../src/schedule/timetable.ts";

describe("accepts", () => {
  test.each([
    ...["* * * * *", "  0\t3 * *  1-5 ", "*/15 0-8,18-23/2 1,15 JAN-mar Mon-FRI", "0 */5 * * * *", "00 03 * * 07"],
    ...[
      "? ? ? ? ?",
      "0 0 L * *",
      "0 0 lw * *",
      "0 0 1,LW * *",
      "0 0 l-3 * *",
      "0 0 L-30W * *",
      "0 0 L-28 2 *",
      "0 0 1W,15W * *",
      "0 0 * * fri#l",
      "0 0 * * FRIL",
      "0 0 * * 1-5#1",
    ],
    ...[
      "22-2 0 * * *",
      "5/15 * * * *",
      "0 0 * * SUNDAY",
      "0 0 * december *",
      "0 0 * * */7",
      "*/60 */24 */31 */12 */7",
      "0/59 0/23 1/31 1/12 1/7",
    ],
    ...["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly", "@Hourly", " @daily "],
    ...["@every_minute", "@every_second", "@every 90s", "@every  1h30m", "@every 1.5h", "@every 1000ms", "@every .5m"],
    ...["CRON_TZ=Asia/Tokyo 0 3 * * *", "TZ=UTC @daily", "0 0 29 2 *", "0 0 29W 2 *", "0 0 30 2 MON", "0 0 31 * *"],
  ])("%s", (pattern) => expect(checkSchedule(pattern, "Europe/Berlin")).toBeUndefined());
});

describe("says what is wrong, what is allowed and what to write", () => {
  test.each([
    ["60 * * * *", `"60" is not a minute: 0-59 are allowed.`],
    ["50-60 * * * *", `"60" is not a minute in "50-60": 0-59 are allowed.`],
    ["* 24 * * *", `"24" is not an hour: 0-23 are allowed. Midnight is 0.`],
    ["* * 32 * *", `"32" is not a day of the month: 1-31, L (the last)`],
    ["* * 0 * *", `"0" is not a day of the month`],
    ["* * 32W * *", `"32" is not a day of the month in "32W"`],
    ["* * * 13 *", `"13" is not a month: 1-12 and JAN-DEC are allowed.`],
    ["* * * MAI *", `"MAI" is not a month`],
    ["* * * * 8", `"8" is not a day of the week: 0-7 (0 and 7 are Sunday), SUN-SAT`],
    ["* * * * 5#6", `"#6" in "5#6" is not allowed: #1 to #5 and #L`],
    ["* * * * *#2", `"*" is not a day of the week in "*#2"`],
    ["* * * * L", `"L" is not a day of the week`],
    ["60 * * * * *", `"60" is not a second: 0-59 are allowed. (The first of six fields is the second.)`],
    ["0 3 * * * backup.sh", "A schedule does not contain the command. Write 0 3 * * *, and the command under command."],
    [
      "0 2 * * * root /usr/bin/backup --all",
      "is a line of a crontab. A schedule does not contain the command. Write 0 2 * * *, and the command under command.",
    ],
    ["0 3 * * * ./monitor.sh --all", "is a line of a crontab"],
    ["0 0 12 * * MONDY", "Did you mean monday? (The first of six fields is the second.)"],
    ["1, 15 0 * * *", "A field has no spaces. Write 1,15 0 * * *."],
    ["0 0 9 ? * L", "What Quartz calls L is Saturday. (The first of six fields is the second.) Write 0 9 ? * SAT."],
    ["cron(0 9 ? * L *)", "is what AWS takes: write 0 9 ? * SAT."],
    ["0 0 * * MON - FRI", "A field has no spaces. Write 0 0 * * MON-FRI."],
    ["* / 5 * * * *", "A field has no spaces. Write */5 * * * *."],
    ["[0 3 * * *]", "is a list in brackets, written as a text. Write 0 3 * * *."],
    ['["0 3 * * *", "0 5 * * *"]', "Write 0 3 * * *; 0 5 * * * in a label, and"],
    ["0 0 * * MO,MI,FR", 'Did you mean monday? "MI" is not a day of the week'],
    ["0 0 * * MON,TUES,THURS", "Did you mean thursday? Write 0 0 * * MON,tuesday,thursday."],
    [", * * * *", "A value is missing: 0-59 are allowed."],
    ["1,,2 * * * *", "A value is missing"],
    ["5- * * * *", `A value is missing in "5-"`],
    ["-5 * * * *", `A value is missing in "-5"`],
    ["1-2-3 * * * *", `"1-2-3" is not a minute`],
    ["1.5 * * * *", `"1.5" is not a minute`],
    ["*5 * * * *", `"*5" is not a minute`],
    ["L * * * *", `"L" is not a minute`],
    ["*/0 * * * *", `"0" in "*/0" is not a step: 1-60 are allowed.`],
    ["*/ * * * *", `"" in "*/" is not a step`],
    ["*/5/2 * * * *", `"*/5/2" is not a minute`],
    ["/10 * * * *", `"/10" does not say where its step starts. Write */10 * * * *.`],
    [
      "*/90 * * * *",
      `"90" in "*/90" is not a step: 1-60 are allowed. For an interval that is longer write @every 90m.`,
    ],
    ["1/60 * * * *", `"60" in "1/60" is not a step: 1-59 are allowed.`],
    ["0 0 L-0 * *", `"L-0" is not a day of the month: L-1 (the day before the last) to L-30 are allowed.`],
    ["0 0 L-31 * *", `"L-31" is not a day of the month: L-1`],
    ["0 0 L-1-3 * *", `"L-1-3" is not a day of the month`],
    ["0 0 L-FRI * *", `"L-FRI" is not a day of the month`],
    ["0 0 1-L * *", `"L" is not a day of the month in "1-L"`],
    ["0~30 * * * *", "There are no random values: H is a value of the job's own. Write H(0-30) * * * *."],
    ["H(0-70) * * * *", '"H(0-70)" is not a value of the job\'s own: H, H(0-59), H/2 and H(0-59)/2 are allowed'],
    ["0 H/25 * * *", '"H/25" is not a value of the job\'s own: H, H(0-23), H/2 and H(0-23)/2 are allowed for the hour'],
    ["h 3 * * *", "Write H 3 * * *."],
    ["H(5) 3 * * *", "Write 5 3 * * *."],
    ["H 24 * * *", "Write H 0 * * *."],
    ["", "The schedule is empty: write 5 fields (minute, hour"],
    ["* * * *", `"* * * *" has 4 fields: write 5 fields`],
    ["0 0 9 1 1 * 1969", '"1969" is not a year: 1970-2099 are allowed.'],
    ["0 0 9 1 1 * 27", '"27" is not a year'],
    ["0 0 9 1 1 * H", '"H" is not a year'],
    ["0 0 24 1 1 * 2027", "Write 0 0 0 1 1 * 2027."],
    ["0 0 0 29 2 * 2026,2027", "never comes true"],
    ["0 0 0 30 2 * *", "never comes true"],
    ["0 0 3 * * * 2027 *", "has 8 fields: write 5 fields"],
    ["'0 3 * * *'", "The schedule contains quotes: write 0 3 * * *."],
    ["2026-03-08T02:30:00Z", "is a date: to run once write @at 2026-03-08T02:30:00Z."],
    ["2026-02-30", "is a date, and a schedule repeats"],
    ["90s", `"90s" is a duration: write @every 90s.`],
    [
      "0 0 30 2 *",
      `"0 0 30 2 *" never comes true, as it means "At 00:00, on day 30 of the month, only in February": there is no such day. For the last day of the month write 0 0 L 2 *.`,
    ],
    ["0 0 L-29 2 *", "never comes true"],
    ["0 0 L-28W 4 +SUN", "never comes true"],
    ["0 0 31 4,6,9,11 *", "never comes true"],
    ["0 0 30W 2 *", "never comes true"],
    ["0 0 */31 * MON#2", "never comes true"],
    ["@reboot warm-cache", "nothing follows @reboot"],
    ["@dayly", "Did you mean @daily?"],
    ["* * * * thirsday", "Did you mean thursday?"],
    ["* * * Febuary *", "Did you mean february?"],
    ["@fortnightly", `"@fortnightly" is not known. These are: @yearly, @annually`],
    ["@daily 5", `"@daily 5" is not known`],
    ["@every", "@every needs a duration: write, for example, @every 90s"],
    ["@every 5", "write @every 5s if seconds are meant"],
    ["@every 1d", `"d" is not a unit; h, m and s are. Write @every 24h.`],
    ["@every 1h30", "write @every 1h30m."],
    ["@every PT5M", "write @every 5m."],
    ["@every P1DT12H", "write @every 36h."],
    ["@every “5m”", "rite @every 5m."],
    ["PT5M", `"PT5M" is a duration of ISO 8601: write @every 5m.`],
    ["R/PT1H30M", "write @every 1h30m."],
    ["@every P1M", "write @monthly."],
    ["@every 1w2d", "Write @every 216h."],
    ["@every 5 minutes", "write @every 5m."],
    ["@every 1 hour 30 mins", "write @every 1h30m."],
    ["@every 30sec", "Write @every 30s."],
    ["@every hour", "write @every 1h."],
    ["@every -5m", `"-5m" is not a duration`],
    ["@every 1h 30m", `"1h 30m" is not a duration of hours, minutes and seconds (h, m, s): write @every 1h30m.`],
    ["@every 500ms", "is shorter than a second, the least that is allowed: write @every 1s."],
    ["@every 0s", "is shorter than a second"],
    ["@every 1.5s", "is not a whole number of seconds: write @every 1s or @every 2s."],
    ["@every 9999999h", "is longer than 290 years"],
    ["CRON_TZ=Berlin 0 3 * * *", `The time zone "Berlin" is not known: write Europe/Berlin.`],
    ["CRON_TZ=UTC", "The schedule is empty"],
    ["CRON_TZ= 0 3 * * *", "The time zone is empty"],
  ])("%s", (pattern, message) => expect(checkSchedule(pattern, "UTC")).toContain(message));
});

/** What others take, and shipbell does not. */
describe("says what to write instead of another scheduler's", () => {
  test.each([
    // robfig/cron, supercronic, Quartz, AWS and croner: a field for the year.
    ["cron(15 12 * * ? 2027)", "is what AWS takes: write 0 15 12 * * ? 2027."],
    ["cron(15 12 ? * 2 *)", "is what AWS takes: write 15 12 ? * MON."],
    ["0 3 * * * rm -rf /tmp/x", "is a line of a crontab"],
    ["0 3 * * * rm -rf", "is a line of a crontab"],
    ["* * * * * 2050", `"2050" is not a day of the week`],
    [
      "0 9 1 1 * 2050",
      "(With a year there are seven fields, of which the first is the second.) Write 0 0 9 1 1 * 2050.",
    ],
    // cron-parser (npm).
    ["@minutely", "write @every_minute."],
    ["@secondly", "write @every_second."],
    ["@weekdays", "write 0 0 * * 1-5."],
    ["@weekends", "write 0 0 * * 0,6."],
    // Ofelia.
    ["@manual", "for a job that is only started manually, write any schedule, and suspended: true."],
    ["@triggered", "only started manually"],
    ["@none", "only started manually"],
    // croniter (Python), Jenkins.
    ["R R * * *", "There are no random values: H is a value of the job's own. Write H H * * *."],
    ["R(0-29)/10 * * * *", "Write H(0-29)/10 * * * *."],
    ["0 0 29-L * *", "A day that a month does not have is left out."],
    ["0 0 * * L5", "Write 0 0 * * 5L."],
    // cronie, OpenBSD.
    ["~ 3 * * *", "Write H 3 * * *."],
    // systemd, and words.
    ["daily", "is a short name without its @: write @daily."],
    ["@quarterly", "write 0 0 1 */3 *."],
    ["03:30", "is a time of the day: write 30 3 * * *."],
    ["every 5 minutes", "is a duration in words: write @every 5m."],
    ["0 0 * * Thurs", "Did you mean thursday?"],
    ["0 0 * * MO-FR", "Did you mean monday?"],
    ["0 0 * Sept *", "Did you mean september?"],
  ])("%s", (pattern, message) => expect(checkSchedule(pattern, "UTC")).toContain(message));
});

describe("time zones", () => {
  test.each(["UTC", "Europe/Berlin", "europe/berlin", "Etc/GMT-2", "US/Eastern", "EST5EDT", "CET", "Asia/Kathmandu"])(
    "%s is known",
    (zone) => expect(checkSchedule("* * * * *", zone)).toBeUndefined(),
  );
  test.each([
    ["", "The time zone is empty: write an IANA name such as Europe/Berlin, or UTC."],
    ["+02:00", "is an offset; shipbell takes IANA names: write a place, or Etc/GMT-2."],
    ["UTC-5", "is an offset; shipbell takes IANA names: write a place, or Etc/GMT+5."],
    ["+05:30", "is an offset; shipbell takes IANA names: write a place, or Europe/Berlin."],
    ["BST", "is an abbreviation that several zones share"],
    ["Berlin", `The time zone "Berlin" is not known: write Europe/Berlin.`],
    ["new york", "write America/New_York."],
    ["Europe/Berlim", `The time zone "Europe/Berlim" is not known: write Europe/Berlin.`],
    ["Middle/Earth", "is not known: write an IANA name such as Europe/Berlin, or UTC."],
    ["Local", "is not known"],
  ])("%s is not allowed", (zone, message) => expect(checkSchedule("* * * * *", zone)).toContain(message));
});

test("a check is remembered, right or wrong", () => {
  const timetables = createTimetables();
  for (const _ of [1, 2]) {
    expect(timetables.check("0 3 * * *", "UTC")).toBeUndefined();
    expect(timetables.check("0 3 * * *", "Nowhere")).toContain("Nowhere");
    expect(timetables.check("0 25 * * *", "UTC")).toContain("25");
  }
});
