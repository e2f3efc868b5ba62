import { cancelRun } from "../ledger/changes/operators.ts";
import { activeRuns, latestAttempt, type Run } from "../ledger/record.ts";
import type { ChangeJobParts } from "./operation.ts";
import { didYouMean, findRun, openRecords, runIds } from "../view/find.ts";
import { outcomeInSentence } from "../view/words/outcome.ts";
import { durationInWords } from "../view/words/duration.ts";
import { exitCodes } from "../cli/terminal/terminal.ts";
import { timeWords } from "../view/words/time.ts";

const MOST_TRIES = 5;

/** Notes in the run's record that it is to end, and says what will happen; a scheduler does it. */
export async function cancel(id: string, parts: ChangeJobParts): Promise<number> {
  const { ledger, clock, terminal } = parts;
  const found = findRun(id, (await ledger.load()).records);
  if (found === undefined) return await tellNoRun(id, parts);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const swap = await ledger.update(found.record.job, (record) => cancelRun(record, id, clock.now()));
    if (swap.result === "unknown") continue;
    const run = swap.record?.runs.find((run) => run.id === id);
    if (run === undefined) return await tellNoRun(id, parts);
    // After an unclear answer it may be this command that has ended it.
    const isDone =
      run.outcome === undefined || swap.result === "won" || (tries > 0 && run.outcome.kind === "cancelled");
    if (isDone) terminal.out(whatHappens(run));
    else terminal.err(`shipbell: ${id} has already ended: ${howItEnded(run, parts)}`);
    return isDone ? exitCodes.ok : exitCodes.problem;
  }
  terminal.err(`shipbell: the ledger gave no clear answer; "shipbell runs ${found.record.job}" tells how ${id} stands`);
  return exitCodes.problem;
}

async function tellNoRun(id: string, { ledger, terminal }: ChangeJobParts): Promise<number> {
  const records = openRecords((await ledger.load()).records);
  const record = records.get(id);
  const active = record && activeRuns(record).map((run) => run.id);
  if (active === undefined) terminal.err(`shipbell: there is no run "${id}"${didYouMean(id, runIds(records))}`);
  else
    terminal.err(
      `shipbell: ${id} is a job, ${active.length === 0 ? "and no run of it is active" : `and active is ${active.join(", ")}`}`,
    );
  return exitCodes.problem;
}

function whatHappens(run: Run): string {
  const { id, outcome, policies } = run;
  if (outcome !== undefined) return `${id} is cancelled: it waited for its next attempt, and will not get it`;
  const { reason = "cancelled" } = latestAttempt(run).stopping ?? {};
  if (reason !== "cancelled") return `${id} is being stopped already (${reason})`;
  const grace = durationInWords(policies.stopGracePeriodMs);
  return `${id} is being cancelled: its scheduler sends it the stop signal, and kills it if it still runs after ${grace}`;
}

function howItEnded({ outcome, finishedAt }: Run, { clock }: ChangeJobParts): string {
  const how = outcome === undefined ? "" : outcomeInSentence(outcome);
  return finishedAt === undefined ? how : `it ${how}, ${timeWords([], clock.now()).distance(finishedAt)}`;
}
