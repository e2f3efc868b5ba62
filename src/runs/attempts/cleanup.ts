import { atMost, type Clock } from "../../clock.ts";

/** How many objects are cleaned up at once. */
const AT_ONCE = 8;
/** What takes longer gives up its place and goes on, so that the others need not wait. */
const HOLDS_PLACE_MS = 5000;

/**
 * What is done to objects next to the passes, and holds up none of them: removals, and the stops of what lives on
 * unwanted. A few at once; one that hangs gives its place back after a while, and is not begun again while it does.
 */
export class Cleanup {
  readonly #clock: Clock;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #waiting: (() => void)[] = [];
  #free = AT_ONCE;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves and rejects as `work` does; undefined where the object is being cleaned up already. */
  begin(objectId: string, work: () => Promise<void>): Promise<void> | undefined {
    if (this.#underWay.has(objectId)) return undefined;
    const done = this.#inTurn(work).finally(() => this.#underWay.delete(objectId));
    this.#underWay.set(objectId, done);
    return done;
  }

  /** Resolves when nothing is under way, or after `ms`. */
  async settled(ms: number): Promise<void> {
    await atMost(this.#clock, ms, Promise.allSettled(this.#underWay.values()));
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    let hasPlace = true;
    const giveBack = () => {
      if (hasPlace) this.#giveBack();
      hasPlace = false;
    };
    const clear = this.#clock.after(HOLDS_PLACE_MS, giveBack);
    try {
      await work();
    } finally {
      clear();
      giveBack();
    }
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next();
  }
}
