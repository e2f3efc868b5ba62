import { describe, expect, test } from "vitest";
import { logs } from "../../../src/cli/commands/logs.ts";
import {
  EngineUnavailable,
  type LogOptions,
  type ObjectState,
  OutputGone,
  type OutputLine,
} from "../../../src/engines/engine.ts";
import { linesAfter } from "../../../src/engines/output.ts";
import type { Attempt, JobRecord, Run } from "../../../src/ledger/record.ts";
import { aRecord, aRun, at, succeeded } from "../../support/a-job.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";
import { MemoryLedger } from "../../support/memory-ledger.ts";
import { keepingTerminal } from "../keeping-terminal.ts";

const now = at("12:02");
const over: ObjectState = { phase: "ended", end: { kind: "exited", exitCode: 0, oom: false } };
const running: ObjectState = { phase: "running", startedAt: at("12:00") };
const failed = { outcome: { kind: "failed", exitCode: 2, oom: false }, finishedAt: at("12:01") } as const;
const ended = { outcome: succeeded, finishedAt: at("12:01") };

const line = (text: string, time = "12:01", stream: OutputLine["stream"] = "stdout"): OutputLine => ({
  stream,
  line: text,
  at: at(time),
  time: at(time).toISOString(),
});

/** Objects by their IDs. What runs has a stream that goes on until it is left. */
function anEngine(objects: Record<string, { state: ObjectState; lines: OutputLine[] }>) {
  return {
    look: async ([id = ""]: readonly string[]) => new Map(objects[id] ? [[id, objects[id].state]] : []),
    async *logs(id: string, { tail, after, follow }: LogOptions, signal: AbortSignal) {
      const object = objects[id];
      if (object === undefined) throw new OutputGone();
      const { state, lines } = object;
      const wanted = lines.filter(linesAfter(after));
      yield* tail === "all" ? wanted : wanted.slice(-tail);
      const left = new Promise((resolve) => signal.addEventListener("abort", resolve));
      if (follow !== false && state.phase === "running" && !signal.aborted) await left;
    },
  };
}

function attempt(number: number, change: Partial<Attempt> = {}): Attempt {
  return { number, objectName: `r1-${number}`, objectId: `o${number}`, boundAt: at("12:00"), ...change };
}

function aRunOf(...attempts: Attempt[]): Run {
  const { outcome, finishedAt, retryAt } = attempts.at(-1) ?? {};
  const isOver = outcome !== undefined && retryAt === undefined;
  return aRun(at("12:00"), { id: "r1", attempts, ...(isOver && { outcome, ...(finishedAt && { finishedAt }) }) });
}

async function setUp(
  runs: Run[],
  engine: Pick<ReturnType<typeof anEngine>, "look" | "logs"> = anEngine({}),
  clock = new FakeClock(now),
) {
  const { terminal, out, err } = keepingTerminal();
  const ledger = new MemoryLedger();
  await ledger.update("backup", () => aRecord(now, { runs }));
  const write = (change: Partial<JobRecord>) =>
    ledger.update("backup", (record = aRecord(now)) => ({ ...record, ...change }));
  const { signal } = new AbortController();
  const print = (what: string, options: { tail?: number; isFollowed?: boolean } = {}) =>
    logs(what, { tail: "all", isFollowed: false, signal, ...options }, { ledger, terminal, clock, engine });
  return { print, out, err, clock, write };
}

