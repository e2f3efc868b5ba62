import { runViews } from "../../view/runs/run-view.ts";
import { shapeRun } from "../../view/shapes/run-shape.ts";
import type { Command } from "../command.ts";
import { findRecord } from "../instance/find-job.ts";
import { jobPositional, objectStates, onInstance } from "../instance/instance.ts";
import { appearanceOf } from "../terminal/appearance.ts";
import { formatOption, readFormat } from "../terminal/format-option.ts";
import { formatRuns } from "../terminal/run-table.ts";
import { exitCodes } from "../terminal/terminal.ts";
import { readTimeStyle, timeOptions } from "../terminal/time-style.ts";

/** The runs that a job's record still holds. */
export const runsCommand: Command = {
  usage: "runs <job>",
  describe: "Runs of a job that are kept, newest first",
  positionals: jobPositional,
  options: { ...formatOption, ...timeOptions },
  async run(args, terminal) {
    const format = readFormat(args, terminal);
    if (format === undefined) return exitCodes.usage;
    return await onInstance(args, terminal, async (parts) => {
      const times = readTimeStyle(args, parts.settings, terminal);
      if (times === undefined) return exitCodes.usage;
      const record = await findRecord(String(args.job), parts);
      if (record === undefined) return exitCodes.problem;
      const now = parts.clock.now();
      const runs = runViews(record, { states: await objectStates(record, parts), now });
      if (format === "json")
        terminal.out(
          JSON.stringify(
            runs.map((view) => shapeRun(view)),
            null,
            2,
          ),
        );
      else terminal.out(formatRuns(record.job, runs, { now, times, appearance: appearanceOf(terminal) }));
      return exitCodes.ok;
    });
  },
};
