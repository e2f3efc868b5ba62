import type { Clock } from "../../clock.ts";
import { EngineTrouble } from "../../engines/engine.ts";
import type { RunEvents } from "../../observe/run-events.ts";

/** Names of what can fail independently: of a job, of all jobs, and of one object. */
export const thing = {
  pass: "pass",
  start: "start",
  reread: "reread",
  ledger: "ledger",
  /** The record of the instance. */
  instance: "instance",
  poolOf: (pool: string) => `pool ${pool}`,
  leftovers: "leftovers",
  stopOf: (objectId: string) => `stop ${objectId}`,
  /** A start that is sent again. */
  startOf: (objectId: string) => `start ${objectId}`,
  /** The removal of what has no outcome yet. */
  removalOf: (objectId: string) => `remove ${objectId}`,
  lookOf: (objectId: string) => `look at ${objectId}`,
  /** The removal of what must go. */
  cleanupOf: (objectId: string) => `clean up ${objectId}`,
  isCleanup: (name: string) => name.startsWith("clean up "),
} as const;

/** Something that went wrong, and is tried again. */
export interface Trouble {
  /** In words. */
  readonly cause: string;
  readonly since: Date;
  /** When it is tried again; absent while it is being tried. */
  readonly againAt?: Date;
}

/** One trouble tells no more causes apart. */
const MOST_CAUSES = 20;
/** Nothing is tried again sooner, however often it is asked for. */
const SOONEST_MS = 1000;

/** How soon something is tried again at first, and at last: each time it takes twice as long. */
export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** For trouble that the engine has with one object. */
const OF_AN_OBJECT: BackOff = { firstMs: 5000, longestMs: 60_000 };
/** For trouble that is the same for all jobs: with the ledger, say. */
const OF_ALL: BackOff = { firstMs: 5000, longestMs: 5000 };

/**
 * What goes wrong repeatedly, for each job by itself: it is tried less and less often, logged once per cause, and
 * once more when all of the job's troubles are over. `thing` tells apart what can fail independently. Without a job, the
 * trouble is with what concerns all jobs.
 */
export class Troubles {
  readonly #clock: Clock;
  readonly #events: RunEvents;
  readonly #jobs = new Map<string | undefined, Map<string, Known>>();

  constructor({ clock, events }: { readonly clock: Clock; readonly events: RunEvents }) {
    this.#clock = clock;
    this.#events = events;
  }

  /** Logs it, if this cause is new; returns when to try again. */
  failed(job: string | undefined, thing: string, error: unknown, backOff = backOffAfter(error)): Date {
    const now = this.#clock.now();
    const ofJob = this.#jobs.get(job) ?? new Map<string, Known>();
    const before = ofJob.get(thing);
    const signature = error instanceof EngineTrouble ? error.signature : String(error);
    const signatures = before?.signatures ?? new Set();
    const isTold =
      signatures.size >= MOST_CAUSES || [...ofJob.values()].some((known) => known.signatures.has(signature));
    if (!isTold) signatures.add(signature);
    const waitMs = Math.min(before === undefined ? backOff.firstMs : before.waitMs * 2, backOff.longestMs);
    const cause = error instanceof Error ? error.message : String(error);
    const againAt = new Date(now.getTime() + waitMs);
    ofJob.set(thing, { cause, since: before?.since ?? now, failedAt: now, againAt, waitMs, signatures });
    this.#jobs.set(job, ofJob);
    if (!isTold) this.#events.emit({ event: "pass-failed", ...named(job), cause: error });
    return againAt;
  }

  succeeded(job: string | undefined, thing: string): void {
    const ofJob = this.#jobs.get(job);
    if (ofJob?.delete(thing) !== true || ofJob.size > 0) return;
    this.#jobs.delete(job);
    this.#events.emit({ event: "pass-recovered", ...named(job) });
  }

  /** When this may be tried again; undefined where it is in no trouble. */
  againAt(job: string | undefined, thing: string): Date | undefined {
    return this.with(job, thing)?.againAt;
  }

  /** Before this it is not tried again, even if an event or an operator asks for it. */
  notBefore(job: string | undefined, thing: string): Date | undefined {
    const known = this.#jobs.get(job)?.get(thing);
    if (known === undefined || known.failedAt > this.#clock.now()) return undefined;
    return new Date(Math.min(known.failedAt.getTime() + SOONEST_MS, known.againAt.getTime()));
  }

  /** When this would be tried again, if it failed now. */
  wouldTryAt(job: string, thing: string): Date {
    const waitMs = this.#jobs.get(job)?.get(thing)?.waitMs;
    const { firstMs, longestMs } = OF_AN_OBJECT;
    const nextMs = waitMs === undefined ? firstMs : Math.min(waitMs * 2, longestMs);
    return new Date(this.#clock.now().getTime() + nextMs);
  }

  /** These things are no longer in trouble, whatever the job. */
  solved(isSolved: (thing: string) => boolean): void {
    for (const [job, ofJob] of this.#jobs)
      for (const thing of [...ofJob.keys()]) if (isSolved(thing)) this.succeeded(job, thing);
  }

  /** The jobs that are in trouble. */
  get jobs(): readonly string[] {
    return [...this.#jobs.keys()].filter((job) => job !== undefined);
  }

  /** The trouble that this is in. */
  with(job: string | undefined, thing: string): (Trouble & { readonly againAt: Date }) | undefined {
    const known = this.#jobs.get(job)?.get(thing);
    // The clock was set back: there is nothing to wait for.
    return known !== undefined && known.failedAt > this.#clock.now() ? { ...known, againAt: this.#clock.now() } : known;
  }

  /** The job is gone, and with it its troubles. */
  forget(job: string): void {
    this.#jobs.delete(job);
  }

  /** What goes wrong with this job now; the longest first. */
  of(job: string | undefined): readonly Trouble[] {
    const known = [...(this.#jobs.get(job)?.values() ?? [])];
    return known
      .map(({ cause, since, againAt }) => ({ cause, since, againAt }))
      .sort((a, b) => a.since.getTime() - b.since.getTime());
  }
}

function backOffAfter(error: unknown): BackOff {
  return error instanceof EngineTrouble ? OF_AN_OBJECT : OF_ALL;
}

/** For the removal of an object that must go, which no pass waits for. */
export const OF_A_REMOVAL: BackOff = { firstMs: 30_000, longestMs: 3600_000 };

interface Known extends Trouble {
  readonly againAt: Date;
  readonly failedAt: Date;
  readonly waitMs: number;
  /** All causes that were logged since it began. */
  readonly signatures: Set<string>;
}

function named(job: string | undefined): { job?: string } {
  return job === undefined ? {} : { job };
}
