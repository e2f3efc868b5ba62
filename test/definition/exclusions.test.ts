import { describe, expect, test } from "vitest";
import type { FileSettings } from "../../src/definition/files/parse-schedule-file.ts";
import { formatProblem } from "../../src/job/problem.ts";
import { anObject, readLabels } from "./labels/labels.ts";
import { parse, parseJob } from "./parse.ts";

/** Files next to the schedule file. */
function beside(files: Readonly<Record<string, string>>): Partial<FileSettings> {
  const missing = { unreadable: "there is no such file or folder", isMissing: true };
  return {
    readReferenced: (path) => {
      const text = files[path.replace("/etc/shipbell/", "")];
      return text === undefined ? missing : { text };
    },
  };
}

const holidays = beside({
  "holidays.txt": "\uFEFF# Germany\r\n2027-01-01   # New Year\r\n\r\n 2026-12-25..2026-12-26 \r\n2027-04-02",
  "empty.txt": "# none yet\n",
});

describe("days and hours without runs", () => {
  test.each<[name: string, keys: string, expected: object | undefined]>([
    ["nothing", "timeout: 1h", undefined],
    ["a day", "except: 2026-12-24", { timezone: "UTC", except: "2026-12-24" }],
    [
      "days, in order and joined",
      "except: [2026-12-26, 2026-12-24..2026-12-25]",
      { timezone: "UTC", except: "2026-12-24..2026-12-26" },
    ],
    [
      "days of a file",
      "timezone: Asia/Seoul\nexcept: [2026-12-24, ./holidays.txt]",
      { timezone: "Asia/Seoul", except: "2026-12-24..2026-12-26 2027-01-01 2027-04-02" },
    ],
    ["the only days", "only: [2026-12-24]", { timezone: "UTC", only: "2026-12-24" }],
    ["no day, as the file has none yet", "only: ./empty.txt", { timezone: "UTC", only: "" }],
    ["no exception, as the file has none yet", "except: ./empty.txt", undefined],
    ["empty lists, in place of defaults", "except: []\nonly: []\nquiet: []", undefined],
    ["hours", "quiet: Mon-Fri  08:00-18:00", { timezone: "UTC", quiet: ["Mon-Fri 08:00-18:00"] }],
    [
      "hours whose last due time waits",
      "quiet: [Sat, Sun]\nquiet_policy: defer",
      { timezone: "UTC", quiet: ["Sat", "Sun"], defers: {} },
    ],
    [
      "and no longer than the deadline",
      "quiet: Sat\nquiet_policy: defer\nstarting_deadline: 1h",
      { timezone: "UTC", quiet: ["Sat"], defers: { withinMs: 3_600_000 } },
    ],
    ["a policy for hours that there are not", "quiet_policy: defer", undefined],
  ])("%s", (_, keys, expected) => {
    expect(parseJob(keys, holidays).exclusions).toEqual(expected);
  });

  test("are in labels too, with commas between days and semicolons between hours", () => {
    const labels = {
      schedule: "@daily",
      except: "2026-12-24..2026-12-26, 2027-01-01",
      quiet: "Sat,Sun 08:00-12:00; 22:00-06:00",
      quiet_policy: "defer",
    };
    expect(readLabels(anObject(labels)).jobs[0]?.exclusions).toEqual({
      timezone: "UTC",
      except: "2026-12-24..2026-12-26 2027-01-01",
      quiet: ["Sat,Sun 08:00-12:00", "22:00-06:00"],
      defers: {},
    });
  });

  test("are shared by default, and a job may have others", () => {
    const text = `defaults: { except: ./holidays.txt }
jobs:
  a: { schedule: "@daily", image: busybox }
  b: { schedule: "@daily", image: busybox, except: [] }
  c: { schedule: "@daily", launch: exec, container: db, command: backup }
`;
    const { jobs } = parse(text, holidays);
    const days = "2026-12-25..2026-12-26 2027-01-01 2027-04-02";
    expect(jobs.map(({ exclusions }) => exclusions?.except)).toEqual([days, undefined, days]);
  });

  test("change a job's hash, and their order does not", () => {
    const [a, b, c] = [
      "except: [2026-12-24, 2026-12-26]",
      "except: [2026-12-26, 2026-12-24]",
      "except: 2026-12-24",
    ].map((keys) => parseJob(keys).hash);
    expect(a).toBe(b);
    expect(new Set([a, c, parseJob("timeout: 1h").hash]).size).toBe(3);
  });
});

