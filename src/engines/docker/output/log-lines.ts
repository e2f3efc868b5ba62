import type { OutputGate, OutputLine } from "../../engine.ts";
import { exactTime } from "../exact-time.ts";
import { joinBuffers, type LogFrame } from "./log-frames.ts";

/** What the process wrote. */
export type OutputFrame = LogFrame & { readonly stream: OutputLine["stream"] };

/** The longest line, in bytes: `CUT_MARK` replaces what is longer. */
export const LONGEST_LINE = 16 * 1024;
export const CUT_MARK = "…[cut]";

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
/** `2026-11-18T03:00:00.123456789Z` or with `+00:00`, and the space after it. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
const LONGEST_TIME = 40;

export interface AssemblyOptions {
  readonly now?: () => Date;
  readonly gate?: OutputGate;
  /** The engine's time of what was dropped. */
  readonly onDropped?: (line: Pick<OutputLine, "stream" | "time">) => void;
}

/**
 * Assembles lines from the frames of a log that is read with times; or, with `now`, of an output without times, whose
 * lines get the time of their arrival. A frame is not a line: a long line comes in several, each with a time of its
 * own, and one frame may hold the end of one line and the beginning of the next.
 */
export class LineAssembler {
  readonly #open = { stdout: new OpenLine(), stderr: new OpenLine() };
  /** The time of the latest line, for a line whose own time cannot be read. */
  #time = "1970-01-01T00:00:00.000000000Z";
  readonly #now: (() => Date) | undefined;
  readonly #gate: OutputGate | undefined;
  readonly #dropped: DroppedFrames | undefined;

  constructor({ now, gate, onDropped }: AssemblyOptions = {}) {
    this.#now = now;
    this.#gate = gate;
    this.#dropped = gate && new DroppedFrames(gate, onDropped);
  }

