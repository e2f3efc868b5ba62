import type { Clock } from "../../src/clock.ts";
import type { AttemptOrder, End, ObjectState, OutputLine } from "../../src/engines/engine.ts";
import type { Usage } from "../../src/ledger/record.ts";
import { type FakeNode, FakeNodes } from "./fake-nodes.ts";

/** What a process does once it is started. It runs to its first wait, and may go on from timers or from the test. */
export type Program = (process: FakeProcess) => void;

/** A running process, as its program (or a test) drives it. */
export interface FakeProcess {
  readonly order: AttemptOrder;
  print(line: string, stream?: OutputLine["stream"]): void;
  /** Ends it. Does nothing when it has ended. */
  exit(exitCode: number, how?: { oom: boolean }): void;
  /** What it does at the stop signal, instead of exiting with 143. */
  onStop(react: () => void): void;
}

/** One object of the world: ours, or foreign (then without an order). */
export interface FakeObject {
  readonly id: string;
  /** An engine can give it another one. */
  name: string;
  readonly instance: string | undefined;
  readonly order: AttemptOrder | undefined;
  life: Life;
  readonly output: OutputLine[];
  react: (() => void) | undefined;
  /** Where it was started, in a world that has nodes. */
  node: string | undefined;
}

export type Life =
  | { phase: "inert" }
  | { phase: "pending"; detail: string }
  | { phase: "running"; startedAt: Date }
  | { phase: "ended"; end: End; startedAt?: Date; finishedAt?: Date };

export interface Execution {
  readonly attempt: string;
  readonly definition: string;
  readonly startedAt: Date;
  readonly object: FakeObject;
}

export interface WorldOptions {
  readonly clock: Clock;
  /** What runs in an object; undefined when there is no such command. */
  readonly program: (order: AttemptOrder) => Program | undefined;
}

/**
 * The engine's side of `FakeEngine`: objects in memory, that live on while schedulers come and go. Several engines may
 * share one world, as several schedulers share one Docker. Time is the clock's alone.
 */
export class FakeWorld {
  readonly images = new Set(["busybox"]);
  /** Paths that a bind mount finds. */
  readonly paths = new Set<string>();
  readonly networks = new Set(["bridge", "none", "host"]);
  /** What can be cloned, or lend its volumes, by name. */
  readonly containers = new Set<string>();
  readonly objects = new Map<string, FakeObject>();
  /** Includes removed ones: their process may live on out of reach. */
  readonly everMade = new Map<string, FakeObject>();
  readonly nodes = new FakeNodes();
  /** What was told to stop while its process ran. */
  readonly signalled = new Set<FakeObject>();
  /** Every start of a process there ever was: what promise 2 is checked against. */
  readonly executions: Execution[] = [];
  /** How often it was read what an object uses. */
  readonly usageReadings = new Map<FakeObject, number>();
  readonly clock: Clock;
  readonly #program: WorldOptions["program"];
  readonly #listeners = new Set<(object: FakeObject) => void>();
  #made = 0;

  constructor({ clock, program }: WorldOptions) {
    this.clock = clock;
    this.#program = program;
  }

  find(name: string): FakeObject | undefined {
    return this.objects.values().find((object) => object.name === name);
  }

  create(name: string, instance?: string, order?: AttemptOrder): FakeObject {
    const id = `object-${++this.#made}`;
    const life = { phase: "inert" } as const;
    const object: FakeObject = { id, name, instance, order, life, output: [], react: undefined, node: undefined };
    this.objects.set(id, object);
    this.everMade.set(id, object);
    return object;
  }

