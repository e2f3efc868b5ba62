import { expect } from "vitest";
import type { Unread } from "../../src/definition/reading.ts";
import { EngineTrouble, EngineUnavailable } from "../../src/engines/engine.ts";
import type { Job, ObjectKind } from "../../src/job/job.ts";
import type { Tracing } from "../../src/job/trace.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { readRecord } from "../../src/ledger/record-json.ts";
import { createRunEvents, type RunEvent } from "../../src/observe/run-events.ts";
import type { Span } from "../../src/observe/traces/span.ts";
import { Traces } from "../../src/observe/traces/traces.ts";
import { Loop } from "../../src/runs/loop.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { type EngineCall, FakeEngine } from "../support/fake-engine.ts";
import { type FakeObject, FakeWorld, type Program } from "../support/fake-world.ts";
import { MemoryLedger, MemoryLedgerStore } from "../support/memory-ledger.ts";

/** Anything that a scheduler does to the outside, before it is carried out or after, when only its answer is missing. */
export interface Effect {
  readonly what: EngineCall["method"] | "swap";
  readonly moment: "before" | "after";
  /** The object's name or ID, the image, or the job of a swap. */
  readonly subject: string;
}

/**
 * What happens to a scheduler at an effect: it goes on, is killed there, or gets no answer from the engine (before:
 * the request was lost; after: it was carried out). `trouble`: the engine is in trouble with this object alone;
 * `forbidden`: a proxy before it forbids the request. A promise holds it up for so long; `hang`: for ever.
 */
export type Fault = (effect: Effect) => Fate | Promise<Fate>;
export type Fate = "go-on" | "kill" | "no-answer" | "hang" | "trouble" | "forbidden";

const none = () => new Map<string, never>();

/** One Docker host, or one Swarm, with schedulers that come and go, on a clock of its own. */
export class Scene {
  readonly clock: FakeClock;
  readonly world: FakeWorld;
  readonly store = new MemoryLedgerStore();
  readonly events: RunEvent[] = [];
  readonly kind: ObjectKind;
  /** How long before it is due its schedulers prepare a start. */
  aheadMs = 0;
  /** Whether the engines of schedulers that are started from now on know what runs use. */
  knowsUsage = true;
  /** Where traces are on: what its schedulers have made of runs. */
  tracing: Tracing | undefined;
  readonly spans: Span[] = [];
  /** When the host was first seen after its boots, but for the first one. */
  boots: readonly Date[] = [];
  readonly #timetables = createTimetables({ boots: () => this.boots });

  constructor(startsAt: Date, program: Program, kind: ObjectKind = "container") {
    this.kind = kind;
    this.clock = new FakeClock(startsAt);
    this.store.clock = this.clock;
    this.world = new FakeWorld({ clock: this.clock, program: () => program });
  }

  /** Starts a scheduler. With containers only one may live at a time: the lock sees to that in real life. */
  async startScheduler(
    jobs: readonly Job[],
    fault: Fault = () => "go-on",
    unread: readonly Unread[] = [],
    pools: Readonly<Record<string, number>> = {},
  ): Promise<Scheduler> {
    const scheduler = new Scheduler(this, fault);
    scheduler.pools = new Map(Object.entries(pools));
    await scheduler.begin(jobs, unread);
    return scheduler;
  }

  loopParts(engine: FakeEngine, ledger: MemoryLedger, isAlive: () => boolean) {
    const events = createRunEvents((error) => {
      throw error;
    });
    events.on((event) => isAlive() && this.events.push(event));
    const { clock, aheadMs, tracing } = this;
    const timetables = this.#timetables;
    const parts = { instance: "shipbell", engine, ledger, clock, events, timetables, startsAtOnce: 8, aheadMs };
    if (tracing === undefined) return parts;
    const add = (spans: readonly Span[]) => isAlive() && this.spans.push(...spans);
    const onFault = (cause: unknown) => {
      throw cause;
    };
    const traces = new Traces({ clock, tracing, objectKind: this.kind, records: none, jobs: none, add, onFault });
    events.on(traces.onEvent);
    return { ...parts, tracing, onWon: traces.recordWon.bind(traces) };
  }

