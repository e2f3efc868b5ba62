import {
  type PauseTerms,
  pauseAll as pauseInstance,
  pauseJob,
  resumeAll as resumeInstance,
  resumeJob,
} from "../ledger/changes/pauses.ts";
import type { InstanceChange } from "../ledger/ledger.ts";
import type { InstanceRecord } from "../ledger/record.ts";
import { changeJob, type JobChange, MOST_TRIES, type OperateParts, type Refused } from "./operation.ts";

/** How the instance's record was before an operation, and how it is now. */
export interface AllChange {
  /** `nothing-to-do`: the record already was as asked for. */
  readonly kind: "done" | "nothing-to-do";
  readonly before: InstanceRecord | undefined;
  readonly after: InstanceRecord | undefined;
}

/**
 * Pauses a job: what is due from now on is skipped, until `until` or until it is resumed. A paused job stays paused since
 * when it was; what the terms give replaces what they were, and what they leave out stays.
 */
export async function pause(
  { job, ...terms }: PauseTerms & { readonly job: string },
  { ledger, clock }: OperateParts,
): Promise<JobChange | Refused> {
  const now = clock.now();
  return whyNot(terms, now) ?? (await changeJob(job, (record) => pauseJob(record, now, terms), ledger));
}

/** Ends a pause: what is due from now on is started again. */
export function resume(job: string, { ledger, clock }: OperateParts): Promise<JobChange | Refused> {
  const now = clock.now();
  return changeJob(job, (record) => resumeJob(record, now), ledger);
}

/** Pauses all jobs, also those that are declared later, as `pause` does one. Schedulers follow within a second. */
export async function pauseAll(terms: PauseTerms, parts: OperateParts): Promise<AllChange | Refused> {
  const now = parts.clock.now();
  return whyNot(terms, now) ?? (await changeAll((instance) => pauseInstance(instance, now, terms), parts));
}

/** Ends the pause of all jobs. Those that have a pause of their own stay paused. */
export function resumeAll(parts: OperateParts): Promise<AllChange | Refused> {
  const now = parts.clock.now();
  return changeAll((instance) => resumeInstance(instance, now), parts);
}

function whyNot({ until }: PauseTerms, now: Date): Refused | undefined {
  if (until === undefined || until === "resumed" || until > now) return undefined;
  const why = `until ${until.toISOString().replace(".000Z", "Z")} has passed; a pause ends in the future`;
  return { kind: "refused", code: "bad-input", why };
}

/** `change` must be safe to repeat: it is made again after an unclear answer. */
async function changeAll(change: InstanceChange, { ledger }: OperateParts): Promise<AllChange | Refused> {
  let first: { readonly before: InstanceRecord | undefined } | undefined;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    let before: InstanceRecord | undefined;
    const swap = await ledger.updateInstance((instance) => {
      before = instance;
      return change(instance);
    });
    // After an unclear answer the record may already be changed.
    first ??= { before };
    if (swap.result === "unknown") continue;
    const isDone = swap.result === "won" || tries > 0;
    return { kind: isDone ? "done" : "nothing-to-do", before: isDone ? first.before : before, after: swap.instance };
  }
  return {
    kind: "refused",
    code: "unclear",
    why: 'the ledger gave no clear answer; "shipbell ls" tells how it stands',
  };
}
