import type { Clock } from "../clock.ts";
import type { SourceName } from "../job/job.ts";
import { type Answer, emptySnapshot, isSameSnapshot, mergeReadings, type Snapshot } from "./snapshot.ts";
import type { JobSource } from "./source.ts";
import { reason } from "./text-files.ts";

interface CatalogSettings {
  readonly sources: readonly JobSource[];
  readonly clock: Clock;
  /** The pools that the operator declares; absent where that is not known. */
  readonly pools?: ReadonlyMap<string, number>;
  /** Called with every snapshot that differs from the previous one, but not with the first. */
  readonly onChange: (snapshot: Snapshot) => void;
}

/** Changes come in bursts: this is how long the first one waits for the others. */
const SETTLE_MS = 200;

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;

/**
 * Reads every source once and returns what they declare together, then goes on watching them until `signal` is aborted.
 * A change is reported within two seconds. Never rejects: a source that cannot be read is a problem of the snapshot, its
 * last good jobs stay, and it is read again after 1 s, 2 s, 4 s, … at most 15 s.
 */
export async function followSources(settings: CatalogSettings, signal: AbortSignal): Promise<Snapshot> {
  const { sources, pools } = settings;
  const followed = sources.map((source) => new FollowedSource(source, settings.clock));
  for (const one of followed) one.startWatching(signal);
  const answers = await Promise.all(followed.map((one) => one.ask(signal)));
  let snapshot = mergeReadings({ ...emptySnapshot, givenPools: pools }, answers);
  const take = (answer: Answer) => {
    const merged = mergeReadings(snapshot, [answer]);
    const isSame = isSameSnapshot(snapshot, merged);
    // A map of all jobs that says the same stands in memory once.
    snapshot = isSame ? { ...merged, jobs: snapshot.jobs } : merged;
    if (!isSame) settings.onChange(snapshot);
  };
  for (const one of followed) void one.follow(take, signal);
  return snapshot;
}

/** Reads every source once. Never rejects: a source that cannot be read is a problem of the snapshot. */
export async function readSources(
  { sources, clock, pools }: Pick<CatalogSettings, "sources" | "clock" | "pools">,
  signal: AbortSignal,
): Promise<Snapshot> {
  const answers = await Promise.all(sources.map((source) => new FollowedSource(source, clock).ask(signal)));
  return mergeReadings({ ...emptySnapshot, givenPools: pools }, answers);
}

/** One source, read whenever it wakes us, and repeatedly while it fails. */
class FollowedSource {
  readonly #source: JobSource;
  readonly #clock: Clock;
  readonly #latch = new Latch();
  #failures = 0;

  constructor(source: JobSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Must be called before the first reading, so that no change is lost in between. */
  startWatching(signal: AbortSignal): void {
    this.#source.watch(() => this.#latch.ring(), signal);
  }

  async ask(signal: AbortSignal): Promise<Answer> {
    const source = this.#source.name;
    try {
      const reading = await unlessAborted(this.#source.load(signal), signal);
      this.#failures = 0;
      return { source, reading };
    } catch (error) {
      this.#failures++;
      const message = `cannot be read now: ${reason(error)}`;
      return { source, failure: { at: PLACES[source], message, hint: "the jobs read last stay as they are" } };
    }
  }

  async follow(take: (answer: Answer) => void, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#untilNextReading(signal);
      const answer = await this.ask(signal);
      if (!signal.aborted) take(answer);
    }
  }

  async #untilNextReading(signal: AbortSignal): Promise<void> {
    if (this.#failures === 0) {
      await this.#latch.heard(signal);
      return this.#clock.wait(SETTLE_MS, signal);
    }
    const retryMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LONGEST_RETRY_MS);
    // A sign of life ends the wait early, but not within the first second: a source in trouble may give many.
    await this.#clock.wait(FIRST_RETRY_MS, signal);
    if (retryMs > FIRST_RETRY_MS) await this.#latch.heardWithin(retryMs - FIRST_RETRY_MS, this.#clock, signal);
  }
}

/** Remembers that it was rung until that is heard. However often it rings before, it is heard once. */
class Latch {
  #isRung = false;
  #hear: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#hear?.();
  }

  /** Resolves when it rings, if it has rung since it was last heard, or when `signal` is aborted. Never rejects. */
  async heard(signal: AbortSignal): Promise<void> {
    if (!this.#isRung && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#hear = resolve;
      const give = () => resolve();
      signal.addEventListener("abort", give);
      await promise;
      signal.removeEventListener("abort", give);
    }
    this.#isRung = false;
  }

  /** The same, after `ms` milliseconds at the latest. */
  async heardWithin(ms: number, clock: Clock, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const either = AbortSignal.any([signal, over.signal]);
    await Promise.race([this.heard(either), clock.wait(ms, either)]);
    over.abort();
  }
}

/** Rejects as soon as `signal` is aborted, so that a source that waits does not keep the scheduler from stopping. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Error("the scheduler stops"));
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const PLACES: Readonly<Record<SourceName, string>> = {
  files: "schedule files",
  services: "labels of services",
  containers: "labels of containers",
};
