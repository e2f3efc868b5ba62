import { jobViews, unknownScheduleSentences } from "../view/job-view.ts";
import type { Command } from "./command.ts";
import { openRecords } from "../view/find.ts";
import { formatOption, readFormat } from "./terminal/format-option.ts";
import { onInstance } from "./job-command.ts";
import { formatJobs, jobJson } from "./terminal/job-table.ts";
import { schedulerNotes } from "../view/words/scheduler.ts";
import { appearanceOf } from "./terminal/appearance.ts";
import { exitCodes } from "./terminal/terminal.ts";
import { readTimeStyle, timeOptions } from "./terminal/time-style.ts";

/** All jobs. What their records say needs no scheduler; what it has trouble with only a running one can say. */
export const lsCommand: Command = {
  usage: "ls",
  describe: "Jobs, their next start and their last run",
  options: { ...formatOption, ...timeOptions },
  async run(args, terminal) {
    const format = readFormat(args, terminal);
    if (format === undefined) return exitCodes.usage;
    return await onInstance(args, terminal, async (parts) => {
      const times = readTimeStyle(args, parts.settings, terminal);
      if (times === undefined) return exitCodes.usage;
      const { ledger, timetables, clock } = parts;
      const [{ records, unreadable }, answer] = await Promise.all([ledger.load(), parts.scheduler()]);
      const now = clock.now();
      const jobs = jobViews(records, { answer, timetables, now });
      if (format === "json") terminal.out(JSON.stringify(jobs.map(jobJson), null, 2));
      else terminal.out(formatJobs(jobs, { now, times, appearance: appearanceOf(terminal) }));
      for (const note of schedulerNotes(answer)) terminal.err(`shipbell: ${note}`);
      for (const record of openRecords(records).values())
        for (const sentence of unknownScheduleSentences(record, timetables)) terminal.err(`shipbell: ${sentence}`);
      for (const { job, message } of unreadable)
        terminal.err(`shipbell: the record of ${job} cannot be read: ${message}`);
      return unreadable.length > 0 ? exitCodes.problem : exitCodes.ok;
    });
  },
};
