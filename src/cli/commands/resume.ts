import { resume, resumeAll } from "../../operate/pause.ts";
import { explainNextStart } from "../../view/explain/explain.ts";
import { openRecords } from "../../view/find.ts";
import { pausesOf } from "../../view/jobs/pause-view.ts";
import { timeWords, timeWordsIn } from "../../view/words/time.ts";
import type { Command } from "../command.ts";
import { type InstanceParts, jobPositional, onInstance } from "../instance/instance.ts";
import { onEach } from "../instance/on-each.ts";
import { zoneOfRecord } from "../instance/zone-of-record.ts";
import { exitCodes } from "../terminal/terminal.ts";
import { jobOrAll, type PauseParts } from "./pause.ts";

/** Ends a pause, of one job or of all. */
export const resumeCommand: Command = {
  usage: "resume [job]",
  describe: "End of a pause",
  isWrapped: true,
  positionals: jobPositional,
  options: { all: { type: "boolean", describe: "The pause of all jobs; those of single jobs stay" } },
  run: async (args, terminal) => {
    const job = jobOrAll(args, terminal);
    if (job === undefined) return exitCodes.usage;
    return onInstance(args, terminal, (parts) =>
      job === "all" ? resumeAllJobs(parts) : onEach(job.name, parts, (each) => resumeJob(each, parts)),
    );
  },
};

export async function resumeJob(
  job: string,
  parts: Pick<InstanceParts, "ledger" | "clock" | "terminal" | "timetables" | "scheduler">,
): Promise<number> {
  const { ledger, terminal, clock, timetables } = parts;
  const now = clock.now();
  const resumed = await resume(job, parts);
  if (resumed.kind === "refused") {
    terminal.err(`shipbell: ${resumed.why}`);
    return exitCodes.problem;
  }
  const { before, after } = resumed;
  const [paused] = pausesOf(before, undefined, now);
  const { atAndDistance } = timeWords(after.definition.schedules, now);
  if (paused === undefined) terminal.out(`${job} is not paused`);
  else terminal.out(`${job} is resumed; it was paused since ${atAndDistance(paused.since)}`);
  const instance = await ledger.readInstance();
  const next = explainNextStart(after, { instance, timetables, now, answer: await parts.scheduler() });
  for (const { text } of next) terminal.out(text);
  return exitCodes.ok;
}

export async function resumeAllJobs(parts: PauseParts): Promise<number> {
  const { ledger, terminal, clock, settings } = parts;
  const now = clock.now();
  const resumed = await resumeAll(parts);
  if (resumed.kind === "refused") {
    terminal.err(`shipbell: ${resumed.why}`);
    return exitCodes.problem;
  }
  const [paused] = pausesOf(undefined, resumed.before, now);
  const { records } = await ledger.load();
  const { atAndDistance } = timeWordsIn(zoneOfRecord(undefined, records, settings), now);
  if (paused === undefined) terminal.out("There is no pause of all jobs");
  else terminal.out(`All jobs are resumed; they were paused since ${atAndDistance(paused.since)}`);
  const own = [...openRecords(records).values()]
    .filter((record) => pausesOf(record, undefined, now).length > 0)
    .map(({ job }) => job);
  if (own.length > 0) terminal.out(`Paused by themselves: ${own.toSorted().join(", ")} ("shipbell resume JOB")`);
  return exitCodes.ok;
}
