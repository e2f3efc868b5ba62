import { latestAttempt, type Run } from "../../ledger/record.ts";
import { type CancelRequest, cancel } from "../../operate/cancel.ts";
import { activeRunsOfGroup } from "../../view/jobs/node-group.ts";
import { durationInWords } from "../../view/words/duration.ts";
import { outcomeInSentence } from "../../view/words/outcome.ts";
import { timeWords } from "../../view/words/time.ts";
import type { Command } from "../command.ts";
import { givenReason } from "../instance/given-reason.ts";
import { type InstanceParts, onInstance } from "../instance/instance.ts";
import { whoAsks } from "../instance/who-asks.ts";
import { exitCodes } from "../terminal/terminal.ts";

/** Ends one run, or those of a job that is declared for each node. It gets no other attempt; the job is started again when it is next due. */
export const cancelCommand: Command = {
  usage: "cancel <run>",
  describe: "End of one run, or of the active runs on all nodes",
  isWrapped: true,
  positionals: {
    run: {
      describe: "Id of the run; or a job that is declared for each node",
      type: "string",
      completes: "active-runs",
    },
  },
  options: { reason: { type: "string", requiresArg: true, describe: "Reason that explain and runs show" } },
  run: async (args, terminal) => {
    const reason = givenReason(args, terminal);
    if (reason === undefined) return exitCodes.usage;
    const run = String(args.run);
    const request = { run, by: whoAsks(terminal), ...reason };
    return onInstance(args, terminal, async (parts) => {
      const ofGroup = activeRunsOfGroup(run, (await parts.ledger.load()).records);
      let worst = 0;
      for (const each of ofGroup.length === 0 ? [run] : ofGroup)
        worst = Math.max(worst, await cancelRun({ ...request, run: each }, parts));
      return worst;
    });
  },
};

export async function cancelRun(
  request: CancelRequest,
  parts: Pick<InstanceParts, "ledger" | "clock" | "terminal">,
): Promise<number> {
  const { terminal, clock } = parts;
  const { run: id } = request;
  const cancelled = await cancel(request, parts);
  if (cancelled.kind === "withdrawn") {
    terminal.out(`${id} was planned, and will not be started`);
    return exitCodes.ok;
  }
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
