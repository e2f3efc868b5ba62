import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OutcomeKind } from "../../src/ledger/record.ts";
import { type LabPrometheus, startPrometheus } from "../lab/prometheus.ts";
import { type BoardQuery, boardQueries, boardUids, fillIn, isOfProcess } from "./board-queries.ts";
import { HOUR, liveThroughAnHour, SCRAPE_SECONDS, type ScriptedHour } from "./scripted-hour.ts";

let prometheus: LabPrometheus;
let hour: ScriptedHour;
beforeAll(async () => {
  hour = await liveThroughAnHour();
  const flags = [`--query.lookback-delta=${2 * SCRAPE_SECONDS}s`, "--storage.tsdb.retention.time=10y"];
  prometheus = await startPrometheus({ config: "", past: hour.past, flags });
});
afterAll(() => prometheus?.takeDown());

interface Series {
  readonly name: string;
  readonly metric: Readonly<Record<string, string>>;
  readonly values: readonly number[];
}

/** What a panel gets for a query: now, or at each scrape of the hour. */
async function ask({ expr, legend, instant }: BoardQuery, job = "backup"): Promise<Series[]> {
  const query = fillIn(expr, { job, ...HOUR, scrapeSeconds: SCRAPE_SECONDS });
  const [from, to] = [HOUR.from, HOUR.to].map((time) => time.getTime() / 1000);
  const range = { query, start: String(from), end: String(to), step: String(SCRAPE_SECONDS) };
  const [path, parameters] = instant ? ["query", { query, time: String(to) }] : ["query_range", range];
  const url = `${prometheus.url}/api/v1/${path}?${new URLSearchParams(parameters)}`;
  const { error, data } = (await (await fetch(url)).json()) as Answer;
  if (error !== undefined) throw new Error(`${query}: ${error}`);
  return data.result.map(({ metric, value, values }) => ({
    name: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label: string) => metric[label] ?? ""),
    metric,
    values: (values ?? (value ? [value] : [])).map(([, text]) => Number(text)),
  }));
}

type Answer = {
  error?: string;
  data: { result: { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }[] };
};

/** The last value of each series of a panel, by its legend, or by its job where it has none. */
async function lastOf(board: string, panel: string, job?: string): Promise<Record<string, number | undefined>> {
  const ofPanel = boardQueries.filter((query) => query.board === board && query.panel === panel);
  const series = (await Promise.all(ofPanel.map((query) => ask(query, job)))).flat();
  const nameOf = ({ name, metric }: Series) => name || metric.job_name || "";
  return Object.fromEntries(series.map((one) => [nameOf(one), one.values.at(-1)]));
}

/** By how much a number of the records has risen within the hour. */
function risen(job: string, read: (record: NonNullable<ReturnType<ScriptedHour["after"]["get"]>>) => number): number {
  const [before, after] = [hour.before.get(job), hour.after.get(job)];
  if (before === undefined || after === undefined) throw new Error(`${job} has no record`);
  return read(after) - read(before);
}

const sum = (counts: Readonly<Record<string, number>> = {}) => Object.values(counts).reduce((all, one) => all + one, 0);
const endedAs = (job: string, outcome: OutcomeKind) => risen(job, ({ totals }) => sum(totals.ended[outcome]));
const DECLARED = ["backup", "flaky", "broken", "hangs", "long", "paused"];

/** What is only there while it happens, and the job for which it did. */
const OF_JOB: Readonly<Record<string, string>> = {
  "Running for": "long",
  "Retries per hour": "flaky",
  "Skipped and missed per hour": "long",
};

describe.each(boardUids)("%s", (uid) => {
  const ofBoard = boardQueries.filter(({ board }) => board === uid);

  it.each(ofBoard)("$panel: $legend has something to show, and no query fails", async (query) => {
    const series = await ask(query, OF_JOB[query.panel]);
    expect(series.flatMap(({ values }) => values).filter((value) => !Number.isNaN(value)).length).toBeGreaterThan(0);
  });
});

