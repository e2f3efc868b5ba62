import { describe, expect, it } from "vitest";
import type { Service, SwarmNode, Task, TaskStatus } from "../../../src/engines/docker/services.ts";
import type { ObjectState } from "../../../src/engines/engine.ts";
import {
  decisiveTask,
  readNode,
  readOwnService,
  readServiceState,
  type SeenService,
} from "../../../src/engines/swarm/read-tasks.ts";
import { activeSpec, inertService, stoppedSpec } from "../../../src/engines/swarm/service-spec.ts";
import { anAttemptOrder } from "../../support/a-job.ts";

const inertSpec = inertService("ours", anAttemptOrder(), { ContainerSpec: { Image: "busybox" } });
const inert: Service = { ID: "s1", Version: { Index: 11 }, Spec: inertSpec };
const active: Service = { ...inert, Spec: activeSpec(inertSpec), PreviousSpec: inertSpec };
const stopped: Service = { ...active, Spec: stoppedSpec(active.Spec) };
const scaledDown: Service = { ...inert, PreviousSpec: active.Spec };

const at = "2026-11-22T19:23:12.138291725Z";
const seconds = (text: string) => new Date(`2026-11-22T19:23:${text}Z`);

/** A task as Docker Engine 20.10 shows it; of its status, say only what matters. */
function aTask(Status: Partial<TaskStatus>, change: Partial<Task> = {}): Task {
  return {
    ID: "t1",
    CreatedAt: "2026-11-22T19:23:10.360569583Z",
    ServiceID: "s1",
    NodeID: "n1",
    Spec: { ContainerSpec: { Image: "busybox" } },
    Status: { Timestamp: at, State: "running", Message: "started", ...Status },
    DesiredState: "running",
    ...change,
  };
}

const exit = (ExitCode: number) => ({ ContainerStatus: { ContainerID: "0b4f2bef8e9d", PID: 0, ExitCode } });
const noContainer = { ContainerStatus: { ContainerID: "", PID: 0, ExitCode: 0 } };
const over = { DesiredState: "shutdown" };
const limited = { Spec: { ContainerSpec: { Image: "busybox" }, Resources: { Limits: { MemoryBytes: 16777216 } } } };

function nodes(state: Partial<{ State: string; Availability: string }> = {}): ReadonlyMap<string, SwarmNode> {
  const { State = "ready", Availability = "active" } = state;
  const n1 = { ID: "n1", Description: { Hostname: "worker" }, Spec: { Availability }, Status: { State } };
  return new Map([["n1", n1]]);
}

const notFound =
  'starting container failed: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "nosuchcmd": executable file not found in $PATH: unknown';
const noNode = "no suitable node (scheduling constraints not satisfied on 1 node)";

const exited = (exitCode: number, oom: boolean | "unknown" = false) => ({ kind: "exited", exitCode, oom }) as const;
const ended = (end: object, more: object = {}) =>
  ({ phase: "ended", end, finishedAt: new Date(at), node: "worker", ...more }) as ObjectState;
/** Of what nobody has seen running, the start is not known better than by when the task was made. */
const unseen = { startedAt: new Date("2026-11-22T19:23:10.360569583Z") };

const takenBack = { State: "rejected", Err: "assigned node no longer meets constraints" };

