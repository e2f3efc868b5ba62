import { systemClock } from "../clock.ts";
import { createTimetables } from "../schedule/timetable.ts";
import { checkPaths } from "./check.ts";
import { type Command, withSettings } from "./command.ts";

/** Looks for mistakes in schedule files, without a scheduler and without Docker. */
export const checkCommand: Command = {
  usage: "check [paths..]",
  describe: "Check schedule files, and folders of such; with --engine, also what that engine cannot honour",
  positionals: { paths: { describe: "Files and folders; default: those of --schedules", type: "string" } },
  run: (args, terminal) =>
    withSettings(args, terminal, async ({ schedules, timezone, engine, envFiles }) => {
      const named = Array.isArray(args.paths) ? args.paths.map(String) : [];
      const { exitCode, lines } = await checkPaths(named.length > 0 ? named : schedules, {
        defaultTimezone: timezone,
        checkSchedule: createTimetables().check,
        variables: terminal.env,
        envFiles,
        clock: systemClock,
        ...(engine !== "auto" && { engine: engine === "swarm" ? "service" : "container" }),
      });
      for (const line of lines) terminal.out(line);
      return exitCode;
    }),
};
