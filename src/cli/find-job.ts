import { formatProblem } from "../job/problem.ts";
import type { JobRecord } from "../ledger/record.ts";
import type { SchedulerAnswer } from "../view/scheduler-view.ts";
import { unreadableDefinitions } from "../view/standing.ts";
import { findRecord, type LedgerParts } from "../view/find.ts";
import type { Instance } from "./instance.ts";

/** A job's record, and what the running scheduler says. */
export interface FoundJob {
  readonly record: JobRecord;
  readonly answer: SchedulerAnswer;
}

const PROBLEMS_SHOWN = 3;

/** Undefined, and said, when there is no such job; with the definitions that cannot be read, for one may be meant for it. */
export async function findJob(
  name: string,
  parts: LedgerParts & Pick<Instance, "scheduler">,
): Promise<FoundJob | undefined> {
  const [record, answer] = await Promise.all([findRecord(name, parts), parts.scheduler()]);
  if (record !== undefined) return { record, answer };
  const { err } = parts.terminal;
  if (answer.kind === "silent") {
    err(`shipbell: no scheduler answers here to say whether a definition of it cannot be read (${answer.why})`);
    return undefined;
  }
  const problems = unreadableDefinitions(answer.view);
  for (const problem of problems.slice(0, PROBLEMS_SHOWN)) err(`shipbell: a problem: ${formatProblem(problem)}`);
  if (problems.length > PROBLEMS_SHOWN)
    err(`shipbell: ${problems.length - PROBLEMS_SHOWN} more problems: see "shipbell problems"`);
  return undefined;
}
