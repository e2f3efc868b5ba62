import type { Command } from "./command.ts";
import { findPage } from "./find-page.ts";
import { formatOption, readFormat } from "./format-option.ts";
import { jobPositional, onInstance } from "./job-command.ts";
import { objectStates } from "./object-states.ts";
import { formatRuns, listRuns } from "./run-list.ts";
import { exitCodes } from "./terminal.ts";

/** What has become of a job: the runs that its page still holds. */
export const runsCommand: Command = {
  usage: "runs <job>",
  describe: "List the runs of a job that are kept, the newest first",
  positionals: jobPositional,
  options: formatOption,
  async run(args, terminal) {
    const format = readFormat(args, terminal);
    if (format === undefined) return exitCodes.usage;
    return await onInstance(args, terminal, async (parts) => {
      const page = await findPage(String(args.job), parts);
      if (page === undefined) return exitCodes.problem;
      const runs = listRuns(page, { states: await objectStates(page, parts), now: parts.clock.now() });
      terminal.out(formatRuns(page.job, runs, format));
      return exitCodes.ok;
    });
  },
};
