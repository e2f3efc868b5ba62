import { systemClock } from "../clock.ts";
import { createTimetables } from "../schedule/timetable.ts";
import type { Settings } from "../settings.ts";
import { type Args, type Command, withSettings } from "./command.ts";
import { formatOption, readFormat } from "./format-option.ts";
import { formatJobs, listJobs } from "./job-list.ts";
import { withInstance } from "./open-ledger.ts";
import { exitCodes, type Terminal } from "./terminal.ts";

/** What the scheduler knows. Read from its ledger, so it need not run. */
export const lsCommand: Command = {
  usage: "ls",
  describe: "List the jobs: when they are due next, and how they ended last",
  options: formatOption,
  run: (args, terminal) => withSettings(args, terminal, (settings) => showJobs(args, settings, terminal)),
};

async function showJobs(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const format = readFormat(args, terminal);
  if (format === undefined) return exitCodes.usage;
  return await withInstance(settings, terminal, async ({ ledger }) => {
    const { pages, unreadable } = await ledger.load();
    const timetables = createTimetables();
    const jobs = listJobs(
      pages.values(),
      (schedules, after) => timetables.of(schedules).next(after),
      systemClock.now(),
    );
    terminal.out(formatJobs(jobs, format));
    for (const { job, message } of unreadable) terminal.err(`shipbell: the page of ${job} cannot be read: ${message}`);
    return unreadable.length > 0 ? exitCodes.problem : exitCodes.ok;
  });
}