  /** As a real engine does, it also starts one again that has ended. */
  start(object: FakeObject): void {
    const { order } = object;
    if (object.life.phase === "running" || order === undefined) return;
    object.node = this.nodes.choose(order.template);
    if (object.node === undefined && this.nodes.states.size > 0) {
      object.life = { phase: "pending", detail: "no suitable node" };
      this.#tell(object);
      return;
    }
    const program = this.#program(order);
    const startedAt = this.clock.now();
    if (program === undefined) {
      this.#end(object, { kind: "rejected", reason: "start-failed", message: "no such command" });
      return;
    }
    object.life = { phase: "running", startedAt: this.#timeOn(object.node) };
    object.react = undefined;
    const { run, attempt, definition } = order;
    this.executions.push({ attempt: `${run}.${attempt}`, definition, startedAt, object });
    this.#tell(object);
    program(this.processOf(object, order));
  }

  /** To drive a process from outside its program. */
  processOf(object: FakeObject, order: AttemptOrder): FakeProcess {
    return {
      order,
      print: (line, stream = "stdout") => {
        const at = this.clock.now();
        object.output.push({ stream, line, at, time: at.toISOString() });
        this.#tell(object);
      },
      exit: (exitCode, { oom } = { oom: false }) => this.#end(object, { kind: "exited", exitCode, oom }),
      onStop: (react) => {
        object.react = react;
      },
    };
  }

  /** The stop signal, and after the grace period the kill. */
  async stop(object: FakeObject, gracePeriodMs: number): Promise<void> {
    if (object.life.phase !== "running") return;
    if (!this.nodes.isUp(object.node)) return this.clock.wait(gracePeriodMs, new AbortController().signal);
    this.signalled.add(object);
    if (object.react === undefined) return this.#end(object, { kind: "exited", exitCode: 143, oom: false });
    object.react();
    const ended = new AbortController();
    const unlisten = this.listen((other) => other === object && object.life.phase === "ended" && ended.abort());
    if ((object.life as Life).phase === "running") await this.clock.wait(gracePeriodMs, ended.signal);
    unlisten();
    this.kill(object);
  }

  kill(object: FakeObject): void {
    this.#end(object, { kind: "exited", exitCode: 137, oom: false });
  }

  remove(id: string): void {
    const object = this.objects.get(id);
    if (object === undefined) return;
    if (this.nodes.isUp(object.node)) this.kill(object);
    this.objects.delete(id);
    this.#tell(object);
  }

  /** How a manager sees it: of what happens on a node that is down, it hears nothing. */
  seen(object: FakeObject): ObjectState {
    const { node, life } = object;
    if (node === undefined || this.nodes.isUp(node)) return life;
    if (life.phase === "ended" && !this.nodes.endedUnseen.has(object)) return life;
    return { phase: "ended", end: { kind: "node-down", message: `node ${node} is down` }, node };
  }

  /** A process uses a tenth of a second between two readings, and memory that no other one has. */
  readUsage(object: FakeObject): Usage | undefined {
    if (object.life.phase !== "running" || !this.nodes.isUp(object.node)) return undefined;
    this.usageReadings.set(object, (this.usageReadings.get(object) ?? 0) + 1);
    return this.usageOf(object);
  }

  /** What was read last. */
  usageOf(object: FakeObject): Required<Usage> {
    const megabytes = Number(object.id.replace("object-", ""));
    return { cpuMs: 100 * (this.usageReadings.get(object) ?? 0), peakMemoryBytes: 1_048_576 * megabytes };
  }

  loseNode(node: string): void {
    this.nodes.states.set(node, "down");
    for (const object of this.objects.values()) if (object.node === node) this.#tell(object);
  }

  /** What still runs there is stopped: Swarm has given it up. What waits for a node may have this one. */
  returnNode(node: string): void {
    this.nodes.states.set(node, "up");
    this.nodes.endedUnseen.clear();
    for (const object of this.everMade.values()) {
      if (object.node === node && object.life.phase === "running")
        this.#end(object, { kind: "shut-down", message: `node ${node} is back`, exitCode: 143 });
    }
    for (const object of [...this.objects.values()]) {
      if (object.life.phase === "pending") this.start(object);
      else if (object.node === node) this.#tell(object);
    }
  }

  /**
   * The node is another one now: what may no longer run there is stopped, and what waits may have it. Without `change`, it
   * leaves, and takes along what runs there.
   */
  changeNode(node: string, change: FakeNode | undefined): void {
    if (change === undefined) this.nodes.states.delete(node);
    else {
      this.nodes.details.set(node, { ...this.nodes.details.get(node), ...change });
      if (!this.nodes.states.has(node)) this.nodes.states.set(node, "up");
    }
    for (const object of this.everMade.values()) {
      if (object.node !== node || object.life.phase !== "running") continue;
      const mayStay =
        change !== undefined && object.order !== undefined && this.nodes.keeps(node, object.order.template);
      if (!mayStay) this.#end(object, { kind: "shut-down", message: `node ${node} has changed`, exitCode: 143 });
    }
    for (const object of [...this.objects.values()]) if (object.life.phase === "pending") this.start(object);
  }

  /** Hears of every change of every object; answers with the way to stop. */
  listen(listener: (object: FakeObject) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #end(object: FakeObject, end: End): void {
    if (end.kind === "rejected") object.life = { phase: "ended", end };
    else if (object.life.phase !== "running") return;
    else object.life = { phase: "ended", end, startedAt: object.life.startedAt, finishedAt: this.#timeOn(object.node) };
    if (!this.nodes.isUp(object.node)) this.nodes.endedUnseen.add(object);
    this.#tell(object);
  }

  #timeOn(node: string | undefined): Date {
    return new Date(this.clock.now().getTime() + (this.nodes.clocksAhead.get(node) ?? 0));
  }

  #tell(object: FakeObject): void {
    for (const listener of [...this.#listeners]) listener(object);
  }
}
