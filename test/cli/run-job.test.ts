import { expect, test } from "vitest";
import { followRun, type RunJobParts, stateOfWish, wishForRun } from "../../src/cli/run-job.ts";
import type { Outcome, Page, Run } from "../../src/ledger/page.ts";
import { EngineUnavailable, type OutputLine } from "../../src/runs/engine.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryLedger } from "../support/memory-ledger.ts";

const start = new Date("2026-11-18T03:00:00Z");
const none = new AbortController().signal;

const emptyPage: Page = {
  schema: 1,
  job: "backup",
  cursor: start,
  definition: { hash: "h", generation: 1, schedules: [], suspended: false },
  runs: [],
  verdicts: [],
  totals: { skipped: {}, missed: {}, started: {}, ended: {}, runSeconds: { sum: 0, count: 0 } },
  wishes: [],
};

async function setUp() {
  const ledger = new MemoryLedger();
  const clock = new FakeClock(start);
  const out: string[] = [];
  const err: string[] = [];
  const terminal = {
    env: {},
    isTerminal: false,
    readFile: () => "",
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
  };
  const parts: RunJobParts = { ledger, clock, terminal, wishId: "w1" };
  await ledger.update("backup", () => emptyPage);
  /** What a scheduler does with the wish. */
  const write = (change: (page: Page) => Partial<Page>) =>
    ledger.update("backup", (page = emptyPage) => ({ ...page, ...change(page) }));
  return { ledger, clock, out, err, parts, write };
}

function run(outcome?: Outcome): Run {
  const attempt = { number: 1, objectName: "backup-1", objectId: "id", boundAt: start };
  const policies = { pendingTimeoutMs: 1, stopGracePeriodMs: 1, successExitCodes: [0] };
  const base = {
    id: "backup-w1",
    trigger: "manual",
    scheduledAt: start,
    definition: "h",
    policies,
    wish: "w1",
  } as const;
  return { ...base, attempts: [attempt], ...(outcome && { outcome, finishedAt: start }) };
}

/** Prints these lines whenever it is asked, but none from before `since`. */
function printing(...lines: OutputLine[]) {
  return {
    async *logs(_: string, { since }: { since?: Date }) {
      for (const line of lines) if (since === undefined || line.at > since) yield line;
    },
  };
}

const hello: OutputLine = { stream: "stdout", line: "hello", at: new Date(start.getTime() + 1) };
const oops: OutputLine = { stream: "stderr", line: "oops", at: new Date(start.getTime() + 2) };

test("the wish stands on the page", async () => {
  const { ledger, parts } = await setUp();
  expect(await wishForRun("backup", parts)).toBe(true);
  expect((await ledger.read("backup"))?.wishes).toEqual([{ id: "w1", kind: "run", askedAt: start }]);
});

test("a job that nobody knows is refused, with the nearest name", async () => {
  const { parts, err } = await setUp();
  expect(await wishForRun("bakcup", parts)).toBe(false);
  expect(err).toEqual(['shipbell: there is no job "bakcup" (did you mean "backup"?)']);
});

test("what takes more room than its page has is refused", async () => {
  const { ledger, parts, err } = await setUp();
  const environment = { DATA: "x".repeat(4000) };
  expect(await wishForRun("backup", { ...parts, environment })).toBe(true);
  expect(await wishForRun("backup", { ...parts, wishId: "w2", environment })).toBe(true);
  expect(await wishForRun("backup", { ...parts, wishId: "w3", environment })).toBe(false);
  expect(err).toEqual(["shipbell: backup was not asked to start: too much that was asked for is not over yet"]);
  expect((await ledger.read("backup"))?.wishes.map(({ id }) => id)).toEqual(["w1", "w2"]);
});

test("the job's lines are printed once, each to its stream, and its exit code is ours", async () => {
  const { parts, clock, out, err, write } = await setUp();
  await wishForRun("backup", parts);
  const exitCode = followRun("backup", printing(hello, oops), parts, none);
  await clock.advance(1000);
  await write(() => ({ wishes: [], runs: [run()] }));
  await clock.advance(1000);
  await write(() => ({ runs: [run({ kind: "failed", exitCode: 3, oom: false })] }));
  await clock.advance(1000);
  expect(await exitCode).toBe(3);
  expect(out).toEqual(["hello"]);
  expect(err).toEqual(["oops", "shipbell: backup failed"]);
});

test.each<[Outcome, number, string[]]>([
  [{ kind: "succeeded", exitCode: 0 }, 0, []],
  [{ kind: "succeeded", exitCode: 4 }, 0, []],
  [{ kind: "timed-out" }, 124, ["shipbell: backup timed-out"]],
  [
    { kind: "rejected", reason: "image-missing", message: "no such image" },
    125,
    ["shipbell: backup rejected (image-missing: no such image)"],
  ],
  [{ kind: "lost", reason: "object-removed" }, 125, ["shipbell: backup lost (object-removed)"]],
])("%o becomes exit code %d", async (outcome, expected, told) => {
  const { parts, err, write } = await setUp();
  await write(() => ({ runs: [run(outcome)] }));
  expect(await followRun("backup", printing(), parts, none)).toBe(expected);
  expect(err).toEqual(told);
});

test("a refused wish says why", async () => {
  const { parts, err, write } = await setUp();
  const refused = { reason: "still-running", at: start } as const;
  await write(() => ({ wishes: [{ id: "w1", kind: "run", askedAt: start, refused }] }));
  expect(await followRun("backup", printing(), parts, none)).toBe(1);
  expect(err).toEqual(["shipbell: backup was not started: still-running"]);
});

test("without a scheduler it says so once, and goes on waiting", async () => {
  const { parts, clock, err, write } = await setUp();
  await wishForRun("backup", parts);
  const exitCode = followRun("backup", printing(), parts, none);
  await clock.advance(30_000);
  expect(err).toEqual(["shipbell: backup is not started yet; is a scheduler running?"]);
  await write(() => ({ wishes: [], runs: [run({ kind: "succeeded", exitCode: 0 })] }));
  await clock.advance(500);
  expect(await exitCode).toBe(0);
});

test("an engine that does not answer takes only the output", async () => {
  const { parts, out, write } = await setUp();
  await write(() => ({ runs: [run({ kind: "succeeded", exitCode: 0 })] }));
  const engine = {
    // biome-ignore lint/correctness/useYield: it fails before its first line
    async *logs(): AsyncGenerator<OutputLine> {
      throw new EngineUnavailable("no answer");
    },
  };
  expect(await followRun("backup", engine, parts, none)).toBe(0);
  expect(out).toEqual([]);
});

test("a wish that no page holds is gone", () => {
  expect(stateOfWish(emptyPage, "w1")).toEqual({ kind: "gone" });
  expect(stateOfWish(undefined, "w1")).toEqual({ kind: "gone" });
});