const rows: [string, Partial<SeenService>, ObjectState][] = [
  ["never activated", { service: inert }, { phase: "inert" }],
  ["activated, no task yet", {}, { phase: "pending" }],
  [
    "scaled down by somebody, its task gone",
    { service: scaledDown },
    { phase: "ended", end: { kind: "shut-down", message: "its service was scaled to 0" } },
  ],
  [
    "scaled down by somebody, its task gone, its start having been seen",
    { service: scaledDown, startedAt: seconds("11") },
    {
      phase: "ended",
      end: { kind: "shut-down", message: "its service was scaled to 0" },
      startedAt: seconds("11"),
    },
  ],
  [
    "scaled down by somebody, its task about to be taken away",
    { service: scaledDown, tasks: [aTask({ State: "shutdown", ...exit(143) }, { DesiredState: "remove" })] },
    ended({ kind: "shut-down", message: "its service was scaled to 0", exitCode: 143 }),
  ],
  [
    "no node for it",
    { tasks: [aTask({ State: "pending", Message: "pending task scheduling", Err: noNode }, { NodeID: null })] },
    { phase: "pending", detail: noNode },
  ],
  ["waiting for a node", { tasks: [aTask({ State: "pending" }, { NodeID: null })] }, { phase: "pending" }],
  [
    "preparing",
    { tasks: [aTask({ State: "preparing" })] },
    { phase: "pending", detail: "preparing on node worker", mayRun: true, node: "worker" },
  ],
  ["running", { tasks: [aTask({})] }, { phase: "running", startedAt: new Date(at), node: "worker" }],
  [
    "being stopped: the start is remembered",
    { tasks: [aTask({ ContainerStatus: { ContainerID: "0b4f", ExitCode: -1 } }, over)], startedAt: seconds("11") },
    { phase: "running", startedAt: seconds("11"), node: "worker" },
  ],
  [
    "running on a node that was never heard of",
    { tasks: [aTask({})], nodes: new Map() },
    { phase: "running", startedAt: new Date(at), node: "n1" },
  ],
  ["succeeded", { tasks: [aTask({ State: "complete", ...exit(0) }, over)] }, ended(exited(0), unseen)],
  [
    "succeeded, its start having been seen",
    { tasks: [aTask({ State: "complete", ...exit(0) }, over)], startedAt: seconds("11") },
    ended(exited(0), { startedAt: seconds("11") }),
  ],
  [
    "failed with its exit code",
    { tasks: [aTask({ State: "failed", Err: "task: non-zero exit (3)", ...exit(3) }, over)] },
    ended(exited(3), unseen),
  ],
  [
    "killed",
    { tasks: [aTask({ State: "failed", Err: "task: non-zero exit (137)", ...exit(137) }, over)] },
    ended(exited(137), unseen),
  ],
  [
    "killed under a limit of memory",
    { tasks: [aTask({ State: "failed", Err: "task: non-zero exit (137)", ...exit(137) }, { ...over, ...limited })] },
    ended(exited(137, "unknown"), unseen),
  ],
  [
    "the command's own 127 is an exit code",
    { tasks: [aTask({ State: "failed", Err: "task: non-zero exit (127)", ...exit(127) }, over)] },
    ended(exited(127), unseen),
  ],
  [
    "command not found",
    { tasks: [aTask({ State: "failed", Message: "starting", Err: notFound, ...exit(127) }, over)] },
    ended({ kind: "rejected", reason: "start-failed", message: notFound }),
  ],
  [
    "failed with exit code 0 is no success",
    { tasks: [aTask({ State: "failed", Err: "network sandbox join failed", ...exit(0) }, over)] },
    ended({ kind: "rejected", reason: "start-failed", message: "network sandbox join failed" }),
  ],
  [
    "image missing, though it has an exit code of 0",
    { tasks: [aTask({ State: "rejected", Err: "No such image: nosuch/image:1", ...noContainer }, over)] },
    ended({ kind: "rejected", reason: "image-missing", message: "No such image: nosuch/image:1" }),
  ],
  [
    "bind source missing",
    {
      tasks: [
        aTask(
          { State: "rejected", Err: 'invalid mount config for type "bind": bind source path does not exist: /nope' },
          over,
        ),
      ],
    },
    ended({
      kind: "rejected",
      reason: "bad-definition",
      message: 'invalid mount config for type "bind": bind source path does not exist: /nope',
    }),
  ],
  [
    "bind source missing, which the task was to mount",
    {
      tasks: [
        aTask(
          { State: "rejected", Err: "bind source path does not exist: /nope" },
          {
            ...over,
            Spec: { ContainerSpec: { Image: "busybox", Mounts: [{ Type: "bind", Source: "/nope", Target: "/x" }] } },
          },
        ),
      ],
    },
    ended({
      kind: "rejected",
      reason: "start-failed",
      message: "bind source path does not exist: /nope (/nope is a path of the host, not of shipbell's own container)",
    }),
  ],
  [
    "stopped by us: its exit code counts, and its successor does not",
    {
      service: stopped,
      tasks: [
        aTask({ State: "pending", Err: noNode }, { ID: "t2", CreatedAt: "2026-11-22T19:24:31Z", NodeID: null }),
        aTask({ State: "shutdown", ...exit(42) }, over),
      ],
    },
    ended(exited(42), unseen),
  ],
  [
    "stopped by us before a node had it",
    { service: stopped, tasks: [aTask({ State: "shutdown" }, { ...over, NodeID: null })] },
    { phase: "ended", end: { kind: "shut-down", message: "it was stopped before it ran" }, finishedAt: new Date(at) },
  ],
  [
    "its node was drained",
    { tasks: [aTask({ State: "shutdown", ...exit(143) }, over)], nodes: nodes({ Availability: "drain" }) },
    ended({ kind: "shut-down", message: "node worker was drained", exitCode: 143 }),
  ],
  [
    "its node is down, and Swarm has given it up",
    { tasks: [aTask({}, over)], nodes: nodes({ State: "down" }), startedAt: seconds("11") },
    { phase: "unreachable", message: "node worker is down", startedAt: seconds("11"), node: "worker" },
  ],
  [
    "given up by a manager when its node was changed, a moment ago: its process may go on",
    { tasks: [aTask(takenBack, over)], startedAt: seconds("11") },
    { phase: "running", startedAt: seconds("11"), node: "worker" },
  ],
  [
    "the same, before it was seen to run",
    { tasks: [aTask(takenBack, over)] },
    { phase: "pending", detail: takenBack.Err, mayRun: true, node: "worker" },
  ],
  [
    "the same, when the time to end is over",
    { tasks: [aTask(takenBack, over)], startedAt: seconds("11"), takenBackAt: seconds("12"), now: seconds("33") },
    ended(
      { kind: "shut-down", message: expect.stringContaining("its node can no longer have it") },
      { startedAt: seconds("11") },
    ),
  ],
  [
    "the same, of a manager whose clock is a minute behind ours: the time to end begins when we saw it",
    { tasks: [aTask(takenBack, over)], startedAt: seconds("11"), takenBackAt: seconds("58"), now: seconds("59") },
    { phase: "running", startedAt: seconds("11"), node: "worker" },
  ],
  [
    "the same, when we have told it to stop",
    {
      service: stopped,
      tasks: [aTask({ ...takenBack, ...noContainer }, over)],
      startedAt: seconds("11"),
      takenBackAt: seconds("12"),
      now: seconds("33"),
    },
    ended({ kind: "shut-down", message: "it was stopped before it ran" }, { startedAt: seconds("11") }),
  ],
  [
    "the same, and its node is down: what became of it is not known",
    {
      tasks: [aTask(takenBack, over)],
      nodes: nodes({ State: "down" }),
      startedAt: seconds("11"),
      takenBackAt: seconds("12"),
      now: seconds("59"),
    },
    { phase: "unreachable", message: "node worker is down", startedAt: seconds("11"), node: "worker" },
  ],
  [
    "its node was taken out of the Swarm",
    { tasks: [aTask({}, over)], nodes: new Map(), startedAt: seconds("11") },
    {
      phase: "ended",
      end: { kind: "node-down", message: expect.stringContaining("no longer in the Swarm") },
      startedAt: seconds("11"),
      node: "n1",
    },
  ],
  [
    "its node is down, and Swarm has not given it up yet",
    { tasks: [aTask({})], nodes: nodes({ State: "down" }) },
    { phase: "running", startedAt: new Date(at), node: "worker" },
  ],
  [
    "given up after a day",
    { tasks: [aTask({ State: "orphaned" }, over)], nodes: nodes({ State: "down" }) },
    {
      phase: "ended",
      end: { kind: "node-down", message: "node worker is no longer in the Swarm, or was down for a day" },
      node: "worker",
    },
  ],
];

