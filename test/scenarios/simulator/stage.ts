import type { AttemptOrder, Engine } from "../../../src/engines/engine.ts";
import type { Job } from "../../../src/job/job.ts";
import type { Ledger } from "../../../src/ledger/ledger.ts";
import { createTimetables } from "../../../src/schedule/timetable.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { type FakeProcess, FakeWorld } from "../../support/fake-world.ts";
import { MemoryLedgerStore } from "../../support/memory-ledger.ts";
import { Actor } from "./actor.ts";
import { Chronicle } from "./chronicle.ts";
import type { Crossing } from "./crossing.ts";
import { FaultPlan } from "./fault-plan.ts";
import { declareJob, FOLLOWER, imageOf, JOB_NAMES } from "./job-plan.ts";
import { declaredNameOf } from "./node-plan.ts";
import { Oracle } from "./oracle.ts";
import { Receivers } from "./receivers.ts";
import { type ExclusionPlan, type Fate, type JobPlan, POOL, type Story, type TellingPlan } from "./story.ts";
import { StoryNodes } from "./story-nodes.ts";
import { Troubles } from "./troubles.ts";

/** A bug put in between a scheduler and the outside. */
export interface Sabotage {
  readonly engine?: (engine: Engine, stage: Stage) => Engine;
  readonly ledger?: (ledger: Ledger, stage: Stage) => Ledger;
}

export interface StageOptions {
  readonly sabotage?: Sabotage;
  /** Whether what happens is put down. */
  readonly tells?: boolean;
}

const NOON = Date.parse("2026-11-18T12:00:00Z");
const timetables = createTimetables();
const unending = new AbortController().signal;

/** Where a story takes place: clock, engine, ledger and files, and the schedulers that come and go. */
export class Stage {
  readonly story: Story;
  readonly sabotage: Sabotage;
  readonly clock: FakeClock;
  readonly chronicle: Chronicle;
  readonly world: FakeWorld;
  readonly store = new MemoryLedgerStore();
  readonly oracle: Oracle;
  readonly troubles: Troubles;
  readonly receivers: Receivers;
  /** What the files say. */
  readonly files = new Map<string, Job>();
  readonly plans = new Map<string, JobPlan>();
  /** From then on processes end soon. */
  isDraining = false;
  /** Where nodes come and go. */
  readonly nodes: StoryNodes | undefined;
  readonly #faults: FaultPlan;
  readonly #actors = new Map<number, Actor>();
  readonly #standby: number[] = [];
  readonly #executed = new Map<string, number>();
  readonly #startedAt: number;
  #steppedMs = 0;

