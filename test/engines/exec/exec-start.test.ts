import { afterEach, expect, test } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { startExec } from "../../../src/engines/exec/exec-start.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const inert = { Running: false, ExitCode: null, Pid: 0, ContainerID: "c1", ProcessConfig: {} };

test.each([
  ['{"message":"no such user"}', 400, "start-failed", "no such user"],
  ["{no such user", 400, "start-failed", "{no such user"],
  ["no such user", 400, "start-failed", "no such user"],
  ['{"message":"it is paused"}', 409, "container-not-running", "it is paused"],
  [
    "<html><body><h1>403 Forbidden</h1>\nby rule\n</body></html>",
    403,
    "forbidden",
    expect.stringMatching(
      /^start exec e1: POST \/exec\/…\/start is forbidden \(403: 403 Forbidden by rule\); .*socket proxy/,
    ),
  ],
])("an engine that will not start it, with the answer %s, is understood", async (body, status, reason, message) => {
  host = await fakeDockerHost((request, response) => {
    if (request.method === "GET") response.writeHead(200).end(JSON.stringify(inert));
    else response.writeHead(status).end(body);
  });
  const started = await startExec(connectDocker({ host: host.host }), "e1", new FakeClock(at("12:00")));
  expect(started).toEqual({ kind: "rejected", reason, message });
});

test("one of which the engine does not say how it is, once it is started, is attached to: its output would hold it up", async () => {
  let isStarted = false;
  host = await fakeDockerHost((request, response) => {
    if (request.method === "POST") {
      isStarted = true;
      response.writeHead(200).write("\x01\0\0\0\0\0\0\x04one\n");
    } else if (isStarted) response.writeHead(500).end("{}");
    else response.writeHead(200).end(JSON.stringify(inert));
  });
  const started = await startExec(connectDocker({ host: host.host }), "e1", new FakeClock(at("12:00")));
  expect(started).toMatchObject({ kind: "started" });
});

test.each([
  ["before it is started", (_method: string) => 404],
  ["just when it is started", (method: string) => (method === "POST" ? 404 : undefined)],
])("one whose container was removed %s is gone", async (_name, statusOf) => {
  let isAsked = false;
  host = await fakeDockerHost((request, response) => {
    const isStart = request.method === "POST";
    const status = statusOf(request.method ?? "") ?? (isAsked ? 404 : 200);
    isAsked ||= isStart;
    response.writeHead(status).end(status === 200 ? JSON.stringify(inert) : '{"message":"no such exec instance"}');
  });
  const started = await startExec(connectDocker({ host: host.host }), "e1", new FakeClock(at("12:00")));
  expect(started).toEqual({ kind: "gone" });
});

test("one that a proxy does not let us look at is not started", async () => {
  host = await fakeDockerHost((_request, response) => response.writeHead(403).end("no"));
  const started = await startExec(connectDocker({ host: host.host }), "e1", new FakeClock(at("12:00")));
  expect(started).toMatchObject({ kind: "rejected", reason: "forbidden" });
});
