import {
  type Abilities,
  type Activated,
  type AttemptOrder,
  type Engine,
  type EngineNode,
  EngineTrouble,
  type EngineVersion,
  type LogOptions,
  type ObjectName,
  type ObjectState,
  OutputGone,
  type OutputLine,
  type OwnObject,
  type Prepared,
  type Pulled,
  type Rejection,
} from "../../src/engines/engine.ts";
import { ENGINE_KINDS } from "../../src/engines/kinds.ts";
import { linesAfter } from "../../src/engines/output.ts";
import type { ObjectKind } from "../../src/job/job.ts";
import type { Usage } from "../../src/ledger/record.ts";
import type { FakeNode } from "./fake-nodes.ts";
import { missingNetwork, refuse } from "./fake-refusals.ts";
import type { FakeObject, FakeWorld } from "./fake-world.ts";

/** A request to the engine, before it is carried out or after, when only its answer is missing. */
export interface EngineCall {
  readonly method: "greet" | "nodes" | "list" | "look" | "prepare" | "pull" | "activate" | "stop" | "remove";
  /** The object's name or ID, or the image. */
  readonly subject: string;
  readonly moment: "before" | "after";
}

export interface FakeEngineOptions {
  readonly world: FakeWorld;
  readonly instance?: string;
  /** As services (the default: as containers) objects are fenced: each is started at most once, by any scheduler and at any time. */
  readonly kind?: ObjectKind;
  /**
   * Is asked before and after every call. What it throws, the caller gets: thrown before, the request never arrived;
   * after, it was carried out and the answer was lost. `EngineUnavailable` is an engine that is down (then `greet`
   * throws it, too); `EngineTrouble` is trouble with this subject alone. What it waits for holds the request, or its
   * answer: a call that hangs, a pull that stalls; what never settles is a scheduler killed at that point.
   */
  readonly intercept?: (call: EngineCall) => void | Promise<void>;
  /** Whether it knows what runs use: of those on other nodes, an engine does not. Default: true. */
  readonly knowsUsage?: boolean;
}

/** An engine in memory, to be believed because it passes the same contract as the real one. It sets no timers. */
export class FakeEngine implements Engine {
  readonly objectKind: ObjectKind;
  readonly keepsEnded: boolean;
  readonly pulls: boolean;
  readonly mayOutliveRemoval: boolean;
  readonly keepsOutput = () => this.keepsEnded;
  readonly preparesAhead = () => true;
  readonly #world: FakeWorld;
  readonly #instance: string;
  readonly #knowsUsage: boolean;
  readonly #intercept: NonNullable<FakeEngineOptions["intercept"]>;

  constructor({
    world,
    instance = "shipbell",
    kind = "container",
    intercept = () => {},
    knowsUsage = true,
  }: FakeEngineOptions) {
    const { keepsEnded, pulls, mayOutliveRemoval } = abilitiesOf(kind);
    this.objectKind = kind;
    this.keepsEnded = keepsEnded;
    this.pulls = pulls;
    this.mayOutliveRemoval = mayOutliveRemoval;
    this.#world = world;
    this.#instance = instance;
    this.#intercept = intercept;
    this.#knowsUsage = knowsUsage;
  }

  greet(): Promise<EngineVersion> {
    return this.#call("greet", "", () => ({ version: "fake", apiVersion: "1.41" }));
  }

