import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import type { Service, Task } from "../../../src/engines/docker/services.ts";
import { completeEnd } from "../../../src/engines/swarm/service-end.ts";
import { aClock } from "../../support/a-clock.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const REFUSED = "[FATAL tini (7)] exec /no/such failed: No such file or directory";
const REJECTED = { kind: "rejected", reason: "start-failed", message: REFUSED.replace("[FATAL tini (7)] ", "") };
const FAILED = { kind: "exited", exitCode: 127, oom: false } as const;

/** More often than it may be silent. */
const BROKEN = Array.from({ length: 6 }, () => "broken");

describe("exit code 127 of a service with an init", () => {
  it.each<[string, readonly string[], object, number]>([
    ["whose last line is the init's is a start that failed", [REFUSED], REJECTED, 0],
    ["whose log says nothing at first is asked for again", ["", "", REFUSED], REJECTED, 2],
    ["whose log cannot be read at first is asked for again", [...BROKEN, REFUSED], REJECTED, 6],
    ["whose last line is its own is its own", ["sh: nope: not found"], FAILED, 0],
    ["whose log never says anything is its own", [], FAILED, 3],
  ])("%s", async (_, logs, end, waits) => {
    const answers = logs.values();
    let waited = 0;
    host = await fakeDockerHost(({ url = "" }, response) =>
      url.includes("/logs") ? answerLog(response, answers.next().value) : response.writeHead(404).end("{}"),
    );
    const wait = async () => void waited++;
    const parts = { docker: connectDocker({ host: host.host }), clock: aClock({ now: () => new Date(), wait }) };
    const state = { phase: "ended", end: FAILED, startedAt: new Date() } as const;
    const completed = await completeEnd(parts, { service, tasks: [task] }, state);
    expect(completed.end).toEqual(end);
    expect(waited).toBe(waits);
  });
});

const container = { Image: "busybox", Init: true };
const service = {
  ID: "s1",
  Spec: { Name: "backup", TaskTemplate: { ContainerSpec: container } },
} as unknown as Service;
const task = { Status: { State: "failed" }, Spec: { ContainerSpec: container } } as unknown as Task;

function answerLog(response: ServerResponse, line = ""): void {
  if (line === "broken") return void response.writeHead(500).end("{}");
  const payload = Buffer.from(line === "" ? "" : `2026-11-18T03:00:00.000000000Z ${line}\n`);
  const header = Buffer.from([2, 0, 0, 0, 0, 0, 0, payload.length]);
  response.writeHead(200).end(line === "" ? "" : Buffer.concat([header, payload]));
}
