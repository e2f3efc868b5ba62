import type { Clock } from "../clock.ts";
import { EngineError } from "../engines/engine.ts";
import type { Ledger } from "../ledger/ledger.ts";

/** A Swarm that loses its leader elects the next one within seconds. */
const PATIENCE_MS = 60_000;
const AGAIN_MS = 1000;

interface PatientReaderParts {
  readonly ledger: Pick<Ledger, "read">;
  readonly clock: Clock;
  /** Called once, with the reason, when a record cannot be read at first. */
  readonly onTrouble: (message: string) => void;
}

/**
 * Reads records for as long as a run is waited for: an engine that keeps the records, and is away for a moment, ends
 * no wait. Throws the engine's error once it has been away for a minute, or when `signal` is aborted.
 */
export function patientReader(
  { ledger, clock, onTrouble }: PatientReaderParts,
  signal: AbortSignal,
): Pick<Ledger, "read"> {
  let isTold = false;
  return {
    async read(job) {
      const until = clock.now().getTime() + PATIENCE_MS;
      for (;;) {
        try {
          return await ledger.read(job);
        } catch (error) {
          if (!(error instanceof EngineError) || signal.aborted || clock.now().getTime() >= until) throw error;
          if (!isTold) onTrouble(`the record of ${job} cannot be read now: ${error.message}`);
          isTold = true;
          await clock.wait(AGAIN_MS, signal);
        }
      }
    },
  };
}
