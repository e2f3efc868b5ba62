import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import type { LogOptions, ObjectState } from "../../../src/engines/engine.ts";
import { followServiceLogs } from "../../../src/engines/swarm/service-logs.ts";
import { TaskWatch } from "../../../src/engines/swarm/task-watch.ts";
import { aClock } from "../../support/a-clock.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(async () => {
  vi.useRealTimers();
  await host.close();
});

const NOT_ALL = "Error grabbing logs: some logs could not be retrieved: node n1 is not available";
const ENDED: ObjectState = { phase: "ended", end: { kind: "exited", exitCode: 0, oom: false } };
const RUNNING: ObjectState = { phase: "running", startedAt: new Date("2026-11-18T03:00:00Z") };

const STREAMS = { out: 1, err: 2, engine: 3 } as const;

const timeOf = (us: number) => `2026-11-18T03:00:00.${String(us).padStart(6, "0")}000Z`;

/** A line of the log, at that many microseconds after 03:00:00. */
function line(stream: "out" | "err" | "engine", text: string, us = 0): Buffer {
  const payload = Buffer.from(stream === "engine" ? `${text}\n` : `${timeOf(us)} ${text}\n`);
  const header = Buffer.alloc(8);
  header[0] = STREAMS[stream];
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

const ONE = line("out", "one", 1);
const TWO = line("err", "two", 2);
const THREE = line("out", "three", 3);
const REFUSAL = line("engine", NOT_ALL);

/** What becomes of a request for the log. */
type Log = (response: ServerResponse) => void;
const whole =
  (...lines: readonly Buffer[]): Log =>
  (response) =>
    response.end(Buffer.concat(lines));

const GONE: Log = (response) => response.end('{"message":"words"}');

interface Story {
  readonly logs: readonly Log[];
  /** How its task is, each time that somebody looks; the last one stays. */
  readonly states?: readonly ObjectState[];
  readonly options?: LogOptions;
  readonly signal?: AbortSignal;
  /** Takes the place of each wait before it is asked again. */
  readonly onWait?: () => void;
}

async function read({ logs, states = [ENDED], options = { tail: "all" }, signal, onWait }: Story): Promise<string[]> {
  const answers = logs.values();
  const looks = states.values();
  let state = states.at(-1);
  host = await fakeDockerHost((_request, response) => {
    const log = answers.next().value;
    log?.(response.writeHead(log === GONE ? 404 : 200));
  });
  const clock = aClock({ now: () => new Date(), wait: async () => onWait?.() });
  const parts = {
    docker: connectDocker({ host: host.host }),
    clock,
    tasks: new TaskWatch({ clock: systemClock, readTasks: async () => new Map() }),
    look: async () => (state = looks.next().value ?? state),
  };
  const lines: string[] = [];
  const reading = { ...options, signal: signal ?? new AbortController().signal };
  for await (const { line } of followServiceLogs(parts, "s1", reading)) lines.push(line);
  return lines;
}

const queries = () => host.requests.filter((request) => request.includes("/logs?"));

describe("the output of a service", () => {
  it("is asked for again when Swarm could not give all of it, and each line comes once", async () => {
    const logs = [whole(REFUSAL), whole(ONE, TWO, REFUSAL), whole(ONE, TWO, THREE)];
    expect(await read({ logs })).toEqual(["one", "two", "three"]);
  });

  it("is asked for again when the connection breaks", async () => {
    const logs = [(response: ServerResponse) => response.destroy(), whole(ONE, TWO, THREE)];
    expect(await read({ logs })).toEqual(["one", "two", "three"]);
  });

  it("is not taken for whole when Swarm has not given all of it for 10 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const logs = Array.from({ length: 100 }, () => whole(REFUSAL));
    const reading = read({ logs, onWait: () => vi.advanceTimersByTime(1000) });
    await expect(reading).rejects.toMatchObject({ name: "EngineTrouble", message: NOT_ALL });
    expect(queries()).toHaveLength(10);
  });

  it("is not taken for whole when Swarm falls silent for 10 s", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const silent: Log = (response) => response.write(ONE, () => setImmediate(() => vi.advanceTimersByTime(10_000)));
    const reading = read({ logs: [silent] });
    await expect(reading).rejects.toMatchObject({
      name: "EngineTrouble",
      message: expect.stringContaining("10 s"),
    });
  });

  it("is followed again when nothing has come for a minute: Swarm does not say that it has lost the node", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const silent: Log = (response) => response.write(ONE, () => setImmediate(() => vi.advanceTimersByTime(60_000)));
    const logs = [silent, whole(ONE, TWO), whole(TWO, THREE)];
    expect(await read({ logs, states: [RUNNING, RUNNING, ENDED] })).toEqual(["one", "two", "three"]);
    expect(queries().map((query) => query.includes("follow=true"))).toEqual([true, true, false]);
  });

  it("ends quietly when it is not wanted any more, however little came", async () => {
    const reading = new AbortController();
    expect(await read({ logs: [whole(REFUSAL)], signal: reading.signal, onWait: () => reading.abort() })).toEqual([]);
  });

  it("has the lines that were not sent when the task was over, also one with an earlier time", async () => {
    const logs = [whole(THREE), whole(TWO, THREE)];
    expect(await read({ logs, states: [RUNNING, ENDED] })).toEqual(["three", "two"]);
  });

  it("has none from before the wanted ones, in whatever goes it is read", async () => {
    const after = { from: "", stdout: { time: timeOf(1), lines: 1 } };
    const options = { tail: "all", after } as const;
    expect(
      await read({ logs: [whole(ONE, THREE), whole(ONE, TWO, THREE)], states: [RUNNING, ENDED], options }),
    ).toEqual(["three", "two"]);
    expect(queries().every((query) => query.includes("since=1794970799."))).toBe(true);
    await host.close();
    expect(
      await read({ logs: [whole(THREE), whole(ONE, TWO, THREE)], states: [RUNNING, ENDED], options: { tail: 1 } }),
    ).toEqual(["three"]);
  });

  it("is gone when its service is removed before all of it was read", async () => {
    await expect(read({ logs: [whole(ONE), GONE], states: [RUNNING, ENDED] })).rejects.toMatchObject({
      name: "OutputGone",
    });
  });
});
