import { formatProblem } from "../../job/problem.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { JobRecord } from "../../ledger/record.ts";
import { whyNoJob } from "../../view/find.ts";
import { unreadableDefinitions } from "../../view/jobs/standing.ts";
import type { SchedulerAnswer } from "../../view/scheduler/scheduler-view.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { Instance } from "./instance.ts";

interface FindParts {
  readonly ledger: Ledger;
  readonly terminal: Pick<Terminal, "err">;
}

/** The open record of a job. Where there is none, says so on standard error and returns undefined. */
export async function findRecord(job: string, { ledger, terminal }: FindParts): Promise<JobRecord | undefined> {
  const record = await ledger.read(job);
  if (record !== undefined && record.closedAt === undefined) return record;
  terminal.err(`shipbell: ${whyNoJob(job, (await ledger.load()).records)}`);
  return undefined;
}

interface FoundJob {
  readonly record: JobRecord;
  readonly answer: SchedulerAnswer;
}

const PROBLEMS_SHOWN = 3;

/**
 * The record of a job, and what the running scheduler says. Where there is no such job, says so on standard error, with
 * the definitions that cannot be read (one of them may be meant for it), and returns undefined.
 */
export async function findJob(
  name: string,
  parts: FindParts & Pick<Instance, "scheduler">,
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