describe("how a service is", () => {
  it.each(rows)("%s", (_, seen, expected) => {
    expect(readServiceState({ service: active, tasks: [], nodes: nodes(), now: seconds("13"), ...seen })).toEqual(
      expected,
    );
  });
});

describe("the task that decides", () => {
  it.each([
    ["a tenth and twelve hundredths of a second", "2026-11-22T19:23:05.1Z", "2026-11-22T19:23:05.12Z"],
    ["a whole second and a fraction of it", "2026-11-22T19:23:05Z", "2026-11-22T19:23:05.000000001Z"],
    ["two nanoseconds of one millisecond", "2026-11-22T19:23:05.123456788Z", "2026-11-22T19:23:05.12345679Z"],
    ["two zones", "2026-11-22T20:23:05.5+01:00", "2026-11-22T19:23:05.6Z"],
  ])("is the oldest: %s", (_, older, newer) => {
    const [first, second] = [aTask({}, { ID: "t1", CreatedAt: older }), aTask({}, { ID: "t2", CreatedAt: newer })];
    expect(decisiveTask([first, second])).toBe(first);
    expect(decisiveTask([second, first])).toBe(first);
  });
});

describe("one of our services", () => {
  it("is known by its labels", () => {
    const listed = { ...active, ServiceStatus: { RunningTasks: 1 } };
    expect(readOwnService("ours", listed)).toMatchObject({ id: "s1", job: "backup", inert: false, running: true });
    expect(readOwnService("ours", inert)).toMatchObject({ inert: true, running: false });
    expect(readOwnService("theirs", listed)).toBeUndefined();
  });
});

describe("a node", () => {
  const node: SwarmNode = {
    ID: "n1",
    Description: { Hostname: "worker", Engine: { EngineVersion: "28.5.2" } },
    Spec: { Role: "worker", Availability: "drain" },
    Status: { State: "down" },
  };

  const noTraits = { os: "", architecture: "", address: "", labels: {}, engineLabels: {} };

  it("has the facts that the Swarm tells of it", () => {
    expect(readNode(node)).toEqual({
      id: "n1",
      name: "worker",
      state: "down",
      availability: "drain",
      role: "worker",
      isLeader: false,
      engineVersion: "28.5.2",
      traits: { ...noTraits, hostname: "worker", role: "worker" },
    });
  });

  it("may be the leader of the managers", () => {
    const leader = { ...node, Spec: { Role: "manager" }, ManagerStatus: { Leader: true } };
    expect(readNode(leader)).toMatchObject({ role: "manager", isLeader: true, availability: "active" });
  });

  it("has the name that runs on it have, without a name of its own", () => {
    expect(readNode({ ID: "n1" })).toEqual({
      id: "n1",
      name: "n1",
      state: "unknown",
      availability: "active",
      role: "worker",
      isLeader: false,
      traits: { ...noTraits, hostname: "", role: "worker" },
    });
  });
});
