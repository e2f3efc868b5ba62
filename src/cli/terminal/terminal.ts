import type { Environment } from "../../settings/settings.ts";

/** The process as a command sees it: everything that it reads and writes goes through here. */
export interface Terminal {
  readonly env: Environment;
  /** Whether standard output is a terminal, and how wide that is. */
  readonly isTerminal: boolean;
  readonly columns?: number;
  readonly readFile: (path: string) => string;
  /** Writes to standard output, with a line end. */
  readonly out: (text: string) => void;
  /** Writes to standard output, as it is. Rejects when nothing reads it. */
  readonly outBytes: (bytes: Uint8Array) => Promise<void>;
  /** Writes to standard error, with a line end. */
  readonly err: (text: string) => void;
  /** Standard input, where it is a terminal: a person can answer there. */
  readonly input?: NodeJS.ReadableStream;
  /** Standard input, where it is none. */
  readonly piped?: NodeJS.ReadableStream;
}

/** What a command's exit code says. */
export const exitCodes = {
  ok: 0,
  /** The command could not do what it was asked for, or what it checked is wrong. */
  problem: 1,
  /** The command line or the settings are wrong. */
  usage: 2,
} as const;
