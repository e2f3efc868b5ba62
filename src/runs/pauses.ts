import type { Clock } from "../clock.ts";
import { endFutureHolds, endPauseOfAll, isOver } from "../ledger/changes/pauses.ts";
import type { JobRecord, Pause } from "../ledger/record.ts";
import type { RunEvents, SourceProblem } from "../observe/run-events.ts";
import type { Book } from "./book.ts";

interface PausesParts {
  readonly book: Pick<Book, "instance" | "rereadInstance" | "changeInstance">;
  readonly clock: Clock;
  readonly events: RunEvents;
}

const AGAIN_MS = 1000;

/** Stands for all jobs among the names of jobs, none of which is empty. */
const ALL = "";

/**
 * Looks after pauses that end by themselves, and logs those that begin, change and end. What is decided does not depend
 * on it: a pause whose `until` has come holds nothing, whether or not its end is in the record already.
 */
export class Pauses {
  readonly #parts: PausesParts;
  /** What was logged or need not be, by job. */
  readonly #told = new Map<string, Pause>();
  /** The record at the last look, as text. */
  #looked: string | undefined;
  #isOutdated = false;
  #isLooking = false;
  /** What fails, or gets no clear answer, is not repeated before this. */
  #notBefore = 0;

  constructor(parts: PausesParts) {
    this.#parts = parts;
  }

  /** When there is something to do: another process has changed the record, or the pause of all jobs ends. */
  get lookAt(): Date | undefined {
    if (this.#isLooking) return undefined;
    const { book, clock } = this.#parts;
    const endsAt = book.instance?.paused?.until;
    const at = this.#isOutdated ? clock.now() : endsAt;
    return at && new Date(Math.max(at.getTime(), this.#notBefore));
  }

  /** Another process has changed the record. */
  noteChange(): void {
    this.#isOutdated = true;
  }

  /**
   * Reads the record if it has changed, and ends a pause that is over. Returns whether the record is another than at the last
   * look.
   *
   * @throws EngineError, or the ledger's error.
   */
  async look(): Promise<boolean> {
    const { book, clock } = this.#parts;
    this.#isLooking = true;
    this.#notBefore = clock.now().getTime() + AGAIN_MS;
    try {
      if (this.#isOutdated) {
        this.#isOutdated = false;
        await book.rereadInstance();
        this.#notBefore = 0;
      }
      const now = clock.now();
      if (isOver(book.instance?.paused, now)) await book.changeInstance((instance) => endPauseOfAll(instance, now));
      return this.noteAll();
    } catch (error) {
      this.#isOutdated = true;
      throw error;
    } finally {
      this.#isLooking = false;
    }
  }

  /** The clock was set back: what fell into an ended pause of all jobs must not be in the future. */
  async endInFuture(): Promise<void> {
    const { book, clock } = this.#parts;
    const now = clock.now();
    if (endFutureHolds(book.instance, now)) await book.changeInstance((instance) => endFutureHolds(instance, now));
  }

  /**
   * Logs what is new of the pause of all jobs; one that holds when the scheduler starts is logged then. Returns whether the
   * record is another than the last time.
   */
  noteAll(): boolean {
    const { instance } = this.#parts.book;
    this.#note(ALL, instance?.paused);
    const text = JSON.stringify(instance);
    const isOther = text !== this.#looked;
    this.#looked = text;
    return isOther;
  }

  /** To be called with each record that is first seen, or no longer there. Whatever pause it shows first is not new. */
  seeRecord(before: JobRecord | undefined, after: JobRecord | undefined): void {
    if (before === undefined && after?.paused !== undefined) this.#told.set(after.job, after.paused);
    if (before !== undefined && after === undefined) this.#told.delete(before.job);
  }

  /** Logs what is new of the job's own pause since its record was seen first. */
  note({ job, paused }: JobRecord): void {
    this.#note(job, paused);
  }

  #note(job: string, paused: Pause | undefined): void {
    const { events, clock } = this.#parts;
    const told = this.#told.get(job);
    const of = job === ALL ? {} : { job };
    if (told !== undefined && paused?.since.getTime() !== told.since.getTime()) {
      this.#told.delete(job);
      const because = told.until !== undefined && told.until <= clock.now() ? "until" : "operator";
      events.emit({ event: "resumed", ...of, since: told.since, because });
    }
    if (paused === undefined || isSame(paused, this.#told.get(job))) return;
    this.#told.set(job, paused);
    events.emit({ event: "paused", ...of, ...paused });
  }
}

function isSame(pause: Pause, told: Pause | undefined): boolean {
  const { since, until, reason } = pause;
  const isSameEnd = until?.getTime() === told?.until?.getTime();
  return told !== undefined && since.getTime() === told.since.getTime() && isSameEnd && reason === told.reason;
}

/** The record of the instance, or a part of it, could not be read: a pause of all jobs may be forgotten. */
export function unreadableInstance(why: string): SourceProblem {
  return {
    source: "scheduler",
    at: "record of the instance",
    message: `could not be read: ${why}`,
    hint: 'if all jobs were paused, they no longer are: "shipbell pause --all" pauses them again',
  };
}
