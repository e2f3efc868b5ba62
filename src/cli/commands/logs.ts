import type { Ledger } from "../../ledger/ledger.ts";
import { type FollowOutputParts, followOutput } from "../../operate/output/follow-output.ts";
import { readRun } from "../../operate/output/run-output.ts";
import { didYouMean, findRunOrLatest, openRecords, runIds } from "../../view/find.ts";
import { outcomeInSentence } from "../../view/words/outcome.ts";
import type { Args, Command } from "../command.ts";
import { onInstance } from "../instance/instance.ts";
import { printingOutput } from "../terminal/printing-output.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** The output of a run: from its container or service while that exists, and from its record afterwards. */
export const logsCommand: Command = {
  usage: "logs <run>",
  describe: "Output of a run, or of the latest run of a job",
  positionals: {
    run: { describe: "Id of a run, as runs shows it, or name of a job", type: "string", completes: "runs-and-jobs" },
  },
  options: {
    follow: { type: "boolean", alias: "f", describe: "Output as it comes, until the run ends" },
    tail: { type: "string", requiresArg: true, default: "all", describe: "Number of last lines, or all" },
  },
  async run(args, terminal) {
    const tail = readTail(args);
    if (tail === undefined) {
      terminal.err(`shipbell: --tail "${args.tail}" is not a whole number, or all`);
      return exitCodes.usage;
    }
    return await onInstance(args, terminal, async (parts) => {
      const { signal } = new AbortController();
      const options = { tail, isFollowed: args.follow === true, signal };
      return await logs(String(args.run), options, { ...parts, engine: await parts.engine() });
    });
  },
};

function readTail({ tail }: Args): number | "all" | undefined {
  if (tail === "all") return tail;
  return /^\d{1,9}$/.test(String(tail)) ? Number(tail) : undefined;
}

interface LogsOptions {
  readonly tail: number | "all";
  readonly isFollowed: boolean;
  readonly signal: AbortSignal;
}

interface LogsParts extends Omit<FollowOutputParts, "listener"> {
  readonly ledger: Ledger;
  readonly terminal: Pick<Terminal, "out" | "err">;
}

/** Prints the output of a run, or of the latest run of a job. */
export async function logs(runOrJob: string, options: LogsOptions, given: LogsParts): Promise<number> {
  const { terminal, ledger } = given;
  const parts = { ...given, listener: printingOutput(terminal) };
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
  if (options.isFollowed) return await follow({ job: record.job, run: run.id }, options, parts);
  const reread = async () => (await ledger.read(record.job))?.runs.find(({ id }) => id === run.id);
  return (await readRun(run, reread, options, parts)) ? exitCodes.ok : exitCodes.problem;
}

async function follow(
  { job, run }: { readonly job: string; readonly run: string },
  options: LogsOptions,
  parts: FollowOutputParts & Pick<LogsParts, "terminal">,
): Promise<number> {
  const ended = await followOutput({ job, run }, options, parts);
  if (ended?.outcome !== undefined) {
    parts.terminal.err(`shipbell: ${run} ${outcomeInSentence(ended.outcome)}`);
    return exitCodes.ok;
  }
  if (!options.signal.aborted) parts.terminal.err(`shipbell: ${run} is no longer in the record of ${job}`);
  return exitCodes.problem;
}
