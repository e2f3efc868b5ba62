import { systemClock } from "../../clock.ts";
import type { Settings } from "../../settings/settings.ts";
import type { FindingShape } from "../../view/shapes/finding-shape.ts";
import { counted } from "../../view/words/counted.ts";
import { type Args, type Command, withSettings } from "../command.ts";
import { askScheduler } from "../instance/ask-scheduler.ts";
import { appearanceOf, type Tone, wrap } from "../terminal/appearance.ts";
import { readFormat, sentencesOption } from "../terminal/format-option.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** Examines a deployment before or while its scheduler runs, with the scheduler's own settings. Changes nothing. */
export const doctorCommand: Command = {
  usage: "doctor",
  describe: "Whether this deployment is sound: engine, rights, ledger, jobs, clocks, …",
  options: {
    ...sentencesOption,
    strict: { type: "boolean", default: false, describe: "Exit code 1 for warnings, too" },
    quiet: { type: "boolean", default: false, describe: "Only what is not as it should be" },
  },
  run: (args, terminal) => withSettings(args, terminal, (settings) => examineHere(args, settings, terminal)),
};

async function examineHere(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const format = readFormat(args, terminal, "text");
  if (format === undefined) return exitCodes.usage;
  const [{ examine }, { connectDocker }] = await Promise.all([
    import("../../doctor/doctor.ts"),
    import("../../engines/docker/connect.ts"),
  ]);
  const deployment = {
    settings,
    env: terminal.env,
    clock: systemClock,
    docker: connectDocker(settings.dockerHost),
    scheduler: await askScheduler(settings, "any"),
  };
  const found = await examine(deployment, new AbortController().signal);
  const shown = args.quiet === true ? found.filter(({ severity }) => severity !== "ok") : found;
  if (format === "json") terminal.out(JSON.stringify(shown, null, 2));
  else for (const line of linesOf(shown, found, terminal)) terminal.out(line);
  const bad = args.strict === true ? ["problem", "warning"] : ["problem"];
  return found.some(({ severity }) => bad.includes(severity)) ? exitCodes.problem : exitCodes.ok;
}

type Severity = FindingShape["severity"];

const TONES: Readonly<Record<Severity, Tone>> = { ok: "good", note: "quiet", warning: "notable", problem: "bad" };

/** As wide as the longest of these words. */
const WIDTH = "problem".length;

function linesOf(
  shown: readonly FindingShape[],
  found: readonly FindingShape[],
  terminal: Terminal,
): readonly string[] {
  const { columns, paint } = appearanceOf(terminal);
  const indent = " ".repeat(WIDTH + 2);
  const lines = shown.map(({ severity, at, message, hint }) => {
    const text = `${at}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
    const wrapped = wrap(`${indent}${text}`, columns, indent).slice(indent.length);
    return `${paint(TONES[severity], severity)}${" ".repeat(indent.length - severity.length)}${wrapped}`;
  });
  return [...lines, summaryOf(found)];
}

/** What counts is at the end, where a terminal still shows it. */
function summaryOf(found: readonly FindingShape[]): string {
  const count = (wanted: Severity) => found.filter(({ severity }) => severity === wanted).length;
  const [problems, warnings, notes] = [count("problem"), count("warning"), count("note")];
  const parts = [counted(problems, "problem"), counted(warnings, "warning"), counted(notes, "note")].join(", ");
  if (problems > 0) return `This deployment is not sound: ${parts}.`;
  return warnings > 0 ? `This deployment works, and may not always: ${parts}.` : `This deployment is sound: ${parts}.`;
}
