import { type JobReset, reset } from "../../operate/reset.ts";
import { explainNextStart } from "../../view/explain/explain.ts";
import { occurrencesWords } from "../../view/words/occurrences.ts";
import { type TimeWords, timeWords } from "../../view/words/time.ts";
import type { Command } from "../command.ts";
import { type InstanceParts, jobPositional, onInstance } from "../instance/instance.ts";
import { onEach } from "../instance/on-each.ts";
import { exitCodes } from "../terminal/terminal.ts";

/** For a job whose past is in its way: a long backlog, or a clock that was set back. */
export const resetCommand: Command = {
  usage: "reset <job>",
  describe: "New start of a job's schedule: what was due is skipped",
  isWrapped: true,
  positionals: jobPositional,
  run: (args, terminal) =>
    onInstance(args, terminal, (parts) => onEach(String(args.job), parts, (job) => resetJob(job, parts))),
};

export async function resetJob(
  job: string,
  parts: Pick<InstanceParts, "ledger" | "clock" | "terminal" | "timetables" | "scheduler">,
): Promise<number> {
  const { terminal, clock, timetables } = parts;
  const now = clock.now();
  const done = await reset(job, parts);
  if (done.kind === "refused") {
    terminal.err(`shipbell: ${done.why}`);
    return exitCodes.problem;
  }
  const { after } = done;
  const when = timeWords(after.definition.schedules, now);
  terminal.out(`${job} starts over from ${when.at(after.cursor)} on.`);
  for (const sentence of whatIsGone(done, when)) terminal.out(sentence);
  const next = explainNextStart(after, {
    instance: await parts.ledger.readInstance(),
    timetables,
    now,
    answer: await parts.scheduler(),
  });
  for (const { text } of next) terminal.out(text);
  return exitCodes.ok;
}

function whatIsGone({ wasDecidedUpTo, skipped }: JobReset, when: TimeWords): string[] {
  if (wasDecidedUpTo !== undefined)
    return [`It was decided up to ${when.atAndDistance(wasDecidedUpTo)}; that is put right.`];
  return skipped.length === 0 ? [] : [`Skipped, for it was not decided: ${occurrencesWords(skipped, when)}.`];
}
