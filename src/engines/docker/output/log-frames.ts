/**
 * A piece of what the process wrote, as the engine hands it over; or, with the stream `engine`, a message of the
 * engine.
 */
export interface LogFrame {
  readonly stream: "stdout" | "stderr" | "engine";
  readonly payload: Buffer;
  /**
   * True for an entry of the engine's log, which begins with a time even if it continues a long line. False for a piece
   * of a plain log, which may begin anywhere.
   */
  readonly isEntry: boolean;
}

/** The engine splits lines at 16 KB, so frames are hardly longer. Longer ones are cut, so that memory stays bounded. */
const LONGEST_PAYLOAD = 64 * 1024;
const HEADER_LENGTH = 8;
/** The streams by the first byte of a frame. */
const STREAMS = ["stdout", "stdout", "stderr", "engine"] as const;
/** Replaces what was cut; otherwise the next line would continue this one. */
const LINE_END = Buffer.from("\n");

/** The part of a frame that has arrived. */
interface Payload {
  readonly parts: Buffer[];
  kept: number;
  missing: number;
}

/**
 * Splits the engine's log into frames, chunk by chunk. A frame is one byte that names the stream, three zeros, four
 * bytes of length and the payload; the log of a container with a terminal is plain text. Engines before 23 do not say
 * which; the first byte does, since a plain log that is read with times begins with a digit.
 */
export class FrameReader {
  #isPlain: boolean | undefined;
  #header: Buffer = Buffer.alloc(0);
  #payload: Payload | undefined;

  *push(chunk: Buffer): Generator<LogFrame> {
    this.#isPlain ??= (chunk[0] ?? 0) >= STREAMS.length;
    if (this.#isPlain) {
      yield { stream: "stdout", payload: chunk, isEntry: false };
      return;
    }
    for (let rest = chunk; rest.length > 0; ) {
      rest = this.#payload === undefined ? this.#readHeader(rest) : this.#readPayload(rest);
      if (this.#payload?.missing === 0) yield this.#finishFrame(this.#payload);
    }
  }

  #readHeader(chunk: Buffer): Buffer {
    const missing = HEADER_LENGTH - this.#header.length;
    this.#header = Buffer.concat([this.#header, chunk.subarray(0, missing)]);
    if (this.#header.length === HEADER_LENGTH) {
      this.#payload = { parts: [], kept: 0, missing: this.#header.readUInt32BE(4) };
    }
    return chunk.subarray(missing);
  }

  #readPayload(chunk: Buffer): Buffer {
    const payload = this.#payload;
    if (payload === undefined) return chunk;
    const part = chunk.subarray(0, payload.missing);
    const kept = part.subarray(0, LONGEST_PAYLOAD - payload.kept);
    if (kept.length > 0) payload.parts.push(kept);
    payload.kept += kept.length;
    payload.missing -= part.length;
    return chunk.subarray(part.length);
  }

  #finishFrame({ parts, kept }: Payload): LogFrame {
    const stream = STREAMS[this.#header[0] ?? 0] ?? "stdout";
    const isCut = this.#header.readUInt32BE(4) > kept;
    const payload = isCut ? Buffer.concat([...parts, LINE_END]) : joinBuffers(parts);
    this.#header = Buffer.alloc(0);
    this.#payload = undefined;
    return { stream, payload, isEntry: true };
  }
}

/** Without copying, if there is only one. */
export function joinBuffers(parts: readonly Buffer[]): Buffer {
  const [only] = parts;
  return parts.length === 1 && only ? only : Buffer.concat(parts);
}
