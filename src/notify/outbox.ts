import type { Clock } from "../clock.ts";
import {
  type DeliveryKey,
  givenUpAt,
  noteDelivered,
  noteGivenUp,
  noteTried,
  type Tried,
  type WaitingDelivery,
  waitingDeliveries,
} from "../ledger/changes/deliveries.ts";
import type { RecordChange, Swap } from "../ledger/ledger.ts";
import type { JobRecord, NoticeCounts } from "../ledger/record.ts";
import type { RunEvents } from "../observe/run-events.ts";
import type { NoticeEvent } from "../view/notice/notice-event.ts";
import type { OutgoingMail, OutgoingRequest } from "./channel.ts";
import { type Grouping, Lane, type Told } from "./lane.ts";
import type { Sent } from "./sent.ts";
import { settle } from "./settle.ts";
import { judgeInARow, pauseAfter } from "./tries.ts";

/** A channel, ready to tell. */
export interface OpenChannel {
  readonly name: string;
  /** Whether many notices become one message. */
  readonly groups: boolean;
  readonly message: (events: readonly NoticeEvent[], now: Date) => OutgoingRequest | OutgoingMail;
}

/** The channels that there are now, and how those that group do so. */
export interface OpenChannels extends Grouping {
  readonly byName: ReadonlyMap<string, OpenChannel>;
}

export interface OutboxParts {
  readonly clock: Clock;
  readonly events: Pick<RunEvents, "emit">;
  /** How long what another scheduler wrote is left to it; 0 where there is no other. */
  readonly patienceMs: number;
  readonly records: () => ReadonlyMap<string, JobRecord>;
  readonly change: (job: string, change: RecordChange) => Promise<Swap>;
  /** Says in words what the notice tells the channel. Among others there is no place for an output. */
  readonly eventOf: (
    waiting: WaitingDelivery,
    record: JobRecord,
    place: "alone" | "among-others",
  ) => Promise<NoticeEvent>;
  /** Sends once; never rejects. */
  readonly deliver: (message: OutgoingRequest | OutgoingMail, signal: AbortSignal) => Promise<Sent>;
}

/** How a channel fares, for metrics and pages. */
export interface ChannelState {
  readonly channel: string;
  /** When it last took something, from this scheduler. */
  readonly lastSuccessAt?: Date;
  /** Why it did not take the last one. */
  readonly troubleBecause?: string;
  readonly troubleSince?: Date;
  /** When it is tried again; absent where it refused for good: it, or what it is sent, is wrong. */
  readonly troubleAgainAt?: Date;
}

/**
 * Sends what stands on the records, and notes on them what came of it: one delivery is one swap, and so is one try that failed.
 * What it does costs as much as there is to tell: it hears of each record that changes, and looks only at those with notices.
 *
 * A notice is sent at least once. It is sent twice only if no answer came, or if this process ended between the answer and the
 * swap; both times with the same ID.
 */
