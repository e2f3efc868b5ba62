import { EngineError, type ObjectState } from "../engines/engine.ts";
import { activeRuns, type JobRecord, latestAttempt, waitsForRetry } from "../ledger/record.ts";
import type { Instance } from "./instance.ts";

/** What the engine says of the objects of active attempts. `unknown`: it did not answer. */
export type ObjectStates = ReadonlyMap<string, ObjectState> | "unknown";

/** A record tells that a run is active, and not how far it is: that only the engine knows. */
export async function objectStates(record: JobRecord, instance: Pick<Instance, "engine">): Promise<ObjectStates> {
  const ids = activeRuns(record)
    .filter((run) => !waitsForRetry(run))
    .flatMap((run) => latestAttempt(run).objectId ?? []);
  if (ids.length === 0) return new Map();
  try {
    const engine = await instance.engine();
    return await engine.look(ids);
  } catch (error) {
    if (error instanceof EngineError) return "unknown";
    throw error;
  }
}
