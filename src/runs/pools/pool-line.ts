import { inLine, type Waiting } from "../../decide/slots.ts";

/** A pass takes milliseconds; one that takes longer holds up no other job. */
const PASS_WITHIN_MS = 1000;
/** A start that takes longer than this hangs: another one is let in for it. */
const HANGS_AFTER_MS = 5000;

/** An attempt that was let in, and when. */
interface LetIn {
  readonly attempt: Waiting;
  readonly at: Date;
}

/**
 * The line before one pool, as this scheduler has it: jobs whose next attempt waits for a slot, and those that were let in and
 * are about to reserve one. It is made by the passes of these jobs, again each time: a job that no longer asks is no longer in it.
 */
export class PoolLine {
  readonly #waiting = new Map<string, Waiting>();
  readonly #letIn = new Map<string, LetIn>();
  /** By job: the attempt whose waiting was told. */
  readonly #told = new Map<string, string>();
  /** Jobs that are in a pass, and since when; whether they have asked in it. */
  readonly #passing = new Map<string, { readonly since: Date; hasAsked: boolean }>();

  /** In the order in which they get slots. */
  get waiting(): readonly Waiting[] {
    return inLine(this.#waiting.values());
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting.size;
  }

  placeOf(job: string): Waiting | undefined {
    return this.#waiting.get(job);
  }

  isLetIn({ job, run, attempt }: Pick<Waiting, "job" | "run" | "attempt">): boolean {
    const letIn = this.#letIn.get(job)?.attempt;
    return letIn?.run === run && letIn.attempt === attempt;
  }

  /** Those that were let in and may be about to reserve a slot. One that hangs no longer counts. */
  letIn(now: Date): readonly Waiting[] {
    const hung = now.getTime() - HANGS_AFTER_MS;
    return [...this.#letIn.values()].filter(({ at }) => at.getTime() > hung).map(({ attempt }) => attempt);
  }

  /**
   * Enters the line, or stays in it. A job that waits keeps its place when a later occurrence takes the place of the one that it
   * waited with: else a job that is due often would never come first.
   */
  enter(attempt: Waiting): void {
    this.#noteAsked(attempt.job);
    const before = this.#waiting.get(attempt.job);
    const keepsPlace = before !== undefined && isFirstOfSchedule(before) && isFirstOfSchedule(attempt);
    const dueAt = keepsPlace && before.dueAt < attempt.dueAt ? before.dueAt : attempt.dueAt;
    this.#letIn.delete(attempt.job);
    this.#waiting.set(attempt.job, { ...attempt, dueAt });
  }

  admit(attempt: Waiting, now: Date): void {
    this.#noteAsked(attempt.job);
    this.#waiting.delete(attempt.job);
    if (!this.isLetIn(attempt)) this.#letIn.set(attempt.job, { attempt, at: now });
  }

  /** It was let in, and its start is over. */
  startEnded(job: string): void {
    this.#letIn.delete(job);
  }

  /** Whether the waiting of this attempt is to be told: once. */
  isNews({ job, run, attempt }: Waiting): boolean {
    const key = `${run}.${attempt}`;
    if (this.#told.get(job) === key) return false;
    this.#told.set(job, key);
    return true;
  }

  passBegins(job: string, now: Date): void {
    this.#passing.set(job, { since: now, hasAsked: false });
  }

  /** What did not ask in its pass is not due any longer, unless its start is under way. */
  passEnds(job: string, isStarting: boolean): void {
    const hasAsked = this.#passing.get(job)?.hasAsked ?? false;
    this.#passing.delete(job);
    if (hasAsked || isStarting) return;
    this.#waiting.delete(job);
    this.#letIn.delete(job);
    this.#told.delete(job);
  }

  /** Until when jobs are looked at that may come before those that wait; undefined where there are none. */
  unsettledUntil(now: Date): Date | undefined {
    const ends = [...this.#passing.values()].map(({ since }) => since.getTime() + PASS_WITHIN_MS);
    const latest = Math.max(...ends);
    return ends.length > 0 && latest > now.getTime() ? new Date(latest) : undefined;
  }

  /** When the first start that was let in counts as hanging. */
  hangsAt(now: Date): Date | undefined {
    const at = [...this.#letIn.values()]
      .map(({ at }) => at.getTime() + HANGS_AFTER_MS)
      .filter((ms) => ms > now.getTime());
    return at.length === 0 ? undefined : new Date(Math.min(...at));
  }

  #noteAsked(job: string): void {
    const pass = this.#passing.get(job);
    if (pass !== undefined) pass.hasAsked = true;
  }
}

function isFirstOfSchedule({ attempt, trigger }: Waiting): boolean {
  return attempt === 1 && trigger !== "manual";
}