export class Outbox {
  readonly #parts: OutboxParts;
  readonly #lanes = new Map<string, RunningLane>();
  #channels: ReadonlyMap<string, OpenChannel> = new Map();
  readonly #states = new Map<string, ChannelState>();
  /** Why a notice is being given up, by what it is. */
  readonly #because = new Map<string, string>();
  /** Records as this scheduler has made them. */
  readonly #own = new WeakSet<JobRecord>();
  /** Gives up requests that are under way. */
  readonly #stop = new AbortController();
  /** Undefined before it runs. */
  #signal: AbortSignal | undefined;

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** Makes these the channels; one that was in trouble is tried at once. What waits for one that is no longer there waits until it is there again, or too old. */
  use({ byName, groupMs, digestAbove }: OpenChannels): void {
    const isOther = this.#channels !== byName;
    this.#channels = byName;
    for (const [name, { end }] of this.#lanes) {
      if (byName.has(name)) continue;
      end.abort();
      this.#lanes.delete(name);
      this.#states.delete(name);
    }
    this.#forgetRefusals();
    const added = new Set([...byName.keys()].filter((name) => !this.#lanes.has(name)));
    for (const name of added) this.#lanes.set(name, this.#openLane(name));
    if (isOther) for (const { lane } of this.#lanes.values()) lane.tryAgain();
    for (const [name, { lane }] of this.#lanes)
      lane.grouping = byName.get(name)?.groups === true ? { groupMs, digestAbove } : undefined;
    if (added.size > 0 && this.#signal !== undefined) this.#begin(added);
  }

  /** An operator has just sent a test through the channel: what was wrong with it is mended. */
  noteTaken(channel: string): void {
    if (this.#channels.has(channel)) this.#states.set(channel, { channel, lastSuccessAt: this.#parts.clock.now() });
  }

  states(): readonly ChannelState[] {
    return [...this.#channels.keys()].map((channel) => ({ channel, ...this.#states.get(channel) }));
  }

  /** Hears of each record that is known otherwise than before, whichever scheduler has changed it; after `recordChanged`. */
  recordSeen(before: JobRecord | undefined, after: JobRecord | undefined): void {
    if (before?.notices === undefined && after?.notices === undefined) return;
    if (before?.notices === after?.notices || (after !== undefined && this.#own.has(after))) return;
    if (after !== undefined) this.#seeOthers(before, after);
    this.#noteHeads(before, after, () => false);
  }

  /** This scheduler has just made the one into the other. */
  recordChanged(before: JobRecord | undefined, after: JobRecord): void {
    if (before?.notices === after.notices) return;
    this.#own.add(after);
    const known = new Map((before ? waitingDeliveries(before) : []).map((head) => [head.channel, head]));
    this.#tellDropped(before, after);
    this.#noteHeads(before, after, (head) => isNewer(head, known.get(head.channel)));
  }

  /**
   * Sends until the signal is aborted. Then requests under way get this long to end, and what came of them is noted.
   */
  async run(signal: AbortSignal, graceMs: number): Promise<void> {
    this.#signal = signal;
    this.#begin(new Set(this.#lanes.keys()));
    const { clock } = this.#parts;
    await aborted(signal);
    const ended = new AbortController();
    void clock.wait(graceMs, ended.signal).then(() => this.#stop.abort());
    await Promise.all([...this.#lanes.values()].map(({ running }) => running));
    ended.abort();
  }

  #openLane(name: string): RunningLane {
    const { clock, patienceMs } = this.#parts;
    const tell = (jobs: readonly string[], failedInARow: number) => this.#tell(name, { jobs, failedInARow });
    return { lane: new Lane({ clock, patienceMs, tell }), end: new AbortController(), running: Promise.resolve() };
  }

  /** Takes up what the records have for these channels. */
  #begin(names: ReadonlySet<string>): void {
    const signal = this.#signal;
    if (signal === undefined) return;
    for (const record of this.#parts.records().values()) {
      if (record.notices === undefined) continue;
      this.#seeOthers(undefined, record);
      for (const head of waitingDeliveries(record))
        if (names.has(head.channel)) this.#lanes.get(head.channel)?.lane.wait(record.job, head, "others");
    }
    for (const name of names) {
      const running = this.#lanes.get(name);
      if (running) running.running = running.lane.run(AbortSignal.any([signal, running.end.signal]));
    }
  }

  /** With other channels, what was wrong with one may be mended. Its next notice tells. */
  #forgetRefusals(): void {
    for (const [name, { channel, lastSuccessAt, troubleBecause, troubleAgainAt }] of this.#states)
      if (troubleBecause !== undefined && troubleAgainAt === undefined)
        this.#states.set(name, { channel, ...(lastSuccessAt && { lastSuccessAt }) });
  }

  #noteHeads(
    before: JobRecord | undefined,
    after: JobRecord | undefined,
    isOurs: (head: WaitingDelivery) => boolean,
  ): void {
    const job = (after ?? before)?.job;
    if (job === undefined) return;
    const heads = new Map((after ? waitingDeliveries(after) : []).map((head) => [head.channel, head]));
    for (const [channel, { lane }] of this.#lanes) {
      const head = heads.get(channel);
      if (head === undefined) lane.forget(job);
      else lane.wait(job, head, isOurs(head) ? "ours" : "others");
    }
  }

  /** What another scheduler has delivered or tried shows that it is at work, and until when it means to wait. */
  #seeOthers(before: JobRecord | undefined, after: JobRecord): void {
    const now = this.#parts.clock.now();
    const heads = new Map(waitingDeliveries(after).map((head) => [head.channel, head]));
    for (const was of before ? waitingDeliveries(before) : []) {
      const head = heads.get(was.channel);
      if (head?.id === was.id && head.delivery.tries === was.delivery.tries) continue;
      this.#lanes.get(was.channel)?.lane.seeOther(now);
    }
    for (const { channel, delivery } of heads.values())
      if (delivery.tries > 0) this.#lanes.get(channel)?.lane.seeOther(delivery.next);
  }

  /** One message, for the heads of these jobs. */
  async #tell(name: string, { jobs, failedInARow }: Telling): Promise<Told> {
    const { clock, deliver } = this.#parts;
    const channel = this.#channels.get(name);
    const heads = jobs.flatMap((job) => this.#headOf(job, name));
    const [oldest] = heads;
    if (oldest === undefined || channel === undefined) return { isTaken: false };
    const old = heads.filter(({ notice, delivery }) => givenUpAt(notice, delivery) <= clock.now());
    if (old.length > 0) {
      for (const head of old) await this.#giveUp(head, { last: head.delivery.last });
      return { isTaken: false };
    }
    let sent: Sent;
    try {
      const place = heads.length === 1 ? "alone" : "among-others";
      const events = await Promise.all(heads.map((head) => this.#parts.eventOf(head, head.record, place)));
      sent = await deliver(channel.message(events, clock.now()), this.#stop.signal);
    } catch (error) {
      // A fault of ours must not keep the channel from being told anything else.
      this.#parts.events.emit({ event: "pass-failed", job: oldest.job, cause: error });
      sent = { result: "final", because: "it could not be put into words" };
    }
    const failedBefore = Math.max(failedInARow, oldest.delivery.tries);
    return this.#note(channel, { heads, sent: judgeInARow(sent, failedBefore), failedBefore });
  }

  async #note(channel: OpenChannel, { heads, sent, failedBefore }: Outcome): Promise<Told> {
    const { clock, events } = this.#parts;
    const now = clock.now();
    const { because } = sent;
    if (sent.result === "delivered") {
      this.noteTaken(channel.name);
      for (const head of heads) {
        await this.#change(head, (record) => noteDelivered(record, head, now));
        events.emit({ event: "notice-delivered", ...factsOf(head), status: because, tries: head.delivery.tries + 1 });
      }
      return { isTaken: true };
    }
    // One of them may be what the receiver does not take; the others are no less true.
    if (sent.result === "final" && sent.isContent && heads.length > 1) return { isTaken: false, isTooMuch: true };
    if (sent.result === "final") {
      this.#noteTrouble(channel.name, { because, now });
      for (const head of heads) await this.#giveUp(head, { last: because });
      return { isTaken: false };
    }
    const isStopped = this.#stop.signal.aborted;
    const waitMs = "waitMs" in sent ? (sent.waitMs ?? 0) : 0;
    const againAt = new Date(now.getTime() + Math.max(waitMs, isStopped ? 0 : pauseAfter(failedBefore + 1)));
    this.#noteTrouble(channel.name, { because, now, againAt });
    // Of a message that was not heard it is enough that one of them says when it is tried again.
    const noted = sent.result === "perhaps" ? heads : isStopped ? [] : heads.slice(0, 1);
    for (const head of noted) {
      const tried: Tried = {
        after: head.delivery.tries,
        next: againAt,
        last: because,
        ...(sent.result === "perhaps" && { perhapsHeard: true }),
      };
      await this.#change(head, (record) => noteTried(record, head, tried));
      if (!isStopped)
        events.emit({
          event: "notice-failed",
          ...factsOf(head),
          cause: because,
          tries: tried.after + 1,
          nextAt: againAt,
        });
    }
    return { isTaken: false, againAt };
  }

  #headOf(job: string, channel: string): readonly Head[] {
    const record = this.#parts.records().get(job);
    if (record === undefined) return [];
    const head = waitingDeliveries(record).find((head) => head.channel === channel);
    return head === undefined ? [] : [{ ...head, job, record }];
  }

  async #giveUp(head: Head, { last }: { readonly last: string | undefined }): Promise<void> {
    const key = keyOf(head);
    if (last !== undefined) this.#because.set(key, last);
    await this.#change(head, (record) => noteGivenUp(record, head, this.#parts.clock.now()));
    this.#because.delete(key);
  }

  /** Until it is on the record, the notice would be sent again. */
  async #change({ job }: Head, change: RecordChange): Promise<void> {
    await settle(this.#parts, { job, change }, this.#stop.signal);
  }

  #noteTrouble(channel: string, { because, now, againAt }: Trouble): void {
    if (this.#stop.signal.aborted) return;
    const { lastSuccessAt, troubleSince = now } = this.#states.get(channel) ?? {};
    this.#states.set(channel, {
      channel,
      ...(lastSuccessAt && { lastSuccessAt }),
      troubleBecause: because,
      troubleSince,
      ...(againAt && { troubleAgainAt: againAt }),
    });
  }

  /** Whatever gave them up: a day without success, a refusal, or a record without room. */
  #tellDropped(before: JobRecord | undefined, after: JobRecord): void {
    const { notices: was } = before?.totals ?? {};
    const { notices: is } = after.totals;
    if (was === is) return;
    const left = new Set(
      after.notices?.flatMap((notice) =>
        Object.keys(notice.to).map((to) => keyOf({ job: after.job, id: notice.id, channel: to })),
      ),
    );
    for (const [channel, counts] of Object.entries(is ?? {})) {
      if (droppedOf(counts) <= droppedOf(was?.[channel])) continue;
      for (const notice of before?.notices ?? []) {
        const key = { job: after.job, id: notice.id, channel };
        const delivery = notice.to[channel];
        if (delivery === undefined || left.has(keyOf(key))) continue;
        const cause = this.#because.get(keyOf(key)) ?? delivery.last;
        this.#parts.events.emit({
          event: "notice-dropped",
          ...factsOf({ ...key, notice }),
          ...(cause !== undefined && { cause }),
          tries: delivery.tries,
        });
      }
    }
  }
}

interface RunningLane {
  readonly lane: Lane;
  readonly end: AbortController;
  /** Ends with the lane. */
  running: Promise<void>;
}

interface Telling {
  readonly jobs: readonly string[];
  readonly failedInARow: number;
}

interface Trouble {
  readonly because: string;
  readonly now: Date;
  readonly againAt?: Date;
}

interface Outcome {
  readonly heads: readonly Head[];
  readonly sent: Sent;
  /** How many tries of the channel, or of this notice, failed before. */
  readonly failedBefore: number;
}

interface Head extends WaitingDelivery {
  readonly job: string;
  readonly record: JobRecord;
}

/** Whether this change has written the head, or how it waits, has brought it forward, or has made the head of what waited behind another. */
function isNewer(head: WaitingDelivery, known: WaitingDelivery | undefined): boolean {
  const isMoved = known !== undefined && head.delivery.next < known.delivery.next;
  return known?.id !== head.id || known.delivery.tries !== head.delivery.tries || isMoved;
}

function keyOf({ job, id, channel }: DeliveryKey & { readonly job: string }): string {
  return `${job} ${channel} ${id}`;
}

function droppedOf(counts: NoticeCounts | undefined): number {
  return Object.values(counts?.dropped ?? {}).reduce((sum, count) => sum + count, 0);
}

function factsOf({ job, channel, id, notice }: Pick<Head, "job" | "channel" | "id" | "notice">) {
  const { kind, run } = notice;
  return { job, ...(run !== undefined && { run }), channel, kind, notice: id };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