describe("the output of a run", () => {
  const object = { state: over, lines: [line("one"), line("oops", "12:01", "stderr"), line("two")] };

  test.each(["r1", "backup"])("is that of its object, each line to its stream, by %s", async (what) => {
    const { print, out, err } = await setUp([aRunOf(attempt(1, ended))], anEngine({ o1: object }));
    expect(await print(what)).toBe(0);
    expect({ out, err }).toEqual({ out: ["one", "two"], err: ["oops"] });
  });

  test("is that of the latest run of a job", async () => {
    const earlier = { ...aRunOf(attempt(7, ended)), id: "r0" };
    const { print, out } = await setUp([earlier, aRunOf(attempt(1, ended))], anEngine({ o1: object }));
    await print("backup", { tail: 1 });
    expect(out).toEqual(["two"]);
  });

  test("comes attempt by attempt", async () => {
    const engine = anEngine({ o1: { state: over, lines: [line("one")] }, o2: { state: over, lines: [line("two")] } });
    const { print, out, err } = await setUp([aRunOf(attempt(1, failed), attempt(2, ended))], engine);
    expect(await print("r1")).toBe(0);
    expect({ out, err }).toEqual({
      out: ["one", "two"],
      err: ["shipbell: attempt 1 of r1:", "shipbell: attempt 2 of r1:"],
    });
  });

  test("is what the record has kept, where the object is gone", async () => {
    const { print, out, err } = await setUp([aRunOf(attempt(1, { ...ended, output: "one\ntwo" }))]);
    expect(await print("r1", { tail: 3 })).toBe(0);
    expect(await print("r1", { tail: 1 })).toBe(0);
    expect(out).toEqual(["one", "two", "two"]);
    expect(err).toEqual(["shipbell: r1-1 is gone; these are the last lines of r1, which its record has kept:"]);
  });

  test.each<[string, Attempt, string]>([
    ["its object is gone", attempt(1, ended), "r1-1 is gone, and no line of r1 is kept in its record"],
    [
      "there was never one",
      { number: 1, objectName: "r1-1", boundAt: now, ...ended },
      "r1-1 was never made, and no line of r1 is kept in its record",
    ],
  ])("is not to be had when %s", async (_, only, message) => {
    const { print, err } = await setUp([aRunOf(only)]);
    expect(await print("r1")).toBe(1);
    expect(err).toEqual([`shipbell: ${message}`]);
  });

  test("is not to be had from an engine that does not answer", async () => {
    const look = async () => {
      throw new EngineUnavailable("no answer");
    };
    const { print, err } = await setUp([aRunOf(attempt(1, ended))], { ...anEngine({}), look });
    expect(await print("r1")).toBe(1);
    expect(err).toEqual(["shipbell: no answer, and no line of r1 is kept in its record"]);
  });

  test("of a process that runs is what there is now", async () => {
    const { print, out } = await setUp(
      [aRunOf(attempt(1))],
      anEngine({ o1: { state: running, lines: [line("one")] } }),
    );
    expect(await print("r1")).toBe(0);
    expect(out).toEqual(["one"]);
  });
});

