import type { Clock } from "../clock.ts";
import type { WaitingDelivery } from "../ledger/changes/deliveries.ts";
import { Agenda } from "../runs/agenda/agenda.ts";
import { LONGEST_WAIT_MS } from "./sent.ts";
import { SetBack } from "./set-back.ts";

/** How many requests to one channel are under way at once, as long as it takes them. */
const AT_ONCE = 4;
/** How long the first notice waits for others that happen with it, where they may become one message. */
const GATHER_MS = 1000;
/** The most notices of one message. */
const MOST_AT_ONCE = 500;

/** How many notices become one message: more than `digestAbove` within `groupMs`. */
export interface Grouping {
  readonly groupMs: number;
  readonly digestAbove: number;
}

export interface LaneParts {
  readonly clock: Clock;
  /** How long what another scheduler wrote is left to it; 0 where there is no other. */
  readonly patienceMs: number;
  /**
   * Tells what these jobs have for the channel, and resolves when what came of it is on the records. Never rejects.
   * `failedInARow`: how many tries of the channel failed before this one.
   */
  readonly tell: (jobs: readonly string[], failedInARow: number) => Promise<Told>;
}

/**
 * What came of a message. `againAt`: it was not taken, and nothing else is sent to the channel before. `isTooMuch`: fewer
 * notices at once may be.
 */
export type Told =
  | { readonly isTaken: true }
  | { readonly isTaken: false; readonly againAt?: Date; readonly isTooMuch?: true };

/**
 * What waits for one channel, and when it is sent. Of each job there is at most one notice here: the head of what its record
 * has for the channel.
 *
 * A channel that works gets a few messages at once. One in trouble gets one message at its next time, and everything else
 * waits behind it. A scheduler that did not write a notice leaves it to the one that did, for as long as that one
 * shows on the records that it is at work on the channel.
 */
