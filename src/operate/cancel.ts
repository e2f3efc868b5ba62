import { runId } from "../job/names.ts";
import { cancelRun } from "../ledger/changes/operators.ts";
import type { By, Run } from "../ledger/record.ts";
import { findRun, type Records, whyNoRun } from "../view/find.ts";
import { MOST_TRIES, type OperateParts, type Refused } from "./operation.ts";
import { withdrawRun } from "./run.ts";

/** The run was planned, and is not any longer. */
export interface PlanWithdrawn {
  readonly kind: "withdrawn";
}

export interface RunCancelled {
  /** `nothing-to-do`: the run had ended. */
  readonly kind: "done" | "nothing-to-do";
  /** As the record has it now: it has ended if it was waiting for its next attempt, and is being stopped otherwise. */
  readonly run: Run;
}

export interface CancelRequest {
  readonly run: string;
  readonly by?: By;
  readonly reason?: string | undefined;
}

/** Notes in the record of a run that it is to end, who wants that and why; a scheduler ends it. */
export async function cancel(
  { run: id, by, reason }: CancelRequest,
  { ledger, clock }: OperateParts,
): Promise<RunCancelled | PlanWithdrawn | Refused> {
  const { records } = await ledger.load();
  const planned = findPlanned(id, records);
  if (planned !== undefined) {
    const state = await withdrawRun(planned, { ledger });
    if (state.kind === "gone") return { kind: "withdrawn" };
  }
  const found = findRun(id, records);
  if (found === undefined) return { kind: "refused", code: "no-such-run", why: whyNoRun(id, records) };
  const { job } = found.record;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const swap = await ledger.update(job, (record) =>
      cancelRun(record, id, { since: clock.now(), ...(by && { by }), ...(reason !== undefined && { why: reason }) }),
    );
    if (swap.result === "unknown") continue;
    const run = swap.record?.runs.find((run) => run.id === id);
    if (run === undefined)
      return { kind: "refused", code: "no-such-run", why: whyNoRun(id, (await ledger.load()).records) };
    const { outcome } = run;
    // After an unclear answer it may be this operation that ended it.
    const isOurs = swap.result === "won" || (tries > 0 && outcome?.kind === "cancelled");
    return { kind: outcome === undefined || isOurs ? "done" : "nothing-to-do", run };
  }
  const why = `the ledger gave no clear answer; "shipbell runs ${job}" tells how ${id} stands`;
  return { kind: "refused", code: "unclear", why };
}

/** The planned run that will have this ID. */
function findPlanned(id: string, records: Records): { readonly job: string; readonly id: string } | undefined {
  for (const { job, planned = [] } of records.values()) {
    const run = planned.find((each) => runId(job, { scheduledAt: each.startAt, request: each.id }) === id);
    if (run !== undefined) return { job, id: run.id };
  }
  return undefined;
}
