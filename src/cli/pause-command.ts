import type { Command } from "./command.ts";
import { jobPositional, onInstance } from "./job-command.ts";
import { pause } from "./pause.ts";

/** Keeps a job from being started by its schedule, whatever its definition says. */
export const pauseCommand: Command = {
  usage: "pause <job>",
  describe: "Skip what is due of a job until it is resumed",
  positionals: jobPositional,
  options: { reason: { type: "string", requiresArg: true, describe: "Why; ls, explain and the page show it" } },
  run: (args, terminal) =>
    onInstance(args, terminal, (parts) => {
      const reason = args.reason === undefined ? {} : { reason: String(args.reason) };
      return pause(String(args.job), reason, parts);
    }),
};