const A_DAY = "a day such as 2026-12-24, or a range such as 2026-12-24..2026-12-26";
const AN_ENTRY = `${A_DAY}, or a file of them such as ./holidays.txt`;
const A_WINDOW = "a time of the week such as Mon-Fri 08:00-18:00, Sat,Sun or 22:00-06:00";

describe("what is wrong with them", () => {
  test.each<[keys: string, says: string]>([
    ["except: 24.12.2026", `except must be ${AN_ENTRY}, not "24.12.2026" (write 2026-12-24)`],
    ["except: 20261224", `except must be ${AN_ENTRY}, not "20261224" (write 2026-12-24)`],
    ["except: 2026-02-30", `except must be ${AN_ENTRY}, not "2026-02-30" (there is no such day)`],
    [
      "except: 2026-12-26..2026-12-24",
      `except must be ${AN_ENTRY}, not "2026-12-26..2026-12-24" (write 2026-12-24..2026-12-26)`,
    ],
    [
      "except: 2026-12-24/2026-12-26",
      `except must be ${AN_ENTRY}, not "2026-12-24/2026-12-26" (write 2026-12-24..2026-12-26)`,
    ],
    ["except: holidays.txt", `except must be ${AN_ENTRY}, not "holidays.txt" (for a file write ./holidays.txt)`],
    [
      "only: ./none.txt",
      "only names ./none.txt, which cannot be read: there is no such file or folder (relative paths start from the schedule file's folder)",
    ],
    ["quiet: Mon-Fry 08:00-18:00", `quiet must be ${A_WINDOW}, not "Mon-Fry 08:00-18:00"`],
    ["quiet: 08:00", `quiet must be ${A_WINDOW}, not "08:00"`],
    [
      "quiet: [06:00-18:00, 18:00-06:00]",
      "quiet leaves no moment of the week in which the job may start (suspended: true keeps a job from being started)",
    ],
    ["quiet_policy: wait", 'quiet_policy must be skip or defer, not "wait"'],
  ])("%s", (keys, says) => {
    const lines = keys.split("\n").map((line) => `    ${line}\n`);
    const { jobs, problems } = parse(
      `jobs:\n  a:\n    schedule: "@daily"\n    image: busybox\n${lines.join("")}`,
      holidays,
    );
    expect(jobs).toEqual([]);
    expect(problems.map(formatProblem).map((line) => line.replace(/^jobs.yml:\d+:\d+: /, ""))).toEqual([says]);
  });

  test("in a file of days is told with its line, and at most a hundred times", () => {
    const text = 'jobs:\n  a: { schedule: "@daily", image: busybox, except: ./days.txt }\n';
    const says = (days: string) => parse(text, beside({ "days.txt": days })).problems.map(formatProblem);
    expect(says("2026-12-24\n# Easter\nEaster\n")).toEqual([
      `/etc/shipbell/days.txt:3:1: a line must have ${A_DAY}, not "Easter"`,
    ]);
    expect(says("x\n".repeat(500)).length).toBeLessThanOrEqual(101);
  });

  test("in labels is that they name a file", () => {
    const { jobs, says } = readLabels(anObject({ schedule: "@daily", except: "./holidays.txt" }));
    expect(jobs).toEqual([]);
    expect(says).toEqual([
      `container shop_backup, label shipbell.except: except names a file, "./holidays.txt", and labels have none (write the days themselves: ${A_DAY})`,
    ]);
  });

  test("is that there are more days than a record holds", () => {
    const every = Array.from({ length: 400 }, (_, index) =>
      new Date(Date.UTC(2026, 0, 1 + 2 * index)).toISOString().slice(0, 10),
    );
    const read = (days: readonly string[]) =>
      parse(
        'jobs:\n  a: { schedule: "@daily", image: busybox, except: ./days.txt }\n',
        beside({ "days.txt": days.join("\n") }),
      );
    expect(read(every.slice(0, 363)).problems).toEqual([]);
    expect(read(every.slice(0, 364)).problems.map(({ message }) => message)).toEqual([
      "except names days of 4003 characters in all; at most 4000 are allowed",
    ]);
  });
});
