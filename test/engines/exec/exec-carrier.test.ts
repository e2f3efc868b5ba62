import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { ExecCarrier } from "../../../src/engines/exec/exec-carrier.ts";
import { writeExecId } from "../../../src/engines/exec/exec-id.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const running = { Running: true, ExitCode: null, Pid: 42, ContainerID: "c1", ProcessConfig: {} };

test("a command that another process began is said to be unheard, so that it is looked at often, and no other job with it", async () => {
  host = await fakeDockerHost((_, response) => response.writeHead(200).end(JSON.stringify(running)));
  const clock = new FakeClock(at("12:00"));
  const carrier = new ExecCarrier({ docker: connectDocker({ host: host.host }), instance: "shipbell", clock });
  const wakes: (string | undefined)[] = [];
  carrier.watch((job) => wakes.push(job));
  const objectId = writeExecId({ execId: "e1", mark: "ab12", containerStartedAt: "2026-11-18T11:00:00Z" });
  // Since when it runs, the engine does not say.
  expect((await carrier.look([objectId])).get(objectId)).toEqual({ phase: "running", isUnheard: true });
  await clock.advance(5000);
  expect(wakes).toEqual([]);
});

test("a command that another process began, and that has ended, had a process, and since when is unknown", async () => {
  const ended = { ...running, Running: false, ExitCode: 3 };
  host = await fakeDockerHost(({ url }, response) =>
    url?.includes("/exec/") ? response.end(JSON.stringify(ended)) : response.writeHead(404).end("{}"),
  );
  const carrier = new ExecCarrier({
    docker: connectDocker({ host: host.host }),
    instance: "shipbell",
    clock: systemClock,
  });
  const objectId = writeExecId({ execId: "e1", mark: "ab12", containerStartedAt: "2026-11-18T11:00:00Z" });
  expect((await carrier.look([objectId])).get(objectId)).toEqual({
    phase: "ended",
    end: { kind: "exited", exitCode: 3, oom: false },
    startedAt: "unknown",
  });
});

describe("the output of a command that prints a last line without a newline", () => {
  const payload = Buffer.from("one\nunended");
  const header = Buffer.from([1, 0, 0, 0, 0, 0, 0, payload.length]);
  const output = Buffer.concat([header, payload]);
  const objectId = writeExecId({ execId: "e1", mark: "ab12", containerStartedAt: "2026-11-18T11:00:00Z" });
  const inert = { ...running, Running: false, Pid: 0 };

  /** An engine whose command prints that; `then`: what becomes of the connection. */
  async function start(then: (response: ServerResponse) => void) {
    let isStarted = false;
    host = await fakeDockerHost((request, response) => {
      if (request.method === "GET") return response.end(JSON.stringify(isStarted ? running : inert));
      isStarted = true;
      response.writeHead(200).write(output, () => then(response));
    });
    const carrier = new ExecCarrier({
      docker: connectDocker({ host: host.host }),
      instance: "shipbell",
      clock: systemClock,
    });
    expect(await carrier.activate({ id: objectId, name: "app" })).toEqual({ kind: "activated" });
    return carrier;
  }

  /** As it is read; `isEnough` gives it up. */
  async function read(carrier: ExecCarrier, isEnough: (line: string) => boolean = () => false) {
    const lines: string[] = [];
    const reading = new AbortController();
    try {
      for await (const { line } of carrier.logs(objectId, { tail: "all" }, reading.signal)) {
        lines.push(line);
        if (isEnough(line)) reading.abort();
      }
      return { lines };
    } catch (error) {
      return { lines, error };
    }
  }

  test("has it when the connection breaks", async () => {
    let connection: ServerResponse["socket"] = null;
    const carrier = await start((response) => {
      connection = response.socket;
    });
    const breakOff = () => {
      connection?.destroy();
      return false;
    };
    expect(await read(carrier, breakOff)).toEqual({
      lines: ["one", "unended"],
      error: expect.objectContaining({ name: "EngineTrouble", message: "the output broke off" }),
    });
  });

  test("has it when a proxy keeps the end to itself, and the reading is given up", async () => {
    const carrier = await start(() => {});
    expect(await read(carrier, (line) => line === "one")).toEqual({ lines: ["one", "unended"] });
  });
});
