import type { Command } from "./command.ts";
import { explainJob } from "./explain.ts";
import { findPage } from "./find-page.ts";
import { jobPositional, onInstance } from "./job-command.ts";
import { objectStates } from "./object-states.ts";
import { exitCodes } from "./terminal.ts";

/** All that can be said of a job, in words. */
export const explainCommand: Command = {
  usage: "explain <job>",
  describe: "Say in sentences how a job stands: why it ran or did not, and what comes next",
  positionals: jobPositional,
  run: (args, terminal) =>
    onInstance(args, terminal, async (parts) => {
      const page = await findPage(String(args.job), parts);
      if (page === undefined) return exitCodes.problem;
      const { timetables, clock } = parts;
      const states = await objectStates(page, parts);
      for (const sentence of explainJob(page, { states, timetables, now: clock.now() })) terminal.out(sentence);
      return exitCodes.ok;
    }),
};
