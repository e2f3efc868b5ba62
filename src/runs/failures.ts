import type { RunEvents } from "./run-events.ts";

/** What goes wrong again and again is told once per change of cause, and once when it is over. */
export class Failures {
  readonly #events: RunEvents;
  /** By job; without a job, what concerns them all. */
  readonly #causes = new Map<string | undefined, string>();

  constructor(events: RunEvents) {
    this.#events = events;
  }

  failed(job: string | undefined, error: unknown): void {
    const cause = String(error);
    if (this.#causes.get(job) !== cause) this.#events.emit({ event: "pass-failed", ...named(job), cause: error });
    this.#causes.set(job, cause);
  }

  succeeded(job?: string): void {
    if (this.#causes.delete(job)) this.#events.emit({ event: "pass-recovered", ...named(job) });
  }
}

function named(job: string | undefined): { job?: string } {
  return job === undefined ? {} : { job };
}
