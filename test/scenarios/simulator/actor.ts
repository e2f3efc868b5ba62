import type { Clock } from "../../../src/clock.ts";
import type { Job, ObjectKind } from "../../../src/job/job.ts";
import type { Tracing } from "../../../src/job/trace.ts";
import type { JobRecord } from "../../../src/ledger/record.ts";
import type { OutgoingMail, OutgoingRequest } from "../../../src/notify/channel.ts";
import { type OpenChannel, Outbox } from "../../../src/notify/outbox.ts";
import { createRunEvents, type RunEvent } from "../../../src/observe/run-events.ts";
import { Traces } from "../../../src/observe/traces/traces.ts";
import { nodeJobs } from "../../../src/runs/definitions.ts";
import { Loop } from "../../../src/runs/loop.ts";
import type { Timetables } from "../../../src/schedule/timetable.ts";
import { NodeFollower } from "../../../src/sources/follow-nodes.ts";
import { emptySnapshot, type Snapshot } from "../../../src/sources/snapshot.ts";
import type { NoticeEvent } from "../../../src/view/notice/notice-event.ts";
import { FakeEngine } from "../../support/fake-engine.ts";
import { MemoryLedger } from "../../support/memory-ledger.ts";
import type { Crossing } from "./crossing.ts";
import { FaultyEngine } from "./faulty-engine.ts";
import { FaultyLedger } from "./faulty-ledger.ts";
import type { ToldNotice } from "./receivers.ts";
import type { Stage } from "./stage.ts";
import { CHANNELS } from "./story.ts";

/** More effects than this in a minute are not work: something chases its own tail. */
const MOST_EFFECTS_A_MINUTE = 3000;

/** A channel whose messages are what the receivers of the stage take. */
function openChannel(name: string): OpenChannel {
  const message = ([event]: readonly NoticeEvent[]) =>
    ({ by: "http", method: "POST", url: name, headers: {}, body: JSON.stringify(event?.data) }) as const;
  return { name, groups: false, message };
}

function eventOf(job: string, notice: ToldNotice["notice"]): NoticeEvent {
  return { id: notice.id, at: notice.at, data: { job, notice } as never };
}

function toldBy(message: OutgoingRequest | OutgoingMail): ToldNotice {
  if (message.by !== "http") throw new Error("no mails are sent here");
  const { job, notice } = JSON.parse(message.body) as ToldNotice;
  const { at, since } = notice;
  return {
    channel: message.url,
    job,
    notice: { ...notice, at: new Date(at), ...(since && { since: new Date(since) }) },
  };
}

/** Nothing is grouped here. */
const GROUPING = { groupMs: 30_000, digestAbove: 5 };

/** Everything is traced. */
const TRACING: Tracing = { instance: "shipbell", sampler: { ratio: 1, heedsParent: true } };

const never = new Promise<never>(() => {});

/** A scheduler of the story: it may be killed, or stand still for a while, between any two effects. */
export class Actor {
  readonly slot: number;
  readonly name: string;
  readonly #stage: Stage;
  readonly #stop = new AbortController();
  readonly #loop: Loop;
  readonly #outbox: Outbox;
  readonly #latencyMs: number;
  readonly #nodes: NodeFollower | undefined;
  #isAlive = true;
  #isLoaded = false;
  #declared = Promise.resolve();
  #stalled: Promise<void> | undefined;
  #busy = { minute: 0, effects: 0 };

