import { describe, expect, it } from "vitest";
import { type Engine, EngineUnavailable, type LogOptions, type OutputLine } from "../../../src/engines/engine.ts";
import { type AttemptRef, createRunEvents, type RunEvent } from "../../../src/observe/run-events.ts";
import { RunLogs } from "../../../src/runs/output/run-logs.ts";
import { aClock } from "../../support/a-clock.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const ref: AttemptRef = {
  job: "backup",
  run: "backup-20261118t030000z",
  attempt: 1,
  trigger: "schedule",
  scheduledAt: new Date("2026-11-18T03:00:00Z"),
  objectKind: "service",
  objectName: "backup-20261118t030000z-1",
};
const at = new Date("2026-11-18T03:00:01Z");
const line: OutputLine = { stream: "stdout", line: "one", at, time: at.toISOString() };

/** The output of an object, and what becomes of it after its first line. */
function follow(then: (signal: AbortSignal) => Promise<void>, again?: () => AsyncIterable<OutputLine>) {
  const told: RunEvent[] = [];
  const events = createRunEvents();
  events.on((event) => told.push(event));
  // Every wait lasts until nothing else is to be done.
  const clock = aClock({ now: () => at, wait: () => new Promise<void>((resolve) => setImmediate(resolve)) });
  async function* output(_id: string, { tail }: LogOptions, signal: AbortSignal) {
    if (again !== undefined && tail !== "all") return yield* again();
    yield line;
    await then(signal);
  }
  const engine: Pick<Engine, "logs"> = { logs: output };
  const logs = new RunLogs({ engine: engine as Engine, clock, events });
  logs.follow(ref, "s1");
  return {
    logs,
    told: () => told.map((event) => ("reason" in event ? `${event.event}: ${event.reason}` : event.event)),
  };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));

describe("the end of an output", () => {
  it("is logged when it was read, and nothing is reported", async () => {
    const { logs, told } = follow(async () => {});
    await logs.finish("s1");
    expect(told()).toEqual(["job-output"]);
  });

  it.each<[string, (signal: AbortSignal) => Promise<void>]>([
    ["does not come in time", untilAborted],
    ["cannot be read", () => Promise.reject(new EngineUnavailable("some logs could not be retrieved"))],
  ])("that %s is said to be unread, once", async (_name, then) => {
    const { logs, told } = follow(then);
    await logs.finish("s1");
    await logs.finish("s1");
    expect(told()).toEqual(["job-output", "output-dropped: unread"]);
    expect(await logs.lastLines("s1")).toEqual({ output: "one" });
  });

  it("is said to be unread once also when another scheduler records the end while this one waits for it", async () => {
    const { logs, told } = follow(() => Promise.reject(new EngineUnavailable("some logs could not be retrieved")));
    await Promise.all([logs.finish("s1"), logs.leave("s1")]);
    expect(told()).toEqual(["job-output", "output-dropped: unread"]);
    expect(logs.knows("s1")).toBe(false);
  });

  it("that is given up has the piece of a last line that can be read only once, before it is said to be unread", async () => {
    const output = async function* (_id: string, _options: LogOptions, signal: AbortSignal) {
      yield line;
      await untilAborted(signal);
      yield { ...line, line: "unended" };
    };
    const told: RunEvent[] = [];
    const events = createRunEvents();
    events.on((event) => told.push(event));
    const clock = new FakeClock(at);
    const engine: Pick<Engine, "logs"> = { logs: output };
    const logs = new RunLogs({ engine: engine as Engine, clock, events });
    logs.follow(ref, "s1");
    const finished = logs.finish("s1");
    await clock.advance(5000);
    await finished;
    expect(told.map((event) => (event.event === "job-output" ? event.line : event.event))).toEqual([
      "one",
      "unended",
      "output-dropped",
    ]);
  });

  it("is not waited for, nor reported as unread, when it is no longer wanted", async () => {
    const { logs, told } = follow(untilAborted);
    await new Promise((resolve) => setImmediate(resolve));
    logs.forget("s1");
    await logs.finish("s1");
    expect(told()).toEqual(["job-output"]);
  });
});

describe("the last lines of an output", () => {
  const last: OutputLine = { ...line, line: "the last" };

  it("are those that were followed, where it was read to its end", async () => {
    const { logs } = follow(
      async () => {},
      async function* () {
        yield last;
      },
    );
    await logs.finish("s1");
    expect(await logs.lastLines("s1")).toEqual({ output: "one", outputLines: 1 });
  });

  it("are read once more where there were too many to follow them to the end in time", async () => {
    const { logs } = follow(untilAborted, async function* () {
      yield last;
    });
    await logs.finish("s1");
    expect(await logs.lastLines("s1")).toEqual({ output: "the last", outputLines: 1 });
  });

  it("are those that were read last, where the engine has none", async () => {
    const { logs } = follow(untilAborted, async function* () {});
    await logs.finish("s1");
    expect(await logs.lastLines("s1")).toEqual({ output: "one" });
  });
});

describe("a flood", () => {
  /** An output that never ends, and how many lines were taken of it, all in all. */
  function flooding() {
    const clock = new FakeClock(at);
    const told: RunEvent[] = [];
    const events = createRunEvents();
    events.on((event) => told.push(event));
    const readings: LogOptions[] = [];
    let offered = 0;
    async function* output(_id: string, options: LogOptions, signal: AbortSignal): AsyncGenerator<OutputLine> {
      readings.push(options);
      while (!signal.aborted) {
        offered++;
        if (options.gate?.isShut()) options.gate.drop(1);
        else yield { ...line, time: String(offered).padStart(9, "0") };
        if (options.gate?.isOverrun()) return;
      }
    }
    const engine: Pick<Engine, "logs"> = { logs: output };
    const logs = new RunLogs({ engine: engine as Engine, clock, events });
    logs.follow(ref, "s1");
    return { logs, clock, readings, told, offered: () => offered };
  }

  it("costs no more than what is logged and counted of it: it is read again once a second, from the latest lines on", async () => {
    const { logs, clock, readings, told, offered } = flooding();
    for (let second = 0; second < 10; second++) await clock.advance(1000);
    logs.stop();
    expect(readings).toHaveLength(11);
    expect(readings[1]).toMatchObject({ tail: 500, after: { stdout: { time: "000005000" } } });
    expect(told.filter(({ event }) => event === "job-output")).toHaveLength(5000 + 10 * 500);
    expect(told.filter(({ event }) => event === "output-dropped")).toHaveLength(10);
    expect(offered()).toBeLessThan(130_000);
  });
});