  constructor(story: Story, { sabotage = {}, tells = false }: StageOptions) {
    this.story = story;
    this.sabotage = sabotage;
    this.#startedAt = NOON + story.startsAtS * 1000;
    this.clock = new FakeClock(new Date(this.#startedAt));
    this.store.clock = this.clock;
    this.chronicle = new Chronicle(() => this.clock.now(), tells);
    this.world = new FakeWorld({ clock: this.clock, program: (order) => (process) => this.#play(order, process) });
    if (story.kind === "service") for (const node of ["node 1", "node 2"]) this.world.nodes.states.set(node, "up");
    this.#faults = new FaultPlan(story);
    const [engine, node1, node2] = story.clocksAheadS;
    for (const [node, ahead] of [
      [undefined, engine],
      ["node 1", node1],
      ["node 2", node2],
    ] as const)
      this.world.nodes.clocksAhead.set(node, 1000 * ahead);
    for (const name of [...JOB_NAMES, FOLLOWER]) this.world.images.add(imageOf(name));
    this.oracle = new Oracle(this);
    this.troubles = new Troubles(this);
    this.receivers = new Receivers(this);
    this.nodes = story.nodes && new StoryNodes(this, story.nodes);
    for (const [i, plan] of story.jobs.entries()) this.edit(JOB_NAMES[i] ?? "backup", plan);
    const { follower } = story;
    if (follower === undefined) return;
    const job = JOB_NAMES[follower.upstream % story.jobs.length] ?? "backup";
    this.edit(FOLLOWER, { ...follower.plan, after: { job, on: follower.on } });
  }

  get actors(): readonly Actor[] {
    return [...this.#actors.values()].filter(({ isAlive }) => isAlive);
  }

  get isOut(): boolean {
    return this.#faults.isOut;
  }

  /** Time that went by, whatever the clock was set to. */
  elapsedMs(): number {
    return this.clock.now().getTime() - this.#startedAt - this.#steppedMs;
  }

  wait(ms: number): Promise<void> {
    return this.clock.wait(ms, unending);
  }

  /** Carries out a request long after it was sent, unless the story is over by then; its answer is lost. */
  async later(ms: number, work: () => Promise<unknown>): Promise<void> {
    await this.wait(ms);
    if (!this.#faults.isHealed) await work().catch(() => {});
  }

  stepClock(byMs: number): void {
    this.#steppedMs += byMs;
    this.clock.set(new Date(this.clock.now().getTime() + byMs));
    this.oracle.onClockStep(this.clock.now(), byMs);
  }

  /** Writes the job into the files. */
  edit(name: string, plan: JobPlan): void {
    const pool = this.poolOf(name);
    const jitter = this.story.jitters?.[(JOB_NAMES as readonly string[]).indexOf(name)];
    const nodes = this.nodes?.eachNodeOf((JOB_NAMES as readonly string[]).indexOf(name));
    const told = this.tellingOf(name);
    const job = declareJob(name, plan, { told, excluded: this.#exclusionOf(name), pool, jitter, nodes });
    this.plans.set(name, plan);
    this.files.set(name, job);
    if (!this.oracle.absentSince.has(name)) this.oracle.absentSince.set(name, this.clock.now());
    this.oracle.definitions.set(job.hash, job);
    this.nodes?.define(job);
    this.nodes?.note();
  }

  /** The jobs that there are to be: those of the files, or of the nodes. */
  expected(): ReadonlyMap<string, Job> {
    const { nodes } = this;
    if (nodes === undefined) return this.files;
    const jobs = [...this.files.values()].flatMap((job) => (job.eachNode ? [...nodes.expected(job)] : [job]));
    return new Map(jobs.map((job) => [job.name, job]));
  }

  /** The jobs of a declared one that have a record. */
  namesOf(declared: string): readonly string[] {
    if (this.files.get(declared)?.eachNode === undefined) return [declared];
    return [...this.store.texts.keys()].filter((name) => name !== declared && declaredNameOf(name) === declared);
  }

  /** What the file says is told of the job; undefined: nothing. */
  tellingOf(name: string): TellingPlan | undefined {
    return this.story.tellings[(JOB_NAMES as readonly string[]).indexOf(declaredNameOf(name))];
  }

  #exclusionOf(name: string): ExclusionPlan | undefined {
    return this.story.exclusions[(JOB_NAMES as readonly string[]).indexOf(name)];
  }

  /** The pool that the job is in. */
  poolOf(name: string): string | undefined {
    return this.story.pool?.members[(JOB_NAMES as readonly string[]).indexOf(name)] === true ? POOL : undefined;
  }

  /** How many slots each pool has. */
  get pools(): ReadonlyMap<string, number> {
    const { pool } = this.story;
    return new Map(pool === undefined ? [] : [[POOL, pool.slots]]);
  }

  fateOf(actor: Actor, crossing: Crossing): Fate | undefined {
    const fate = this.#faults.fateOf(actor.slot, crossing);
    if (fate !== undefined) this.oracle.disturb("ms" in fate ? fate.ms : 0);
    if (fate !== undefined)
      this.chronicle.add(`${actor.name}, ${crossing.moment} ${crossing.effect} ${crossing.subject}: ${wordsOf(fate)}`);
    return fate;
  }

  outage(ms: number, loses: "requests" | "answers"): void {
    this.oracle.disturb(ms);
    this.#faults.outage = loses;
    void this.wait(ms).then(() => {
      this.#faults.outage = undefined;
      this.chronicle.add("engine and ledger answer again");
    });
  }

  heal(): void {
    this.#faults.heal();
    this.troubles.heal();
    this.receivers.heal();
  }

  /** With containers only one may live at a time: the others wait for the lock. */
  start(slot: number): void {
    if (this.story.kind === "container" && this.actors.length > 0) {
      if (!this.#standby.includes(slot)) this.#standby.push(slot);
      return;
    }
    if (this.#actors.get(slot)?.isAlive === true) return;
    const actor = new Actor(this, slot, timetables);
    this.#actors.set(slot, actor);
    this.chronicle.add(`${actor.name} starts`);
    void actor.begin();
  }

  kill(actor: Actor, downMs: number): void {
    if (!actor.isAlive) return;
    actor.kill();
    this.oracle.disturb(downMs);
    this.chronicle.add(`${actor.name} is killed`);
    const next = this.#standby.shift();
    if (next !== undefined) this.start(next);
    void this.wait(downMs).then(() => this.#faults.isHealed || this.start(actor.slot));
  }

  /** No scheduler is there for so long. */
  away(ms: number): void {
    this.#standby.length = 0;
    this.chronicle.add(`for ${ms / 1000} s no scheduler is there`);
    this.oracle.disturb(ms);
    for (const actor of this.actors) this.kill(actor, ms);
  }

  killAll(): void {
    this.oracle.disturb(0);
    this.#standby.length = 0;
    for (const actor of this.actors) actor.kill();
    this.chronicle.add("all schedulers are killed");
  }

  #play(order: AttemptOrder, process: FakeProcess): void {
    const nth = this.#executed.get(order.job) ?? 0;
    this.#executed.set(order.job, nth + 1);
    const { processes } = this.plans.get(declaredNameOf(order.job)) ?? { processes: [] };
    const { runsForMs = 0, exitCode = 0, ignoresStop = false } = processes[nth % processes.length] ?? {};
    if (ignoresStop) process.onStop(() => {});
    void this.wait(this.isDraining ? 100 : runsForMs).then(() => process.exit(exitCode));
  }
}

function wordsOf(fate: Fate): string {
  return fate.kind === "lose" ? "lost" : `${fate.kind}, ${fate.ms / 1000} s`;
}
