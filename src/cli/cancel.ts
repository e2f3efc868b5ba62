import { cancel } from "../operate/cancel.ts";
import type { Command } from "./command.ts";
import { onInstance } from "./job-command.ts";

/** Ends one run. It gets no other attempt, and the job is started again when it is due next. */
export const cancelCommand: Command = {
  usage: "cancel <run>",
  describe: "End of one run",
  isWrapped: true,
  positionals: { run: { describe: "Id of the run, as runs shows it", type: "string", completes: "active-runs" } },
  run: (args, terminal) => onInstance(args, terminal, (parts) => cancel(String(args.run), parts)),
};