  nodes(signal: AbortSignal): Promise<readonly EngineNode[]> {
    const { states, details, leftBehind } = this.#world.nodes;
    const nodes = this.#call("nodes", "", (): readonly EngineNode[] =>
      states.size === 0
        ? [{ id: "fake", name: "fake", state: "ready", availability: "active", isLeader: false, engineVersion: "fake" }]
        : [
            ...[...states].map(([name, state], index) =>
              nodeOf(name, { state, id: this.#world.nodes.idOf(name), ...details.get(name) }, index),
            ),
            ...[...leftBehind].map(([name, node]) => nodeOf(name, { state: "down", ...node })),
          ],
    );
    return Promise.race([rejectsWhen(signal), nodes]);
  }

  watchNodes(_wake: () => void, _signal: AbortSignal): void {}

  list(): Promise<readonly OwnObject[]> {
    return this.#call("list", "", () => this.#own().flatMap((object) => toOwnObject(object, this.#world) ?? []));
  }

  async look(objectIds: readonly string[]): Promise<ReadonlyMap<string, ObjectState>> {
    const look = this.#call("look", objectIds.join(" "), () => {
      const found = objectIds.flatMap((id) => this.#world.objects.get(id) ?? []);
      return new Map(found.map((object) => [object.id, this.#world.seen(object)]));
    });
    try {
      return await look;
    } catch (trouble) {
      // Services are looked at all together.
      if (!(trouble instanceof EngineTrouble) || this.objectKind === "service") throw trouble;
      return new Map(objectIds.map((id) => [id, { phase: "unclear", trouble }]));
    }
  }

  prepare(order: AttemptOrder): Promise<Prepared> {
    return this.#call("prepare", order.objectName, () => this.#prepare(order));
  }

  pull(image: string, signal: AbortSignal): Promise<Pulled> {
    const pulled = this.#call("pull", image, (): Pulled => {
      if (this.#world.images.has(image)) return { kind: "pulled" };
      return { kind: "rejected", reason: "registry-unreachable", message: `no registry answers for ${image}` };
    });
    return Promise.race([pulled, rejectsWhen(signal)]);
  }

  activate({ id, name }: ObjectName): Promise<Activated> {
    return this.#call("activate", id, () => this.#start(id, name));
  }

  activateAgain(objectId: string): Promise<Activated> {
    return this.#call("activate", objectId, () => {
      const object = this.#world.objects.get(objectId);
      if (object === undefined) return { kind: "activated" };
      if (this.objectKind === "container") object.name = `${object.name}-again`;
      return object.life.phase === "inert" ? this.#start(objectId, object.name) : { kind: "activated" };
    });
  }

  #start(objectId: string, name: string): Activated {
    const object = this.#world.objects.get(objectId);
    if (object?.order === undefined) return this.objectKind === "container" ? REMOVED_BEFORE : { kind: "activated" };
    // What was renamed is not found by its old name; it has been seen to.
    const isFenced = this.objectKind === "container" ? object.name !== name : object.life.phase !== "inert";
    if (isFenced) return { kind: "activated" };
    const reason = missingNetwork(this.#world, object.order);
    if (reason !== undefined) object.life = { phase: "ended", end: reason };
    else this.#world.start(object);
    const { life } = object;
    return life.phase === "ended" && life.end.kind === "rejected" ? life.end : { kind: "activated" };
  }

