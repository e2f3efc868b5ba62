import { counted } from "../job/counted.ts";
import { formatProblem, isWarning } from "../job/problem.ts";
import { errorsOf, type SchedulerView } from "../view/scheduler-view.ts";
import { roleWords } from "../view/standing.ts";
import { askScheduler } from "./ask-scheduler.ts";
import { type Command, withSettings } from "./command.ts";
import { readFormat, sentencesOption } from "./terminal/format-option.ts";
import { problemJson } from "./terminal/job-table.ts";
import { appearanceOf, type Tone, wrapLine } from "./terminal/appearance.ts";
import { exitCodes, type Terminal } from "./terminal/terminal.ts";

/** Everything that is wrong now, as the running scheduler sees it: each line of it stands in the log, too. */
export const problemsCommand: Command = {
  usage: "problems",
  describe: "What is wrong now: definitions, jobs, records, the engine",
  options: sentencesOption,
  async run(args, terminal) {
    const format = readFormat(args, terminal, "text");
    if (format === undefined) return exitCodes.usage;
    return await withSettings(args, terminal, async (settings) => {
      const answer = await askScheduler(settings, "any");
      if (answer.kind === "silent") {
        terminal.err(`shipbell: no scheduler answers here: ${answer.why}`);
        return exitCodes.problem;
      }
      const { view } = answer;
      if (format === "json") terminal.out(JSON.stringify(viewJson(view), null, 2));
      else for (const line of linesOf(view, terminal)) terminal.out(line);
      const isWell = view.role.kind === "active" && downWords(view).length === 0 && errorsOf(view).length === 0;
      return isWell ? exitCodes.ok : exitCodes.problem;
    });
  },
};

function linesOf(view: SchedulerView, terminal: Terminal): readonly string[] {
  const { paint } = appearanceOf(terminal);
  const toned = (tone: Tone) => (line: string) => paint(tone, wrapLine(line, terminal));
  const { role, problems, jobs } = view;
  const kept = [...jobs].filter(([, { isKept }]) => isKept).map(([name]) => name);
  const warnings = problems.filter(isWarning);
  const idle = role.kind === "active" ? [] : [`The scheduler carries out nothing: ${roleWords(view)}.`];
  return [
    ...[...idle, ...downWords(view)].map(toned("bad")),
    ...errorsOf(view).map(formatProblem).map(toned("bad")),
    ...warnings.map(formatProblem).map(toned("notable")),
    ...(kept.length > 0 ? [wrapLine(`Going on as last read: ${kept.join(", ")}.`, terminal)] : []),
    ...(view.unsure.size > 0
      ? [wrapLine(`Not started, for they may no longer be declared: ${[...view.unsure].join(", ")}.`, terminal)]
      : []),
    `${counted(jobs.size, "job")}, ${counted(errorsOf(view).length, "problem")}, ${counted(warnings.length, "warning")}`,
  ];
}

function downWords({ engineDownBecause, ledgerDownBecause }: SchedulerView): readonly string[] {
  return [
    ...(engineDownBecause === undefined
      ? []
      : [`Nothing is started: the engine does not answer: ${engineDownBecause}`]),
    ...(ledgerDownBecause === undefined ? [] : [`Nothing is started: the ledger cannot be used: ${ledgerDownBecause}`]),
  ];
}

function viewJson(view: SchedulerView): Record<string, unknown> {
  const { version, role, engineDownBecause, ledgerDownBecause, jobs, unsure, problems } = view;
  return {
    version,
    role: role.kind,
    ...(role.kind === "standby" && { because: role.because }),
    ...(engineDownBecause !== undefined && { engineDownBecause }),
    ...(ledgerDownBecause !== undefined && { ledgerDownBecause }),
    jobs: jobs.size,
    kept: [...jobs].flatMap(([name, { isKept }]) => (isKept ? name : [])),
    unsure: [...unsure],
    problems: problems.map(problemJson),
  };
}
