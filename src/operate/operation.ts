import type { Clock } from "../clock.ts";
import type { InputProblem } from "../job/inputs/read-inputs.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { InstanceRecord, JobRecord } from "../ledger/record.ts";
import { whyNoJob } from "../view/find.ts";

/** What operations read and change. */
export type OperatedLedger = Pick<Ledger, "load" | "read" | "update" | "readInstance" | "updateInstance">;

/** What an operation works with. */
export interface OperateParts {
  readonly ledger: OperatedLedger;
  readonly clock: Clock;
}

/** The operation was not carried out: `code` says why to programs, `why` to people. */
export interface Refused {
  readonly kind: "refused";
  readonly code: RefusalCode;
  readonly why: string;
  /** For `bad-input`: what is wrong with each. */
  readonly inputs?: readonly InputProblem[];
}

/**
 * - `no-such-job`, `no-such-run`: no record has it, or no source declares the job.
 * - `not-started`: a run of the job would not be started now.
 * - `bad-input`: what was given does not fit the inputs that the job declares.
 * - `too-much`: earlier requests take all the room that a record has.
 * - `bad-input`: something that was given with it is wrong.
 * - `unclear`: the ledger gave no clear answer; the operation may have been carried out.
 */
export type RefusalCode = "no-such-job" | "no-such-run" | "not-started" | "bad-input" | "too-much" | "unclear";

/** How a job's record was before an operation, and how it is now. */
export interface JobChange {
  /** `nothing-to-do`: the record already was as asked for. */
  readonly kind: "done" | "nothing-to-do";
  readonly before: JobRecord;
  readonly after: JobRecord;
}

/** How often an operation is repeated when the ledger gives no clear answer. */
export const MOST_TRIES = 5;

/**
 * Changes the record of a declared job, next to whichever schedulers run. `change` must be safe to repeat: it is made
 * again after an unclear answer.
 */
export async function changeJob(
  job: string,
  change: (record: JobRecord, instance?: InstanceRecord) => JobRecord | undefined,
  ledger: OperatedLedger,
): Promise<JobChange | Refused> {
  let first: JobRecord | undefined;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    let current: JobRecord | undefined;
    const swap = await ledger.update(job, (record, instance) => {
      current = record;
      return isDeclared(record) ? change(record, instance) : undefined;
    });
    // After an unclear answer the record may already be changed.
    first ??= current;
    if (swap.result === "unknown") continue;
    if (!isDeclared(current) || !isDeclared(first) || !isDeclared(swap.record))
      return { kind: "refused", code: "no-such-job", why: whyNoJob(job, (await ledger.load()).records) };
    const isDone = swap.result === "won" || tries > 0;
    return { kind: isDone ? "done" : "nothing-to-do", before: isDone ? first : current, after: swap.record };
  }
  const why = `the ledger gave no clear answer; "shipbell explain ${job}" tells how ${job} stands`;
  return { kind: "refused", code: "unclear", why };
}

function isDeclared(record: JobRecord | undefined): record is JobRecord {
  return record !== undefined && record.removedAt === undefined && record.closedAt === undefined;
}
