import { isWarning, type Problem } from "../job/problem.ts";
import { type Disk, NotLookedAt } from "./disk.ts";
import { diskWithText } from "./disk-with-text.ts";
import { type ScheduleFilesSettings, scheduleFiles } from "./schedule-files.ts";
import { emptySnapshot, mergeReadings } from "./snapshot.ts";

/** What is in schedule files, and wrong with them. */
export interface Checked {
  /** The number of jobs that can be carried out. */
  readonly jobs: number;
  readonly problems: readonly Problem[];
}

type TextSettings = Omit<ScheduleFilesSettings, "paths" | "variables" | "envFiles" | "disk">;

/** As the text is called where a problem is. */
const NAME = "schedule.yml";

/**
 * Checks the text of a schedule file as the scheduler would read it, without its variables and without any other file: what
 * the text wants of those is a warning. Never rejects.
 */
export async function checkText(text: string, settings: TextSettings): Promise<Checked> {
  const disk = diskWithText(NAME, new TextEncoder().encode(text), NO_DISK);
  const given = { ...settings, disk, paths: [NAME], variables: {}, envFiles: [] };
  const reading = await scheduleFiles(given).load(new AbortController().signal);
  const { jobs, problems } = mergeReadings(emptySnapshot, [{ source: "files", reading }]);
  const all = problems.map(({ source: _source, ...problem }) => problem);
  const isEmpty = jobs.size === 0 && problems.every(isWarning);
  return {
    jobs: jobs.size,
    problems: isEmpty ? [...all, { at: NAME, message: "no job is declared here" }] : all,
  };
}

const elsewhere = () => Promise.reject(new NotLookedAt("no other file is read when a text is checked"));
const NO_DISK: Disk = { stat: elsewhere, readdir: elsewhere, readFile: elsewhere };
