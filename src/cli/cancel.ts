import { latestAttempt, type Run } from "../ledger/record.ts";
import { cancel } from "../operate/cancel.ts";
import { durationInWords } from "../view/words/duration.ts";
import { outcomeInSentence } from "../view/words/outcome.ts";
import { timeWords } from "../view/words/time.ts";
import type { Command } from "./command.ts";
import { type InstanceParts, onInstance } from "./instance.ts";
import { exitCodes } from "./terminal/terminal.ts";

/** Ends one run. It gets no other attempt; the job is started again when it is next due. */
export const cancelCommand: Command = {
  usage: "cancel <run>",
  describe: "End of one run",
  isWrapped: true,
  positionals: { run: { describe: "Id of the run, as runs shows it", type: "string", completes: "active-runs" } },
  run: (args, terminal) => onInstance(args, terminal, (parts) => cancelRun(String(args.run), parts)),
};

export async function cancelRun(
  id: string,
  parts: Pick<InstanceParts, "ledger" | "clock" | "terminal">,
): Promise<number> {
  const { terminal, clock } = parts;
  const cancelled = await cancel(id, parts);
  if (cancelled.kind === "done") {
    terminal.out(whatHappens(cancelled.run));
    return exitCodes.ok;
  }
  const why =
    cancelled.kind === "refused" ? cancelled.why : `${id} has already ended: ${howItEnded(cancelled.run, clock.now())}`;
  terminal.err(`shipbell: ${why}`);
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

function howItEnded({ outcome, finishedAt }: Run, now: Date): string {
  const how = outcome === undefined ? "" : outcomeInSentence(outcome);
  return finishedAt === undefined ? how : `it ${how}, ${timeWords([], now).distance(finishedAt)}`;
}
