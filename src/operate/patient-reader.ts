import type { Clock } from "../clock.ts";
import { EngineError } from "../engines/engine.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Terminal } from "../cli/terminal/terminal.ts";

/** A Swarm that loses its leader has the next one within seconds. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 1000;

export interface PatientParts {
  readonly ledger: Pick<Ledger, "read">;
  readonly clock: Clock;
  readonly terminal: Pick<Terminal, "err">;
}

/**
 * Reads records for a command that waits for a run: where the engine keeps them, and is away for a moment, that ends no
 * wait. It is said once. Throws what the engine's trouble was when it is away for a minute, or `signal` is aborted.
 */
export function patientReader({ ledger, clock, terminal }: PatientParts, signal: AbortSignal): Pick<Ledger, "read"> {
  let isTold = false;
  return {
    async read(job) {
      const until = clock.now().getTime() + PATIENCE_MS;
      for (;;) {
        try {
          return await ledger.read(job);
        } catch (error) {
          if (!(error instanceof EngineError) || signal.aborted || clock.now().getTime() >= until) throw error;
          if (!isTold) terminal.err(`shipbell: the record of ${job} cannot be read now: ${error.message}`);
          isTold = true;
          await clock.wait(AGAIN_MS, signal);
        }
      }
    },
  };
}
