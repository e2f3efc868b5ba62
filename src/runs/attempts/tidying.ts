import type { PassParts } from "../pass.ts";
import { tidy } from "./leftovers.ts";

const INTERVAL_MS = 10 * 60_000;
const LOOK_AGAIN_MS = 30_000;
const RETRY_MS = 5000;

/** When leftovers are looked for: at the start, when the engine may have changed unseen, and now and then. */
export class Tidying {
  readonly #parts: PassParts;
  #at = new Date(0);

  constructor(parts: PassParts) {
    this.#parts = parts;
  }

  /** When it is to be done next. */
  get at(): Date {
    return this.#at;
  }

  soon(): void {
    this.#at = new Date(0);
  }

  /** Not at once: whoever may still want what was left gets the time. */
  inAWhile(): void {
    this.by(new Date(this.#parts.clock.now().getTime() + LOOK_AGAIN_MS));
  }

  /** At this time at the latest. */
  by(at: Date): void {
    if (at < this.#at) this.#at = at;
  }

  /** @throws as `tidy` does; it is done again soon then. */
  async run(): Promise<void> {
    this.#in(INTERVAL_MS);
    try {
      if ((await tidy(this.#parts)) === "look-again") this.#in(LOOK_AGAIN_MS);
    } catch (error) {
      this.#in(RETRY_MS);
      throw error;
    }
  }

  #in(ms: number): void {
    this.#at = new Date(this.#parts.clock.now().getTime() + ms);
  }
}
