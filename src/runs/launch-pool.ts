/**
 * How many starts the engine is given at once: beyond a few, an engine only gets slower. The others wait here, the
 * oldest occurrence first. It queues, it never drops.
 */
export class LaunchPool {
  readonly #size: number;
  #busy = 0;
  readonly #waiting: { readonly dueAt: number; readonly admit: () => void }[] = [];

  constructor(size: number) {
    this.#size = size;
  }

  /** How many starts wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Runs `work` when it is its turn. Rejects, without having run it, when `signal` is aborted first. */
  async run<T>(dueAt: Date, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#admitted(dueAt.getTime(), signal);
    try {
      return await work();
    } finally {
      this.#busy--;
      this.#admitNext();
    }
  }

  #admitted(dueAt: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const entry = { dueAt, admit };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal.reason);
      };
      function admit() {
        signal.removeEventListener("abort", leave);
        resolve();
      }
      signal.addEventListener("abort", leave);
      const place = this.#waiting.findLastIndex((other) => other.dueAt <= dueAt);
      this.#waiting.splice(place + 1, 0, entry);
      this.#admitNext();
    });
  }

  #admitNext(): void {
    while (this.#busy < this.#size) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#busy++;
      next.admit();
    }
  }
}
