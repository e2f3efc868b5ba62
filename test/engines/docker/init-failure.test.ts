import { describe, expect, it } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import type { ContainerInspect } from "../../../src/engines/docker/containers.ts";
import { initFailure, judgeInit } from "../../../src/engines/docker/init-failure.ts";
import { EngineTrouble, type ObjectState } from "../../../src/engines/engine.ts";
import { type Answer, fakeDockerHost } from "../../support/fake-docker-host.ts";

const startedAt = new Date("2026-11-18T03:00:00Z");
const finishedAt = new Date("2026-11-18T03:00:01Z");
const FATAL = "[FATAL tini (7)] exec nope failed: No such file or directory";
const exited = (exitCode: number): ObjectState => ({
  phase: "ended",
  end: { kind: "exited", exitCode, oom: false },
  startedAt,
  finishedAt,
});

/** A container with an init process (or none), whose log ends with this line; and what was asked of its engine. */
async function judge(state: ObjectState, init: boolean | null, answer: Answer) {
  const host = await fakeDockerHost(answer);
  const container = { Id: "c1", HostConfig: { Init: init } } as ContainerInspect;
  try {
    const judged = await judgeInit(connectDocker({ host: host.host }), container, state);
    return { judged, requests: host.requests.filter((request) => request.includes("/logs")).length };
  } finally {
    await host.close();
  }
}

const logEndingWith =
  (line: string): Answer =>
  (_request, response) => {
    const text = Buffer.from(`2026-11-18T03:00:00.5Z ${line}\n`);
    const header = Buffer.from([2, 0, 0, 0, 0, 0, 0, text.length]);
    response.end(Buffer.concat([header, text]));
  };

describe("the state of a container with an init process", () => {
  it.each([126, 127])("is rejected in the init's words when the command could not be run (%d)", async (exitCode) => {
    await expect(judge(exited(exitCode), true, logEndingWith(FATAL))).resolves.toEqual({
      judged: {
        phase: "ended",
        end: { kind: "rejected", reason: "start-failed", message: "exec nope failed: No such file or directory" },
        finishedAt,
      },
      requests: 1,
    });
  });

  it.each<[string, ObjectState, boolean | null, Answer, number]>([
    ["a shell did not find a command", exited(127), true, logEndingWith("sh: nope: not found"), 1],
    ["the log is empty", exited(127), true, (_request, response) => response.end(), 1],
    ["its log driver cannot be read", exited(127), true, (_request, response) => response.writeHead(501).end("{}"), 1],
    ["it has another exit code", exited(1), true, logEndingWith(FATAL), 0],
    ["it has no init process", exited(127), null, logEndingWith(FATAL), 0],
    ["it runs", { phase: "running", startedAt }, true, logEndingWith(FATAL), 0],
  ])("stays as it is when %s", async (_name, state, init, answer, requests) => {
    await expect(judge(state, init, answer)).resolves.toEqual({ judged: state, requests });
  });

  it("is not known while the log breaks off", async () => {
    const breakOff: Answer = (_request, response) => {
      response.writeHead(200).flushHeaders();
      response.destroy();
    };
    await expect(judge(exited(127), true, breakOff)).rejects.toThrow(EngineTrouble);
  });
});

it.each([
  [FATAL, "exec nope failed: No such file or directory"],
  ["[FATAL tini (12)] exec /job.sh failed: Permission denied", "exec /job.sh failed: Permission denied"],
  ["[WARN  tini (7)] Tini is not running as PID 1", undefined],
  [`sh: ${FATAL}`, undefined],
  ["", undefined],
])("the init's last line %j says: %s", (line, expected) => {
  expect(initFailure(line)).toBe(expected);
});