  constructor(stage: Stage, slot: number, timetables: Timetables) {
    this.slot = slot;
    this.name = `scheduler ${slot + 1}`;
    this.#stage = stage;
    const { world, story, sabotage } = stage;
    this.#latencyMs = story.schedulers[slot]?.latencyMs ?? 0;
    const events = createRunEvents((error) => stage.oracle.fail(`a listener failed: ${String(error)}`));
    events.on((event) => this.#isAlive && this.#hear(event));
    const engine = new FaultyEngine(new FakeEngine({ world, kind: story.kind }), this, stage);
    const ledger = new FaultyLedger(new MemoryLedger(stage.store), this, stage);
    const parts = {
      instance: "shipbell",
      engine: sabotage.engine?.(engine, stage) ?? engine,
      ledger: sabotage.ledger?.(ledger, stage) ?? ledger,
      clock: this.#clock(stage.clock),
    };
    this.#outbox = new Outbox({
      clock: parts.clock,
      events,
      patienceMs: story.kind === "container" ? 0 : 30_000 + 1000 * slot,
      records: () => this.#loop.book.records,
      change: (job, change) => this.#loop.book.change(job, change),
      eventOf: async ({ notice: { to: _to, ...notice } }, { job }) => eventOf(job, notice),
      deliver: (message) => stage.receivers.take(this, toldBy(message)),
    });
    this.#outbox.use({ byName: new Map(CHANNELS.map((name) => [name, openChannel(name)])), ...GROUPING });
    const onRecord = this.#outbox.recordSeen.bind(this.#outbox);
    const traces = this.#traces(story.kind);
    events.on(traces.onEvent);
    const onWon = (before: JobRecord | undefined, after: JobRecord) => {
      this.#outbox.recordChanged(before, after);
      if (this.#isAlive) traces.recordWon(before, after);
    };
    const hearing = { events, onRecord, onWon };
    const { aheadMs } = story;
    const settings = { startsAtOnce: 8, aheadMs, tracing: TRACING };
    this.#loop = new Loop({ ...parts, ...hearing, timetables, ...settings }, this.#stop.signal);
    if (stage.nodes === undefined) return;
    const follows = {
      listNodes: (signal: AbortSignal) => parts.engine.nodes(signal),
      watchNodes: (wake: () => void, signal: AbortSignal) => parts.engine.watchNodes(wake, signal),
      known: () => nodeJobs(this.#loop.book.records),
      clock: parts.clock,
      onChange: (next: Snapshot) => void this.#declareInTurn(next),
    };
    this.#nodes = new NodeFollower(follows, this.#stop.signal);
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  async begin(): Promise<void> {
    await this.#loop.load();
    this.#isLoaded = true;
    await this.declare(this.#stage.files);
    void this.#outbox.run(this.#stop.signal, 0);
    await this.#loop.run();
  }

  /** What the files say now. While the records are being read, no files are; and one change follows the other. */
  async declare(files: ReadonlyMap<string, Job>): Promise<void> {
    if (!this.#isLoaded) return;
    const jobs = new Map(files);
    if (this.#nodes !== undefined) return this.#declareInTurn(this.#nodes.take({ ...emptySnapshot, jobs }));
    this.#declared = this.#declared.then(() => this.#loop.declare({ jobs, unread: [], pools: this.#stage.pools }));
    await this.#declared;
  }

  async #declareInTurn(next: Snapshot | Promise<Snapshot>): Promise<void> {
    this.#declared = this.#declared.then(async () => this.#loop.declare(await next));
    await this.#declared;
  }

  kill(): void {
    this.#isAlive = false;
  }

  /** Everything of it stands still; what happens meanwhile it learns of afterwards. */
  stall(ms: number): void {
    if (this.#stalled !== undefined) return;
    this.#stage.oracle.disturb(ms);
    this.#stage.chronicle.add(`${this.name} stands still for ${ms / 1000} s`);
    this.#stalled = this.#stage.wait(ms).then(() => {
      this.#stalled = undefined;
      if (this.#isAlive) this.#stage.chronicle.add(`${this.name} goes on`);
    });
  }

  /** Every effect passes here, before it is carried out and before it is answered. Says what becomes of it. */
  async cross(crossing: Crossing): Promise<"go-on" | "lose" | { readonly lateMs: number }> {
    await this.#gate();
    this.#count();
    if (crossing.moment === "before" && this.#latencyMs > 0) {
      await this.#stage.wait(this.#latencyMs);
      await this.#gate();
    }
    const fate = this.#stage.fateOf(this, crossing);
    if (fate === undefined) return "go-on";
    switch (fate.kind) {
      case "kill":
        this.#stage.kill(this, fate.ms);
        return never;
      case "stall":
        this.stall(fate.ms);
        break;
      case "slow":
        await this.#stage.wait(fate.ms);
        break;
      case "late":
        return crossing.moment === "before" ? { lateMs: fate.ms } : "lose";
      case "lose":
        return "lose";
    }
    await this.#gate();
    return "go-on";
  }

  async #gate(): Promise<void> {
    while (this.#stalled !== undefined) await this.#stalled;
    if (!this.#isAlive) await never;
  }

  #count(): void {
    const minute = Math.floor(this.#stage.elapsedMs() / 60_000);
    if (minute !== this.#busy.minute) this.#busy = { minute, effects: 0 };
    if (++this.#busy.effects === MOST_EFFECTS_A_MINUTE) {
      this.#isAlive = false;
      this.#stage.oracle.fail(`hot loop: ${this.name} asks for more than ${MOST_EFFECTS_A_MINUTE} effects in a minute`);
    }
  }

  #traces(objectKind: ObjectKind): Traces {
    const { oracle, clock } = this.#stage;
    return new Traces({
      clock,
      tracing: TRACING,
      objectKind,
      records: () => this.#loop.book.records,
      jobs: () => this.#loop.book.jobs,
      add: (spans) => oracle.onSpans(spans, this.name),
      onFault: (cause) => oracle.fail(`spans cannot be made: ${String(cause)}`),
    });
  }

  #hear(event: RunEvent): void {
    this.#stage.oracle.onEvent(event, this.name);
  }

  #clock(clock: Clock): Clock {
    return {
      now: () => clock.now(),
      wait: async (ms, signal) => {
        if (ms <= 0) this.#count();
        await clock.wait(ms, signal);
        await this.#gate();
      },
      after: (ms, act) => {
        if (ms <= 0) this.#count();
        let isCleared = false;
        const actWhenAwake = () => this.#gate().then(() => isCleared || act());
        const clear = clock.after(ms, () => void actWhenAwake());
        return () => {
          isCleared = true;
          clear();
        };
      },
    };
  }
}
