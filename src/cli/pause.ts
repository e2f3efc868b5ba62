import { activeRuns } from "../ledger/record.ts";
import { pause } from "../operate/pause.ts";
import { timeWords } from "../view/words/time.ts";
import type { Command } from "./command.ts";
import { type InstanceParts, jobPositional, onInstance } from "./instance.ts";
import { exitCodes } from "./terminal/terminal.ts";

/** Keeps a job from being started by its schedule, whatever its definition says. */
export const pauseCommand: Command = {
  usage: "pause <job>",
  describe: "Pause of a job: what is due is skipped until resumed",
  isWrapped: true,
  positionals: jobPositional,
  options: { reason: { type: "string", requiresArg: true, describe: "Reason that ls and explain show" } },
  run: (args, terminal) =>
    onInstance(args, terminal, (parts) => {
      const reason = args.reason === undefined ? {} : { reason: String(args.reason) };
      return pauseJob({ job: String(args.job), ...reason }, parts);
    }),
};

export async function pauseJob(
  asked: { readonly job: string; readonly reason?: string },
  parts: Pick<InstanceParts, "ledger" | "clock" | "terminal">,
): Promise<number> {
  const { terminal, clock } = parts;
  const { job } = asked;
  const paused = await pause(asked, parts);
  if (paused.kind === "refused") {
    terminal.err(`shipbell: ${paused.why}`);
    return exitCodes.problem;
  }
  const { before, after } = paused;
  const { atAndDistance } = timeWords(after.definition.schedules, clock.now());
  const since = before.paused === undefined ? "" : ` since ${atAndDistance(before.paused.since)}`;
  terminal.out(`${job} is paused${since}${after.paused?.reason ? `: ${after.paused.reason}` : ""}`);
  terminal.out(`What is due is skipped until "shipbell resume ${job}"; "shipbell run ${job}" still starts it.`);
  const goingOn = activeRuns(after).map(({ id }) => id);
  if (goingOn.length > 0) terminal.out(`What is active goes on: ${goingOn.join(", ")}`);
  return exitCodes.ok;
}
