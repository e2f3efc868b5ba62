import type { Clock } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import { inspectContainer } from "../docker/containers.ts";
import { type ExecInspect, hasProcess, inspectExec } from "../docker/exec-calls.ts";
import type { End, ObjectState } from "../engine.ts";
import { toldExitCode } from "./exec-events.ts";
import { type ExecRef, mustReadExecId } from "./exec-id.ts";
import { type ExecOutputs, isAttached } from "./exec-outputs.ts";
import { hasFailedToStart } from "./exec-start.ts";
import {
  ended,
  FORGOTTEN,
  KILLED,
  LOST_SIGHT,
  NOT_RECORDED,
  readExecEnd,
  readExecState,
  runningSince,
} from "./read-exec.ts";

/** How long after a command's the end of its container may be told. */
const CONTAINER_END_MS = 1000;

/** Where the process of an exec instance is. */
export interface Place {
  readonly container: string;
  /** On the host; 0 while there is none. */
  readonly pid: number;
  /** Absent for the container's own. */
  readonly user?: string;
}

/** How exec instances are now: what the engine says of them, and what it has lost sight of. */
export class ExecSight {
  readonly #docker: Docker;
  readonly #clock: Clock;
  readonly #outputs: ExecOutputs;
  /** As long as this process lives: the engine forgets those of which it has lost sight, while they run. */
  readonly #places = new Map<string, Place>();

  readonly #killedSince = new Map<string, number>();

  constructor(docker: Docker, clock: Clock, outputs: ExecOutputs) {
    this.#docker = docker;
    this.#clock = clock;
    this.#outputs = outputs;
  }

  /** Known once it was looked at. */
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

  /** Of a container that ends, the engine tells the ends of the commands in it first, and its own a moment later. */
  #mayEndLater(end: End, objectId: string): boolean {
    if (end.kind !== "exited" || end.exitCode !== KILLED) return false;
    const now = this.#clock.now().getTime();
    const since = this.#killedSince.get(objectId) ?? now;
    this.#killedSince.set(objectId, since);
    return now - since < CONTAINER_END_MS;
  }

  /** Of one whose output was not read to its end; null when it cannot be known. */
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
