import type { OutputLine, OutputPosition } from "../../engines/engine.ts";

/** Hears what a run has printed. While a promise that it returns is pending, nothing further is read. */
export interface OutputListener {
  line(line: RunLine): void | Promise<void>;
  /** Says what is missing, or what comes next: a sentence without its full stop. */
  note(text: string): void | Promise<void>;
}

/** One line of an output. */
export interface RunLine extends Partial<Pick<OutputLine, "stream" | "at">> {
  /** Without its line end. Its stream and time are not known when it comes from the record. */
  readonly line: string;
  readonly attempt: number;
  /** Where this line ends in the output; only of lines that come from the engine. */
  readonly place?: () => ReadPlace;
}

/** How far an output was read, so that another reader can go on behind it. */
export interface ReadPlace {
  readonly attempt: number;
  /** How many lines of the attempt were read. */
  readonly count: number;
  readonly position: OutputPosition;
}
