import { explainJob } from "../view/explain/explain.ts";
import { jobView } from "../view/job-view.ts";
import { jobJson } from "../view/json.ts";
import { runViews } from "../view/run-view.ts";
import type { Command } from "./command.ts";
import { findJob } from "./find-job.ts";
import { jobPositional, objectStates, onInstance } from "./instance.ts";
import { appearanceOf, wrap } from "./terminal/appearance.ts";
import { readFormat, sentencesOption } from "./terminal/format-option.ts";
import { exitCodes } from "./terminal/terminal.ts";

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
      const states = await objectStates(record, parts);
      const now = clock.now();
      const sentences = explainJob(record, { states, timetables, now, answer }).map(({ text }) => text);
      if (format === "json") {
        const view = jobView(record.job, record, { answer, timetables, now });
        const { verdicts } = record;
        const all = { ...(view && jobJson(view)), sentences, verdicts, runs: runViews(record, { states, now }) };
        terminal.out(JSON.stringify(all, null, 2));
        return exitCodes.ok;
      }
      const { columns } = appearanceOf(terminal);
      for (const sentence of sentences) terminal.out(wrap(sentence, columns, "  "));
      return exitCodes.ok;
    });
  },
};
