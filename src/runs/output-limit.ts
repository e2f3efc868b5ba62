import type { Clock } from "../clock.ts";

export interface OutputRate {
  readonly linesPerSecond: number;
  /** How many lines may come at once, before the rate counts. */
  readonly burst: number;
}

/** A talkative job keeps its log; one that prints in an endless loop cannot drown those of the others. */
const DEFAULT_OUTPUT_RATE: OutputRate = { linesPerSecond: 500, burst: 5000 };

/** Whether a line may be told, and how many before it were not. */
export interface Passed {
  readonly isLet: boolean;
  readonly dropped: number;
}

/**
 * Bounds how many lines of one run are told: a bucket of `burst` lines that fills at `linesPerSecond`.
 *
 * Once empty it stays shut until a second's worth has gathered, so that a flood is told as stretches with one
 * `output-dropped` between them, instead of every other line.
 */
export class OutputLimit {
  readonly #clock: Clock;
  readonly #rate: OutputRate;
  #tokens: number;
  #filledAt: number;
  #isShut = false;
  #dropped = 0;

  constructor(clock: Clock, rate: OutputRate = DEFAULT_OUTPUT_RATE) {
    this.#clock = clock;
    this.#rate = rate;
    this.#tokens = rate.burst;
    this.#filledAt = clock.now().getTime();
  }

  /** To be asked for each line. The count of dropped lines is given with the next line that is let through. */
  pass(): Passed {
    this.#fill();
    if (this.#isShut && this.#tokens >= Math.min(this.#rate.linesPerSecond, this.#rate.burst)) this.#isShut = false;
    if (this.#isShut || this.#tokens < 1) return this.#drop();
    this.#tokens -= 1;
    return { isLet: true, dropped: this.takeDropped() };
  }

  /** How many were dropped since this was last said; to be asked at the end. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  #drop(): Passed {
    this.#isShut = true;
    this.#dropped += 1;
    return { isLet: false, dropped: 0 };
  }

  /** A clock that went back fills nothing, and takes nothing away. */
  #fill(): void {
    const now = this.#clock.now().getTime();
    const seconds = Math.max(0, now - this.#filledAt) / 1000;
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + seconds * this.#rate.linesPerSecond);
    this.#filledAt = now;
  }
}
