import { compareTimes } from "../docker/exact-time.ts";
import { readRejection, rejected, withHostPath } from "../docker/read-rejection.ts";
import type { Service, SwarmNode, Task } from "../docker/services.ts";
import { readRunLabels } from "../docker/specs/run-labels.ts";
import type { End, EngineNode, ObjectState, OwnObject } from "../engine.ts";
import { isInert, isStoppedByUs, replicasOf } from "./service-spec.ts";

/** A service of ours, with its tasks and nodes. */
export interface SeenService {
  readonly service: Service;
  readonly tasks: readonly Task[];
  /** The nodes that its tasks name, as far as they are known. */
  readonly nodes: ReadonlyMap<string, SwarmNode>;
  /** Since when its process has been running, if that was seen before: a task that is being stopped forgets it. */
  readonly startedAt?: Date;
  /** When a task was first seen given up by a manager, by our clock: the manager's may differ. */
  readonly takenBackAt?: Date;
  readonly now: Date;
}

/** Returns the state of one of our services. One without a task is pending: it is certain to get one. */
export function readServiceState(seen: SeenService): ObjectState {
  const { service, tasks, startedAt } = seen;
  const task = decisiveTask(tasks);
  if (task !== undefined) return readTask(task, seen);
  if (isInert(service)) return { phase: "inert" };
  if (replicasOf(service.Spec) === 0) return { phase: "ended", end: SCALED_DOWN, ...(startedAt && { startedAt }) };
  return { phase: "pending" };
}

/** Returns the oldest task: a stopped task gets a successor, which waits for a node that does not exist. */
export function decisiveTask(tasks: readonly Task[]): Task | undefined {
  return tasks.toSorted((a, b) => compareTimes(a.CreatedAt, b.CreatedAt))[0];
}

/** A summary of a task's phase and message, which changes when a look would tell something new. */
export function summarizeTask({ Status, DesiredState }: Task): string {
  return `${phaseOf(Status.State)} ${isUnwanted(DesiredState) ? "unwanted" : "wanted"} ${Status.Err ?? ""}`;
}

/** Whether its process has certainly ended, or will never run. */
export function hasEnded(task: Task): boolean {
  return phaseOf(task.Status.State) === "ended";
}

/** When the process started: known only while it runs and has not been told to stop. */
export function startOf({ Status, DesiredState }: Task): Date | undefined {
  return Status.State === "running" && !isUnwanted(DesiredState) ? new Date(Status.Timestamp) : undefined;
}

/** The container of a task, and the node that it is on. */
export interface TaskContainer {
  readonly nodeId: string;
  readonly id: string;
}

/** Undefined before its node has made it. */
export function containerOf({ NodeID: nodeId, Status }: Task): TaskContainer | undefined {
  const id = Status.ContainerStatus?.ContainerID;
  return nodeId && id ? { nodeId, id } : undefined;
}

/** Undefined if it is not an object of this instance. */
export function readOwnService(instance: string, service: Service): OwnObject | undefined {
  const { ID, Spec, ServiceStatus } = service;
  const attempt = readRunLabels(instance, { name: Spec.Name, labels: Spec.Labels ?? {} });
  const running = (ServiceStatus?.RunningTasks ?? 0) > 0;
  return attempt && { id: ID, name: Spec.Name, ...attempt, inert: isInert(service), running };
}

