import type { Args, Command } from "./command.ts";
import { onInstance } from "./job-command.ts";
import { logs } from "./logs.ts";
import { exitCodes } from "./terminal/terminal.ts";

/** The output of a run: from its container or service while that is there, else what the record has kept. */
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
