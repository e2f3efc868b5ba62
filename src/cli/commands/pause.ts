import { activeRuns } from "../../ledger/record.ts";
import { pause, pauseAll } from "../../operate/pause.ts";
import { readUntil } from "../../schedule/read-time.ts";
import { isWrong, wrong } from "../../schedule/wrong.ts";
import type { Settings } from "../../settings/settings.ts";
import { openRecords } from "../../view/find.ts";
import { type PauseView, pauseOfAll, pausesOf } from "../../view/jobs/pause-view.ts";
import { pauseConsequence, pausedBriefly } from "../../view/words/pause.ts";
import { type TimeWords, timeWords, timeWordsIn } from "../../view/words/time.ts";
import type { Args, Command } from "../command.ts";
import { givenReason } from "../instance/given-reason.ts";
import { type InstanceParts, jobPositional, onInstance } from "../instance/instance.ts";
import { onEach } from "../instance/on-each.ts";
import { whoAsks } from "../instance/who-asks.ts";
import { findZone, zoneOfRecord } from "../instance/zone-of-record.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** Keeps a job, or all jobs, from being started by their schedules, whatever their definitions say. */
export const pauseCommand: Command = {
  usage: "pause [job]",
  describe: "Pause of a job, or of all: what is due is skipped until resumed",
  isWrapped: true,
  positionals: jobPositional,
  options: {
    all: { type: "boolean", describe: "All jobs of the instance, also those declared later" },
    until: { type: "string", requiresArg: true, describe: "End: 2h, 06:00, 2026-11-18T06:00, or resumed" },
    reason: { type: "string", requiresArg: true, describe: "Reason that ls and explain show" },
  },
  run: async (args, terminal) => {
    const job = jobOrAll(args, terminal);
    const reason = givenReason(args, terminal);
    if (job === undefined || reason === undefined) return exitCodes.usage;
    const { until } = args;
    const terms = {
      by: whoAsks(terminal),
      ...(until !== undefined && { until: String(until) }),
      ...reason,
    };
    return onInstance(args, terminal, (parts) =>
      job === "all"
        ? pauseAllJobs(terms, parts)
        : onEach(job.name, parts, (each) => pauseJob({ ...terms, job: each }, parts)),
    );
  },
};

/** Which job a command is for. Undefined, with a message on standard error, when it names none, or one and `--all`. */
export function jobOrAll(
  { job, all }: Args,
  terminal: Pick<Terminal, "err">,
): "all" | { readonly name: string } | undefined {
  if ((job === undefined) !== (all === true)) {
    terminal.err("shipbell: give the name of a job, or --all for all of them");
    return undefined;
  }
  return all === true ? "all" : { name: String(job) };
}

export type PauseParts = Pick<InstanceParts, "ledger" | "clock" | "terminal"> & {
  readonly settings: Pick<Settings, "timezone">;
};

interface GivenTerms {
  readonly until?: string;
  readonly reason?: string;
  readonly by?: ReturnType<typeof whoAsks>;
}

export async function pauseJob({ job, ...given }: GivenTerms & { readonly job: string }, parts: PauseParts) {
  const { terminal, clock } = parts;
  const terms = await readTerms(given, parts, job);
  if (isWrong(terms)) return refuse(terms.wrong, exitCodes.usage, terminal);
  const paused = await pause({ ...terms, job }, parts);
  if (paused.kind === "refused") return refuse(paused.why, exitCodes.problem, terminal);
  const { before, after } = paused;
  const now = clock.now();
  const when = timeWords(after.definition.schedules, now);
  const isNew = before.paused?.since.getTime() !== after.paused?.since.getTime();
  for (const pause of pausesOf(after, undefined, now)) tellPause(pause, { job, isNew, when, terminal });
  const goingOn = activeRuns(after).map(({ id }) => id);
  if (goingOn.length > 0) terminal.out(`What is active goes on: ${goingOn.join(", ")}`);
  return exitCodes.ok;
}

export async function pauseAllJobs(given: GivenTerms, parts: PauseParts): Promise<number> {
  const { ledger, terminal, clock, settings } = parts;
  const terms = await readTerms(given, parts);
  if (isWrong(terms)) return refuse(terms.wrong, exitCodes.usage, terminal);
  const paused = await pauseAll(terms, parts);
  if (paused.kind === "refused") return refuse(paused.why, exitCodes.problem, terminal);
  const { before, after } = paused;
  const now = clock.now();
  const pause = pauseOfAll(after, now);
  const isNew = before?.paused?.since.getTime() !== after?.paused?.since.getTime();
  const { records } = await ledger.load();
  if (pause !== undefined)
    tellPause(pause, { isNew, when: timeWordsIn(zoneOfRecord(undefined, records, settings), now), terminal });
  const goingOn = [...openRecords(records).values()].flatMap(activeRuns).map(({ id }) => id);
  if (goingOn.length > 0) terminal.out(`What is active goes on: ${listed(goingOn)}`);
  return exitCodes.ok;
}

async function readTerms({ until: text, ...terms }: GivenTerms, { ledger, clock, settings }: PauseParts, job?: string) {
  if (text === undefined) return terms;
  const timezone = await findZone(job, { ledger, settings });
  const until = readUntil(text, { now: clock.now(), timezone });
  return isWrong(until) ? wrong(`--until ${until.wrong}`) : { ...terms, until };
}

interface Telling {
  /** Absent: all jobs are paused. */
  readonly job?: string;
  readonly isNew: boolean;
  readonly when: TimeWords;
  readonly terminal: Pick<Terminal, "out">;
}

function tellPause(pause: PauseView, { job, isNew, when, terminal }: Telling): void {
  terminal.out(
    `${job ?? "All jobs"} ${job === undefined ? "are" : "is"} ${pausedBriefly(pause, when, isNew ? "new" : "known")}`,
  );
  terminal.out(pauseConsequence(pause, job));
}

const NAMES_SHOWN = 5;

function listed(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN;
  return names.slice(0, NAMES_SHOWN).join(", ") + (more > 0 ? `, and ${more} more` : "");
}

function refuse(why: string, exitCode: number, terminal: Pick<Terminal, "err">): number {
  terminal.err(`shipbell: ${why}`);
  return exitCode;
}