function readTask(task: Task, seen: SeenService): ObjectState {
  const { Status, DesiredState, NodeID } = task;
  const node = nodeName(NodeID, seen);
  const where = node === undefined ? {} : { node };
  const phase = isOnItsWayOut(task, seen) ? (seen.startedAt ? "running" : "pending") : phaseOf(Status.State);
  if (phase !== "ended" && isUnwanted(DesiredState) && NodeID) {
    if (!seen.nodes.has(NodeID)) return nodeGone(seen, node);
    if (isDown(NodeID, seen)) return { phase: "unreachable", message: `node ${node} is down`, ...when(seen), ...where };
  }
  if (phase === "pending") return { phase, ...detailOf(task, node), ...(NodeID && { mayRun: true }), ...where };
  const startedAt = seen.startedAt ?? startOf(task);
  if (phase === "running") return { phase, startedAt: startedAt ?? new Date(Status.Timestamp), ...where };
  const end = readEnd(task, seen);
  if (end.kind === "node-down") return nodeGone(seen, node);
  // A process that ran unseen, for a moment or while no scheduler was there, began when its task was created, or soon
  // after.
  const began = startedAt ?? (end.kind === "exited" ? new Date(task.CreatedAt) : undefined);
  const started = began === undefined || end.kind === "rejected" ? {} : { startedAt: began };
  return { phase, end, ...started, finishedAt: new Date(Status.Timestamp), ...where };
}

/** Given up, but its process may still run. */
function isOnItsWayOut(task: Task, seen: SeenService): boolean {
  const { now, takenBackAt = now } = seen;
  return isTakenBack(task) && (now < mayRunUntil(task, takenBackAt) || isDown(task.NodeID ?? "", seen));
}

function phaseOf(state: string): "pending" | "running" | "ended" {
  if (state === "running") return state;
  return ENDED.includes(state) ? "ended" : "pending";
}

const ENDED = ["complete", "shutdown", "failed", "rejected", "remove", "orphaned"];

/** Swarm does not want it to run. */
function isUnwanted(desiredState: string): boolean {
  return ENDED.includes(desiredState);
}

function detailOf({ Status }: Task, node: string | undefined): { readonly detail?: string } {
  if (Status.Err) return { detail: Status.Err };
  return node === undefined ? {} : { detail: `${Status.State} on node ${node}` };
}

function nodeName(id: string | null | undefined, { nodes }: SeenService): string | undefined {
  return id ? nodes.get(id)?.Description?.Hostname || id : undefined;
}

/** What the engine says that we do not know counts as unknown, or as what is usual. */
export function readNode({ ID, Description, Spec, Status, ManagerStatus }: SwarmNode): EngineNode {
  const state = NODE_STATES.find((known) => known === Status?.State) ?? "unknown";
  const availability = AVAILABILITIES.find((known) => known === Spec?.Availability) ?? "active";
  const engineVersion = Description?.Engine?.EngineVersion;
  return {
    id: ID,
    name: Description?.Hostname || ID,
    state,
    availability,
    role: Spec?.Role === "manager" ? "manager" : "worker",
    isLeader: ManagerStatus?.Leader === true,
    ...(engineVersion && { engineVersion }),
    traits: {
      hostname: Description?.Hostname ?? "",
      address: Status?.Addr ?? "",
      role: Spec?.Role === "manager" ? "manager" : "worker",
      os: Description?.Platform?.OS ?? "",
      architecture: Description?.Platform?.Architecture ?? "",
      labels: Spec?.Labels ?? {},
      engineLabels: Description?.Engine?.Labels ?? {},
    },
  };
}

const NODE_STATES: readonly EngineNode["state"][] = ["ready", "down", "disconnected"];
const AVAILABILITIES: readonly EngineNode["availability"][] = ["active", "pause", "drain"];

function isDown(id: string, { nodes }: SeenService): boolean {
  return nodes.get(id)?.Status?.State === "down";
}

/** The node was removed from the Swarm, or was down for a day. */
function nodeGone(seen: SeenService, node: string | undefined): ObjectState {
  const message = `node ${node ?? "(unknown)"} is no longer in the Swarm, or was down for a day`;
  const where = node === undefined ? {} : { node };
  return { phase: "ended", end: { kind: "node-down", message }, ...when(seen), ...where };
}

function when({ startedAt }: SeenService): { readonly startedAt?: Date } {
  return startedAt === undefined ? {} : { startedAt };
}

