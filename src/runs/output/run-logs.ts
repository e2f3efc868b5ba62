import { atMost, type Clock } from "../../clock.ts";
import {
  type Engine,
  EngineError,
  type LogOptions,
  type OutputGate,
  type OutputPosition,
} from "../../engines/engine.ts";
import { OutputProgress } from "../../engines/output.ts";
import type { AttemptKey } from "../../ledger/changes/attempts.ts";
import type { AttemptRef, OutputRef, RunEvents } from "../../observe/run-events.ts";
import { OutputLimit } from "./output-limit.ts";
import { OutputTail } from "./output-tail.ts";

/** How long the end of a run waits for its last lines to be read. */
const FINISH_MS = 5000;
/** How long it waits for a reading that was given up, which only has to hand on what it holds. */
const LEAVE_MS = 1000;
/** How often the record is to say how far an output is logged: after a kill, a minute of it is logged again at most. */
const NOTE_PROGRESS_MS = 60_000;
/** How many lines are read of the end of an output that was not followed. */
const LAST_LINES = 50;

interface LogParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly events: RunEvents;
}

/**
 * Follows what the jobs print, and logs it line by line. Lost lines stop no run: they are only reported. Of several
 * schedulers, the one that started an attempt follows it; a scheduler that starts later takes up what is running then.
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
   * Begins to follow, unless the output is being read or was read to its end; a stream that broke is taken up behind the last
   * line that was logged. `from`: the first time, which of the lines that are there already are wanted.
   */
  follow(ref: AttemptRef, objectId: string, from: Pick<LogOptions, "tail" | "after"> = { tail: "all" }): void {
    const before = this.#readings.get(objectId);
    if (before !== undefined && before.state !== "broken") return;
    this.claim(objectId);
    const begun = before ?? {
      progress: new OutputProgress(from),
      tail: new OutputTail(),
      isFromStart: from.tail === "all" && from.after === undefined,
      notedAt: this.#parts.clock.now().getTime(),
    };
    const { job, run, attempt, scheduledAt, objectKind, objectName } = ref;
    const about = { job, run, attempt, scheduledAt, objectKind, objectName };
    const reading: Reading = {
      progress: begun.progress,
      tail: begun.tail,
      isFromStart: begun.isFromStart,
      notedAt: begun.notedAt,
      state: "following",
      isWhole: false,
      stop: new AbortController(),
      about,
    };
    this.#readings.set(objectId, reading);
    reading.done = this.#read(objectId, before === undefined ? from.tail : "all", reading);
  }

  /** How far the output of this object is logged, if that is further than a minute ago when this was last asked. */
  takeProgress(objectId: string): OutputPosition | undefined {
    const reading = this.#readings.get(objectId);
    const now = this.#parts.clock.now().getTime();
    if (reading === undefined || now - reading.notedAt < NOTE_PROGRESS_MS) return undefined;
    reading.notedAt = now;
    return reading.progress.position;
  }

  /** How far the outputs of all attempts without a recorded end are logged; to be asked after `stop`. */
  get places(): readonly LoggedPlace[] {
    return [...this.#readings.values()].flatMap(({ about: { job, run, attempt }, progress: { position } }) =>
      position === undefined ? [] : [{ job, run, number: attempt, position }],
    );
  }

  /** The process has ended: resolves when its last lines are logged, or after 5 s, and then reports that they were not. */
  async finish(objectId: string): Promise<void> {
    const reading = this.#readings.get(objectId);
    if (reading === undefined || reading.stop.signal.aborted) return;
    if (reading.state === "following") await this.#doneWithin(reading, FINISH_MS);
    if (reading.stop.signal.aborted) return;
    const isUnread = reading.state !== "ended";
    giveUp(reading);
    if (!isUnread) return;
    // An output that can be read only once still gives the part of its last line that has come.
    await this.#doneWithin(reading, LEAVE_MS);
    this.#parts.events.emit({ event: "output-dropped", ...reading.about, reason: "unread" });
  }

  #doneWithin({ done = Promise.resolve() }: Reading, ms: number): Promise<void> {
    return atMost(this.#parts.clock, ms, done);
  }

  /**
   * The last lines of a process that has ended, as far as they can be read within 5 s; undefined where there are none.
   * An output that was not followed to its end is read again; where that fails, these are the lines that were read last.
   */
  async lastLines(objectId: string): Promise<LastLines | undefined> {
    const reading = this.#readings.get(objectId);
    if (reading?.isWhole === true && (reading.isFromStart || reading.tail.isFull)) return lastLinesOf(reading);
    const read = await this.#readTail(objectId);
    const isLess = reading !== undefined && read.tail.pushed === 0 && reading.tail.pushed > 0;
    return lastLinesOf(isLess ? { tail: reading.tail } : read);
  }

  /** Its end is recorded, perhaps by another scheduler: the rest is read as in `finish`, and nothing is kept. */
  async leave(objectId: string): Promise<void> {
    await this.finish(objectId);
    this.forget(objectId);
  }

  /** Nothing more will be asked of this object. */
  forget(objectId: string): void {
    const reading = this.#readings.get(objectId);
    if (reading !== undefined) giveUp(reading);
    this.#readings.delete(objectId);
    this.#ours.delete(objectId);
  }

  /** Stops following; the processes go on. */
  stop(): void {
    for (const reading of this.#readings.values()) giveUp(reading);
  }

  async #readTail(objectId: string): Promise<ReadTail> {
    const { engine, clock } = this.#parts;
    const tail = new OutputTail();
    let isWhole = false;
    const limit = new AbortController();
    const clear = clock.after(FINISH_MS, () => limit.abort(GIVEN_UP));
    try {
      for await (const { line } of engine.logs(objectId, { tail: LAST_LINES }, limit.signal)) tail.push(line);
      isWhole = !limit.signal.aborted;
    } catch (error) {
      // What can be read now is all that there will be: the record of the end must not wait for it.
      if (!(error instanceof EngineError)) throw error;
    } finally {
      clear();
    }
    return { tail, isFromStart: isWhole && tail.pushed < LAST_LINES };
  }

  async #read(objectId: string, tail: number | "all", reading: Reading): Promise<void> {
    const { events, clock } = this.#parts;
    const limit = new OutputLimit(clock);
    try {
      await this.#readLines(objectId, wantedOf(reading, tail), { reading, limit });
      while (limit.isOverrun() && !reading.stop.signal.aborted) {
        limit.leave();
        await clock.wait(limit.opensInMs, reading.stop.signal);
        await this.#readLines(objectId, wantedOf(reading, limit.linesWhenReopened), { reading, limit });
      }
      reading.state = "ended";
      reading.isWhole = !reading.stop.signal.aborted;
    } catch (error) {
      reading.state = "broken";
      // Only `finish` waits for this promise; a bug must still be heard of.
      if (!(error instanceof EngineError)) events.emit({ event: "pass-failed", job: reading.about.job, cause: error });
    } finally {
      this.#tellDropped(reading, limit);
    }
  }

  async #readLines(objectId: string, wanted: LogOptions, { reading, limit }: Limited): Promise<void> {
    const { engine, events } = this.#parts;
    const { about, progress, stop, tail } = reading;
    const gate: OutputGate = {
      isShut: () => limit.isShut(),
      drop: (lines) => limit.drop(lines),
      keepLast: (lines) => {
        for (const line of lines) tail.push(line);
      },
      isOverrun: () => limit.isOverrun(),
    };
    for await (const { time, ...line } of engine.logs(objectId, { ...wanted, gate }, stop.signal)) {
      progress.note({ stream: line.stream, time });
      tail.push(line.line);
      this.#tellDropped(reading, limit);
      limit.pass();
      events.emit({ event: "job-output", ...about, ...line });
    }
  }

  #tellDropped(reading: Reading, limit: OutputLimit): void {
    const dropped = limit.takeDropped();
    if (dropped === 0) return;
    reading.isFromStart = false;
    const lines = dropped === "unknown" ? {} : { lines: dropped };
    this.#parts.events.emit({ event: "output-dropped", ...reading.about, ...lines, reason: "too-fast" });
  }
}

