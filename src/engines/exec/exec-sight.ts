import type { Clock } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import { type ContainerInspect, inspectContainer } from "../docker/containers.ts";
import { type ExecInspect, hasProcess, inspectExec } from "../docker/exec-calls.ts";
import { expectStatus } from "../docker/status.ts";
import type { End, ObjectState } from "../engine.ts";
import { type ExecRef, mustReadExecId } from "./exec-id.ts";
import { type ExecOutputs, isAttached } from "./exec-outputs.ts";
import { hasFailedToStart } from "./exec-start.ts";

/** How long after the end of a command the end of its container may be reported. */
const CONTAINER_END_MS = 1000;

/** Where an exec instance's process is. */
interface Place {
  readonly container: string;
  /** The process ID on the host; 0 while there is none. */
  readonly pid: number;
  /** Absent if it is the container's own. */
  readonly user?: string;
}

/** The state of exec instances: what the engine says about them, and what it has lost track of. */
export class ExecSight {
  readonly #docker: Docker;
  readonly #clock: Clock;
  readonly #outputs: ExecOutputs;
  /** Kept as long as this process lives: the engine forgets instances that it lost track of, even while they run. */
  readonly #places = new Map<string, Place>();

  readonly #killedSince = new Map<string, number>();

  constructor(docker: Docker, clock: Clock, outputs: ExecOutputs) {
    this.#docker = docker;
    this.#clock = clock;
    this.#outputs = outputs;
  }

  /** Known after the first look. */
  placeOf(objectId: string): Place | undefined {
    return this.#places.get(objectId);
  }

  forget(objectId: string): void {
    this.#killedSince.delete(objectId);
    this.#places.delete(objectId);
  }

