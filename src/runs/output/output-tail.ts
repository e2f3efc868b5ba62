/** As the record holds it, where a quote or a control character takes more than one byte. */
const MOST_BYTES = 2048;

/** The last lines of an output, at most 2 KB of JSON. */
export class OutputTail {
  #lines: string[] = [];
  #bytes = 0;
  #pushed = 0;

  /** How many lines there were in all. */
  get pushed(): number {
    return this.#pushed;
  }

  /** Whether earlier lines had to give way. */
  get isFull(): boolean {
    return this.#lines.length < this.#pushed;
  }

  get lines(): readonly string[] {
    return this.#lines;
  }

  push(line: string): void {
    this.#pushed++;
    const kept = cut(line);
    this.#lines.push(kept);
    this.#bytes += sizeOf(kept);
    while (this.#bytes > MOST_BYTES) this.#bytes -= sizeOf(this.#lines.shift() ?? "");
  }

  /** Undefined when there was no line. */
  text(): string | undefined {
    return this.#lines.length === 0 ? undefined : this.#lines.join("\n");
  }
}

/** Returns the end of a line that takes more than all of the room. */
function cut(line: string): string {
  let kept = line.slice(-MOST_BYTES);
  while (sizeOf(kept) > MOST_BYTES) kept = kept.slice(Math.ceil(kept.length / 8));
  return kept;
}

/** The size of a line with its line end. */
function sizeOf(line: string): number {
  return Buffer.byteLength(JSON.stringify(line));
}
