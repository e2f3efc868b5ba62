import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { forecast } from "../../../src/view/times/forecast.ts";
import { importOne } from "./import-one.ts";

const busybox = { flavour: "busybox", path: "crontabs/git" } as const;

interface Measured {
  readonly pattern: string;
  /** What its tables of minutes, hours, days, months from 0 and weekdays have, as ranges. */
  readonly tables: readonly string[];
  readonly logged?: number;
}

const measured: readonly Measured[] = JSON.parse(
  readFileSync(new URL("../../fixtures/import/busybox.json", import.meta.url), "utf8"),
);

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const FROM = Date.UTC(2026, 1, 20, 12, 34);

function numbersIn(ranges: string): ReadonlySet<number> {
  const numbers = ranges.split(",").flatMap((range) => {
    if (range === "") return [];
    const [from = 0, to = from] = range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, index) => from + index);
  });
  return new Set(numbers);
}

/** The next times of what its tables say, by the condition of `flag_starting_jobs` and the rule of `FixDayDow`. */
function nextTimes({ tables }: Measured, count: number): readonly number[] {
  const [minute, hour, day, month, weekday] = tables.map(numbersIn);
  if (!minute || !hour || !day || !month || !weekday) throw new Error("there are five tables");
  const [isDayUsed, isWeekdayUsed] = [day.size < 32, weekday.size < 7];
  const isOn = (at: Date) =>
    month.has(at.getUTCMonth()) &&
    ((day.has(at.getUTCDate()) && (isDayUsed || !isWeekdayUsed)) ||
      (weekday.has(at.getUTCDay()) && (isWeekdayUsed || !isDayUsed)));
  const times: number[] = [];
  for (let date = FROM - (FROM % DAY_MS); times.length < count && date < FROM + 10 * 366 * DAY_MS; date += DAY_MS) {
    if (!isOn(new Date(date))) continue;
    for (const h of [...hour].sort((a, b) => a - b))
      for (const m of [...minute].sort((a, b) => a - b)) {
        const time = date + (h * 60 + m) * MINUTE_MS;
        if (time > FROM && times.length < count) times.push(time);
      }
  }
  return times;
}

describe("the next fifty times are those of BusyBox's own tables, as its crond printed them", () => {
  it.each(measured)("$pattern", async (each) => {
    const { schedules, findings } = await importOne("crontab", `${each.pattern} a\n`, busybox);
    const expected = nextTimes(each, 50);
    const logged = findings.filter(({ code, severity }) => code === "import-line" && severity !== undefined);
    if (expected.length === 0) {
      expect(findings.map(({ code }) => code)).toContain("import-line");
      expect(schedules).toEqual([]);
      return;
    }
    if (each.tables[3]?.startsWith("-")) return;
    const [mine = []] = schedules;
    const asked = { schedules: mine.map((pattern) => ({ pattern, timezone: "UTC" })), from: new Date(FROM), count: 50 };
    const ours = forecast(asked).instants.map((instant) => instant.getTime());
    expect({ ours, logged: logged.length }).toEqual({ ours: expected, logged: each.logged ?? 0 });
  });
});

describe("a line of BusyBox's crond", () => {
  const run = async (text: string) => {
    const { jobs, codes, scripts, keys, notImported } = await importOne("crontab", text, busybox);
    return { count: jobs.length, refused: notImported.length, codes, scripts, keys };
  };

  it("% is a percent sign, and a # ends the command, in quotes as well", async () => {
    expect(await run("0 5 * * * date +%s\n")).toMatchObject({ scripts: ["date +%s"], codes: [] });
    expect(await run("0 5 * * * a '#b' c\n")).toMatchObject({ scripts: ["a '"], codes: ["warning import-cut"] });
    expect(await run("0 5 * * * a\\#b\n")).toMatchObject({ scripts: ["a\\"], codes: ["warning import-cut"] });
    expect(await run("0 5 * * * a # every day\n")).toMatchObject({ scripts: ["a"], codes: [] });
  });

  it("a backslash at its end continues it in the next, and each of them is quoted", async () => {
    const { scripts, text } = await importOne("crontab", "0 5 * * * a \\\n  b\n", busybox);
    expect(scripts).toEqual(["a   b"]);
    expect(text).toContain("# crontabs/git:1  0 5 * * * a \\\n  # crontabs/git:2    b\n");
  });

  it("the last one needs no line end", async () => {
    expect(await run("0 5 * * * a")).toMatchObject({ count: 1, codes: [] });
  });

  it("SHELL and MAILTO hold from their line on; no other variable is set", async () => {
    const { jobs, codes } = await importOne(
      "crontab",
      "0 5 * * * a\nSHELL=/bin/ash\nMAILTO=me\nPATH=/x\nFOO=bar\nSHELL = /bin/z\n0 6 * * * b\n",
      busybox,
    );
    expect(jobs.map(({ keys }) => [keys.command, keys.environment])).toEqual([
      [["/bin/sh", "-c", "a"], { SHELL: "/bin/sh", LOGNAME: "git", USER: "git" }],
      [["/bin/ash", "-c", "b"], { SHELL: "/bin/ash", LOGNAME: "git", USER: "git" }],
    ]);
    expect(codes).toEqual(["warning import-mail", ...Array.from({ length: 3 }, () => "warning import-env")]);
  });

  it("starts no run of itself next to an active one", async () => {
    expect((await run("0 5 * * * a\n")).keys).toMatchObject({ overlap: "forbid", catch_up: "none" });
  });

  test.each([
    ["a name, which Alpine's does not know", "@daily a\n", 1, "warning import-line"],
    ["five fields and nothing to run", "0 5 * * *\n", 0, "import-line"],
    ["what begins with a #", "0 5 * * #* a\n", 0, "import-line"],
    ["a month 0", "0 5 * 0 * a\n", 0, "import-line"],
    ["a name in capitals", "@DAILY a\n", 0, "import-line"],
    ["a field for the user, which it does not have", "0 5 * * * root a\n", 1, "warning import-user"],
    ["@reboot, which Alpine's does not know", "@reboot a\n", 1, "warning import-line", "warning import-reboot"],
  ])("%s", async (_, text, count, ...code) => {
    const found = await importOne("crontab", text, { ...busybox, path: "crontabs/root" });
    expect({ count: found.jobs.length, codes: found.codes }).toEqual({ count, codes: code });
  });
});

it("a file where Alpine has them is read as BusyBox's, which is said", async () => {
  const read = (options: object) => importOne("crontab", "5 5 * * * a\n", { path: "/etc/crontabs/root", ...options });
  const { codes, keys } = await read({});
  expect({ codes, overlap: keys.overlap, user: keys.user }).toEqual({
    codes: ["warning import-flavour"],
    overlap: "forbid",
    user: "root",
  });
  expect((await read({ flavour: "cronie" })).codes).toEqual([]);
});