function readEnd(task: Task, seen: SeenService): End {
  const { Status } = task;
  switch (Status.State) {
    case "complete":
      return exited(task, 0);
    case "failed":
      return readFailure(task);
    case "rejected":
      return isTakenBack(task)
        ? readShutdown(task, seen)
        : withHostPath(readRejection(Status.Err ?? Status.Message ?? ""), task.Spec.ContainerSpec?.Mounts);
    case "shutdown":
      return readShutdown(task, seen);
    default:
      return { kind: "node-down", message: "" };
  }
}

/** An exit code alone does not mean that a process exited: a container that could not be started has 127. */
function readFailure(task: Task): End {
  const { Err = "", ContainerStatus } = task.Status;
  const exitCode = ContainerStatus?.ExitCode ?? 0;
  if (!ContainerStatus?.ContainerID || exitCode === 0 || NOT_STARTED.test(Err))
    return rejected("start-failed", Err || "the container could not be started");
  return exited(task, exitCode);
}

const NOT_STARTED = /^starting container failed/;

function readShutdown(task: Task, { service, nodes }: SeenService): End {
  const { ContainerID, ExitCode = 0 } = task.Status.ContainerStatus ?? {};
  // -1 means unknown.
  const exitCode = ContainerID && ExitCode >= 0 ? ExitCode : undefined;
  if (isStoppedByUs(service.Spec)) {
    return exitCode === undefined ? shutDown("it was stopped before it ran") : exited(task, exitCode);
  }
  const end = replicasOf(service.Spec) === 0 ? SCALED_DOWN : shutDownBySwarm(task, nodes);
  return { ...end, ...(exitCode !== undefined && { exitCode }) };
}

function shutDownBySwarm({ NodeID }: Task, nodes: SeenService["nodes"]): End & { readonly kind: "shut-down" } {
  const node = nodes.get(NodeID ?? "");
  const isDrained = node?.Spec?.Availability === "drain";
  if (isDrained) return shutDown(`node ${node?.Description?.Hostname ?? NodeID} was drained`);
  return shutDown("Swarm shut it down: its service was changed, its node can no longer have it, or was taken for down");
}

/** Swarm does not report a lack of memory: for a process that was killed under a limit it is unknown. */
function exited({ Status, Spec }: Task, exitCode: number): End {
  const code = Status.ContainerStatus?.ExitCode ?? exitCode;
  const isLimited = (Spec.Resources?.Limits?.MemoryBytes ?? 0) > 0;
  return { kind: "exited", exitCode: code, oom: code === KILLED && isLimited ? "unknown" : false };
}

/** 128 plus the number of SIGKILL. */
const KILLED = 137;

/** For a moment its task can be seen as ended, before Swarm removes it. */
const SCALED_DOWN = shutDown("its service was scaled to 0");

function shutDown(message: string): End & { readonly kind: "shut-down" } {
  return { kind: "shut-down", message };
}

const TAKEN_BACK = /^assigned node no longer meets constraints/;

/** How long a node may take, besides the grace period, to hear that a process must end and to report its end. */
const HEARS_WITHIN_MS = 10_000;

const DEFAULT_GRACE_PERIOD_NS = 10e9;

/**
 * True for a task that a manager has given up because its node may no longer have it: the node's labels were changed,
 * or the node came back while the task was being stopped. Swarm reports `rejected` whether or not the process runs, and
 * ignores later reports of the node (swarmkit's constraint enforcer, seen on Engine 20.10). Only the text tells.
 */
export function isTakenBack({ Status }: Task): boolean {
  return Status.State === "rejected" && TAKEN_BACK.test(Status.Err || Status.Message || "");
}

/** Until when the process of such a task may go on, by the clock of `takenBackAt`. */
function mayRunUntil({ Spec }: Task, takenBackAt: Date): Date {
  const graceNs = Spec.ContainerSpec?.StopGracePeriod ?? DEFAULT_GRACE_PERIOD_NS;
  return new Date(takenBackAt.getTime() + graceNs / 1e6 + HEARS_WITHIN_MS);
}
