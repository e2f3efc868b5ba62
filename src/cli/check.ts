import { formatProblem, type Problem } from "../jobs/problem.ts";
import { emptySnapshot, mergeReadings } from "../sources/merge-readings.ts";
import { listScheduleFiles, reason } from "../sources/read-schedule-file.ts";
import { type ScheduleFilesSettings, scheduleFiles } from "../sources/schedule-files.ts";

export interface Checked {
  /** 0 when everything is as it should be, 1 when anything is not. */
  readonly exitCode: 0 | 1;
  readonly lines: readonly string[];
}

/** Checks schedule files and folders as the scheduler would read them. Each problem is one line; never rejects. */
export async function checkPaths(
  paths: readonly string[],
  settings: Omit<ScheduleFilesSettings, "paths">,
): Promise<Checked> {
  const looks = await Promise.all(paths.map(lookAt));
  const readable = paths.filter((_, index) => looks[index] === undefined);
  const reading = await scheduleFiles({ ...settings, paths: readable }).load(new AbortController().signal);
  const merged = mergeReadings(emptySnapshot, [{ source: "files", reading }]);
  const problems = [...looks.filter((problem) => problem !== undefined), ...merged.problems];
  if (problems.length === 0) return { exitCode: 0, lines: [`${counted(merged.jobs.size)}, no problems`] };
  return { exitCode: 1, lines: problems.map(formatProblem) };
}

/** What keeps a path from being read, so that it does not keep the others from it. */
async function lookAt(path: string): Promise<Problem | undefined> {
  try {
    await listScheduleFiles([path]);
    return undefined;
  } catch (error) {
    return { at: path, message: `cannot be read: ${reason(error)}` };
  }
}

function counted(jobs: number): string {
  return jobs === 1 ? "1 job" : `${jobs} jobs`;
}
