import type { Clock } from "../../clock.ts";
import type { ExecTemplate } from "../../job/exec-template.ts";
import type { LabelRules } from "../../job/label-rules.ts";
import type { Docker } from "../docker/connect.ts";
import type { Activated, AttemptOrder, LogOptions, ObjectState, OutputLine, Prepared } from "../engine.ts";
import { mustReadExecId } from "./exec-id.ts";
import { ExecOutputs, isAttached } from "./exec-outputs.ts";
import { signalMarked } from "./exec-shell.ts";
import { ExecSight } from "./exec-sight.ts";
import { startExec } from "./exec-start.ts";
import { prepareExec } from "./prepare-exec.ts";

const STOPPING_LOOK_MS = 100;
/** What a killed process may take to be gone. */
const KILL_MARGIN_MS = 10_000;

/** It was made and not started yet, so it never ran. */
const REMOVED_BEFORE: Activated = {
  kind: "rejected",
  reason: "container-not-running",
  message: "the container was removed before the command was started in it",
};

export interface ExecEngineParts {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly instance: string;
  readonly rules?: LabelRules;
}

/**
 * Attempts that are exec instances: commands in containers that run already. The part of `ContainerEngine` that speaks
 * of them; the object IDs are those of `exec-id.ts`.
 *
 * Of exec instances the engine keeps no list, no times and no output, and it cannot end them, nor remove them.
 */
export class ExecEngine {
  readonly #workshop: Omit<ExecEngineParts, "clock">;
  readonly #docker: Docker;
  readonly #clock: Clock;
  readonly #outputs: ExecOutputs;
  readonly #sight: ExecSight;
  readonly #jobs = new Map<string, string>();
  /** Inert, and never to be started any more. */
  readonly #withdrawn = new Set<string>();
  #wake: (job?: string) => void = () => {};

  constructor({ docker, clock, ...workshop }: ExecEngineParts) {
    this.#workshop = { docker, ...workshop };
    this.#docker = docker;
    this.#clock = clock;
    this.#outputs = new ExecOutputs(clock);
    this.#sight = new ExecSight(docker, clock, this.#outputs);
  }

  async prepare(order: AttemptOrder, template: ExecTemplate): Promise<Prepared> {
    const prepared = await prepareExec(this.#workshop, order, template);
    if (prepared.kind === "prepared") this.#jobs.set(prepared.objectId, order.job);
    return prepared;
  }

  /** See `Engine.activate`. */
  async activate(objectId: string): Promise<Activated> {
    return (await this.#start(objectId)) ?? REMOVED_BEFORE;
  }

  /** See `Engine.activateAgain`: an exec instance is fenced by itself. Of one that is gone, a look says so. */
  async activateAgain(objectId: string): Promise<Activated> {
    return (await this.#start(objectId)) ?? { kind: "activated" };
  }

  /** Undefined when there is no such exec instance. */
  async #start(objectId: string): Promise<Activated | undefined> {
    const startedAt = this.#clock.now();
    const started = await startExec(this.#docker, mustReadExecId(objectId).execId, this.#clock);
    if (started.kind === "gone") return undefined;
    if (started.kind === "rejected") return started;
    const job = this.#jobs.get(objectId);
    if (started.kind === "started") this.#outputs.hold(objectId, { response: started.response, startedAt, job });
    return { kind: "activated" };
  }

  /** Undefined of what was withdrawn. */
  async look(objectId: string): Promise<ObjectState | undefined> {
    if (this.#withdrawn.has(objectId)) return undefined;
    const state = await this.#sight.look(objectId);
    const isHeard = state.phase !== "running" || isAttached(this.#outputs.get(objectId));
    return isHeard ? state : { ...state, isUnheard: true };
  }

  /** See `Engine.stop`. Throws, saying why, when nothing can end it. */
  async stop(objectId: string, gracePeriodMs: number): Promise<void> {
    await this.#signalAll(objectId, "TERM");
    if (!(await this.#endsWithin(objectId, gracePeriodMs))) await this.#kill(objectId);
  }

  /** See `Engine.withdraw`. The engine cannot remove it: a request to start it that comes later than this still does. */
  async withdraw(objectId: string): Promise<void> {
    if ((await this.look(objectId))?.phase === "inert") await this.remove(objectId);
  }

  /** What is inert cannot be removed, but is as if it were; what runs is killed. */
  async remove(objectId: string): Promise<void> {
    const phase = (await this.look(objectId))?.phase;
    if (phase === "inert") this.#withdrawn.add(objectId);
    if (phase === "running" && !(await this.#kill(objectId)))
      throw new Error("the command in the container cannot be ended, and goes on");
    this.#outputs.forget(objectId);
    this.#sight.forget(objectId);
    this.#jobs.delete(objectId);
  }

  /** See `Engine.logs`: there is but one stream, from the start on, and it can be read once. */
  logs(objectId: string, { gate }: LogOptions, signal: AbortSignal): AsyncIterable<OutputLine> {
    return this.#outputs.lines(objectId, { gate, signal, onEnd: (job) => this.#wake(job) });
  }

  /** Wakes at the ends of those whose output is read here; of others nothing tells. */
  watch(wake: (job?: string) => void): void {
    this.#wake = wake;
  }

  async #kill(objectId: string): Promise<boolean> {
    await this.#signalAll(objectId, "KILL");
    return this.#endsWithin(objectId, KILL_MARGIN_MS);
  }

  async #signalAll(objectId: string, signal: "TERM" | "KILL"): Promise<void> {
    if ((await this.look(objectId))?.phase !== "running") return;
    const { container, user } = this.#sight.placeOf(objectId) ?? {};
    if (container === undefined) return;
    const { mark } = mustReadExecId(objectId);
    const sent = await signalMarked(this.#docker, container, { mark, signal, ...(user !== undefined && { user }) });
    if (sent === "no shell")
      throw new Error("the command cannot be ended: Docker itself cannot, and its container has no sh that could");
  }

  async #endsWithin(objectId: string, ms: number): Promise<boolean> {
    const until = this.#clock.now().getTime() + ms;
    const never = new AbortController().signal;
    for (;;) {
      if ((await this.look(objectId))?.phase !== "running") return true;
      if (this.#clock.now().getTime() >= until) return false;
      await this.#clock.wait(STOPPING_LOOK_MS, never);
    }
  }
}
