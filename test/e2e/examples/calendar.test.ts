import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { engineAt } from "../../lab/engine-client.ts";
import { testEngine } from "../../lab/test-engine.ts";
import { onThisMachine } from "../../support/slowdown.ts";
import { apiOf } from "../api-client.ts";
import { eventually } from "../eventually.ts";
import { Example, exampleFile } from "./example.ts";

const engine = engineAt(testEngine());
const DAY_MS = 86_400_000;

let example: Example;
/** So long after the scheduler was started that it has read the file by then. */
let moveAt: string;

beforeAll(async () => {
  const at = Date.now() + onThisMachine(8000);
  moveAt = `${new Date(at - (at % 1000)).toISOString().slice(0, 19)}Z`;
  example = await Example.start({
    engine,
    instance: "calendar-example",
    schedules: "calendar/calendar.yml",
    env: { MOVE_AT: moveAt },
  });
});

afterAll(() => example?.[Symbol.asyncDispose]());

interface Seen {
  readonly job: string;
  readonly nextRunAt?: string;
  readonly isDone?: true;
}

interface Sentence {
  readonly about: string;
  readonly occurrences?: readonly string[];
}

/** What ls, the API and explain say of the jobs' next times; they are asked one after the other. */
async function nextTimes(): Promise<readonly Record<string, string | undefined>[]> {
  const ls: Seen[] = JSON.parse((await example.command("ls", "--format", "json")).stdout);
  const { json } = await apiOf(example.scheduler)("GET jobs");
  const explained = await Promise.all(
    ls.map(async ({ job }) => {
      const { code, stdout } = await example.command("explain", job, "--format", "json");
      const sentences: readonly Sentence[] = code === 0 ? JSON.parse(stdout).facts : [];
      return [job, sentences.find(({ about }) => about === "next")?.occurrences?.[0]] as const;
    }),
  );
  const byJob = (jobs: readonly Seen[]) => Object.fromEntries(jobs.map(({ job, nextRunAt }) => [job, nextRunAt]));
  return [byJob(ls), byJob(json.items), Object.fromEntries(explained)];
}

/** On the clock of Berlin: `Mon 08:00`, and the date. */
function inBerlin(instant: string) {
  const parts = new Intl.DateTimeFormat("en-CA", {
    timeZone: "Europe/Berlin",
    ...{ weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    ...{ year: "numeric", month: "2-digit", day: "2-digit" },
  }).formatToParts(new Date(instant));
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? "";
  const date = `${part("year")}-${part("month")}-${part("day")}`;
  return { weekday: part("weekday").slice(0, 3), time: `${part("hour")}:${part("minute")}`, date };
}

it("a job of each kind is due when its calendar says, as ls, explain and the API agree", async () => {
  const next = await eventually("an answer that is the same everywhere", async () => {
    const [first = {}, ...others] = await nextTimes();
    return others.every((other) => isDeepStrictEqual(other, first)) ? first : undefined;
  });
  const of = (job: string) => inBerlin(next[job] ?? "");
  expect(of("retrospective")).toMatchObject({ weekday: "Mon", time: "08:00" });
  expect(((Date.parse(of("retrospective").date) - Date.parse("2026-01-05")) / DAY_MS) % 14).toBe(0);
  expect(of("patch-day")).toMatchObject({ weekday: "Mon", time: "07:00" });
  expect(Math.ceil(Number(of("patch-day").date.slice(8)) / 7)).toBe(2);
  expect(of("backup").time).toMatch(/^0[1-4]:/);
  expect((await example.command("explain", "backup")).stdout).toContain(
    `${Number(of("backup").time.slice(3))} ${Number(of("backup").time.slice(0, 2))} * * *`,
  );
  expect(of("invoices")).toMatchObject({ time: "07:30", weekday: expect.stringMatching(/Mon|Tue|Wed|Thu|Fri/) });
  expect(readFileSync(exampleFile("calendar/holidays.txt"), "utf8")).not.toContain(`\n${of("invoices").date}\n`);
  const isQuiet = ({ weekday, time }: ReturnType<typeof inBerlin>) =>
    !/Sat|Sun/.test(weekday) && time >= "08:00" && time < "18:00";
  expect(isQuiet(of("reindex"))).toBe(false);
  expect(next["new-tariff"]).toMatch(/^202[789]-01-01T05:00:00/);
});

it("what is due once runs once, and is done then", async () => {
  const { scheduler } = example;
  const run = await scheduler.until("run-finished", { job: "move" });
  expect(run).toMatchObject({ outcome: "succeeded", trigger: "schedule" });
  expect(Date.parse(String(run.scheduledAt))).toBe(Date.parse(moveAt));
  const ls: Seen[] = JSON.parse((await example.command("ls", "--format", "json")).stdout);
  const { json } = await apiOf(scheduler)("GET jobs/move");
  for (const move of [ls.find(({ job }) => job === "move"), json]) {
    expect(move).toMatchObject({ isDone: true });
    expect(move).not.toHaveProperty("nextRunAt");
  }
  expect((await example.command("explain", "move")).stdout).toContain("It is done: no further time starts it.");
  expect(scheduler.all("run-started", { job: "move" })).toHaveLength(1);
  expect((await example.command("problems")).stdout).not.toContain("move");
});
