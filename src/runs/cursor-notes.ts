import type { Clock } from "../clock.ts";
import { aheadProblem } from "../decide/cursor-ahead.ts";
import type { JobRecord } from "../ledger/record.ts";
import type { RunEvents, SourceProblem } from "../observe/run-events.ts";

/** Logs, once, that a record is decided up to the future, and once that it no longer is. */
export class CursorNotes {
  readonly #clock: Clock;
  readonly #events: RunEvents;
  /** What was logged, by job. */
  readonly #told = new Map<string, SourceProblem>();

  constructor({ clock, events }: { readonly clock: Clock; readonly events: RunEvents }) {
    this.#clock = clock;
    this.#events = events;
  }

  note(record: JobRecord): void {
    const { job } = record;
    const problem = aheadProblem(record, this.#clock.now());
    if (problem === undefined) this.forget(job);
    else if (!this.#told.has(job)) {
      this.#told.set(job, problem);
      this.#events.emit({ event: "problem", ...problem });
    }
  }

  /** A job that no source declares is not started, whatever its record is decided up to. */
  forget(job: string): void {
    const told = this.#told.get(job);
    if (told === undefined) return;
    this.#told.delete(job);
    this.#events.emit({ event: "problem-solved", ...told });
  }
}
