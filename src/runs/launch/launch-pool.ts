import type { Clock } from "../../clock.ts";

/** A start as the pool sees it. */
export interface PooledStart {
  readonly job: string;
  /** Of the starts that wait, the one that was due first comes first. */
  readonly dueAt: Date;
  /** What else may hang with it: its volumes, the container that it is copied from. */
  readonly shares?: readonly string[];
}

/** A start that takes longer than this hangs: it goes on, and no longer holds a place. */
const HANGS_AFTER_MS = 5000;

/**
 * How many starts the engine is given at once: beyond a few, an engine only gets slower. The others wait here, the
 * oldest occurrence first. It queues, it never drops.
 *
 * One start that hangs must not hold up the others. A start gives its place back after some seconds, and goes on
 * without one. A quarter of the places is kept for jobs whose last start went well; and where a start hangs, others
 * that use the same volume wait for it, and not for a place.
 *
 * What is prepared ahead of its time takes no place, and no start waits for it: it begins while a place is free and no
 * start waits, a few at once.
 */
export class LaunchPool {
  readonly #size: number;
  readonly #clock: Clock;
  readonly #proven = new Set<string>();
  /** Each queue is in the order in which its starts were due. */
  readonly #queues: { readonly proven: Waiting[]; readonly unproven: Waiting[] } = { proven: [], unproven: [] };
  /** The jobs in the queues: there is at most one start of each. */
  readonly #waiting = new Set<string>();
  readonly #hanging = new Set<PooledStart>();
  /** What hanging starts share, and how many of them share it. */
  readonly #shares = new Map<string, number>();
  /** In the order in which they will be due. */
  readonly #aheadQueue: Waiting[] = [];
  #busy = 0;
  #unproven = 0;
  #ahead = 0;

  constructor(size: number, clock: Clock) {
    this.#size = size;
    this.#clock = clock;
  }

  /** How many starts wait for their turn. */
  get waiting(): number {
    return this.#queues.proven.length + this.#queues.unproven.length;
  }

  /** How many starts have a place, of how many places. */
  get places(): { readonly taken: number; readonly all: number } {
    return { taken: this.#busy, all: this.#size };
  }

  /** Whether the start of this job waits for its turn. */
  isWaiting(job: string): boolean {
    return this.#waiting.has(job);
  }

  /** How many starts are under way that the engine has not answered for seconds. */
  get hanging(): number {
    return this.#hanging.size;
  }

  isHanging(job: string): boolean {
    return [...this.#hanging].some((start) => start.job === job);
  }

  /** Runs `work` when it is its turn. Rejects, without having run it, when `signal` is aborted first. */
  async run<T>(start: PooledStart, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const isProven = await this.#admitted(start, signal);
    let hasPlace = true;
    const giveBack = () => {
      if (!hasPlace) return;
      hasPlace = false;
      this.#busy--;
      if (!isProven) this.#unproven--;
      this.#admitNext();
    };
    const clear = this.#clock.after(HANGS_AFTER_MS, () => {
      this.#hangs(start);
      giveBack();
    });
    try {
      const result = await work();
      if (hasPlace) this.#proven.add(start.job);
      return result;
    } catch (error) {
      this.#proven.delete(start.job);
      throw error;
    } finally {
      clear();
      this.#ends(start);
      giveBack();
    }
  }

  /**
   * Runs `work` for a start that is not due yet, when the engine has nothing better to do. Rejects, without having run it,
   * when `signal` is aborted first.
   */
  async runAhead<T>(start: PooledStart, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#queued(this.#aheadQueue, start, signal, () => this.#ahead++);
    let isCounted = true;
    const giveBack = () => {
      if (isCounted) this.#ahead--;
      isCounted = false;
      this.#admitNext();
    };
    const clear = this.#clock.after(HANGS_AFTER_MS, giveBack);
    try {
      return await work();
    } finally {
      clear();
      giveBack();
    }
  }

  /** The job is gone. */
  forget(job: string): void {
    this.#proven.delete(job);
  }

  #hangs(start: PooledStart): void {
    this.#proven.delete(start.job);
    this.#hanging.add(start);
    for (const share of start.shares ?? []) this.#shares.set(share, (this.#shares.get(share) ?? 0) + 1);
  }

  #ends(start: PooledStart): void {
    if (!this.#hanging.delete(start)) return;
    for (const share of start.shares ?? []) {
      const left = (this.#shares.get(share) ?? 0) - 1;
      if (left > 0) this.#shares.set(share, left);
      else this.#shares.delete(share);
    }
    this.#admitNext();
  }

  /** Resolves to whether the job's last start went well. */
  async #admitted(start: PooledStart, signal: AbortSignal): Promise<boolean> {
    const isProven = this.#proven.has(start.job);
    this.#waiting.add(start.job);
    try {
      await this.#queued(isProven ? this.#queues.proven : this.#queues.unproven, start, signal, () => {
        this.#waiting.delete(start.job);
        this.#busy++;
        if (!isProven) this.#unproven++;
      });
    } finally {
      this.#waiting.delete(start.job);
    }
    return isProven;
  }

  /** Waits in the queue for its turn, with which `admitted` is called at once. */
  #queued(queue: Waiting[], start: PooledStart, signal: AbortSignal, admitted: () => void): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const leave = () => {
        queue.splice(queue.indexOf(entry), 1);
        reject(signal.reason);
      };
      const admit = () => {
        signal.removeEventListener("abort", leave);
        queue.splice(queue.indexOf(entry), 1);
        admitted();
        resolve();
      };
      const entry: Waiting = { start, dueAt: start.dueAt.getTime(), admit };
      signal.addEventListener("abort", leave);
      const place = queue.findLastIndex((other) => other.dueAt <= entry.dueAt);
      queue.splice(place + 1, 0, entry);
      this.#admitNext();
    });
  }

  #admitNext(): void {
    while (this.#busy < this.#size) {
      const proven = this.#firstOf(this.#queues.proven);
      const unproven = this.#unproven < this.#size - this.#kept ? this.#firstOf(this.#queues.unproven) : undefined;
      const next = proven && unproven ? earlier(proven, unproven) : (proven ?? unproven);
      if (next === undefined) break;
      next.admit();
    }
    while (this.waiting === 0 && this.#busy + this.#ahead < this.#size && this.#ahead < Math.ceil(this.#size / 4)) {
      const next = this.#aheadQueue[0];
      if (next === undefined) return;
      next.admit();
    }
  }

  /** Usually nothing hangs, and it is the first of the queue. */
  #firstOf(queue: readonly Waiting[]): Waiting | undefined {
    if (this.#shares.size === 0) return queue[0];
    return queue.find(({ start: { shares = [] } }) => !shares.some((share) => this.#shares.has(share)));
  }

  /** Places that are kept for jobs whose last start went well, so that the other jobs cannot take them all. */
  get #kept(): number {
    return this.#size > 1 ? Math.ceil(this.#size / 4) : 0;
  }
}

interface Waiting {
  readonly start: PooledStart;
  readonly dueAt: number;
  readonly admit: () => void;
}

function earlier(a: Waiting, b: Waiting): Waiting {
  return a.dueAt <= b.dueAt ? a : b;
}
