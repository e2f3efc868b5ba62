import { resume } from "../operate/pause.ts";
import { explainNextStart } from "../view/explain/explain.ts";
import { timeWords } from "../view/words/time.ts";
import type { Command } from "./command.ts";
import { type InstanceParts, jobPositional, onInstance } from "./instance.ts";
import { exitCodes } from "./terminal/terminal.ts";

/** Ends a pause. */
export const resumeCommand: Command = {
  usage: "resume <job>",
  describe: "End of a pause",
  isWrapped: true,
  positionals: jobPositional,
  run: (args, terminal) => onInstance(args, terminal, (parts) => resumeJob(String(args.job), parts)),
};

export async function resumeJob(
  job: string,
  parts: Pick<InstanceParts, "ledger" | "clock" | "terminal" | "timetables" | "scheduler">,
): Promise<number> {
  const { terminal, clock, timetables } = parts;
  const now = clock.now();
  const resumed = await resume(job, parts);
  if (resumed.kind === "refused") {
    terminal.err(`shipbell: ${resumed.why}`);
    return exitCodes.problem;
  }
  const { before, after } = resumed;
  const { atAndDistance } = timeWords(after.definition.schedules, now);
  if (before.paused === undefined) terminal.out(`${job} is not paused`);
  else terminal.out(`${job} is resumed; it was paused since ${atAndDistance(before.paused.since)}`);
  const next = explainNextStart(after, { timetables, now, answer: await parts.scheduler() });
  for (const { text } of next) terminal.out(text);
  return exitCodes.ok;
}
