import { describe, expect, it } from "vitest";
import type { ContainerState } from "../../../src/engines/docker/containers.ts";
import { containerName, readContainerState, readOwnContainer } from "../../../src/engines/docker/read-container.ts";
import { writeRunLabels } from "../../../src/engines/docker/specs/run-labels.ts";

const NEVER = "0001-01-01T00:00:00Z";
const STARTED = "2026-11-18T03:00:00.123456789Z";
const FINISHED = "2026-11-18T03:00:05.5Z";
const created: ContainerState = {
  Status: "created",
  ExitCode: 0,
  OOMKilled: false,
  Error: "",
  StartedAt: NEVER,
  FinishedAt: NEVER,
};
const exited: ContainerState = { ...created, Status: "exited", StartedAt: STARTED, FinishedAt: FINISHED };
const times = { startedAt: new Date("2026-11-18T03:00:00.123Z"), finishedAt: new Date("2026-11-18T03:00:05.500Z") };
const ended = (exitCode: number, oom: boolean) => ({
  phase: "ended",
  end: { kind: "exited", exitCode, oom },
  ...times,
});
const rejected = (message: string) => ({ phase: "ended", end: { kind: "rejected", reason: "start-failed", message } });
const running = { phase: "running", startedAt: times.startedAt };

describe("a container's state", () => {
  it.each<[string, ContainerState, unknown]>([
    ["created", created, { phase: "inert" }],
    ["created, its start failed", { ...created, ExitCode: 127, Error: "no such command" }, rejected("no such command")],
    [
      "created, its start failed without a word",
      { ...created, ExitCode: 128 },
      rejected("the container could not be started (128)"),
    ],
    ["running", { ...exited, Status: "running", FinishedAt: NEVER }, running],
    ["running again, as somebody started it", { ...exited, Status: "running" }, running],
    ["paused", { ...exited, Status: "paused" }, running],
    ["running, since when is not known", { ...exited, Status: "running", StartedAt: NEVER }, { phase: "running" }],
    [
      "about to run again, since somebody gave it a restart policy",
      { ...exited, Status: "restarting", ExitCode: 3 },
      { ...ended(3, false), runsAgain: true },
    ],
    ["created with its namespaces, as Podman says it", { ...created, Status: "initialized" }, { phase: "inert" }],
    ["being stopped, as Podman says it", { ...exited, Status: "stopping", FinishedAt: NEVER }, running],
    [
      "stopped by a signal of whose exit code Podman has not heard yet",
      { ...exited, Status: "stopped", ExitCode: 0, FinishedAt: NEVER },
      { phase: "ending" },
    ],
    ["killed, as Podman says it for a moment", { ...exited, Status: "stopped", ExitCode: 137 }, ended(137, false)],
    ["exited well", exited, ended(0, false)],
    ["exited badly", { ...exited, ExitCode: 3 }, ended(3, false)],
    ["killed for want of memory", { ...exited, ExitCode: 137, OOMKilled: true }, ended(137, true)],
    ["killed, without a limit to its memory", { ...exited, ExitCode: 137 }, ended(137, false)],
    [
      "exited by itself after a child was killed for want of memory",
      { ...exited, ExitCode: 7, OOMKilled: true },
      ended(7, true),
    ],
    ["dead, after it ran", { ...exited, Status: "dead", ExitCode: 1 }, ended(1, false)],
    ["being removed, after it ran", { ...exited, Status: "removing", ExitCode: 3 }, ended(3, false)],
    ["being removed by force, while it ran", { ...exited, Status: "removing", ExitCode: 137 }, undefined],
    ["dead, after it was removed by force", { ...exited, Status: "dead", ExitCode: 137 }, undefined],
    ["being removed, before it ran", { ...created, Status: "removing" }, undefined],
    [
      "exited without an end",
      { ...exited, FinishedAt: NEVER },
      { phase: "ended", end: { kind: "exited", exitCode: 0, oom: false }, startedAt: times.startedAt },
    ],
  ])("%s", (_name, state, expected) => {
    expect(readContainerState(state)).toEqual(expected);
  });
});

it("says nothing of its process where the engine has another word for its state", () => {
  expect(() => readContainerState({ ...exited, Status: "asleep" })).toThrow(
    'the engine calls a container "asleep", which says nothing about its process',
  );
});

describe("the state of a container with a limit to its memory", () => {
  it.each<[string, Partial<ContainerState>, boolean | "unknown"]>([
    ["killed, and the engine says why", { ExitCode: 137, OOMKilled: true }, true],
    ["killed, and the engine does not say why", { ExitCode: 137 }, "unknown"],
    ["ended by another signal", { ExitCode: 143 }, false],
    ["exited badly", { ExitCode: 3 }, false],
  ])("%s", (_name, fields, oom) => {
    expect(readContainerState({ ...exited, ...fields }, 1024)).toMatchObject({ end: { kind: "exited", oom } });
  });
});

describe("a listed container", () => {
  const attempt = {
    job: "backup",
    run: "r",
    attempt: 1,
    trigger: "manual",
    scheduledAt: times.startedAt,
    definition: "d",
  } as const;
  const summary = {
    Id: "c1",
    Names: ["/db/alias", "/backup-1"],
    Created: 0,
    State: "exited",
    Labels: writeRunLabels("shipbell", { ...attempt, objectName: "backup-1" }),
  };

  it("is ours, with its own name and not that of a link", () => {
    expect(readOwnContainer("shipbell", summary)).toEqual({
      id: "c1",
      name: "backup-1",
      ...attempt,
      inert: false,
      running: false,
    });
  });

  it("is not ours without our labels", () => {
    expect(readOwnContainer("shipbell", { ...summary, Labels: null })).toBeUndefined();
  });

  it.each([
    ["created", true, false],
    ["running", false, true],
    ["paused", false, true],
    ["exited", false, false],
  ])("is %s", (State, inert, runs) => {
    expect(readOwnContainer("shipbell", { ...summary, State })).toMatchObject({ inert, running: runs });
  });

  it("has no name while it is being removed", () => {
    expect(containerName([])).toBe("");
    expect(readOwnContainer("shipbell", { ...summary, Names: [] })).toMatchObject({ id: "c1", name: "" });
  });

  it("is not ours when it only has the labels of one, from an image that was made of it", () => {
    expect(readOwnContainer("shipbell", { ...summary, Names: ["/web"] })).toBeUndefined();
  });
});
