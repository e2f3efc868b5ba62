import type { JobRecord } from "../ledger/record.ts";
import { didYouMean, type FoundRun, findRun, type LedgerParts, openRecords, runIds } from "../view/find.ts";
import { type FollowOutputParts, followOutput } from "./output/follow-output.ts";
import { outcomeInSentence } from "../view/words/outcome.ts";
import { printRun } from "./output/run-output.ts";
import { exitCodes } from "./terminal/terminal.ts";

export interface LogsOptions {
  readonly tail: number | "all";
  readonly isFollowed: boolean;
  readonly signal: AbortSignal;
}

/** Prints the output of a run, or of the latest run of a job. */
export async function logs(
  runOrJob: string,
  options: LogsOptions,
  parts: LedgerParts & FollowOutputParts,
): Promise<number> {
  const { terminal, ledger } = parts;
  const records = openRecords((await ledger.load()).records);
  const found = findRunOrLatest(runOrJob, records);
  if (found === undefined) {
    const meant = didYouMean(runOrJob, [...records.keys(), ...runIds(records)]);
    terminal.err(`shipbell: there is no run and no job "${runOrJob}"${meant}`);
    return exitCodes.problem;
  }
  if (found === "none") {
    terminal.err(`shipbell: no run of ${runOrJob} is kept`);
    return exitCodes.problem;
  }
  const { record, run } = found;
  if (options.isFollowed) return await follow(record.job, run.id, options, parts);
  const reread = async () => (await ledger.read(record.job))?.runs.find(({ id }) => id === run.id);
  return (await printRun(run, reread, options, parts)) ? exitCodes.ok : exitCodes.problem;
}

async function follow(job: string, run: string, options: LogsOptions, parts: FollowOutputParts): Promise<number> {
  const ended = await followOutput({ job, run }, options, parts);
  if (ended?.outcome !== undefined) {
    parts.terminal.err(`shipbell: ${run} ${outcomeInSentence(ended.outcome)}`);
    return exitCodes.ok;
  }
  if (!options.signal.aborted) parts.terminal.err(`shipbell: ${run} is no longer in the record of ${job}`);
  return exitCodes.problem;
}

/** `none`: there is such a job, and its record holds no run. */
function findRunOrLatest(runOrJob: string, records: ReadonlyMap<string, JobRecord>): FoundRun | "none" | undefined {
  const record = records.get(runOrJob);
  if (record === undefined) return findRun(runOrJob, records);
  const run = record.runs.at(-1);
  return run === undefined ? "none" : { record, run };
}
