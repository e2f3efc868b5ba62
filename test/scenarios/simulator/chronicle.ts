/** What happened in a story, in its order. */
export class Chronicle {
  readonly #lines: string[] = [];
  readonly #now: () => Date;
  readonly #isKept: boolean;

  /** `isKept`: most stories go well, and are never told. */
  constructor(now: () => Date, isKept: boolean) {
    this.#now = now;
    this.#isKept = isKept;
  }

  add(text: string | (() => string)): void {
    if (this.#isKept) this.#lines.push(`${timeOfDay(this.#now())} ${typeof text === "string" ? text : text()}`);
  }

  /** Numbered; of a long story the beginning is left out. */
  text(mostLines = 120): string {
    const numbered = this.#lines.map((line, index) => `${String(index + 1).padStart(4)}. ${line}`);
    const left = numbered.length - mostLines;
    return left > 0 ? [`      (${left} lines before)`, ...numbered.slice(left)].join("\n") : numbered.join("\n");
  }
}

/** `12:03:00`, or `12:03:00.250`; the date only where it is not the first day. */
export function timeOfDay(at: Date): string {
  const [day, time = ""] = at.toISOString().split("T");
  const short = time.replace("Z", "").replace(".000", "");
  return day === "2026-11-18" ? short : `${day} ${short}`;
}
