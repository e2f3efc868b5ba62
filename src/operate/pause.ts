import { pauseJob } from "../ledger/changes/operators.ts";
import { activeRuns } from "../ledger/record.ts";
import { type ChangeJobParts, changeJob } from "./operation.ts";
import { exitCodes } from "../cli/terminal/terminal.ts";
import { timeWords } from "../view/words/time.ts";

export interface PauseOptions {
  readonly reason?: string;
}

/** From now on what is due is skipped. A job that is paused stays so; only a reason that is given takes the old one's place. */
export async function pause(job: string, { reason }: PauseOptions, parts: ChangeJobParts): Promise<number> {
  const { clock, terminal } = parts;
  const now = clock.now();
  const changed = await changeJob(
    job,
    (record) => (record.paused !== undefined && reason === undefined ? undefined : pauseJob(record, now, reason)),
    parts,
  );
  if (changed === undefined) return exitCodes.problem;
  const { before, after } = changed;
  const since =
    before.paused && ` since ${timeWords(after.definition.schedules, now).atAndDistance(before.paused.since)}`;
  terminal.out(`${job} is paused${since ?? ""}${after.paused?.reason ? `: ${after.paused.reason}` : ""}`);
  terminal.out(`What is due is skipped until "shipbell resume ${job}"; "shipbell run ${job}" still starts it.`);
  const goingOn = activeRuns(after).map(({ id }) => id);
  if (goingOn.length > 0) terminal.out(`What is active goes on: ${goingOn.join(", ")}`);
  return exitCodes.ok;
}
