import { explainJob } from "../../view/explain/explain.ts";
import { jobViews } from "../../view/jobs/job-view.ts";
import { groupInWords, jobsOfGroup } from "../../view/jobs/node-group.ts";
import { shapeExplanation } from "../../view/shapes/explanation-shape.ts";
import { shapeJob } from "../../view/shapes/job-shape.ts";
import type { Command } from "../command.ts";
import { findJob } from "../instance/find-job.ts";
import { type InstanceParts, jobPositional, objectStates, onInstance } from "../instance/instance.ts";
import { appearanceOf, wrap } from "../terminal/appearance.ts";
import { readFormat, sentencesOption } from "../terminal/format-option.ts";
import { formatJobs } from "../terminal/job-table.ts";
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
      const name = String(args.job);
      const group = await explainGroup(name, format, parts);
      if (group !== undefined) return group;
      const found = await findJob(name, parts);
      if (found === undefined) return exitCodes.problem;
      const { record, answer } = found;
      const { timetables, clock } = parts;
      const [states, instance, upstream] = await Promise.all([
        objectStates(record, parts),
        parts.ledger.readInstance(),
        record.after && parts.ledger.read(record.after.job),
      ]);
      const now = clock.now();
      const known = { states, instance, upstream, timetables, now, answer };
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

/** How a job that is declared for each node stands on them. Undefined where the name is that of no such job. */
async function explainGroup(name: string, format: string, parts: InstanceParts): Promise<number | undefined> {
  const { ledger, terminal, timetables, clock } = parts;
  if ((await ledger.read(name)) !== undefined) return undefined;
  const { records, instance } = await ledger.load();
  const names = new Set(jobsOfGroup(name, records));
  if (names.size === 0) return undefined;
  const now = clock.now();
  const answer = await parts.scheduler();
  const jobs = jobViews(records, { answer, instance, timetables, now }).filter(({ job }) => names.has(job));
  if (format === "json") {
    terminal.out(JSON.stringify({ group: name, summary: groupInWords(jobs), nodes: jobs.map(shapeJob) }, null, 2));
    return exitCodes.ok;
  }
  terminal.out(`${name}: ${groupInWords(jobs)}.`);
  terminal.out(formatJobs(jobs, { now, times: { kind: "relative" }, appearance: appearanceOf(terminal) }));
  terminal.out(`Each node has a job of its own: "shipbell explain ${jobs[0]?.job}" says more of one.`);
  return exitCodes.ok;
}
