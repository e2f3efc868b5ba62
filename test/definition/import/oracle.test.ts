// @module-tag full
import { execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { forecast } from "../../../src/view/times/forecast.ts";
import { importOne } from "./import-one.ts";

/** Readers of patterns that are not ours: cronsim follows Debian's cron; croniter may take both days, or one of them. */
const ORACLE = `
import json, sys
from datetime import datetime
from zoneinfo import ZoneInfo
from cronsim import CronSim
from croniter import croniter
from apscheduler.triggers.cron import CronTrigger
def fires(fields, start):
    trigger = CronTrigger(*fields, timezone=str(start.tzinfo))
    last = None
    while True:
        last = trigger.get_next_fire_time(last, last or start)
        if last is None: return
        yield last
for line in sys.stdin:
    asked = json.loads(line)
    start = datetime.fromtimestamp(asked["from"], ZoneInfo(asked["zone"]))
    try:
        if asked["reader"] == "cronsim":
            times = CronSim(asked["pattern"], start)
        elif asked["reader"] == "apscheduler":
            minute, hour, day, month, weekday = asked["pattern"].split()
            times = fires(["*", month, day, "*", weekday, hour, minute, "0"], start)
        else:
            times = croniter(asked["pattern"], start, ret_type=datetime, day_or=asked["reader"] == "either", second_at_beginning=True)
        print(json.dumps([int(next(times).timestamp()) for _ in range(50)]), flush=True)
    except StopIteration:
        print("[]", flush=True)
    except Exception as error:
        print(json.dumps({"wrong": str(error)}), flush=True)
`;

interface Asked {
  readonly reader: "cronsim" | "either" | "both" | "apscheduler";
  readonly pattern: string;
  readonly zone: string;
}

const FROM = Date.UTC(2026, 1, 20, 12, 34, 56);
const run = promisify(execFile);
let folder: string;
let missing: string | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shipbell-oracle-"));
  try {
    await run("python3", ["-m", "venv", folder], { timeout: 120_000 });
    await run(join(folder, "bin/pip"), ["install", "--quiet", "croniter", "cronsim", "apscheduler<4", "tzdata"], {
      timeout: 120_000,
    });
  } catch (error) {
    missing = `croniter, cronsim and APScheduler cannot be installed here: ${String(error).slice(0, 200)}`;
  }
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function ask(questions: readonly Asked[]): Promise<readonly (readonly number[] | { readonly wrong: string })[]> {
  const python = spawn(join(folder, "bin/python"), ["-c", ORACLE], { stdio: ["pipe", "pipe", "inherit"] });
  python.stdin.end(questions.map((each) => `${JSON.stringify({ ...each, from: FROM / 1000 })}\n`).join(""));
  const chunks: Buffer[] = [];
  for await (const chunk of python.stdout) chunks.push(chunk);
  return Buffer.concat(chunks)
    .toString()
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const field = (min: number, max: number) => {
  const value = fc.integer({ min, max });
  // Of a range of one value with a step, cronsim makes a step from that value; cron itself makes the value.
  const range = fc
    .uniqueArray(value, { minLength: 2, maxLength: 2 })
    .map((ends) => `${Math.min(...ends)}-${Math.max(...ends)}`);
  const step = fc.integer({ min: 2, max: Math.max(2, Math.floor((max - min + 1) / 2)) });
  const one = fc.oneof(
    value.map(String),
    range,
    fc.tuple(range, step).map(([r, s]) => `${r}/${s}`),
  );
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant("*") },
    { weight: 2, arbitrary: step.map((s) => `*/${s}`) },
    { weight: 3, arbitrary: fc.array(one, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(",")) },
  );
};
const day = field(1, 28);
// All days, written one by one, are a star to croniter, and none to the others.
const pattern = fc.tuple(field(0, 59), field(0, 23), day, field(1, 12), field(0, 5)).map((words) => words.join(" "));
const patterns = fc.sample(pattern, { numRuns: 300, seed: 15 });

const CASES = [
  {
    name: "crontab, in UTC",
    kind: "crontab",
    reader: "cronsim",
    zone: "UTC",
    text: (p: string) => `${p} a\n`,
    flavour: "debian",
  },
  {
    name: "crontab, where clocks change",
    kind: "crontab",
    reader: "cronsim",
    zone: "Europe/Berlin",
    text: (p: string) => `${p} a\n`,
    flavour: "debian",
  },
  {
    name: "supercronic",
    kind: "crontab",
    reader: "either",
    zone: "UTC",
    text: (p: string) => `${p} a\n`,
    flavour: "supercronic",
  },
  {
    name: "mcuadros/ofelia",
    kind: "ofelia",
    reader: "either",
    zone: "UTC",
    text: (p: string) => `[job-exec "a"]\nschedule = ${p}\ncontainer = b\ncommand = c\n`,
    flavour: "mcuadros",
  },
  {
    name: "netresearch/ofelia",
    kind: "ofelia",
    reader: "both",
    zone: "UTC",
    text: (p: string) => `[job-exec "a"]\nschedule = ${p}\ncontainer = b\ncommand = c\n`,
    flavour: "netresearch",
  },
  {
    name: "kubernetes",
    kind: "kubernetes",
    reader: "either",
    zone: "UTC",
    text: (p: string) =>
      JSON.stringify({
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "a" },
        spec: {
          schedule: p,
          timeZone: "UTC",
          jobTemplate: {
            spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "a", image: "b:1" }] } } },
          },
        },
      }),
    flavour: undefined,
  },
  {
    name: "deck-chores, whose weeks begin with Monday",
    kind: "deck-chores",
    reader: "apscheduler",
    zone: "UTC",
    text: (p: string) => {
      const [minute, hour, day, month, weekday] = p.split(" ");
      const cron = `${month} ${day} * ${weekday} ${hour} ${minute} 0`;
      return `services:\n  a:\n    labels: { deck-chores.a.command: b, deck-chores.a.cron: "${cron}" }\n`;
    },
    flavour: undefined,
  },
] as const;

