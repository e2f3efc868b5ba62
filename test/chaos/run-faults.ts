import { setTimeout as pause } from "node:timers/promises";
import { breakIt, type World } from "./break.ts";
import type { FaultRecord } from "./fault-record.ts";
import { tellFault } from "./finding.ts";
import type { Burst, PlannedFault } from "./plan.ts";

export interface FaultParts {
  readonly world: World;
  /** How many runs are active now. */
  readonly activeRuns: () => number;
  readonly say: (text: string) => void;
}

/** Does what the plan says, burst after burst; in between all is made whole. Answers with what happened, and when. */
export async function runFaults(bursts: readonly Burst[], parts: FaultParts): Promise<readonly FaultRecord[]> {
  const records: FaultRecord[] = [];
  for (const { calmMs, faults } of bursts) {
    await pause(calmMs);
    records.push(...(await Promise.all(faults.map((fault) => runFault(fault, parts)))));
    await parts.world.swarm.whole();
  }
  return records;
}

async function runFault(fault: PlannedFault, { world, activeRuns, say }: FaultParts): Promise<FaultRecord> {
  await pause(fault.afterMs);
  const begun = { name: fault.name, beganAt: new Date(), activeRuns: activeRuns() };
  const { on, mend } = await breakIt(world, fault);
  await pause(fault.lastsMs);
  await mend();
  const record = { ...begun, on, endedAt: new Date() };
  say(tellFault(record));
  return record;
}