describe("followed", () => {
  test("goes on through the attempts until the run ends, and says how", async () => {
    const engine = anEngine({
      o1: { state: over, lines: [line("one")] },
      o2: { state: over, lines: [line("two", "12:02")] },
    });
    const { print, out, err, clock, write } = await setUp([aRunOf(attempt(1))], engine);
    const exitCode = print("backup", { isFollowed: true });
    await clock.advance(500);
    await write({ runs: [aRunOf(attempt(1, { ...failed, retryAt: at("12:03") }))] });
    await clock.advance(1000);
    await write({ runs: [aRunOf(attempt(1, failed), attempt(2))] });
    await clock.advance(1000);
    await write({ runs: [aRunOf(attempt(1, failed), attempt(2, ended))] });
    await clock.advance(1000);
    expect(await exitCode).toBe(0);
    expect(out).toEqual(["one", "two"]);
    expect(err).toEqual([
      "shipbell: attempt 1 of r1 failed with exit code 2; attempt 2 is due in 59 s",
      "shipbell: attempt 2 of r1:",
      "shipbell: r1 succeeded",
    ]);
  });

  test("has every line of an attempt on a node whose clock is behind that of the one before", async () => {
    const engine = anEngine({
      o1: { state: over, lines: [line("one", "12:01:05")] },
      o2: { state: over, lines: [line("two", "12:00:59"), line("three", "12:01:00")] },
    });
    const { print, out, clock, write } = await setUp([aRunOf(attempt(1))], engine);
    const exitCode = print("backup", { isFollowed: true });
    await clock.advance(500);
    await write({ runs: [aRunOf(attempt(1, failed), attempt(2))] });
    await clock.advance(1000);
    await write({ runs: [aRunOf(attempt(1, failed), attempt(2, ended))] });
    await clock.advance(1000);
    expect(await exitCode).toBe(0);
    expect(out).toEqual(["one", "two", "three"]);
  });

  test("has the lines that the record has kept of an object that is gone before it was read to its end", async () => {
    const objects = { o1: { state: running, lines: [line("one"), line("same")] } };
    const { print, out, err, clock, write } = await setUp([aRunOf(attempt(1))], anEngine(objects));
    const exitCode = print("r1", { isFollowed: true });
    await clock.advance(500);
    Reflect.deleteProperty(objects, "o1");
    await write({ runs: [aRunOf(attempt(1, { ...ended, output: "one\nsame\nsame\nlast", outputLines: 4 }))] });
    await clock.advance(20_000);
    expect(await exitCode).toBe(0);
    expect(out).toEqual(["one", "same", "same", "last"]);
    expect(err).toEqual(["shipbell: r1 succeeded"]);
  });

  test("has the lines that the record keeps of a command whose output the engine gives to its scheduler alone", async () => {
    const why = "only its scheduler reads it";
    const engine = {
      ...anEngine({ o1: { state: running, lines: [] } }),
      // biome-ignore lint/correctness/useYield: it fails before its first line
      async *logs(): AsyncGenerator<OutputLine> {
        throw new OutputGone(why);
      },
    };
    const { print, out, err, clock, write } = await setUp([aRunOf(attempt(1))], engine);
    const exitCode = print("r1", { isFollowed: true });
    await clock.advance(2000);
    await write({ runs: [aRunOf(attempt(1, { ...ended, output: "one\ntwo", outputLines: 5 }))] });
    await clock.advance(1000);
    expect(await exitCode).toBe(0);
    expect(out).toEqual(["one", "two"]);
    expect(err).toEqual([
      `shipbell: ${why}; its last lines are printed when it has ended`,
      `shipbell: ${why}; 3 lines are missing before the last lines, which its record has kept:`,
      "shipbell: r1 succeeded",
    ]);
  });

  test("says what an attempt waits for that does not run, each answer once", async () => {
    let detail = "no suitable node";
    const engine = {
      ...anEngine({ o1: { state: over, lines: [] } }),
      look: async () => new Map([["o1", { phase: "pending", detail } as const]]),
    };
    const { print, err, clock, write } = await setUp([aRunOf(attempt(1))], engine);
    const exitCode = print("r1", { isFollowed: true });
    await clock.advance(6000);
    detail = "preparing on node w1";
    await clock.advance(3000);
    await write({ runs: [aRunOf(attempt(1, ended))] });
    await clock.advance(1000);
    expect(await exitCode).toBe(0);
    expect(err).toEqual([
      "shipbell: r1 waits: no suitable node",
      "shipbell: r1 waits: preparing on node w1",
      "shipbell: r1 succeeded",
    ]);
  });

  test("is not held up by a stream that never ends", async () => {
    const objects = { o1: { state: running, lines: [line("one")] } };
    const { print, out, clock, write } = await setUp([aRunOf(attempt(1))], anEngine(objects));
    const exitCode = print("r1", { isFollowed: true });
    await clock.advance(500);
    objects.o1.lines.push(line("two", "12:01:01"));
    await write({ runs: [aRunOf(attempt(1, ended))] });
    await clock.advance(20_000);
    expect(await exitCode).toBe(0);
    expect(out).toEqual(["one", "two"]);
  });

  test("has all of a rest that comes slowly: only silence is given up", async () => {
    const clock = new FakeClock(now);
    const lines = ["one", "two", "three", "four"];
    const engine = {
      ...anEngine({}),
      async *logs(_id: string, { follow }: LogOptions, signal: AbortSignal) {
        if (follow !== false) return;
        for (const text of lines) {
          await clock.wait(6000, signal);
          if (signal.aborted) return;
          yield line(text);
        }
      },
    };
    const { print, out, err } = await setUp([aRunOf(attempt(1, ended))], engine, clock);
    const exitCode = print("r1", { isFollowed: true });
    for (const _ of lines) await clock.advance(6000);
    expect(await exitCode).toBe(0);
    expect(out).toEqual(lines);
    expect(err).toEqual(["shipbell: r1 succeeded"]);
  });

  test("is what is there of a run that has ended", async () => {
    const engine = anEngine({ o1: { state: over, lines: [line("one")] } });
    const { print, out, err } = await setUp([aRunOf(attempt(1, failed))], engine);
    expect(await print("r1", { isFollowed: true })).toBe(0);
    expect({ out, err }).toEqual({ out: ["one"], err: ["shipbell: r1 failed with exit code 2"] });
  });

  test("says once that the engine does not answer, and goes on", async () => {
    const broken = {
      ...anEngine({}),
      // biome-ignore lint/correctness/useYield: it fails before its first line
      async *logs(): AsyncGenerator<OutputLine> {
        throw new EngineUnavailable("no answer");
      },
    };
    const { print, err, clock, write } = await setUp([aRunOf(attempt(1))], broken);
    const exitCode = print("r1", { isFollowed: true });
    await clock.advance(2000);
    await write({ runs: [aRunOf(attempt(1, ended))] });
    await clock.advance(20_000);
    expect(await exitCode).toBe(0);
    expect(err).toEqual([
      "shipbell: the output cannot be read now: no answer",
      "shipbell: no answer, and no line of r1 is kept in its record",
      "shipbell: r1 succeeded",
    ]);
  });

  test("ends when the record forgets the run", async () => {
    const { print, err, clock, write } = await setUp([aRunOf(attempt(1))], anEngine({}));
    const exitCode = print("r1", { isFollowed: true });
    await settled();
    await write({ runs: [] });
    await clock.advance(500);
    expect(await exitCode).toBe(1);
    expect(err).toEqual(["shipbell: r1 is no longer in the record of backup"]);
  });
});

test.each([
  ["bakcup", 'there is no run and no job "bakcup" (did you mean "backup"?)'],
  ["backup", "no run of backup is kept"],
])("of %s is refused when there is none", async (what, message) => {
  const { print, err } = await setUp([]);
  expect(await print(what)).toBe(1);
  expect(err).toEqual([`shipbell: ${message}`]);
});
