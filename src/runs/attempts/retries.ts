import { noteStopping } from "../../ledger/changes/attempts.ts";
import type { Swap } from "../../ledger/ledger.ts";
import {
  activeRuns,
  type JobRecord,
  latestAttempt,
  type Outcome,
  type Run,
  type Stopping,
  waitsForRetry,
} from "../../ledger/record.ts";
import type { AttemptRef } from "../../observe/run-events.ts";
import { giveUpRetry } from "../outcomes.ts";
import type { RunParts } from "../run-parts.ts";

export function isRetryDue(run: Run, now: Date): boolean {
  const { retryAt } = latestAttempt(run);
  return retryAt === undefined || now >= retryAt;
}

/**
 * Looks at the runs that wait for another attempt; answers with when they are due, those that are not yet. One whose definition holds no more
 * gets none: the template that it was started from is not known any more. Its last outcome is the run's then.
 */
export async function lookAtRetries(name: string, record: JobRecord, parts: RunParts): Promise<readonly Date[]> {
  const isSame = (run: Run) => record.removedAt === undefined && record.definition.hash === run.definition;
  const waiting = record.runs.filter(waitsForRetry);
  for (const run of waiting.filter((run) => !isSame(run))) {
    const { outcome } = latestAttempt(run);
    if (outcome !== undefined) await giveUpRetry(refOf(name, run, parts), outcome, parts);
  }
  const now = parts.clock.now();
  return waiting
    .filter((run) => isSame(run) && !isRetryDue(run, now))
    .flatMap((run) => latestAttempt(run).retryAt ?? []);
}

/**
 * Stops what is active of the job; what waits for another attempt has ended with that. Resolves to whether there was
 * something to stop that was not being stopped yet: then the job is to be looked at again, at once; or, where the ledger gave
 * no clear answer, soon.
 */
export async function stopActive(
  name: string,
  record: JobRecord,
  reason: "replaced",
  parts: RunParts,
): Promise<"nothing" | "begun" | "unclear"> {
  const outcome: Outcome = { kind: reason };
  const active = activeRuns(record).filter((run) => waitsForRetry(run) || latestAttempt(run).stopping === undefined);
  for (const run of active) {
    const ref = refOf(name, run, parts);
    const swap = waitsForRetry(run) ? await giveUpRetry(ref, outcome, parts) : await note(name, run, reason, parts);
    if (swap.result === "unknown") return "unclear";
  }
  return active.length > 0 ? "begun" : "nothing";
}

async function note(name: string, run: Run, reason: Stopping["reason"], parts: RunParts): Promise<Swap> {
  const { number } = latestAttempt(run);
  const stopping = { reason, since: parts.clock.now() };
  const swap = await parts.book.change(name, (record) => noteStopping(record, { run: run.id, number }, stopping));
  if (swap.result === "won") parts.events.emit({ event: "attempt-stopping", ...refOf(name, run, parts), reason });
  return swap;
}

function refOf(job: string, run: Run, { engine }: RunParts): AttemptRef {
  const { number, objectName } = latestAttempt(run);
  const { id, trigger, scheduledAt } = run;
  return { job, run: id, attempt: number, trigger, scheduledAt, objectKind: engine.objectKind, objectName };
}