export class Lane {
  /** Undefined: each notice is a message. */
  grouping: Grouping | undefined;
  readonly #parts: LaneParts;
  readonly #agenda = new Agenda();
  readonly #waiting = new Map<string, Waiting>();
  /** Their time has come, in the order in which it came. */
  readonly #ready = new Set<string>();
  readonly #busy = new Set<string>();
  #messages = 0;
  #failedInARow = 0;
  #notBefore = 0;
  /** Until when another scheduler is seen to take care of the channel. */
  #othersUntil = 0;
  /** When notices were told lately, for grouping. */
  #lately: number[] = [];
  #digestedAt: number | undefined;
  #gatherUntil: number | undefined;
  /** How many notices the channel takes at once, as far as it is known. */
  #most = MOST_AT_ONCE;
  #nap = new AbortController();
  readonly #setBack = new SetBack();

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  /** How many jobs have something for the channel. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Makes this the job's head. `whose`: `ours` where this scheduler has just written it as it is. A head that is as it was stays
   * whose it was.
   */
  wait(job: string, head: WaitingDelivery, whose: Whose): void {
    const before = this.#waiting.get(job);
    const isSame = before !== undefined && isSameHead(before.head, head);
    const waiting = { head, whose: isSame ? before.whose : whose };
    this.#waiting.set(job, waiting);
    if (isSame || this.#busy.has(job)) return;
    this.#ready.delete(job);
    this.#plan(job, waiting);
    this.#nap.abort();
  }

  /** The job has nothing for the channel. */
  forget(job: string): void {
    if (this.#waiting.delete(job)) this.#ready.delete(job);
  }

  /** The channel is another one than before: what it did not take is tried now, and not at its next time. */
  tryAgain(): void {
    this.#notBefore = 0;
    for (const [job, { head, whose }] of this.#waiting) {
      const isOurs = whose === "ours" || this.#parts.patienceMs === 0;
      if (isOurs && head.delivery.tries > 0 && !this.#busy.has(job)) this.#ready.add(job);
    }
    this.#nap.abort();
  }

  /** Another scheduler has told the channel something, or will try again at this time. */
  seeOther(until: Date): void {
    // The other one's clock may be far ahead.
    const latest = this.#now() + LONGEST_WAIT_MS;
    this.#othersUntil = Math.max(this.#othersUntil, Math.min(until.getTime(), latest));
  }

  /** Sends what is due until the signal is aborted; then resolves when no message is under way. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.#nap.abort(), { once: true });
    const under = new Set<Promise<void>>();
    while (!signal.aborted) {
      this.#nap = new AbortController();
      for (const jobs of this.#takeMessages()) {
        const sending = this.#tell(jobs).finally(() => under.delete(sending));
        under.add(sending);
      }
      const next = this.#nextTurn();
      const ms = next === undefined ? LONGEST_NAP_MS : Math.max(0, next - this.#now());
      await this.#parts.clock.wait(Math.min(ms, LONGEST_NAP_MS), this.#nap.signal);
    }
    await Promise.all(under);
  }

  /** The jobs of each message that is to be sent now. */
  #takeMessages(): readonly (readonly string[])[] {
    for (const job of this.#agenda.take(this.#parts.clock.now())) this.#comeUp(job);
    const now = this.#now();
    if (this.#ready.size === 0 || now < this.#notBefore) return [];
    const { grouping } = this;
    if (this.#places <= 0) return [];
    if (grouping === undefined) return [...this.#ready].slice(0, this.#places).map((job) => [job]);
    return this.#takeGrouped(grouping, now);
  }

  #takeGrouped({ groupMs, digestAbove }: Grouping, now: number): readonly (readonly string[])[] {
    this.#gatherUntil ??= now + Math.min(GATHER_MS, groupMs);
    if (now < this.#gatherUntil) return [];
    this.#lately = this.#lately.filter((at) => at > now - groupMs);
    const jobs = [...this.#ready];
    if (this.#lately.length + jobs.length <= digestAbove) return [jobs.slice(0, 1)];
    // So many at once already are a group; of fewer, more may come.
    const isGroup = jobs.length > digestAbove;
    const isDivided = this.#most < MOST_AT_ONCE;
    if (!isDivided && now < this.#groupEnds(groupMs, isGroup ? this.#digestedAt : this.#lately.at(-1))) return [];
    this.#digestedAt = now;
    return [jobs.slice(0, this.#most)];
  }

  #groupEnds(groupMs: number, began: number | undefined): number {
    return began === undefined ? 0 : began + groupMs;
  }

  /** How many more messages may be under way. */
  get #places(): number {
    return (this.#failedInARow > 0 || this.grouping ? 1 : AT_ONCE) - this.#messages;
  }

  async #tell(jobs: readonly string[]): Promise<void> {
    for (const job of jobs) {
      this.#ready.delete(job);
      this.#busy.add(job);
    }
    this.#messages++;
    const failedBefore = this.#failedInARow;
    const told = await this.#parts.tell(jobs, failedBefore);
    this.#messages--;
    const now = this.#now();
    if (told.isTaken) {
      this.#failedInARow = 0;
      this.#notBefore = 0;
      this.#lately.push(...jobs.map(() => now));
      this.#most = Math.min(MOST_AT_ONCE, 2 * this.#most);
    } else if (told.isTooMuch) {
      this.#most = Math.max(1, jobs.length >> 1);
    } else if (told.againAt !== undefined) {
      // Those that were under way together are one try of the channel.
      this.#failedInARow = Math.max(this.#failedInARow, failedBefore + 1);
      this.#notBefore = Math.max(this.#notBefore, told.againAt.getTime());
    }
    if (this.#ready.size === 0) this.#gatherUntil = undefined;
    for (const job of jobs) {
      this.#busy.delete(job);
      const waiting = this.#waiting.get(job);
      if (waiting !== undefined) this.#plan(job, waiting);
    }
    this.#nap.abort();
  }

  #plan(job: string, waiting: Waiting): void {
    this.#agenda.bringForward(job, new Date(this.#timeOf(waiting)));
  }

  /** An entry of the agenda may be older than what waits now. */
  #comeUp(job: string): void {
    const waiting = this.#waiting.get(job);
    if (waiting === undefined || this.#busy.has(job)) return;
    if (this.#timeOf(waiting) > this.#now()) this.#plan(job, waiting);
    else this.#ready.add(job);
  }

  #timeOf({ head, whose }: Waiting): number {
    const { grouping } = this;
    const { patienceMs } = this.#parts;
    const due = head.delivery.next.getTime();
    if (whose === "ours" || patienceMs === 0) return due;
    return Math.max(due, this.#othersUntil) + patienceMs + (grouping?.groupMs ?? 0);
  }

  #nextTurn(): number | undefined {
    const planned = this.#agenda.next()?.getTime();
    if (this.#ready.size === 0) return planned;
    // With every place taken, the end of a message wakes it.
    if (this.#places <= 0) return planned;
    const { groupMs } = this.grouping ?? { groupMs: 0 };
    const groups = [this.#digestedAt, this.#lately.at(-1)].map((began) => this.#groupEnds(groupMs, began));
    const now = this.#now();
    const ready = Math.min(...[this.#notBefore, this.#gatherUntil ?? 0, ...groups].filter((at) => at > now));
    return Math.min(planned ?? ready, ready);
  }

  /** Times that are remembered move with a clock that is set back: nothing waits until it is again what it was. */
  #now(): number {
    const now = this.#parts.clock.now().getTime();
    const backMs = this.#setBack.look(now);
    if (backMs > 0) this.#moveBack(backMs);
    return now;
  }

  #moveBack(backMs: number): void {
    this.#notBefore -= backMs;
    this.#othersUntil -= backMs;
    this.#lately = this.#lately.map((at) => at - backMs);
    if (this.#digestedAt !== undefined) this.#digestedAt -= backMs;
    if (this.#gatherUntil !== undefined) this.#gatherUntil -= backMs;
  }
}

/** A clock that is set back makes a time seem far. */
const LONGEST_NAP_MS = 60_000;

/** Which scheduler has written a notice, and sends it first. */
type Whose = "ours" | "others";

interface Waiting {
  readonly head: WaitingDelivery;
  readonly whose: Whose;
}

function isSameHead(a: WaitingDelivery, b: WaitingDelivery): boolean {
  const isSameTime = a.delivery.next.getTime() === b.delivery.next.getTime();
  return a.id === b.id && a.delivery.tries === b.delivery.tries && isSameTime;
}