  async look(objectId: string): Promise<ObjectState> {
    const ref = mustReadExecId(objectId);
    const times = this.#outputs.get(objectId) ?? {};
    const exec = await inspectExec(this.#docker, ref.execId);
    if (exec === undefined) return (await this.#isAlive(objectId)) ? runningSince(times) : ended(FORGOTTEN, times);
    this.#places.set(objectId, readPlace(exec));
    return readExecState(exec, times) ?? (await this.#judgeEnd(exec, ref, objectId));
  }

  /** It has an exit code. */
  async #judgeEnd(exec: ExecInspect, ref: ExecRef, objectId: string): Promise<ObjectState> {
    const held = this.#outputs.get(objectId);
    const times = held ?? {};
    if (hasFailedToStart(exec)) {
      const message = `the command could not be started (${exec.ExitCode})`;
      return ended({ kind: "rejected", reason: "start-failed", message }, times);
    }
    const exitCode = isAttached(held) || held?.state === "read" ? exec.ExitCode : await this.#exitCodeOf(exec, ref);
    if (exitCode === LOST_SIGHT && isAttached(held)) return runningSince(times);
    if (exitCode === null) return (await this.#isAlive(objectId)) ? runningSince(times) : ended(NOT_RECORDED, times);
    const container = await inspectContainer(this.#docker, exec.ContainerID);
    const end = readExecEnd(exitCode, ref, container);
    return this.#mayEndLater(end, objectId) ? runningSince(times) : ended(end, times);
  }

  /** When a container ends, the engine reports the ends of the commands in it first, and its own end a moment later. */
  #mayEndLater(end: End, objectId: string): boolean {
    if (end.kind !== "exited" || end.exitCode !== KILLED) return false;
    const now = this.#clock.now().getTime();
    const since = this.#killedSince.get(objectId) ?? now;
    this.#killedSince.set(objectId, since);
    return now - since < CONTAINER_END_MS;
  }

  /** The exit code of an instance whose output was not read to its end; null if it cannot be known. */
  async #exitCodeOf({ ExitCode, ContainerID }: ExecInspect, { execId }: ExecRef): Promise<number | null> {
    if (ExitCode !== LOST_SIGHT) return ExitCode;
    return (await toldExitCode(this.#docker, { container: ContainerID, execId })) ?? null;
  }

  async #isAlive(objectId: string): Promise<boolean> {
    const place = this.#places.get(objectId);
    return place !== undefined && place.pid !== 0 && (await hasProcess(this.#docker, place.container, place.pid));
  }
}

function readPlace({ ContainerID, Pid, ProcessConfig }: ExecInspect): Place {
  const { user } = ProcessConfig;
  return { container: ContainerID, pid: Pid, ...(user && { user }) };
}

/**
 * The exit code that the engine reports for an exec instance whose output it could not hand over completely, whatever
 * the process ended with; if it could hand over neither stream, even while the process still runs (measured, 20.10). A
 * process may also really end with it.
 */
const LOST_SIGHT = 126;
/** 128 plus the number of SIGKILL: the exit code of a process whose container ended. */
const KILLED = 137;

/** The engine no longer knows the instance. */
const FORGOTTEN: End = {
  kind: "shut-down",
  message: "the engine no longer knows it: its container was removed, the engine was restarted, or it ended long ago",
};

/** How it ended cannot be known. */
const NOT_RECORDED: End = {
  kind: "exit-unknown",
  message: "the scheduler that read its output was gone before it ended, and the engine did not record its exit code",
};

/** Returns how an exec instance with a trusted exit code ended; `container` is undefined when it is gone. */
export function readExecEnd(
  exitCode: number,
  { containerStartedAt }: ExecRef,
  container: ContainerInspect | undefined,
): End {
  const livesOn = container?.State.Status === "running" && container.State.StartedAt === containerStartedAt;
  if (exitCode !== KILLED) return { kind: "exited", exitCode, oom: false };
  if (!livesOn) return { kind: "shut-down", message: "its container ended while it ran", exitCode };
  return { kind: "exited", exitCode, oom: (container.HostConfig.Memory ?? 0) > 0 ? "unknown" : false };
}

/** Returns the state of an instance that has not ended; undefined when it has, and its exit code must be judged. */
function readExecState({ Running, ExitCode, Pid }: ExecInspect, times: ExecTimes): ObjectState | undefined {
  if (ExitCode !== null) return undefined;
  return Running || Pid !== 0 ? runningSince(times) : { phase: "inert" };
}

/** The times, as far as they are known: the engine keeps none. */
interface ExecTimes {
  readonly startedAt?: Date;
  readonly endedAt?: Date;
}

function runningSince({ startedAt }: ExecTimes): ObjectState {
  return { phase: "running", ...(startedAt && { startedAt }) };
}

function ended(end: End, { startedAt, endedAt }: ExecTimes): ObjectState {
  if (end.kind === "rejected") return { phase: "ended", end };
  return { phase: "ended", end, startedAt: startedAt ?? "unknown", ...(endedAt && { finishedAt: endedAt }) };
}

/** The exit code that the engine reports for an exec instance that it had lost track of. */
const NOT_FOUND = 127;

/**
 * Returns the exit code in the engine's event of the end of an exec instance: the engine keeps its last 256 events, of
 * all kinds. Undefined when the event is not among them, or the exit code may not be the process's own.
 */
async function toldExitCode(
  docker: Docker,
  { container, execId }: { readonly container: string; readonly execId: string },
): Promise<number | undefined> {
  const filters = { type: ["container"], container: [container], event: ["exec_die"] };
  const { systemTime } = await docker.info();
  if (systemTime === undefined) return undefined;
  // Up to the next second by the engine's clock: that ends the answer.
  const query = { since: 0, until: Math.floor(systemTime.getTime() / 1000) + 1, filters };
  const { body } = expectStatus(await docker.call({ method: "GET", path: "/events", query }), "events", 200);
  const exitCode = readEvents(body).get(execId);
  return exitCode === NOT_FOUND ? undefined : exitCode;
}

/** The answer is one JSON text per line. If there is one line, it has already been parsed; several have not. */
function readEvents(body: unknown): ReadonlyMap<string, number> {
  const { message } = (body ?? {}) as { readonly message?: string };
  const events = message === undefined ? [body] : message.split("\n").flatMap(parse);
  return new Map(events.flatMap(readEvent));
}

function parse(line: string): unknown[] {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
}

function readEvent(event: unknown): [string, number][] {
  const { Actor } = (event ?? {}) as { readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> } };
  const { execID, exitCode } = Actor?.Attributes ?? {};
  const code = Number(exitCode);
  return execID !== undefined && Number.isInteger(code) ? [[execID, code]] : [];
}
