import type { Clock } from "../../clock.ts";
import type { LabelRules } from "../../job/label-rules.ts";
import type { Docker } from "../docker/connect.ts";
import { inParallel } from "../docker/parallel.ts";
import { orForbidden, orUnclear } from "../docker/status.ts";
import type {
  Activated,
  AttemptOrder,
  Carrier,
  LogOptions,
  ObjectName,
  ObjectState,
  OutputLine,
  OwnObject,
  Prepared,
} from "../engine.ts";
import { mustReadExecId, readExecId } from "./exec-id.ts";
import { ExecOutputs, isAttached } from "./exec-outputs.ts";
import { signalMarked } from "./exec-shell.ts";
import { ExecSight } from "./exec-sight.ts";
import { startExec } from "./exec-start.ts";
import { prepareExec } from "./prepare-exec.ts";

const LOOKS_AT_ONCE = 8;
const STOPPING_LOOK_MS = 100;
/** How long a killed process may take to end. */
const KILL_MARGIN_MS = 10_000;

/** It was created and not started, so it never ran. */
const REMOVED_BEFORE: Activated = {
  kind: "rejected",
  reason: "container-not-running",
  message: "the container was removed before the command was started in it",
};

interface ExecCarrierParts {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly instance: string;
  readonly rules?: LabelRules;
}

/**
 * Attempts are exec instances: commands in containers that are running already. Their object IDs are those of
 * `exec-id.ts`.
 *
 * Of exec instances the engine keeps no list, no times and no output, and it can neither end nor remove them.
 */
export class ExecCarrier implements Carrier {
  readonly carries = ["exec"];
  readonly #workshop: Omit<ExecCarrierParts, "clock">;
  readonly #docker: Docker;
  readonly #clock: Clock;
  readonly #outputs: ExecOutputs;
  readonly #sight: ExecSight;
  readonly #jobs = new Map<string, string>();
  /** Inert, and never to be started. */
  readonly #withdrawn = new Set<string>();
  #wake: (job?: string) => void = () => {};

  constructor({ docker, clock, ...workshop }: ExecCarrierParts) {
    this.#workshop = { docker, ...workshop };
    this.#docker = docker;
    this.#clock = clock;
    this.#outputs = new ExecOutputs(clock);
    this.#sight = new ExecSight(docker, clock, this.#outputs);
  }

  owns(objectId: string): boolean {
    return readExecId(objectId) !== undefined;
  }

  keepsOutput(): boolean {
    return false;
  }

  /** The engine lists none. */
  async list(): Promise<readonly OwnObject[]> {
    return [];
  }

  /** Which container runs under a name is known when the command starts. */
  preparesAhead(): boolean {
    return false;
  }

  async prepare(order: AttemptOrder): Promise<Prepared> {
    const { template } = order;
    if (template.kind !== "exec") throw new Error(`a template of kind ${template.kind} is no command in a container`);
    const prepared = await orForbidden<Prepared>(() => prepareExec(this.#workshop, order, template));
    if (prepared.kind === "prepared") this.#jobs.set(prepared.objectId, order.job);
    return prepared;
  }

  async activate({ id }: ObjectName): Promise<Activated> {
    return (await this.#start(id)) ?? REMOVED_BEFORE;
  }

  /** An exec instance is fenced by itself. That one is gone is seen by a look. */
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

  async look(objectIds: readonly string[]): Promise<ReadonlyMap<string, ObjectState>> {
    const seen = await inParallel(objectIds, LOOKS_AT_ONCE, async (id) => {
      return [id, await orUnclear(() => this.#lookAt(id))] as const;
    });
    return new Map(seen.flatMap(([id, state]) => (state === undefined ? [] : [[id, state]])));
  }

  /** Undefined for one that was withdrawn. */
  async #lookAt(objectId: string): Promise<ObjectState | undefined> {
    if (this.#withdrawn.has(objectId)) return undefined;
    const state = await this.#sight.look(objectId);
    const isHeard = state.phase !== "running" || isAttached(this.#outputs.get(objectId));
    return isHeard ? state : { ...state, isUnheard: true };
  }

  /** Throws, saying why, when nothing can end it. */
  async stop(objectId: string, gracePeriodMs: number): Promise<void> {
    await this.#signalAll(objectId, "TERM");
    if (!(await this.#endsWithin(objectId, gracePeriodMs))) await this.#kill(objectId);
  }

  /** The engine cannot remove it: a request to start it that comes later than this still does. */
  async withdraw(objectId: string): Promise<void> {
    if ((await this.#lookAt(objectId))?.phase === "inert") await this.remove(objectId);
  }

  /** What is inert cannot be removed, but is as if it were; what runs is killed. */
  async remove(objectId: string): Promise<void> {
    const phase = (await this.#lookAt(objectId))?.phase;
    if (phase === "inert") this.#withdrawn.add(objectId);
    if (phase === "running" && !(await this.#kill(objectId)))
      throw new Error("the command in the container cannot be ended, and goes on");
    this.#outputs.forget(objectId);
    this.#sight.forget(objectId);
    this.#jobs.delete(objectId);
  }

  /** There is only one stream, from the start on, and it can be read once. */
  logs(objectId: string, { gate, onlyListens }: LogOptions, signal: AbortSignal): AsyncIterable<OutputLine> {
    if (onlyListens) return this.#outputs.listen(objectId, signal);
    return this.#outputs.lines(objectId, { gate, signal, onEnd: (job) => this.#wake(job) });
  }

  /** The engine counts it together with the container that it runs in. */
  async usage(): Promise<undefined> {
    return undefined;
  }

  /** Wakes at the ends of those whose output is read here. Nothing tells of the others. */
  watch(wake: (job?: string) => void): void {
    this.#wake = wake;
  }

  async #kill(objectId: string): Promise<boolean> {
    await this.#signalAll(objectId, "KILL");
    return this.#endsWithin(objectId, KILL_MARGIN_MS);
  }

  async #signalAll(objectId: string, signal: "TERM" | "KILL"): Promise<void> {
    if ((await this.#lookAt(objectId))?.phase !== "running") return;
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
      if ((await this.#lookAt(objectId))?.phase !== "running") return true;
      if (this.#clock.now().getTime() >= until) return false;
      await this.#clock.wait(STOPPING_LOOK_MS, never);
    }
  }
}
