import { explainJob } from "../../view/explain/explain.ts";
import { shapeExplanation } from "../../view/shapes/explanation-shape.ts";
import type { Command } from "../command.ts";
import { findJob } from "../instance/find-job.ts";
import { jobPositional, objectStates, onInstance } from "../instance/instance.ts";
import { appearanceOf, wrap } from "../terminal/appearance.ts";
import { readFormat, sentencesOption } from "../terminal/format-option.ts";
import { exitCodes } from "../terminal/terminal.ts";

/** Everything that is known about a job, in sentences. */
export const explainCommand: Command = {
  usage: "explain <job>",
  describe: "Why a job ran or did not, and what comes next",
  positionals: jobPositional,
  options: sentencesOption,
  async run(args, terminal) {
    const format = readFormat(args, terminal, "text");
    if (format === undefined) return exitCodes.usage;
    return await onInstance(args, terminal, async (parts) => {
      const found = await findJob(String(args.job), parts);
      if (found === undefined) return exitCodes.problem;
      const { record, answer } = found;
      const { timetables, clock } = parts;
      const [states, instance] = await Promise.all([objectStates(record, parts), parts.ledger.readInstance()]);
      const now = clock.now();
      const known = { states, instance, timetables, now, answer };
      if (format === "json") {
        terminal.out(JSON.stringify(shapeExplanation(record, known), null, 2));
        return exitCodes.ok;
      }
      const { columns } = appearanceOf(terminal);
      for (const { text } of explainJob(record, known)) terminal.out(wrap(text, columns, "  "));
      return exitCodes.ok;
    });
  },
};
