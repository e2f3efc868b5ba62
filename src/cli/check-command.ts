import { systemClock } from "../clock.ts";
import { isWarning } from "../job/problem.ts";
import { doubtOf } from "../schedule/crontab/doubt.ts";
import { createTimetables } from "../schedule/timetable.ts";
import type { Settings } from "../settings/settings.ts";
import { checkPaths, jsonOf, linesOf } from "./check.ts";
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
  const named = Array.isArray(args.paths) ? args.paths.map(String) : [];
  const checked = await checkPaths(named.length > 0 ? named : schedules, {
    defaultTimezone: timezone,
    checkSchedule: createTimetables().check,
    doubtSchedule: doubtOf,
    variables: terminal.env,
    envFiles,
    clock: systemClock,
    doubtHostPaths: true,
    ...(engine !== "auto" && { engine: engine === "swarm" ? "service" : "container" }),
  });
  for (const line of format === "json" ? [jsonOf(checked)] : linesOf(checked)) terminal.out(line);
  const isWell = strict === true ? checked.problems.length === 0 : checked.problems.every(isWarning);
  return isWell ? exitCodes.ok : exitCodes.problem;
}
