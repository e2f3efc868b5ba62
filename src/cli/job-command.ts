import { systemClock } from "../clock.ts";
import { createTimetables, type Timetables } from "../schedule/timetable.ts";
import type { Settings } from "../settings/settings.ts";
import { type Args, type Positional, withSettings } from "./command.ts";
import type { LedgerParts } from "../view/find.ts";
import { type Instance, withInstance } from "./instance.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** The name of a job, as nearly all commands take it. */
export const jobPositional: Readonly<Record<"job", Positional>> = {
  job: { describe: "Name of the job", type: "string", completes: "jobs" },
};

export interface JobCommandParts extends LedgerParts, Instance {
  readonly clock: typeof systemClock;
  readonly timetables: Timetables;
  readonly settings: Settings;
}

/** Runs what a command does with the ledger of a scheduler, and resolves to its exit code. */
export function onInstance(
  args: Args,
  terminal: Terminal,
  run: (parts: JobCommandParts) => Promise<number>,
): Promise<number> {
  return withSettings(args, terminal, (settings) =>
    withInstance(settings, terminal, (instance) =>
      run({ ...instance, terminal, clock: systemClock, timetables: createTimetables(), settings }),
    ),
  );
}
