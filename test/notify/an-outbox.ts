import { openRecord } from "../../src/ledger/changes/definitions.ts";
import type { JobRecord, Notice } from "../../src/ledger/record.ts";
import type { OutgoingRequest } from "../../src/notify/channel.ts";
import { type OpenChannel, Outbox } from "../../src/notify/outbox.ts";
import type { Sent } from "../../src/notify/sent.ts";
import { createRunEvents, type RunEvent } from "../../src/observe/run-events.ts";
import { Book } from "../../src/runs/book.ts";
import { aJob } from "../support/a-job.ts";
import { FakeClock, settled } from "../support/fake-clock.ts";
import { MemoryLedger, MemoryLedgerStore } from "../support/memory-ledger.ts";

export const START = new Date("2026-11-18T03:00:00Z");

/** A message that went out: when, through which channel, of which notices. */
export interface Message {
  readonly at: number;
  readonly channel: string;
  readonly ids: readonly string[];
  /** By which scheduler. */
  readonly by: string;
}

/** How a receiver takes a message; a promise that never ends is one that hangs. */
export type Receive = (message: Message) => Sent | Promise<Sent>;

export const DELIVERED: Sent = { result: "delivered", because: "200" };

/** Channels, and the schedulers that tell them, on one ledger and one clock. */
export class World {
  readonly clock = new FakeClock(START);
  readonly store = Object.assign(new MemoryLedgerStore(), { clock: this.clock });
  readonly messages: Message[] = [];
  readonly events: RunEvent[] = [];
  receive: Receive = () => DELIVERED;

  /** Seconds from the start. */
  get seconds(): number {
    return (this.clock.now().getTime() - START.getTime()) / 1000;
  }

  async scheduler(options: SchedulerOptions = {}): Promise<Scheduler> {
    const scheduler = new Scheduler(this, options);
    await scheduler.begin();
    return scheduler;
  }

  record(job: string): JobRecord {
    const read = this.store.readRecord(job);
    if (read?.kind !== "record") throw new Error(`no record of ${job}`);
    return read.record;
  }

  /** What still waits, of all jobs. */
  waiting(): readonly string[] {
    return [...this.store.texts.keys()].flatMap((job) => (this.record(job).notices ?? []).map(({ id }) => id));
  }

  eventsOf(event: RunEvent["event"]): readonly RunEvent[] {
    return this.events.filter((each) => each.event === event);
  }
}

interface SchedulerOptions {
  readonly name?: string;
  readonly channels?: readonly string[];
  readonly grouped?: readonly string[];
  readonly patienceMs?: number;
}

const GROUPING = { groupMs: 30_000, digestAbove: 3 };

export class Scheduler {
  readonly ledger: MemoryLedger;
  readonly book: Book;
  readonly outbox: Outbox;
  readonly #world: World;
  readonly #stopping = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(world: World, options: SchedulerOptions) {
    const { name = "a", channels = ["hook"], grouped = [], patienceMs = 30_000 } = options;
    this.#world = world;
    this.ledger = new MemoryLedger(world.store);
    const events = createRunEvents();
    events.on((event) => world.events.push(event));
    this.book = new Book(this.ledger, {
      onRecord: (before, after) => this.outbox.recordSeen(before, after),
      onWon: (before, after) => this.outbox.recordChanged(before, after),
    });
    this.outbox = new Outbox({
      clock: world.clock,
      events,
      patienceMs,
      records: () => this.book.records,
      change: (job, change) => this.book.change(job, change),
      eventOf: async ({ notice }, { job }) => ({ id: notice.id, at: notice.at, data: { job } as never }),
      deliver: async (message, signal) => {
        const { url, body } = message as OutgoingRequest;
        const sent = { at: world.seconds, channel: url, ids: JSON.parse(body) as string[], by: name };
        world.messages.push(sent);
        const givenUp = new Promise<Sent>((resolve) => {
          signal.addEventListener("abort", () => resolve({ result: "perhaps", because: "stopped" }));
        });
        return Promise.race([world.receive(sent), givenUp]);
      },
    });
    this.use(channels, grouped);
  }

  use(channels: readonly string[], grouped: readonly string[] = [], grouping = GROUPING): void {
    const all = [...channels.map((name) => channelOf(name, false)), ...grouped.map((name) => channelOf(name, true))];
    this.outbox.use({ byName: new Map(all.map((channel) => [channel.name, channel])), ...grouping });
  }

  async begin(): Promise<void> {
    await this.book.load();
    this.ledger.watch((job) => void (job && this.book.reread(job)), this.#stopping.signal);
    this.#running = this.outbox.run(this.#stopping.signal, 1000);
    await settled();
  }

  /** Writes a notice, as the swap of an outcome does. */
  async fail(job: string, more: Partial<Notice> & { readonly to?: Notice["to"] } = {}): Promise<void> {
    const { clock } = this.#world;
    await this.book.change(job, (record) => {
      const now = clock.now();
      const known = record ?? openRecord(aJob({ name: job }), 1, now);
      const id = more.id ?? `${job}-${(known.notices?.length ?? 0) + 1}/failed`;
      const notice: Notice = { id, kind: "failed", at: now, to: { hook: { tries: 0, next: now } }, ...more };
      return { ...known, notices: [...(known.notices ?? []), notice] };
    });
  }

  /** As `kill -9`: nothing that it has begun goes on. */
  kill(): void {
    this.ledger.onUpdate = () => new Promise(() => {});
    this.#stopping.abort();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }
}

function channelOf(name: string, groups: boolean): OpenChannel {
  return {
    name,
    groups,
    message: (events) => ({
      by: "http",
      method: "POST",
      url: name,
      headers: {},
      body: JSON.stringify(events.map(({ id }) => id)),
    }),
  };
}
