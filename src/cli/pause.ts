import type { Command } from "./command.ts";
import { jobPositional, onInstance } from "./job-command.ts";
import { pause } from "../operate/pause.ts";

/** Keeps a job from being started by its schedule, whatever its definition says. */
export const pauseCommand: Command = {
  usage: "pause <job>",
  describe: "Pause of a job: what is due is skipped until resumed",
  isWrapped: true,
  positionals: jobPositional,
  options: { reason: { type: "string", requiresArg: true, describe: "Reason that ls and explain show" } },
  run: (args, terminal) =>
    onInstance(args, terminal, (parts) => {
      const reason = args.reason === undefined ? {} : { reason: String(args.reason) };
      return pause(String(args.job), reason, parts);
    }),
};
