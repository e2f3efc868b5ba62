import type { Page } from "../ledger/page.ts";
import { didYouMean, type FoundRun, findRun, type LedgerParts, openPages, runIds } from "./find-page.ts";
import { type FollowOutputParts, followOutput } from "./follow-output.ts";
import { printRun } from "./run-output.ts";
import { exitCodes } from "./terminal.ts";

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
  const pages = openPages((await ledger.load()).pages);
  const found = findRunOrLatest(runOrJob, pages);
  if (found === undefined) {
    const meant = didYouMean(runOrJob, [...pages.keys(), ...runIds(pages)]);
    terminal.err(`shipbell: there is no run and no job "${runOrJob}"${meant}`);
    return exitCodes.problem;
  }
  if (found === "none") {
    terminal.err(`shipbell: no run of ${runOrJob} is kept`);
    return exitCodes.problem;
  }
  const { page, run } = found;
  if (options.isFollowed) return await followOutput({ job: page.job, run: run.id }, options, parts);
  return (await printRun(run, options, parts)) ? exitCodes.ok : exitCodes.problem;
}

/** `none`: there is such a job, and its page holds no run. */
function findRunOrLatest(runOrJob: string, pages: ReadonlyMap<string, Page>): FoundRun | "none" | undefined {
  const page = pages.get(runOrJob);
  if (page === undefined) return findRun(runOrJob, pages);
  const run = page.runs.at(-1);
  return run === undefined ? "none" : { page, run };
}
