import type { Command } from "./command.ts";
import { jobPositional, onInstance } from "./job-command.ts";
import { reset } from "../operate/reset.ts";

/** For a job whose past is in its way: a long backlog, or a clock that was set back. */
export const resetCommand: Command = {
  usage: "reset <job>",
  describe: "New start of a job's schedule: what was due is skipped",
  isWrapped: true,
  positionals: jobPositional,
  run: (args, terminal) => onInstance(args, terminal, (parts) => reset(String(args.job), parts)),
};