/** The reason for an end that is not reported: a signal without one makes an exception, which costs much. */
const GIVEN_UP = "given up";

function giveUp({ stop }: Reading): void {
  if (!stop.signal.aborted) stop.abort(GIVEN_UP);
}

/** How far the output of an attempt is logged. */
export interface LoggedPlace extends AttemptKey {
  readonly job: string;
  readonly position: OutputPosition;
}

interface Limited {
  readonly reading: Reading;
  readonly limit: OutputLimit;
}

/** What is behind the lines that were logged; at most the last `tail` of that, where it is a number. */
function wantedOf({ progress: { position } }: Reading, tail: LogOptions["tail"]): LogOptions {
  return { tail, ...(position && { after: position }) };
}

/** The last lines of an output, for the record. `outputLines`: how many there were in all, where that is known. */
export interface LastLines {
  readonly output?: string;
  readonly outputLines?: number;
}

/** `isFromStart`: every line of the output was pushed to the tail, beginning with the first. */
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
  /** Whether it was read to its end, and not only until reading was given up. */
  isWhole: boolean;
  isFromStart: boolean;
  /** When it was last noted how far it is read. */
  notedAt: number;
  readonly stop: AbortController;
  readonly about: OutputRef;
  readonly progress: OutputProgress;
  done?: Promise<void>;
}
