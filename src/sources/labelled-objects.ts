import type { Clock } from "../clock.ts";
import type { LabelledObject } from "../definition/labels/parse-labels.ts";

/** How long an object must be there before its labels count. Compose makes a container some 200 ms before it starts it. */
const SETTLES_AFTER_MS = 1000;

/** Objects of which some have only just been made. */
export interface Settled {
  readonly settled: readonly LabelledObject[];
  /** The names of the others: what was read of these names before stands until they are settled. */
  readonly settling: readonly string[];
}

/**
 * Tells objects that have just been made from those that are there to stay: a container is created before it is
 * started, and looks like a template in between; and one that lives for a moment declares nothing. Each is waited for on
 * its own. What takes the place of another of its name and runs already is what that was.
 */
export class Settling {
  readonly #clock: Clock;
  readonly #settled = new Set<string>();
  readonly #waiting = new Map<string, AbortController>();
  #names: ReadonlySet<string> | undefined;
  #wake: () => void = () => {};

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Calls `wake` whenever an object has settled, until `signal` is aborted. */
  watch(wake: () => void, signal: AbortSignal): void {
    this.#wake = wake;
    signal.addEventListener("abort", () => this.#forget(() => false));
  }

  sort(objects: readonly LabelledObject[]): Settled {
    const ids = new Set(objects.map(({ id }) => id));
    this.#forget((id) => ids.has(id));
    const settled = objects.filter((object) => this.#isSettled(object));
    for (const { id } of settled) {
      this.#waiting.get(id)?.abort();
      this.#settled.add(id);
    }
    const young = objects.filter(({ id }) => !this.#settled.has(id));
    for (const { id } of young) this.#await(id);
    const settling = young.map(({ name }) => name);
    // A name stays known while its next object settles.
    const before = this.#names;
    this.#names = new Set([...settled.map(({ name }) => name), ...settling.filter((name) => before?.has(name))]);
    return { settled, settling };
  }

  #isSettled({ id, name, running, createdAt }: LabelledObject): boolean {
    if (this.#settled.has(id)) return true;
    if (this.#names !== undefined) return running && this.#names.has(name);
    // What is there at the start has been there before, unless it says otherwise, by a clock that may be another one.
    return Math.abs(this.#clock.now().getTime() - createdAt.getTime()) > SETTLES_AFTER_MS;
  }

  #await(id: string): void {
    if (this.#waiting.has(id)) return;
    const waiting = new AbortController();
    this.#waiting.set(id, waiting);
    void this.#clock.wait(SETTLES_AFTER_MS, waiting.signal).then(() => {
      this.#waiting.delete(id);
      if (waiting.signal.aborted) return;
      this.#settled.add(id);
      this.#wake();
    });
  }

  #forget(isThere: (id: string) => boolean): void {
    for (const id of this.#settled) if (!isThere(id)) this.#settled.delete(id);
    for (const [id, waiting] of this.#waiting) if (!isThere(id)) waiting.abort();
  }
}