describe("the next fifty times are those of a reader that is not ours", () => {
  it.for(CASES)("$name", async ({ kind, reader, zone, text, flavour }, { skip }) => {
    skip(missing !== undefined, missing);
    const answers = await ask(patterns.map((each) => ({ reader, zone, pattern: each })));
    const different: unknown[] = [];
    let compared = 0;
    for (const [index, each] of patterns.entries()) {
      const theirs = answers[index];
      const { schedules } = await importOne(kind, text(each), { ...(flavour && { flavour }), timezone: zone });
      const [mine] = schedules;
      if (theirs === undefined || "wrong" in theirs || theirs.length === 0 || mine === undefined) continue;
      compared++;
      const asked = { schedules: mine.map((p) => ({ pattern: p, timezone: zone })), from: new Date(FROM), count: 50 };
      const ours = forecast(asked).instants.map((instant) => instant.getTime() / 1000);
      if (JSON.stringify(ours) !== JSON.stringify(theirs))
        different.push({ each, mine, ours: ours.slice(0, 3), theirs: theirs.slice(0, 3) });
    }
    expect(different).toEqual([]);
    // APScheduler refuses steps that lead to no other value.
    expect(compared).toBeGreaterThan(150);
  });
});

interface Seen {
  readonly import: string;
  readonly lines: readonly string[];
}

const corpus: readonly Seen[] = JSON.parse(
  readFileSync(new URL("../../fixtures/import/corpus.json", import.meta.url), "utf8"),
);

/** Who reads the schedules of a file, and where these stand in its lines. */
const READERS: ReadonlyMap<string, { readonly reader: Asked["reader"]; readonly schedule: RegExp }> = new Map([
  ["crontab", { reader: "cronsim", schedule: /^\s*([\d*](?:\S*\s+){4}\S+)\s/ }],
  ["crontab --system", { reader: "cronsim", schedule: /^\s*([\d*](?:\S*\s+){4}\S+)\s/ }],
  ["crontab --flavour supercronic", { reader: "either", schedule: /^\s*([\d*](?:\S*\s+){4}\S+)\s/ }],
  ["ofelia --flavour mcuadros", { reader: "either", schedule: /^\s*schedule\s*=\s*"?([^"@]*[^"@\s])/i }],
  ["ofelia --flavour netresearch", { reader: "both", schedule: /^\s*schedule\s*=\s*"?([^"@]*[^"@\s])/i }],
  ["swarm-cronjob --project x", { reader: "either", schedule: /swarm\.cronjob\.schedule=([^"@]+)"/ }],
]);

describe("the jobs of real files are due when a reader that is not ours says so", () => {
  it("for each schedule of the corpus, fifty times", async ({ skip }) => {
    skip(missing !== undefined, missing);
    const jobs: { readonly asked: Asked; readonly mine: readonly string[] }[] = [];
    for (const seen of corpus) {
      const found = READERS.get(seen.import);
      if (found === undefined) continue;
      const [kind = "", flag, flavour] = seen.import.split(" ");
      const options = {
        ...(flag === "--system" && { layout: "system" as const }),
        ...(flag === "--flavour" && flavour !== undefined && { flavour }),
        project: "x",
      };
      const imported = await importOne(kind, `${seen.lines.join("\n")}\n`, options);
      for (const { quotes, schedules } of imported.jobs) {
        const pattern = quotes.map(({ text }) => found.schedule.exec(text)?.[1]).find((each) => each !== undefined);
        if (pattern === undefined) continue;
        jobs.push({
          asked: { reader: found.reader, zone: "UTC", pattern: pattern.replaceAll(/\s+/g, " ") },
          mine: schedules,
        });
      }
    }
    const answers = await ask(jobs.map(({ asked }) => asked));
    const different: unknown[] = [];
    for (const [index, { asked, mine }] of jobs.entries()) {
      const request = {
        schedules: mine.map((pattern) => ({ pattern, timezone: "UTC" })),
        from: new Date(FROM),
        count: 50,
      };
      const ours = forecast(request).instants.map((instant) => instant.getTime() / 1000);
      if (JSON.stringify(ours) !== JSON.stringify(answers[index]))
        different.push({ asked, mine, theirs: answers[index] });
    }
    expect(different).toEqual([]);
    expect(jobs.length).toBeGreaterThan(100);
  });
});
