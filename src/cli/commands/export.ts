import { systemClock } from "../../clock.ts";
import type { ExportResult } from "../../definition/export/exported.ts";
import { EXPORT_KINDS, type ExportKind } from "../../definition/export/kinds.ts";
import { formatProblem, isWarning } from "../../job/problem.ts";
import { createTimetables, writeOutIn } from "../../schedule/timetable.ts";
import { isWrong, type Wrong, wrong } from "../../schedule/wrong.ts";
import { otherHostOf, type Settings } from "../../settings/settings.ts";
import { PatientDisk } from "../../sources/disk.ts";
import { diskWithText } from "../../sources/disk-with-text.ts";
import { scheduleFiles } from "../../sources/schedule-files.ts";
import { reason } from "../../sources/text-files.ts";
import { didYouMean } from "../../view/find.ts";
import { shapeCheckProblem } from "../../view/shapes/problem-shape.ts";
import { type Args, type Command, withSettings } from "../command.ts";
import { readStandardInput, STANDARD_INPUT } from "../files/standard-input.ts";
import { readFormat, sentencesOption } from "../terminal/format-option.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

const KIND_NAMES = EXPORT_KINDS.map(({ name }) => name);

/** Writes the jobs of a schedule file for another scheduler. */
export const exportCommand: Command = {
  usage: "export <kind> [file]",
  describe: "Another scheduler's definitions made of a schedule file",
  readsInput: true,
  positionals: {
    kind: { describe: `What is wanted: ${KIND_NAMES.join(", ")}`, type: "string", completes: KIND_NAMES },
    file: { describe: "Schedule file, - for standard input [default: that of --schedules]", type: "string" },
  },
  options: {
    job: { type: "string", requiresArg: true, describe: "Name of a job to export; may be repeated" },
    strict: { type: "boolean", default: false, describe: "Exit code 1 for warnings, too" },
    ...sentencesOption,
  },
  run: (args, terminal) => withSettings(args, terminal, (settings) => exportFile(args, settings, terminal)),
};

async function exportFile(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const format = readFormat(args, terminal, "text");
  if (format === undefined) return exitCodes.usage;
  const kind = EXPORT_KINDS.find(({ name }) => name === args.kind);
  if (kind === undefined) {
    const hint = didYouMean(String(args.kind), KIND_NAMES);
    terminal.err(`shipbell: there is no kind "${args.kind}"${hint}; these are: ${KIND_NAMES.join(", ")}`);
    return exitCodes.usage;
  }
  const result = await resultOf(kind, args, { settings, terminal });
  if (isWrong(result)) {
    terminal.err(`shipbell: ${result.wrong}`);
    return exitCodes.problem;
  }
  const { text, findings, jobs } = result;
  if (format === "json")
    terminal.out(JSON.stringify({ jobs, findings: findings.map(shapeCheckProblem), text }, null, 2));
  else {
    if (text !== "") terminal.out(text.trimEnd());
    for (const finding of findings) terminal.err(formatProblem(finding));
  }
  const isWell = args.strict === true ? findings.length === 0 : findings.every(isWarning);
  return isWell ? exitCodes.ok : exitCodes.problem;
}

async function resultOf(
  kind: ExportKind,
  args: Args,
  { settings, terminal }: { readonly settings: Settings; readonly terminal: Terminal },
): Promise<ExportResult | Wrong> {
  const { schedules, timezone, instance, envFiles } = settings;
  const input = args.file === STANDARD_INPUT ? await readStandardInput(terminal) : undefined;
  if (isWrong(input)) return input;
  const names = args.job === undefined ? undefined : [args.job].flat().map(String);
  // What writes them is loaded by this command alone.
  const [write, { parseScheduleFile }] = await Promise.all([
    kind.load(),
    import("../../definition/files/parse-schedule-file.ts"),
  ]);
  const results = new Map<string, ExportResult>();
  const disk = new PatientDisk(systemClock);
  const paths = args.file === undefined ? schedules : [String(args.file)];
  const source = scheduleFiles({
    paths,
    disk: input === undefined ? disk : diskWithText(STANDARD_INPUT, input, disk),
    defaultTimezone: timezone,
    checkSchedule: createTimetables({ otherHost: otherHostOf(settings) }).check,
    writeOut: writeOutIn(instance),
    instance,
    variables: terminal.env,
    envFiles,
    clock: systemClock,
    parse: (text, file) => {
      // Called again when a file that it needs has been read.
      results.set(file.path, write(text, { ...file, ...(names && { names }) }));
      return parseScheduleFile(text, file);
    },
  });
  const read = await source
    .load(new AbortController().signal)
    .catch((error) => wrong(`${paths.join(", ")}: cannot be read: ${reason(error)}`));
  if (isWrong(read)) return read;
  const known = read.jobs.map(({ name }) => name);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) return wrong(`there is no job "${unknown}"${didYouMean(unknown, known)}`);
  const [result, ...others] = [...results.values()];
  if (result === undefined) return wrong(read.problems.map(formatProblem).join("\n") || "there is no schedule file");
  return others.length === 0 ? result : wrong(`one file at a time: name one of ${[...results.keys()].join(", ")}`);
}
