import type { Clock } from "../clock.ts";
import { type Engine, EngineUnavailable } from "./engine.ts";
import { OutputLimit } from "./output-limit.ts";
import { OutputPosition } from "./output-position.ts";
import type { AttemptRef, OutputRef, RunEvents } from "./run-events.ts";

/** How long the end of a run waits for its last lines to be read. */
const FINISH_MS = 5000;

interface LogParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly events: RunEvents;
}

/** Follows what the jobs print, and tells it line by line. Losing lines stops no run: it is only said. */
export class RunLogs {
  readonly #parts: LogParts;
  readonly #readings = new Map<string, Reading>();

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  /** Whether the output of this object is being read, or was. */
  knows(objectId: string): boolean {
    return this.#readings.has(objectId);
  }

  /**
   * Begins to follow, unless it is being read or was read to its end; a stream that broke is taken up behind the last
   * line that was told. `tail`: at the first time, how many of the lines that are there already.
   */
  follow(ref: AttemptRef, objectId: string, tail: number | "all" = "all"): void {
    const before = this.#readings.get(objectId);
    if (before !== undefined && before.state !== "broken") return;
    const position = before?.position ?? new OutputPosition();
    const reading: Reading = { state: "following", stop: new AbortController(), position };
    this.#readings.set(objectId, reading);
    reading.done = this.#read(ref, objectId, tail, reading);
  }

  /** The process has ended: resolves when its last lines are told, or after 5 s, and forgets the object. */
  async finish(objectId: string): Promise<void> {
    const reading = this.#readings.get(objectId);
    if (reading?.state === "following") {
      const timer = new AbortController();
      await Promise.race([reading.done, this.#parts.clock.wait(FINISH_MS, timer.signal)]);
      timer.abort();
      reading.stop.abort();
    }
    this.#readings.delete(objectId);
  }

  /** Stops following; the processes go on. */
  stop(): void {
    for (const { stop } of this.#readings.values()) stop.abort();
  }

  async #read(ref: AttemptRef, objectId: string, tail: number | "all", reading: Reading): Promise<void> {
    const { engine, events, clock } = this.#parts;
    const { job, run, attempt, scheduledAt, objectName } = ref;
    const about: OutputRef = { job, run, attempt, scheduledAt, objectName };
    const limit = new OutputLimit(clock);
    const tellDropped = (lines: number) => {
      if (lines > 0) events.emit({ event: "output-dropped", ...about, lines, reason: "too-fast" });
    };
    const { position, stop } = reading;
    try {
      for await (const line of engine.logs(objectId, position.resume(tail), stop.signal)) {
        if (!position.isNew(line)) continue;
        const { isLet, dropped } = limit.pass();
        tellDropped(dropped);
        if (isLet) events.emit({ event: "job-output", ...about, ...line });
      }
      reading.state = "ended";
    } catch (error) {
      reading.state = "broken";
      // Nobody waits for this promise but `finish`; a bug must still be heard.
      if (!(error instanceof EngineUnavailable)) events.emit({ event: "pass-failed", job, cause: error });
    } finally {
      tellDropped(limit.takeDropped());
    }
  }
}

interface Reading {
  state: "following" | "ended" | "broken";
  readonly stop: AbortController;
  readonly position: OutputPosition;
  done?: Promise<void>;
}
