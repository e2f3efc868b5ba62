import type { Clock } from "../../clock.ts";
import type { OutputGate } from "../../engines/output.ts";

export interface OutputRate {
  readonly linesPerSecond: number;
  /** How many lines may come at once, before the rate counts. */
  readonly burst: number;
  /** How many lines of a flood are counted before counting stops, too. */
  readonly counted: number;
}

/** A talkative job keeps its log; one that prints in an endless loop cannot drown those of the others. */
const DEFAULT_OUTPUT_RATE: OutputRate = { linesPerSecond: 500, burst: 5000, counted: 2000 };

/** How many lines were dropped; `unknown` where not all were counted. */
export type Dropped = number | "unknown";

/**
 * Bounds how many lines of one run are logged, and what the others cost: a bucket of `burst` lines that fills at
 * `linesPerSecond`.
 *
 * Once empty it stays shut until a second's worth has gathered, so that a flood is logged as stretches with one
 * `output-dropped` between them, instead of every other line. What comes while it is shut is dropped before it is split
 * into lines. When a flood brings more than `counted` lines by then, its output is not read until the bucket is open again.
 */
export class OutputLimit implements Omit<OutputGate, "keepLast"> {
  readonly #clock: Clock;
  readonly #rate: OutputRate;
  #tokens: number;
  #filledAt: number;
  #isShut = false;
  #dropped = 0;
  #droppedWhileShut = 0;
  #isUncounted = false;

  constructor(clock: Clock, rate: OutputRate = DEFAULT_OUTPUT_RATE) {
    this.#clock = clock;
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAt = clock.now().getTime();
  }

  /** Called for each line that was let through. */
  pass(): void {
    this.#tokens -= 1;
  }

  isShut(): boolean {
    this.#fill();
    if (this.#tokens >= (this.#isShut ? this.#opensAt : 1)) {
      this.#isShut = false;
      this.#droppedWhileShut = 0;
    } else this.#isShut = true;
    return this.#isShut;
  }

  drop(lines: number): void {
    this.#dropped += lines;
    this.#droppedWhileShut += lines;
  }

  isOverrun(): boolean {
    return this.#droppedWhileShut > this.#rate.counted;
  }

  /** How long an output that was overrun is not read; by then the latest lines of a second are worth logging. */
  get opensInMs(): number {
    this.#fill();
    return Math.max(0, Math.ceil(((this.#opensAt - this.#tokens) / this.#rate.linesPerSecond) * 1000));
  }

  /** How many of the latest lines are logged when an output that was overrun is read again. */
  get linesWhenReopened(): number {
    return this.#opensAt;
  }

  /** The output is not read for a while: how many lines come until it is read again is not known. */
  leave(): void {
    this.#isUncounted = true;
    this.#droppedWhileShut = 0;
  }

  /** What was dropped since this was last asked; to be asked with each line that is logged, and at the end. */
  takeDropped(): Dropped {
    const dropped = this.#isUncounted ? "unknown" : this.#dropped;
    this.#dropped = 0;
    this.#isUncounted = false;
    return dropped;
  }

  get #opensAt(): number {
    return Math.min(this.#rate.linesPerSecond, this.#rate.burst);
  }

  /** A clock that went back fills nothing, and takes nothing away. */
  #fill(): void {
    const now = this.#clock.now().getTime();
    const seconds = Math.max(0, now - this.#filledAt) / 1000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + seconds * this.#rate.linesPerSecond);
    this.#filledAt = now;
  }
}
