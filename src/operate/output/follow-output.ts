import type { Clock } from "../../clock.ts";
import { type Engine, EngineError, type ObjectState, OutputGone } from "../../engines/engine.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Attempt, Run } from "../../ledger/record.ts";
import { durationInWords } from "../../view/words/duration.ts";
import { outcomeInSentence } from "../../view/words/outcome.ts";
import { patientReader } from "../patient-reader.ts";
import type { ReadPlace } from "./output-listener.ts";
import { OutputReader } from "./output-reader.ts";
import {
  type NotRead,
  type ReadHow,
  type RunOutputParts,
  readNow,
  readRest,
  tellAttempt,
  unkeptBecause,
} from "./run-output.ts";

const LOOK_AGAIN_MS = 500;
/** How long a stream may be silent once its attempt has ended, and how long an engine may be away by then. */
const PATIENCE_MS = 10_000;
/** How often the engine is asked what keeps an attempt from running. */
const LOOK_AT_OBJECT_MS = 2000;

export interface FollowOutputParts extends RunOutputParts {
  readonly ledger: Pick<Ledger, "read">;
  readonly clock: Clock;
}

export interface FollowOutputOptions extends ReadHow {
  /** Only what is behind this place, which an earlier reader has reached. */
  readonly after?: ReadPlace | undefined;
}

/**
 * Reads the output of a run as it arrives, through all of its attempts, until the record says how it ended: each line
 * once, from the engine, and from the record where the engine no longer has it. Says what is missing.
 * Returns the ended run; undefined when the record no longer holds it, or `signal` is aborted.
 */
export async function followOutput(
  { job, run: id }: { readonly job: string; readonly run: string },
  options: FollowOutputOptions,
  parts: FollowOutputParts,
): Promise<Run | undefined> {
  const left = new AbortController();
  const signal = AbortSignal.any([options.signal, left.signal]);
  const follower = new RunFollower({ ...options, signal }, parts);
  const onTrouble = (message: string) => void parts.listener.note(message);
  const records = patientReader({ ...parts, onTrouble }, signal);
  try {
    while (!signal.aborted) {
      const run = (await records.read(job))?.runs.find((run) => run.id === id);
      if (run === undefined) return undefined;
      await follower.see(run);
      if (run.outcome !== undefined) return run;
      await parts.clock.wait(LOOK_AGAIN_MS, signal);
    }
    return undefined;
  } finally {
    left.abort();
  }
}

/** Is shown a run repeatedly, and reads what is new in its attempts, one after the other. */
class RunFollower {
  readonly #options: FollowOutputOptions;
  readonly #parts: FollowOutputParts;
  /** Attempts up to this one are read to their end. */
  #done: number;
  #current: AttemptFollower | undefined;

  constructor(options: FollowOutputOptions, parts: FollowOutputParts) {
    this.#options = options;
    this.#parts = parts;
    this.#done = (options.after?.attempt ?? 1) - 1;
  }

  async see(run: Run): Promise<void> {
    const { attempt: only } = this.#options;
    for (const attempt of run.attempts) {
      const isWanted = only === undefined || attempt.number === only;
      if (isWanted && attempt.number > this.#done) await this.#seeAttempt(run, attempt);
    }
  }

  async #seeAttempt(run: Run, attempt: Attempt): Promise<void> {
    if (this.#current?.number !== attempt.number) {
      if (this.#options.after?.attempt !== attempt.number) await tellAttempt(run, attempt, this.#parts.listener);
      this.#current = new AttemptFollower(attempt, this.#options, this.#parts);
    }
    if (attempt.outcome === undefined) {
      await this.#current.follow();
      return await this.#current.sayWhatItWaitsFor(run);
    }
    await this.#current.finish(run, attempt);
    this.#done = attempt.number;
    if (attempt.retryAt !== undefined && run.attempts.at(-1) === attempt)
      await this.#parts.listener.note(
        `attempt ${attempt.number} of ${run.id} ${outcomeInSentence(attempt.outcome)}; ` +
          `attempt ${attempt.number + 1} is due ${this.#distance(attempt.retryAt)}`,
      );
  }

  #distance(at: Date): string {
    const ms = at.getTime() - this.#parts.clock.now().getTime();
    return ms < 1000 ? "now" : `in ${durationInWords(ms)}`;
  }
}

/**
 * Reads the output of one attempt. Each attempt has its own position in its own output: it may be on another machine
 * than the one before, with another clock.
 */
class AttemptFollower {
  readonly number: number;
  readonly #objectId: string | undefined;
  readonly #options: FollowOutputOptions;
  readonly #parts: FollowOutputParts;
  readonly #reader: OutputReader;
  readonly #stop = new AbortController();
  #reading: Promise<void> | undefined;
  #isReading = false;
  #isGone = false;
  #isWhole = false;
  #isTroubleTold = false;
  #hasRun = false;
  #lookedAt: number;
  #said: string | undefined;

