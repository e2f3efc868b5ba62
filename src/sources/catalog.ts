import type { Clock } from "../clock.ts";
import type { SourceName } from "../job/job.ts";
import { Latch } from "./latch.ts";
import { isSameSnapshot } from "./same-snapshot.ts";
import { type Answer, emptySnapshot, mergeReadings, type Snapshot } from "./snapshot.ts";
import type { JobSource } from "./source.ts";
import { reason } from "./text-files.ts";

export interface CatalogSettings {
  readonly sources: readonly JobSource[];
  readonly clock: Clock;
  /** Called with every snapshot that differs from the one before, the first one excepted. */
  readonly onChange: (snapshot: Snapshot) => void;
}

/** Changes come in swarms; this is how long the first waits for the others. */
const SETTLE_MS = 200;

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 15_000;

/**
 * Reads every source once, and answers with what they declare together; then goes on watching them until `signal`
 * is aborted. A change is told within two seconds. Never rejects: a source that cannot be read is a problem of the
 * snapshot, its last good jobs stay, and it is asked again after 1 s, 2 s, 4 s, … at most 15 s.
 */
export async function followSources(settings: CatalogSettings, signal: AbortSignal): Promise<Snapshot> {
  const { sources } = settings;
  const followed = sources.map((source) => new FollowedSource(source, settings.clock));
  for (const one of followed) one.startWatching(signal);
  const answers = await Promise.all(followed.map((one) => one.ask(signal)));
  let snapshot = mergeReadings(emptySnapshot, answers);
  const take = (answer: Answer) => {
    const before = snapshot;
    snapshot = mergeReadings(before, [answer]);
    if (!isSameSnapshot(before, snapshot)) settings.onChange(snapshot);
  };
  for (const one of followed) void one.follow(take, signal);
  return snapshot;
}

/** One source, asked whenever it wakes us, and again and again while it fails. */
class FollowedSource {
  readonly #source: JobSource;
  readonly #clock: Clock;
  readonly #latch = new Latch();
  #failures = 0;

  constructor(source: JobSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** Before the first reading, so that no change falls between the two. */
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
    // A sign of life cuts the waiting short, but for the first second: a source in trouble may give many.
    await this.#clock.wait(FIRST_RETRY_MS, signal);
    if (retryMs > FIRST_RETRY_MS) await this.#latch.heardWithin(retryMs - FIRST_RETRY_MS, this.#clock, signal);
  }
}

/** Rejects as soon as `signal` is aborted: what a source still waits for keeps no scheduler from stopping. */
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
