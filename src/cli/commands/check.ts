import { systemClock } from "../../clock.ts";
import { namedKind } from "../../engines/kinds.ts";
import type { Job } from "../../job/job.ts";
import { formatProblem, isWarning, type Problem } from "../../job/problem.ts";
import { doubtOf } from "../../schedule/crontab/doubt.ts";
import { createTimetables, isReboot, type Timetables, writeOutIn } from "../../schedule/timetable.ts";
import { isWrong } from "../../schedule/wrong.ts";
import { otherHostOf, type Settings } from "../../settings/settings.ts";
import type { Checked } from "../../sources/check-text.ts";
import { type Disk, PatientDisk } from "../../sources/disk.ts";
import { diskWithText } from "../../sources/disk-with-text.ts";
import { type ScheduleFilesSettings, scheduleFiles } from "../../sources/schedule-files.ts";
import { emptySnapshot, mergeReadings } from "../../sources/snapshot.ts";
import { listScheduleFiles, reason } from "../../sources/text-files.ts";
import { shapeCheckProblem } from "../../view/shapes/problem-shape.ts";
import { counted } from "../../view/words/counted.ts";
import { writtenOutWords } from "../../view/words/schedule.ts";
import { type Args, type Command, withSettings } from "../command.ts";
import { readChannelsFile } from "../files/channels-file.ts";
import { stackFileParser } from "../files/stack-file-parser.ts";
import { readStandardInput, STANDARD_INPUT } from "../files/standard-input.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/**
 * Looks for mistakes in schedule files, in labels of stack and Compose files, and in the file of channels, without a
 * scheduler and without Docker.
 */
export const checkCommand: Command = {
  usage: "check [paths..]",
  describe: "Mistakes in schedule files, and in labels of Compose and stack files",
  readsInput: true,
  positionals: {
    paths: { describe: "Files and folders, - for standard input [default: those of --schedules]", type: "string" },
  },
  options: {
    project: { type: "string", requiresArg: true, describe: "Compose project or stack that the files are deployed as" },
    strict: { type: "boolean", default: false, describe: "Exit code 1 for warnings, too" },
    format: { type: "string", requiresArg: true, default: "text", describe: "text or json" },
  },
  run: (args, terminal) => withSettings(args, terminal, (settings) => check(args, settings, terminal)),
};

async function check(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const { schedules, timezone, instance, engine, envFiles, channels: channelsPath } = settings;
  const { format = "text", strict, project } = args;
  if (format !== "text" && format !== "json") {
    terminal.err(`shipbell: --format "${format}" is not one of text, json`);
    return exitCodes.usage;
  }
  const kind = namedKind(engine);
  const named = Array.isArray(args.paths) ? args.paths.map(String) : [];
  const input = named.includes(STANDARD_INPUT) ? await readStandardInput(terminal) : undefined;
  if (isWrong(input)) {
    terminal.err(`shipbell: ${input.wrong}`);
    return exitCodes.usage;
  }
  const disk = new PatientDisk(systemClock);
  const channels = channelsPath === undefined ? undefined : await checkChannels(channelsPath, disk);
  const checked = await checkPaths(named.length > 0 ? named : schedules, {
    disk: input === undefined ? disk : diskWithText(STANDARD_INPUT, input, disk),
    defaultTimezone: timezone,
    checkSchedule: createTimetables({ otherHost: otherHostOf(settings) }).check,
    doubtSchedule: doubtOf,
    writeOut: writeOutIn(instance),
    instance,
    variables: terminal.env,
    envFiles,
    clock: systemClock,
    doubtHostPaths: true,
    parse: await parserOf(named, settings, project),
    ...(kind && { engine: kind.abilities.objectKind }),
    ...(channels?.names && { channels: () => channels.names }),
    ...(settings.pools && { pools: settings.pools }),
  });
  const all = { ...checked, problems: [...checked.problems, ...(channels?.problems ?? [])] };
  for (const line of format === "json" ? [jsonOf(all)] : linesOf(all)) terminal.out(line);
  const isWell = strict === true ? all.problems.length === 0 : all.problems.every(isWarning);
  return isWell ? exitCodes.ok : exitCodes.problem;
}

