import { Transform, type TransformCallback } from "node:stream";

/** By how many milliseconds the clock of the machine is ahead that has the object of this path; behind where negative. */
export type ClockOf = (path: string) => Promise<number>;

/** The request as that machine would understand it: `since` is a time of its own clock. */
export function askInItsTime(url: string, aheadMs: number): string {
  return url.replace(/(?<=[?&]since=)[\d.]+/, (since) => (Number(since) - aheadMs / 1000).toFixed(3));
}

const HEADER_BYTES = 8;
const TIME_BYTES = "2026-11-18T03:00:00.123456789Z".length;

/** The log as that machine would have written it: each entry begins with its time. */
export class LogClock extends Transform {
  readonly #aheadMs: number;
  #rest: Buffer = Buffer.alloc(0);

  constructor(aheadMs: number) {
    super();
    this.#aheadMs = aheadMs;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + this.#rest.readUInt32BE(4);
      if (this.#rest.length < end) break;
      this.push(this.#shifted(this.#rest.subarray(0, end)));
      this.#rest = this.#rest.subarray(end);
    }
    done();
  }

  #shifted(frame: Buffer): Buffer {
    const written = frame.toString("latin1", HEADER_BYTES, HEADER_BYTES + TIME_BYTES);
    if (!/^\d{4}-.{24}Z$/.test(written)) return frame;
    const seconds = new Date(Date.parse(written) + this.#aheadMs).toISOString().slice(0, -1);
    const time = `${seconds}${written.slice(seconds.length)}`;
    return Buffer.concat([
      frame.subarray(0, HEADER_BYTES),
      Buffer.from(time),
      frame.subarray(HEADER_BYTES + TIME_BYTES),
    ]);
  }
}
