import type { Command } from "./command.ts";
import { jobPositional, onInstance } from "./job-command.ts";
import { resume } from "./resume.ts";

/** Takes a pause back. */
export const resumeCommand: Command = {
  usage: "resume <job>",
  describe: "End of a pause",
  isWrapped: true,
  positionals: jobPositional,
  run: (args, terminal) => onInstance(args, terminal, (parts) => resume(String(args.job), parts)),
};