/** A file that is named may be one of Compose's; in the scheduler's files and in folders there are schedule files alone. */
async function parserOf(
  named: readonly string[],
  settings: Settings,
  project: unknown,
): Promise<NonNullable<ScheduleFilesSettings["parse"]>> {
  const parseStack = await stackFileParser(settings, project);
  const { parseScheduleFile } = await import("../../definition/files/parse-schedule-file.ts");
  return (text, file) => (named.includes(file.path) ? parseStack(text, file) : parseScheduleFile(text, file));
}

interface CheckedFiles extends Checked {
  /** What is worth a line and no problem: what the `H` of a schedule stands for, and that the times of one are over. */
  readonly notes?: readonly string[];
}

/** Checks schedule files and folders as the scheduler would read them; never rejects. */
export async function checkPaths(
  paths: readonly string[],
  { pools, ...settings }: Omit<ScheduleFilesSettings, "paths"> & { readonly pools?: ReadonlyMap<string, number> },
): Promise<CheckedFiles> {
  const { disk = new PatientDisk(settings.clock) } = settings;
  const looks = await Promise.all(paths.map((path) => wrongPath(path, disk)));
  const readable = paths.filter((_, index) => looks[index] === undefined);
  const reading = await scheduleFiles({ ...settings, disk, paths: readable }).load(new AbortController().signal);
  const merged = mergeReadings({ ...emptySnapshot, givenPools: pools }, [{ source: "files", reading }]);
  const problems = [...looks.filter((problem) => problem !== undefined), ...merged.problems];
  const isEmpty = merged.jobs.size === 0 && problems.every(isWarning);
  const timetables = createTimetables();
  const now = settings.clock.now();
  return {
    jobs: merged.jobs.size,
    problems: isEmpty ? [...problems, { at: paths.join(", "), message: "no job is declared here" }] : problems,
    notes: [...merged.jobs.values()].flatMap((job) => notesOn(job, { timetables, now })),
  };
}

function notesOn(
  { name, origin, schedules }: Job,
  { timetables, now }: { readonly timetables: Timetables; readonly now: Date },
): readonly string[] {
  return schedules.flatMap((schedule) => {
    const writtenOut = writtenOutWords(schedule, name);
    const isOver = !isReboot(schedule.pattern) && timetables.of([schedule]).next(now) === undefined;
    return [
      ...(writtenOut === undefined ? [] : [`${origin.at}: ${writtenOut}`]),
      ...(isOver ? [`${origin.at}: "${schedule.pattern}" is over: it will not start ${name}`] : []),
    ];
  });
}

/** What channels a file has; what is wrong with it, where it has none that can be used. */
interface CheckedChannels {
  readonly names?: ReadonlySet<string>;
  readonly problems: readonly Problem[];
}

async function checkChannels(path: string, disk: Disk): Promise<CheckedChannels> {
  const read = await readChannelsFile(path, disk);
  return "channels" in read ? { names: new Set(read.channels.byName.keys()), problems: [] } : read;
}

/** For people: a line for each problem, and a line with the numbers where nothing is worse than a warning. */
export function linesOf({ jobs, problems, notes = [] }: CheckedFiles): readonly string[] {
  const lines = problems.map(formatProblem);
  if (!problems.every(isWarning)) return lines;
  const warnings = problems.length === 0 ? "no problems" : counted(problems.length, "warning");
  return [...notes, ...lines, `${counted(jobs, "job")}, ${warnings}`];
}

/** For programs: one array, with file, line and column apart. */
function jsonOf({ problems }: Checked): string {
  return JSON.stringify(problems.map(shapeCheckProblem), null, 2);
}

/**
 * Returns what keeps a path from being read, so that the other paths can still be read. A folder without schedule files
 * is probably the wrong one: a failed mount must not look like files without mistakes.
 */
async function wrongPath(path: string, disk: Disk): Promise<Problem | undefined> {
  try {
    const files = await listScheduleFiles([path], disk);
    if (files.length > 0) return undefined;
    const message = "there is no schedule file in this folder; files whose names end with .yml or .yaml are read";
    return { at: path, message, hint: "is this the folder that was mounted?" };
  } catch (error) {
    return { at: path, message: `cannot be read: ${reason(error)}` };
  }
}
