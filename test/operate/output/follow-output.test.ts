import { describe, expect, test } from "vitest";
import { type LogOptions, OutputGone, type OutputLine } from "../../../src/engines/engine.ts";
import { linesAfter } from "../../../src/engines/output.ts";
import type { Attempt } from "../../../src/ledger/record.ts";
import { followOutput } from "../../../src/operate/output/follow-output.ts";
import type { ReadPlace, RunLine } from "../../../src/operate/output/output-listener.ts";
import { aRecord, aRun, at, succeeded } from "../../support/a-job.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";
import { MemoryLedger } from "../../support/memory-ledger.ts";

const never = new AbortController().signal;
const ended = { outcome: succeeded, finishedAt: at("12:01") };

/** An engine whose objects have printed these lines; `gone`: it has none of them. */
function anEngine(outputs: Readonly<Record<string, readonly string[] | "gone">>) {
  return {
    look: async () => new Map(),
    async *logs(id: string, { after }: LogOptions): AsyncGenerator<OutputLine> {
      const lines = outputs[id] ?? "gone";
      if (lines === "gone") throw new OutputGone();
      const all = lines.map((line, index) => {
        const time = new Date(at("12:00").getTime() + index);
        const stream = line.startsWith("E") ? ("stderr" as const) : ("stdout" as const);
        return { line, stream, at: time, time: time.toISOString() };
      });
      yield* all.filter(linesAfter(after));
    },
  };
}

async function aLedger(attempts: readonly Partial<Attempt>[]) {
  const ledger = new MemoryLedger();
  const all = attempts.map((attempt, index) => ({
    number: index + 1,
    objectName: `r1-${index + 1}`,
    objectId: `o${index + 1}`,
    boundAt: at("12:00"),
    ...ended,
    ...attempt,
  }));
  const run = aRun(at("12:00"), { id: "r1", attempts: all, ...ended });
  await ledger.update("backup", () => aRecord(at("12:00"), { runs: [run] }));
  return ledger;
}

const about = { job: "backup", run: "r1" };

/** Reads everything, and notes where each line ended. */
async function read(parts: Omit<Parameters<typeof followOutput>[2], "listener" | "clock">, after?: ReadPlace) {
  const lines: string[] = [];
  const notes: string[] = [];
  const places: (ReadPlace | undefined)[] = [];
  const listener = {
    line: ({ line, place }: RunLine) => {
      lines.push(line);
      places.push(place?.());
    },
    note: (text: string) => void notes.push(text),
  };
  const clock = new FakeClock(at("12:02"));
  await followOutput(about, { tail: "all", after, signal: never }, { ...parts, clock, listener });
  return { lines, notes, places };
}

describe("a reader that goes on where another one was", () => {
  const outputs = { o1: ["a", "E b", "c"], o2: ["d", "E e"] };

  test("gets the rest, from whichever line on", async () => {
    const parts = { engine: anEngine(outputs), ledger: await aLedger([{}, {}]) };
    const whole = await read(parts);
    expect(whole.lines).toEqual(["a", "E b", "c", "d", "E e"]);
    for (const [index, place] of whole.places.entries()) {
      const rest = await read(parts, place);
      expect(rest.lines).toEqual(whole.lines.slice(index + 1));
      expect(rest.notes).toEqual(index < 3 ? ["attempt 2 of r1:"] : []);
    }
  });

  test("gets from the record what it had not read when the object was removed, and nothing twice", async () => {
    const kept = { output: "b\nc\nd", outputLines: 4 };
    const place = (count: number) => ({ attempt: 1, count, position: { from: "" } });
    const parts = { engine: anEngine({ o1: "gone" }), ledger: await aLedger([kept]) };
    expect((await read(parts, place(2))).lines).toEqual(["c", "d"]);
    expect((await read(parts, place(4))).lines).toEqual([]);
    const first = await read(parts, place(0));
    expect(first.lines).toEqual(["b", "c", "d"]);
    expect(first.notes).toEqual(["r1-1 is gone; 1 line is missing before the last lines, which its record has kept:"]);
  });
});

test("a listener that is slow gets every line, however long it takes", async () => {
  const clock = new FakeClock(at("12:02"));
  const lines: string[] = [];
  const listener = {
    line: async ({ line }: RunLine) => {
      await clock.wait(60_000, never);
      lines.push(line);
    },
    note: (text: string) => void lines.push(text),
  };
  const parts = { engine: anEngine({ o1: ["a", "b", "c"] }), ledger: await aLedger([{}]), clock, listener };
  const reading = followOutput(about, { tail: "all", signal: never }, parts);
  await clock.advance(200_000);
  await reading;
  expect(lines).toEqual(["a", "b", "c"]);
});

test("only one attempt is read where only one is asked for", async () => {
  const ledger = await aLedger([{}, {}]);
  const lines: string[] = [];
  const listener = { line: ({ line }: RunLine) => void lines.push(line), note: () => {} };
  const parts = { engine: anEngine({ o1: ["a"], o2: ["b"] }), ledger, clock: new FakeClock(at("12:02")), listener };
  await followOutput(about, { tail: "all", attempt: 2, signal: never }, parts);
  await settled();
  expect(lines).toEqual(["b"]);
});
