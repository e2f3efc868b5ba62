import { openRecords } from "../../view/find.ts";
import { unknownSchedules, unknownScheduleWords } from "../../view/jobs/due.ts";
import { jobViews } from "../../view/jobs/job-view.ts";
import { pauseOfAll } from "../../view/jobs/pause-view.ts";
import { shapeJob } from "../../view/shapes/job-shape.ts";
import { pausedBriefly } from "../../view/words/pause.ts";
import { schedulerNotes } from "../../view/words/scheduler.ts";
import { timeWordsIn } from "../../view/words/time.ts";
import type { Command } from "../command.ts";
import { onInstance } from "../instance/instance.ts";
import { zoneOfRecord } from "../instance/zone-of-record.ts";
import { appearanceOf } from "../terminal/appearance.ts";
import { formatOption, readFormat } from "../terminal/format-option.ts";
import { formatJobs } from "../terminal/job-table.ts";
import { exitCodes } from "../terminal/terminal.ts";
import { readTimeStyle, timeOptions } from "../terminal/time-style.ts";

/** All jobs. Their records are read without a scheduler; only a running one can say what it has trouble with. */
export const lsCommand: Command = {
  usage: "ls",
  describe: "Jobs, their next start and their last run",
  options: { ...formatOption, ...timeOptions },
  async run(args, terminal) {
    const format = readFormat(args, terminal);
    if (format === undefined) return exitCodes.usage;
    return await onInstance(args, terminal, async ({ settings, ledger, timetables, clock, scheduler }) => {
      const times = readTimeStyle(args, settings, terminal);
      if (times === undefined) return exitCodes.usage;
      const [{ records, unreadable, instance, instanceUnreadable }, answer] = await Promise.all([
        ledger.load(),
        scheduler(),
      ]);
      const now = clock.now();
      const jobs = jobViews(records, { answer, instance, timetables, now });
      if (format === "json") terminal.out(JSON.stringify(jobs.map(shapeJob), null, 2));
      else terminal.out(formatJobs(jobs, { now, times, appearance: appearanceOf(terminal) }));
      const timezone = zoneOfRecord(undefined, records, settings);
      const pausedAll = pauseOfAll(instance, now);
      if (pausedAll !== undefined)
        terminal.err(`shipbell: all jobs are ${pausedBriefly(pausedAll, timeWordsIn(timezone, now), "known")}`);
      if (instanceUnreadable !== undefined)
        terminal.err(`shipbell: the record of the instance cannot be read: ${instanceUnreadable}`);
      for (const note of schedulerNotes(answer)) terminal.err(`shipbell: ${note}`);
      for (const record of openRecords(records).values())
        for (const schedule of unknownSchedules(record, timetables))
          terminal.err(`shipbell: ${unknownScheduleWords(record.job, schedule)}`);
      for (const { job, message } of unreadable)
        terminal.err(`shipbell: the record of ${job} cannot be read: ${message}`);
      return unreadable.length > 0 ? exitCodes.problem : exitCodes.ok;
    });
  },
};