  record(job: string): JobRecord {
    const read = readRecord(this.store.texts.get(job) ?? "");
    if (read.kind !== "record") throw new Error(read.message);
    return read.record;
  }

  /** The promises that every story must keep, whatever happened in it. */
  expectPromisesKept(job: Job): void {
    const record = this.record(job.name);
    const begin = this.store.firstCursors.get(job.name) ?? record.cursor;
    const occurrences = [...this.#timetables.of(job.schedules).between(begin, record.cursor)];
    const { started, skipped, missed, ended } = record.totals;
    const verdicts = (started.schedule ?? 0) + (started["catch-up"] ?? 0) + sum(skipped) + sum(missed);
    expect(verdicts, "verdicts of the occurrences up to the cursor").toBe(occurrences.length);
    const ofJob = this.world.executions.filter(({ object }) => object.order?.job === job.name);
    const executed = ofJob.map(({ attempt }) => attempt);
    expect(executed, "executions, at most one an attempt").toEqual([...new Set(executed)]);
    const outcomes = Object.values(ended).reduce((total, byTrigger) => total + sum(byTrigger), 0);
    const active = record.runs.filter(({ outcome }) => outcome === undefined).length;
    expect(outcomes + active, "outcomes of the started runs").toBe(sum(started));
    const bound = new Set(record.runs.flatMap(({ attempts }) => attempts.map(({ objectId }) => objectId)));
    const isKept = (id: string) => bound.has(id) && (this.kind === "container" || active > 0);
    const objects = [...this.world.objects.values()].filter(({ order }) => order?.job === job.name);
    const isAhead = ({ life, order }: FakeObject) =>
      this.aheadMs > 0 && life.phase === "inert" && order !== undefined && order.scheduledAt > this.clock.now();
    const leftovers = objects.filter((object) => !isKept(object.id) && !isAhead(object)).map(({ name }) => name);
    expect(leftovers, "objects that should be gone").toEqual([]);
    const told = this.events.filter((event) => event.event === "run-finished" && event.job === job.name).length;
    expect(told, "run-finished events, but for those in flight at a kill").toBeLessThanOrEqual(outcomes);
  }
}

/** A scheduler of the scene, that can be killed between any two effects. */
export class Scheduler {
  readonly loop: Loop;
  /** How many slots each pool has, from the next declaration on. */
  pools: ReadonlyMap<string, number> = new Map();
  readonly #stop = new AbortController();
  #isAlive = true;
  #done: Promise<void> | undefined;

  constructor(scene: Scene, fault: Fault) {
    const meet = async (effect: Effect): Promise<void> => {
      const fate = this.#isAlive ? await fault(effect) : "kill";
      if (fate === "kill") this.#isAlive = false;
      if (!this.#isAlive || fate === "hang") await new Promise(() => {});
      if (fate === "no-answer") throw new EngineUnavailable("no answer");
      const of = `${effect.what} ${effect.subject}`;
      if (fate === "trouble")
        throw new EngineTrouble(`${of}: device or resource busy`, { signature: effect.what, status: 500 });
      if (fate === "forbidden") throw new EngineTrouble(`${of}: forbidden`, { signature: effect.what, status: 403 });
    };
    const engine = new FakeEngine({
      world: scene.world,
      kind: scene.kind,
      knowsUsage: scene.knowsUsage,
      intercept: ({ method, moment, subject }) => meet({ what: method, moment, subject }),
    });
    const ledger = new MemoryLedger(scene.store);
    ledger.onUpdate = (subject, moment) => meet({ what: "swap", moment, subject });
    this.loop = new Loop(
      scene.loopParts(engine, ledger, () => this.#isAlive),
      this.#stop.signal,
    );
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  async begin(jobs: readonly Job[], unread: readonly Unread[]): Promise<void> {
    await this.loop.load();
    void this.declare(jobs, unread).then(() => {
      this.#done = this.loop.run();
    });
  }

  declare(jobs: readonly Job[], unread: readonly Unread[] = []): Promise<void> {
    return this.loop.declare({ jobs: new Map(jobs.map((job) => [job.name, job])), unread, pools: this.pools });
  }

  kill(): void {
    this.#isAlive = false;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
