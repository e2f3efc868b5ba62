import { systemClock } from "../clock.ts";
import { namedKind } from "../engines/kinds.ts";
import { formatProblem, isWarning, type Problem } from "../job/problem.ts";
import { doubtOf } from "../schedule/crontab/doubt.ts";
import { createTimetables } from "../schedule/timetable.ts";
import type { Settings } from "../settings/settings.ts";
import { type Disk, PatientDisk } from "../sources/disk.ts";
import { type ScheduleFilesSettings, scheduleFiles } from "../sources/schedule-files.ts";
import { emptySnapshot, mergeReadings } from "../sources/snapshot.ts";
import { listScheduleFiles, reason } from "../sources/text-files.ts";
import { counted } from "../view/words/counted.ts";
import { type Args, type Command, withSettings } from "./command.ts";
import { exitCodes, type Terminal } from "./terminal/terminal.ts";

/** Looks for mistakes in schedule files, without a scheduler and without Docker. */
export const checkCommand: Command = {
  usage: "check [paths..]",
  describe: "Mistakes in schedule files, and in folders of them",
  positionals: { paths: { describe: "Files and folders [default: those of --schedules]", type: "string" } },
  options: {
    strict: { type: "boolean", default: false, describe: "Exit code 1 for warnings, too" },
    format: { type: "string", requiresArg: true, default: "text", describe: "text or json" },
  },
  run: (args, terminal) => withSettings(args, terminal, (settings) => check(args, settings, terminal)),
};

async function check(
  args: Args,
  { schedules, timezone, engine, envFiles }: Settings,
  terminal: Terminal,
): Promise<number> {
  const { format = "text", strict } = args;
  if (format !== "text" && format !== "json") {
    terminal.err(`shipbell: --format "${format}" is not one of text, json`);
    return exitCodes.usage;
  }
  const kind = namedKind(engine);
  const named = Array.isArray(args.paths) ? args.paths.map(String) : [];
  const checked = await checkPaths(named.length > 0 ? named : schedules, {
    defaultTimezone: timezone,
    checkSchedule: createTimetables().check,
    doubtSchedule: doubtOf,
    variables: terminal.env,
    envFiles,
    clock: systemClock,
    doubtHostPaths: true,
    ...(kind && { engine: kind.abilities.objectKind }),
  });
  for (const line of format === "json" ? [jsonOf(checked)] : linesOf(checked)) terminal.out(line);
  const isWell = strict === true ? checked.problems.length === 0 : checked.problems.every(isWarning);
  return isWell ? exitCodes.ok : exitCodes.problem;
}

export interface Checked {
  /** The number of jobs that can be carried out. */
  readonly jobs: number;
  readonly problems: readonly Problem[];
}

/** Checks schedule files and folders as the scheduler would read them; never rejects. */
export async function checkPaths(
  paths: readonly string[],
  settings: Omit<ScheduleFilesSettings, "paths">,
): Promise<Checked> {
  const disk = new PatientDisk(settings.clock);
  const looks = await Promise.all(paths.map((path) => lookAt(path, disk)));
  const readable = paths.filter((_, index) => looks[index] === undefined);
  const reading = await scheduleFiles({ ...settings, disk, paths: readable }).load(new AbortController().signal);
  const merged = mergeReadings(emptySnapshot, [{ source: "files", reading }]);
  const problems = [...looks.filter((problem) => problem !== undefined), ...merged.problems];
  const isEmpty = merged.jobs.size === 0 && problems.every(isWarning);
  return {
    jobs: merged.jobs.size,
    problems: isEmpty ? [...problems, { at: paths.join(", "), message: "no job is declared here" }] : problems,
  };
}

/** For people: a line for each problem, and a line with the numbers where nothing is worse than a warning. */
export function linesOf({ jobs, problems }: Checked): readonly string[] {
  const lines = problems.map(formatProblem);
  if (!problems.every(isWarning)) return lines;
  const warnings = problems.length === 0 ? "no problems" : counted(problems.length, "warning");
  return [...lines, `${counted(jobs, "job")}, ${warnings}`];
}

/** For programs: one array, with file, line and column apart. */
function jsonOf({ problems }: Checked): string {
  return JSON.stringify(problems.map(problemObject), null, 2);
}

function problemObject({ at, message, hint, severity = "error" }: Omit<Problem, "severity"> & { severity?: string }) {
  const [, file = at, line, column] = /^(.+):(\d+):(\d+)$/.exec(at) ?? [];
  const place = line === undefined ? {} : { line: Number(line), column: Number(column) };
  return { severity, at, file, ...place, message, ...(hint !== undefined && { hint }) };
}

/**
 * Returns what keeps a path from being read, so that the other paths can still be read. A folder without schedule files
 * is probably the wrong one: a failed mount must not look like files without mistakes.
 */
async function lookAt(path: string, disk: Disk): Promise<Problem | undefined> {
  try {
    const files = await listScheduleFiles([path], disk);
    if (files.length > 0) return undefined;
    const message = "there is no schedule file in this folder; files whose names end with .yml or .yaml are read";
    return { at: path, message, hint: "is this the folder that was mounted?" };
  } catch (error) {
    return { at: path, message: `cannot be read: ${reason(error)}` };
  }
}
