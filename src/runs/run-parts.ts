import type { Clock } from "../clock.ts";
import type { Engine } from "../engines/engine.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { RunEvents } from "../observe/run-events.ts";
import type { Timetables } from "../schedule/timetable.ts";
import type { FindObjects } from "./attempts/found-objects.ts";
import type { Book } from "./book.ts";
import type { RunLogs } from "./output/run-logs.ts";

/** What making runs happen needs. */
export interface RunParts {
  readonly instance: string;
  readonly engine: Engine;
  readonly book: Book;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly logs: RunLogs;
  readonly findObjects: FindObjects;
  /** Removes these objects of the job, next to the passes and until they are gone: no pass waits for it. */
  letGo(job: string, objectIds: readonly string[]): void;
  /** Whether it is the engine that is down, and not only this request that failed. */
  isEngineDown(error: unknown): Promise<boolean>;
  /** When the job is to be started again, if its start fails now. */
  triesStartAgainAt(job: string): Date;
  /** Hears that an inert object was left alone which nobody may ever bind: leftovers are to be looked for, in a while. */
  leaveObject(): void;
}

/** What the loop is made from. */
export interface LoopParts {
  readonly instance: string;
  readonly engine: Engine;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly timetables: Timetables;
  readonly startsAtOnce: number;
}