  constructor({ number, objectId }: Attempt, options: FollowOutputOptions, parts: FollowOutputParts) {
    this.number = number;
    this.#objectId = objectId;
    this.#options = options;
    this.#parts = parts;
    const { tail, after } = options;
    const place = after?.attempt === number ? { after } : {};
    this.#reader = new OutputReader({ attempt: number, tail, ...place }, parts);
    this.#lookedAt = parts.clock.now().getTime();
  }

  /** Continues to read in the background. Throws the error of an earlier reading if that was a bug of ours. */
  async follow(): Promise<void> {
    if (this.#isReading) return;
    await this.#reading;
    if (this.#objectId === undefined || this.#isGone || this.#isWhole) return;
    this.#isReading = true;
    this.#reading = this.#read(this.#objectId).finally(() => {
      this.#isReading = false;
    });
    // It is awaited when the run is seen next.
    this.#reading.catch(() => {});
  }

  /** Says what keeps the attempt from running, in the engine's words; each answer once. */
  async sayWhatItWaitsFor(run: Run): Promise<void> {
    const { engine, clock, listener } = this.#parts;
    const now = clock.now().getTime();
    if (this.#hasRun || this.#objectId === undefined || now - this.#lookedAt < LOOK_AT_OBJECT_MS) return;
    this.#lookedAt = now;
    const state = await lookAt(engine, this.#objectId);
    this.#hasRun = this.#reader.soFar.count > 0 || state?.phase === "running" || state?.phase === "ended";
    if (state?.phase !== "pending" && state?.phase !== "unreachable") return;
    const why = (state.phase === "pending" ? state.detail : state.message) ?? "the engine has not started it yet";
    if (why !== this.#said) await listener.note(`${run.id} waits: ${why}`);
    this.#said = why;
  }

  /** The attempt has ended: reads the rest of its output. */
  async finish(run: Run, attempt: Attempt): Promise<void> {
    await this.#endReading();
    if (this.#objectId === undefined || this.#isWhole) return;
    const read = await this.#readRest(attempt);
    if (read !== "whole") await readRest(run, attempt, this.#reader, { ...this.#parts, ...this.#options, ...read });
  }

  async #read(objectId: string): Promise<void> {
    const signal = AbortSignal.any([this.#options.signal, this.#stop.signal]);
    try {
      await this.#reader.read(objectId, { signal });
      // An attempt without a line may not have been started yet.
      this.#isWhole = !signal.aborted && this.#reader.soFar.count > 0;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      this.#isGone = error instanceof OutputGone;
      await this.#tellTrouble(objectId, error);
    }
  }

  /** When an object is gone, the record says how it ended and has its last lines. */
  async #tellTrouble(objectId: string, error: EngineError): Promise<void> {
    const { engine, listener } = this.#parts;
    if (this.#isTroubleTold) return;
    if (error instanceof OutputGone) {
      const unkept = await unkeptBecause(objectId, error, engine);
      if (unkept !== undefined) await listener.note(`${unkept}; its last lines are printed when it has ended`);
    } else await listener.note(`the output cannot be read now: ${error.message}`);
    this.#isTroubleTold = true;
  }

  /** The stream ends with the process. A silent one is abandoned: its node may be gone, or the engine stuck. */
  async #endReading(): Promise<void> {
    while (this.#isReading) {
      const { count } = this.#reader.soFar;
      const timer = new AbortController();
      await Promise.race([this.#reading, this.#parts.clock.wait(PATIENCE_MS, timer.signal)]);
      timer.abort();
      if (this.#isReading && !this.#hasMoved(count)) this.#stop.abort();
    }
    await this.#reading;
  }

  /** The log has what a stream did not give before its end. Waits for an engine that is away or slow. */
  async #readRest(attempt: Attempt): Promise<"whole" | NotRead> {
    const { clock } = this.#parts;
    const timer = new AbortController();
    const patience = new AbortController();
    void this.#untilSilent(timer.signal).then(() => patience.abort());
    const signal = AbortSignal.any([this.#options.signal, patience.signal]);
    try {
      for (;;) {
        const read = await readNow(attempt, this.#reader, { ...this.#parts, signal });
        if (read !== "whole" && !read.mayComeBack) return read;
        if (!signal.aborted && read === "whole") return read;
        if (signal.aborted)
          return read === "whole" ? { why: "the engine did not give all of its output in time" } : read;
        await clock.wait(LOOK_AGAIN_MS, signal);
      }
    } finally {
      timer.abort();
    }
  }

  /** Resolves when no line has arrived for a while. */
  async #untilSilent(over: AbortSignal): Promise<void> {
    let count: number;
    do {
      count = this.#reader.soFar.count;
      await this.#parts.clock.wait(PATIENCE_MS, over);
    } while (!over.aborted && this.#hasMoved(count));
  }

  #hasMoved(count: number): boolean {
    return this.#reader.soFar.count > count || this.#reader.isHeldUp;
  }
}

/** Undefined, too, when the engine does not answer. */
async function lookAt(engine: Pick<Engine, "look">, objectId: string): Promise<ObjectState | undefined> {
  try {
    return (await engine.look([objectId])).get(objectId);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return undefined;
  }
}