  *push(frame: OutputFrame): Generator<OutputLine> {
    const { stream, payload, isEntry } = frame;
    const open = this.#open[stream];
    let rest = this.#dropped?.endOpenLine(frame) ?? payload;
    if (isEntry && !open.isEmpty) rest = rest.subarray(this.#timeLength(rest));
    while (rest.length > 0) {
      if (open.isEmpty && this.#gate?.isShut()) return this.#dropped?.push({ stream, payload: rest, isEntry });
      const end = rest.indexOf(NEWLINE);
      open.add(end < 0 ? rest : rest.subarray(0, end));
      if (end < 0) return;
      yield this.#finishLine(stream);
      rest = rest.subarray(end + 1);
    }
  }

  /** Returns a last line that the process did not end. */
  *flush(): Generator<OutputLine> {
    for (const stream of ["stdout", "stderr"] as const) {
      if (!this.#open[stream].isEmpty) yield this.#finishLine(stream);
    }
    this.#keepDropped();
  }

  /** The last of the lines that were dropped before this one are assembled all the same. */
  #keepDropped(): void {
    const frames = this.#dropped?.takeLast() ?? [];
    if (frames.length === 0) return;
    const made = new LineAssembler({ ...(this.#now && { now: this.#now }) });
    const lines = [...frames.flatMap((frame) => [...made.push(frame)]), ...made.flush()];
    this.#gate?.keepLast(lines.map(({ line }) => line));
  }

  #finishLine(stream: OutputLine["stream"]): OutputLine {
    this.#keepDropped();
    const { bytes, isCut } = this.#open[stream].take();
    const length = this.#timeLength(bytes);
    if (length > 0) this.#time = exactTime(bytes.toString("latin1", 0, length - 1));
    if (this.#now !== undefined) this.#time = exactTime(this.#now().toISOString());
    const line = decodeLine(bytes.subarray(length), isCut ? CUT_MARK : "");
    return { stream, line, at: new Date(this.#time), time: this.#time };
  }

  #timeLength(bytes: Buffer): number {
    return this.#now === undefined ? timeLength(bytes) : 0;
  }
}

/** How many of the last dropped frames are kept: they may be the last words of the process. */
const FRAMES_KEPT = 50;
const LONGEST_KEPT = 4096;

/** Drops frames at the cost of counting their lines. */
class DroppedFrames {
  readonly #gate: OutputGate;
  readonly #onDropped: AssemblyOptions["onDropped"];
  /** The streams whose last dropped line has not ended. */
  readonly #isOpen = { stdout: false, stderr: false };
  #last: OutputFrame[] = [];

  constructor(gate: OutputGate, onDropped: AssemblyOptions["onDropped"]) {
    this.#gate = gate;
    this.#onDropped = onDropped;
  }

  push(frame: OutputFrame): void {
    const { stream, payload } = frame;
    let lines = 0;
    for (let end = payload.indexOf(NEWLINE); end >= 0; end = payload.indexOf(NEWLINE, end + 1)) lines++;
    const wasOpen = this.#isOpen[stream];
    this.#isOpen[stream] = payload.at(-1) !== NEWLINE;
    this.#gate.drop(lines + Number(this.#isOpen[stream]) - Number(wasOpen));
    this.#last.push(frame);
    if (this.#last.length > 2 * FRAMES_KEPT) this.#last = this.#last.slice(-FRAMES_KEPT);
    const length = this.#onDropped && !wasOpen ? timeLength(payload) : 0;
    if (length > 0) this.#onDropped?.({ stream, time: exactTime(payload.toString("latin1", 0, length - 1)) });
  }

  /** Drops the rest of a line whose beginning was dropped; returns what comes after it. */
  endOpenLine(frame: OutputFrame): Buffer {
    const { stream, payload } = frame;
    if (!this.#isOpen[stream]) return payload;
    const end = payload.indexOf(NEWLINE) + 1;
    this.push(end === 0 ? frame : { ...frame, payload: payload.subarray(0, end) });
    return end === 0 ? payload.subarray(payload.length) : payload.subarray(end);
  }

  /** A frame without lines that may be long is cut: only its end matters. */
  takeLast(): readonly OutputFrame[] {
    const last = this.#last.slice(-FRAMES_KEPT);
    this.#last = [];
    return last.map((frame) => (frame.isEntry ? frame : { ...frame, payload: frame.payload.subarray(-LONGEST_KEPT) }));
  }
}

/** The bytes of a line that has not ended yet. */
class OpenLine {
  #parts: Buffer[] = [];
  #length = 0;
  #isCut = false;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  /** Copies what it keeps, so that no chunk of the stream stays in memory for the few bytes of an open line. */
  add(bytes: Buffer): void {
    const kept = Buffer.from(bytes.subarray(0, LONGEST_LINE + LONGEST_TIME - this.#length));
    this.#isCut ||= kept.length < bytes.length;
    this.#parts.push(kept);
    this.#length += kept.length;
  }

  take(): { bytes: Buffer; isCut: boolean } {
    const taken = { bytes: joinBuffers(this.#parts), isCut: this.#isCut };
    this.#parts = [];
    this.#length = 0;
    this.#isCut = false;
    return taken;
  }
}

/** The length of the time in front of an entry, with its space; 0 if there is none. */
function timeLength(bytes: Buffer): number {
  const space = bytes.subarray(0, LONGEST_TIME).indexOf(SPACE);
  return space > 0 && TIME.test(bytes.toString("latin1", 0, space)) ? space + 1 : 0;
}

function decodeLine(bytes: Buffer, mark: string): string {
  if (bytes.length > LONGEST_LINE) return decodeLine(bytes.subarray(0, wholeCharacters(bytes)), CUT_MARK);
  const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
  return bytes.toString("utf8", 0, end) + mark;
}

/** Where to cut a line so that no character is cut in two: continuation bytes are 10xxxxxx. */
function wholeCharacters(bytes: Buffer): number {
  let end = LONGEST_LINE;
  while (end > LONGEST_LINE - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return end;
}
