import type { Clock } from "../clock.ts";
import { type Engine, EngineError } from "./engine.ts";
import { OutputLimit } from "./output-limit.ts";
import { OutputProgress } from "./output-position.ts";
import { OutputTail } from "./output-tail.ts";
import type { AttemptRef, OutputRef, RunEvents } from "./run-events.ts";

/** How long the end of a run waits for its last lines to be read. */
const FINISH_MS = 5000;
/** How many lines are asked for where the end of an output is wanted that was not followed. */
const LAST_LINES = 50;

interface LogParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly events: RunEvents;
}

/**
 * Follows what the jobs print, and tells it line by line. Losing lines stops no run: it is only said. Of several
 * schedulers the one that started an attempt follows it, and whoever starts later takes up what is running then.
 */
export class RunLogs {
  readonly #parts: LogParts;
  readonly #readings = new Map<string, Reading>();
  readonly #ours = new Set<string>();

  constructor(parts: LogParts) {
    this.#parts = parts;
  }

  /** The output of this object is this scheduler's to follow. */
  claim(objectId: string): void {
    this.#ours.add(objectId);
  }

  isOurs(objectId: string): boolean {
    return this.#ours.has(objectId);
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
    this.claim(objectId);
    const begun = before ?? {
      progress: new OutputProgress({ tail }),
      tail: new OutputTail(),
      isFromStart: tail === "all",
    };
    const { job, run, attempt, scheduledAt, objectKind, objectName } = ref;
    const about = { job, run, attempt, scheduledAt, objectKind, objectName };
    const reading: Reading = {
      progress: begun.progress,
      tail: begun.tail,
      isFromStart: begun.isFromStart,
      state: "following",
      isWhole: false,
      stop: new AbortController(),
      about,
    };
    this.#readings.set(objectId, reading);
    reading.done = this.#read(objectId, tail, reading);
  }

  /** The process has ended: resolves when its last lines are told, or after 5 s, and then it is told that they were not. */
  async finish(objectId: string): Promise<void> {
    const reading = this.#readings.get(objectId);
    if (reading === undefined || reading.stop.signal.aborted) return;
    const timer = new AbortController();
    await Promise.race([reading.done, this.#parts.clock.wait(FINISH_MS, timer.signal)]);
    timer.abort();
    if (reading.stop.signal.aborted) return;
    if (reading.state !== "ended")
      this.#parts.events.emit({ event: "output-dropped", ...reading.about, reason: "unread" });
    reading.stop.abort();
  }

  /**
   * The last lines of a process that has ended, as far as they can be read within 5 s; undefined where there are none.
   * Those of an output that was not read to its end are asked for; where they cannot be had, they are those that were
   * read last.
   */
  async lastLines(objectId: string): Promise<LastLines | undefined> {
    const reading = this.#readings.get(objectId);
    if (reading?.isWhole === true) return lastLinesOf(reading);
    const read = await this.#readTail(objectId);
    const isLess = reading !== undefined && read.tail.pushed === 0 && reading.tail.pushed > 0;
    return lastLinesOf(isLess ? { tail: reading.tail } : read);
  }

  /** Its end is recorded, perhaps by another scheduler: what is still to be read is read as in `finish`, and nothing kept. */
  async leave(objectId: string): Promise<void> {
    await this.finish(objectId);
    this.forget(objectId);
  }

  /** Nothing more will be asked of this object. */
  forget(objectId: string): void {
    this.#readings.get(objectId)?.stop.abort();
    this.#readings.delete(objectId);
    this.#ours.delete(objectId);
  }

  /** Stops following; the processes go on. */
  stop(): void {
    for (const { stop } of this.#readings.values()) stop.abort();
  }

  async #readTail(objectId: string): Promise<ReadTail> {
    const { engine, clock } = this.#parts;
    const tail = new OutputTail();
    let isWhole = false;
    const limit = new AbortController();
    const timer = new AbortController();
    void clock.wait(FINISH_MS, timer.signal).then(() => limit.abort());
    try {
      for await (const { line } of engine.logs(objectId, { tail: LAST_LINES }, limit.signal)) tail.push(line);
      isWhole = !limit.signal.aborted;
    } catch (error) {
      // What can be read now is all that there will be: the record of the end must not wait for it.
      if (!(error instanceof EngineError)) throw error;
    } finally {
      timer.abort();
    }
    return { tail, isFromStart: isWhole && tail.pushed < LAST_LINES };
  }

  async #read(objectId: string, tail: number | "all", reading: Reading): Promise<void> {
    const { engine, events, clock } = this.#parts;
    const limit = new OutputLimit(clock);
    const tellDropped = (lines: number) => {
      if (lines > 0) events.emit({ event: "output-dropped", ...about, lines, reason: "too-fast" });
    };
    const { about, progress, stop, tail: last } = reading;
    const after = progress.position;
    const options = after === undefined ? { tail } : { tail: "all" as const, after };
    try {
      for await (const line of engine.logs(objectId, options, stop.signal)) {
        progress.note(line);
        last.push(line.line);
        const { isLet, dropped } = limit.pass();
        tellDropped(dropped);
        const { time: _time, ...printed } = line;
        if (isLet) events.emit({ event: "job-output", ...about, ...printed });
      }
      reading.state = "ended";
      reading.isWhole = !stop.signal.aborted;
    } catch (error) {
      reading.state = "broken";
      // Nobody waits for this promise but `finish`; a bug must still be heard.
      if (!(error instanceof EngineError)) events.emit({ event: "pass-failed", job: about.job, cause: error });
    } finally {
      tellDropped(limit.takeDropped());
    }
  }
}

/** The last lines of an output, for the page. `outputLines`: how many there were in all, where that is known. */
export interface LastLines {
  readonly output?: string;
  readonly outputLines?: number;
}

/** `isFromStart`: every line of the output was pushed to the tail, from the first one on. */
interface ReadTail {
  readonly tail: OutputTail;
  readonly isFromStart?: boolean;
}

function lastLinesOf({ tail, isFromStart = false }: ReadTail): LastLines | undefined {
  const output = tail.text();
  if (output === undefined && !isFromStart) return undefined;
  return { ...(output !== undefined && { output }), ...(isFromStart && { outputLines: tail.pushed }) };
}

interface Reading extends ReadTail {
  state: "following" | "ended" | "broken";
  /** Whether it was read to its end, and not only until it was given up. */
  isWhole: boolean;
  readonly isFromStart: boolean;
  readonly stop: AbortController;
  readonly about: OutputRef;
  readonly progress: OutputProgress;
  done?: Promise<void>;
}
