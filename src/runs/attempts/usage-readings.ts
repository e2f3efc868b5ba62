import type { Clock } from "../../clock.ts";
import { untilNextReadingMs, withReading } from "../../decide/usage.ts";
import { type Engine, EngineError, EngineTrouble } from "../../engines/engine.ts";
import { noteUsage } from "../../ledger/changes/attempts.ts";
import type { JobRecord, Usage } from "../../ledger/record.ts";
import type { RunEvents } from "../../observe/run-events.ts";
import type { Book } from "../book.ts";

interface UsageParts {
  readonly engine: Pick<Engine, "usage">;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly recordOf: (job: string) => JobRecord | undefined;
  readonly change: Book["change"];
}

/** What a proxy forbids, it forbids again, of any object: it is asked once in this time. */
const FORBIDDEN_FOR_MS = 3_600_000;

/**
 * Reads now and then what running attempts use: an engine says so only while their processes run. Nothing waits for it, and
 * that something cannot be read is no trouble: then less is known.
 */
export class UsageReadings {
  readonly #parts: UsageParts;
  readonly #stop = new AbortController();
  readonly #followed = new Map<string, Followed>();
  #forbiddenAt: Date | undefined;

  constructor(parts: UsageParts) {
    this.#parts = parts;
  }

  /** Begins with an attempt that was seen to run. `since`: when its process started, by the scheduler's clock. */
  follow(objectId: string, job: string, since: Date): void {
    if (this.#followed.has(objectId) || this.#stop.signal.aborted) return;
    const followed: Followed = { job, since, known: undefined, clear: () => {} };
    this.#followed.set(objectId, followed);
    // As if it had just started: one that is taken up may end soon, however long it has run.
    const now = this.#parts.clock.now();
    this.#readLater(objectId, followed, untilNextReadingMs(now, now));
  }

  /** What is known so far; undefined where nothing is. */
  of(objectId: string): Usage | undefined {
    return this.#followed.get(objectId)?.known;
  }

  /**
   * Its end is recorded. Of several schedulers, the one that has started it records that, and the one on its node knows what it
   * used: where these are two, this one adds it.
   */
  attemptEnded(objectId: string, job: string): void {
    const followed = this.#followed.get(objectId);
    followed?.clear();
    this.#followed.delete(objectId);
    if (followed?.known !== undefined) void this.#add(job, objectId, followed.known);
  }

  stop(): void {
    for (const { clear } of this.#followed.values()) clear();
    if (!this.#stop.signal.aborted) this.#stop.abort("the scheduler stops");
  }

  #readLater(objectId: string, followed: Followed, ms: number): void {
    followed.clear = this.#parts.clock.after(ms, () => void this.#read(objectId, followed));
  }

  async #read(objectId: string, followed: Followed): Promise<void> {
    const { engine, clock } = this.#parts;
    try {
      const read = this.#isForbidden() ? undefined : await engine.usage(objectId, this.#stop.signal);
      if (read !== undefined) followed.known = withReading(followed.known, read);
    } catch (error) {
      if (error instanceof EngineTrouble && error.isForbidden) this.#forbiddenAt = clock.now();
      this.#tellFault(followed.job, error);
    }
    if (this.#followed.get(objectId) !== followed || this.#stop.signal.aborted) return;
    this.#readLater(objectId, followed, untilNextReadingMs(followed.since, clock.now()));
  }

  /** If that fails, it stays unknown. */
  async #add(job: string, objectId: string, usage: Usage): Promise<void> {
    const { recordOf, change } = this.#parts;
    if (noteUsage(recordOf(job), objectId, usage) === undefined) return;
    try {
      await change(job, (record) => noteUsage(record, objectId, usage));
    } catch (cause) {
      this.#tellFault(job, cause);
    }
  }

  #tellFault(job: string, cause: unknown): void {
    if (!(cause instanceof EngineError)) this.#parts.events.emit({ event: "pass-failed", job, cause });
  }

  #isForbidden(): boolean {
    if (this.#forbiddenAt === undefined) return false;
    const agoMs = this.#parts.clock.now().getTime() - this.#forbiddenAt.getTime();
    return agoMs >= 0 && agoMs < FORBIDDEN_FOR_MS;
  }
}

interface Followed {
  readonly job: string;
  readonly since: Date;
  known: Usage | undefined;
  /** Takes back the next reading. */
  clear: () => void;
}
