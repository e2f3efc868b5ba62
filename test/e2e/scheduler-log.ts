import { PATIENCE_MS } from "../support/patience.ts";

/** A line of the scheduler's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

/** What a scheduler has logged, as it comes. */
export class SchedulerLog {
  readonly lines: LogLine[] = [];
  readonly #waiting = new Set<() => void>();

  add(line: string): void {
    // A kill may cut off the last line.
    if (line.endsWith("}")) this.lines.push(JSON.parse(line) as LogLine);
    this.changed();
  }

  /** Makes all that wait look again. */
  changed(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Resolves with the first line of that event (after `after` lines) that has these fields. */
  async until(event: string, fields: Record<string, unknown>, options: UntilOptions): Promise<LogLine> {
    const deadline = AbortSignal.timeout(options.withinMs ?? PATIENCE_MS);
    for (let next = options.after ?? 0; ; ) {
      for (; next < this.lines.length; next++) {
        const line = this.lines[next];
        if (line !== undefined && line.event === event && hasFields(line, fields)) return line;
      }
      if (deadline.aborted || options.isOver?.()) throw new Error(this.#story(event, fields));
      await this.#change(deadline);
    }
  }

  all(event: string, fields: Record<string, unknown> = {}): LogLine[] {
    return this.lines.filter((line) => line.event === event && hasFields(line, fields));
  }

  #change(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        deadline.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      deadline.addEventListener("abort", done);
    });
  }

  #story(event: string, fields: Record<string, unknown>): string {
    const lines = this.lines.slice(-25).map((line) => JSON.stringify(line));
    return `no ${event} ${JSON.stringify(fields)} came; the log ends with\n${lines.join("\n")}`;
  }
}

export interface UntilOptions {
  /** Lines before this one do not count. */
  readonly after?: number;
  readonly withinMs?: number;
  /** True when no more lines can come. */
  readonly isOver?: () => boolean;
}

function hasFields(line: LogLine, fields: Record<string, unknown>): boolean {
  return Object.entries(fields).every(([key, value]) => line[key] === value);
}
