import type { Clock } from "../clock.ts";
import type { Book } from "./book.ts";
import type { Engine } from "./engine.ts";
import type { RunEvents } from "./run-events.ts";
import type { RunLogs } from "./run-logs.ts";

/** What making runs happen needs. */
export interface RunParts {
  readonly instance: string;
  readonly engine: Engine;
  readonly book: Book;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly logs: RunLogs;
}