  stop(objectId: string, gracePeriodMs: number): Promise<void> {
    return this.#call("stop", objectId, async () => {
      const object = this.#world.objects.get(objectId);
      if (object !== undefined) await this.#world.stop(object, gracePeriodMs);
    });
  }

  withdraw(objectId: string): Promise<void> {
    return this.#call("remove", objectId, () => {
      const phase = this.#world.objects.get(objectId)?.life.phase;
      if (phase === "inert" || phase === "pending") this.#world.remove(objectId);
    });
  }

  remove(objectId: string): Promise<void> {
    return this.#call("remove", objectId, () => this.#world.remove(objectId));
  }

  async *logs(
    objectId: string,
    { tail, after, follow, gate }: LogOptions,
    signal: AbortSignal,
  ): AsyncGenerator<OutputLine> {
    const object = this.#world.objects.get(objectId);
    if (object === undefined) throw new OutputGone();
    const there = object.output.filter(linesAfter(after));
    let next = object.output.length - (tail === "all" ? there.length : Math.min(tail, there.length));
    while (!signal.aborted) {
      for (let line = object.output[next]; line !== undefined; line = object.output[next]) {
        next++;
        if (gate?.isShut()) {
          gate.drop(1);
          gate.keepLast([line.line]);
          if (gate.isOverrun()) return;
        } else yield line;
      }
      if (follow === false || object.life.phase !== "running" || !this.#world.objects.has(objectId)) return;
      await nextChange(this.#world, object, signal);
    }
  }

  async usage(objectId: string): Promise<Usage | undefined> {
    const object = this.#knowsUsage ? this.#world.objects.get(objectId) : undefined;
    return object && this.#world.readUsage(object);
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    const unlisten = this.#world.listen(({ instance, order }) => instance === this.#instance && wake(order?.job));
    signal.addEventListener("abort", unlisten, { once: true });
    wake();
  }

  async #call<T>(method: EngineCall["method"], subject: string, act: () => T | Promise<T>): Promise<T> {
    await this.#intercept({ method, subject, moment: "before" });
    const answer = await act();
    await this.#intercept({ method, subject, moment: "after" });
    return answer;
  }

  #own(): FakeObject[] {
    return [...this.#world.objects.values()].filter(({ instance }) => instance === this.#instance);
  }

  #prepare(order: AttemptOrder): Prepared {
    const holder = this.#world.find(order.objectName);
    if (holder !== undefined) {
      if (holder.instance !== this.#instance || holder.life.phase !== "inert") return nameTaken(order);
      if (isSameAttempt(holder.order, order))
        return { kind: "prepared", objectId: holder.id, objectName: order.objectName };
      if (this.objectKind === "service")
        return this.#prepare({ ...order, objectName: `${order.objectName}-${order.definition}` });
      this.#world.remove(holder.id);
    }
    const refusal = refuse(this.#world, order);
    if (refusal !== undefined) return refusal;
    const { id } = this.#world.create(order.objectName, this.#instance, order);
    return { kind: "prepared", objectId: id, objectName: order.objectName };
  }
}

/** Those of the real engine whose jobs run as such objects. */
function abilitiesOf(objectKind: ObjectKind): Abilities {
  const kind = ENGINE_KINDS.find(({ abilities }) => abilities.objectKind === objectKind);
  if (kind === undefined) throw new Error(`no engine runs jobs as ${objectKind}`);
  return kind.abilities;
}

const REMOVED_BEFORE: Rejection = { kind: "rejected", reason: "start-failed", message: "it was removed before" };

function nameTaken({ objectName }: AttemptOrder): Rejection {
  return { kind: "rejected", reason: "name-taken", message: `the name ${objectName} is taken` };
}

function isSameAttempt(held: AttemptOrder | undefined, order: AttemptOrder): boolean {
  const { run, attempt, definition, trigger } = order;
  const isHeld = held?.run === run && held.attempt === attempt && held.definition === definition;
  return isHeld && held.trigger === trigger;
}

function toOwnObject(object: FakeObject, world: FakeWorld): OwnObject | undefined {
  const { id, name, order, life } = object;
  if (order === undefined) return undefined;
  const { job, run, attempt, trigger, scheduledAt, after, definition } = order;
  const labels = { job, run, attempt, trigger, scheduledAt, ...(after && { after }), definition };
  return { id, name, ...labels, inert: life.phase === "inert", running: world.seen(object).phase === "running" };
}

/** The first one is the manager. */
function nodeOf(
  name: string,
  {
    id,
    state,
    availability = "active",
    labels = {},
  }: FakeNode & { readonly id: string; readonly state: "up" | "down" },
  index = 1,
): EngineNode {
  const role = index === 0 ? "manager" : "worker";
  const machine = { address: "10.0.0.1", os: "linux", architecture: "x86_64", engineLabels: {} };
  return {
    id,
    name,
    state: state === "up" ? "ready" : state,
    availability,
    role,
    isLeader: index === 0,
    engineVersion: "fake",
    traits: { ...machine, hostname: name, role, labels },
  };
}

function rejectsWhen(signal: AbortSignal): Promise<never> {
  const givenUp = () => new EngineTrouble("given up");
  return new Promise((_, reject) => {
    if (signal.aborted) reject(givenUp());
    else signal.addEventListener("abort", () => reject(givenUp()), { once: true });
  });
}

function nextChange(world: FakeWorld, object: FakeObject, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      unlisten();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const unlisten = world.listen((changed) => changed === object && done());
    signal.addEventListener("abort", done);
  });
}
