import { formatProblem, isWarning } from "../../job/problem.ts";
import { errorsOf } from "../../view/scheduler/problems.ts";
import { keptJobs, type SchedulerView } from "../../view/scheduler/scheduler-view.ts";
import { shapeScheduler } from "../../view/shapes/scheduler-shape.ts";
import { counted } from "../../view/words/counted.ts";
import { downReasons, roleWords } from "../../view/words/scheduler.ts";
import { type Command, withSettings } from "../command.ts";
import { askScheduler } from "../instance/ask-scheduler.ts";
import { appearanceOf, type Tone, wrapLine } from "../terminal/appearance.ts";
import { readFormat, sentencesOption } from "../terminal/format-option.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** Everything that is wrong now, as the running scheduler sees it. Each line of it is in its log, too. */
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
      if (format === "json") terminal.out(JSON.stringify(shapeScheduler(view), null, 2));
      else for (const line of linesOf(view, terminal)) terminal.out(line);
      const isWell = view.role.kind === "active" && downReasons(view).length === 0 && errorsOf(view).length === 0;
      return isWell ? exitCodes.ok : exitCodes.problem;
    });
  },
};

function linesOf(view: SchedulerView, terminal: Terminal): readonly string[] {
  const { paint } = appearanceOf(terminal);
  const toned = (tone: Tone) => (line: string) => paint(tone, wrapLine(line, terminal));
  const { role, problems, jobs, unsure } = view;
  const idle = role.kind === "active" ? [] : [`The scheduler carries out nothing: ${roleWords(view)}.`];
  const down = downReasons(view).map((reason) => `Nothing is started: ${reason}`);
  const errors = errorsOf(view);
  const warnings = problems.filter(isWarning);
  const kept = keptJobs(view);
  return [
    ...[...idle, ...down].map(toned("bad")),
    ...errors.map(formatProblem).map(toned("bad")),
    ...warnings.map(formatProblem).map(toned("notable")),
    ...(kept.length > 0 ? [wrapLine(`Going on as last read: ${kept.join(", ")}.`, terminal)] : []),
    ...(unsure.size > 0
      ? [wrapLine(`Not started, for they may no longer be declared: ${[...unsure].join(", ")}.`, terminal)]
      : []),
    `${counted(jobs.size, "job")}, ${counted(errors.length, "problem")}, ${counted(warnings.length, "warning")}`,
  ];
}