describe("with two schedulers that export the same", () => {
  it("no panel has a series twice", async () => {
    for (const query of boardQueries.filter((query) => !isOfProcess(query))) {
      const series = await ask(query);
      expect(
        series.filter(({ metric }) => "instance" in metric),
        query.expr,
      ).toEqual([]);
      const labels = series.map(({ metric }) => JSON.stringify(metric));
      expect(new Set(labels).size, query.expr).toBe(labels.length);
    }
  });

  it("the jobs that fail are those of the script", async () => {
    expect(await lastOf("shipbell-jobs", "Failing")).toEqual({ "": 2 });
    expect(await lastOf("shipbell-jobs", "Failing and fine")).toEqual({ broken: 1, hangs: 1 });
  });

  it("the ended runs of an hour are those on the records, by outcome", async () => {
    const all = [...DECLARED, "removed"];
    const of = (outcome: OutcomeKind) => all.reduce((count, job) => count + endedAs(job, outcome), 0);
    const removed = endedAs("removed", "succeeded");
    expect(await lastOf("shipbell-jobs", "Ended runs per hour")).toEqual({
      // The series of a removed job are gone, its runs with them.
      succeeded: of("succeeded") - removed,
      failed: of("failed"),
      "timed-out": of("timed-out"),
    });
    expect(of("failed")).toBe(4);
    expect(of("timed-out")).toBe(3);
  });

  it("what was skipped and missed within an hour is what the records say, by reason", async () => {
    const reasons = (read: (job: string) => number) => DECLARED.reduce((count, job) => count + read(job), 0);
    const skipped = (reason: "still-running" | "paused") =>
      reasons((job) => risen(job, ({ totals }) => totals.skipped[reason] ?? 0));
    const missed = reasons((job) => risen(job, ({ totals }) => sum(totals.missed)));
    expect(await lastOf("shipbell-jobs", "Skipped and missed per hour")).toMatchObject({
      "skipped: still-running": skipped("still-running"),
      "skipped: paused": skipped("paused"),
      "missed: gap": missed,
    });
    // From 12:31 to 12:39 and at 12:35, while there was no scheduler. What was due at 12:40 is not too late at 12:40:30.
    expect(missed).toBe(9 + 1);
    expect(skipped("paused")).toBe(7);
    // Nothing older than the hour was missed, though nobody has seen more than that.
    expect(await lastOf("shipbell-jobs", "Missed in 24 h")).toEqual({ "": missed });
  });

  it("retries and the mean duration of one job are those on its record", async () => {
    const retries = risen("flaky", ({ totals }) => totals.retries ?? 0);
    expect(await lastOf("shipbell-job", "Retries per hour", "flaky")).toEqual({ retries });
    expect(retries).toBe(6);
    const durations = await lastOf("shipbell-jobs", "Longest runs on average");
    expect(durations).toMatchObject({ backup: 20, long: 150, hangs: 240 });
  });

  it("schedulers, jobs, pauses and runs are counted once", async () => {
    expect(await lastOf("shipbell-scheduler", "Schedulers")).toEqual({ "": 2 });
    expect(await lastOf("shipbell-jobs", "Jobs")).toMatchObject({ "": 6 });
    expect(await lastOf("shipbell-jobs", "Paused")).toEqual({ "": 1 });
    const active = [...hour.after.values()].flatMap(({ runs }) => runs.filter(({ outcome }) => outcome === undefined));
    expect(await lastOf("shipbell-jobs", "Running")).toEqual({ "": active.length });
    expect(await lastOf("shipbell-jobs", "Longer than expected")).toEqual({ "": 1 });
    const waiting = [...hour.after.values()].flatMap(({ notices = [] }) => notices).length;
    expect(await lastOf("shipbell-scheduler", "Notices")).toMatchObject({ "waiting: pager": waiting });
    expect(waiting).toBeGreaterThan(0);
  });
});
