import { systemClock } from "../clock.ts";
import type { Schedule } from "../job/job.ts";
import { formatProblem, isWarning, nearestWord } from "../job/problem.ts";
import { doubtOf } from "../schedule/crontab/doubt.ts";
import { checkSchedule } from "../schedule/timetable.ts";
import { isWrong, type Wrong, wrong } from "../schedule/wrong.ts";
import type { Settings } from "../settings/settings.ts";
import { scheduleFiles } from "../sources/schedule-files.ts";
import { type Args, type Command, withSettings } from "./command.ts";
import { formatNext, nextInstants } from "./next.ts";
import { parseFrom } from "./next-from.ts";
import { exitCodes, type Terminal } from "./terminal/terminal.ts";

const mostInstants = 10_000;

/** When something is due next: a job of the schedule files, or a schedule to be tried out. */
export const nextCommand: Command = {
  usage: "next [job]",
  describe: "Next times of a job of the schedule files, or of a schedule",
  positionals: { job: { describe: "Name of a job in the schedule files", type: "string", completes: "jobs" } },
  options: {
    schedule: {
      type: "string",
      requiresArg: true,
      describe: 'Schedule to try out instead: "0 3 * * *", @daily',
    },
    from: { type: "string", requiresArg: true, describe: "First moment that counts, in ISO 8601 [default: now]" },
    count: { type: "string", requiresArg: true, default: "10", describe: "Number of times" },
    format: { type: "string", requiresArg: true, default: "text", describe: "text or json" },
  },
  run: (args, terminal) => withSettings(args, terminal, (settings) => showNext(args, settings, terminal)),
};

async function showNext(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const query = readQuery(args, settings);
  if (isWrong(query)) return refuse(query, exitCodes.usage, terminal);
  const schedules = await findSchedules(args, settings, terminal);
  if (isWrong(schedules)) return refuse(schedules, exitCodes.problem, terminal);
  for (const { pattern } of schedules) {
    const doubt = doubtOf(pattern);
    if (doubt !== undefined) terminal.err(`shipbell: warning: ${doubt.message} (${doubt.hint})`);
  }
  terminal.out(formatNext({ ...nextInstants({ ...query, schedules }), from: query.from }, query.format));
  return exitCodes.ok;
}

interface Query {
  readonly from: Date;
  readonly count: number;
  readonly format: "text" | "json";
}

function readQuery(args: Args, { timezone }: Settings): Query | Wrong {
  const { job, schedule, format, count } = args;
  if ((job === undefined) === (schedule === undefined)) return wrong("give the name of a job, or --schedule");
  if (format !== "text" && format !== "json") return wrong(`--format "${format}" is not one of text, json`);
  if (!/^\d{1,5}$/.test(String(count)) || Number(count) < 1 || Number(count) > mostInstants) {
    return wrong(`--count "${count}" is not a whole number from 1 to ${mostInstants}`);
  }
  const from = args.from === undefined ? systemClock.now() : parseFrom(String(args.from), timezone);
  return isWrong(from) ? from : { from, count: Number(count), format };
}

async function findSchedules(args: Args, settings: Settings, terminal: Terminal): Promise<readonly Schedule[] | Wrong> {
  const { timezone } = settings;
  if (args.schedule === undefined) return await schedulesOfJob(String(args.job), settings, terminal);
  const pattern = String(args.schedule).trim();
  const fault = checkSchedule(pattern, timezone);
  return fault === undefined ? [{ pattern, timezone }] : wrong(fault);
}

async function schedulesOfJob(
  name: string,
  settings: Settings,
  terminal: Terminal,
): Promise<readonly Schedule[] | Wrong> {
  const time = { defaultTimezone: settings.timezone, checkSchedule };
  const variables = { variables: terminal.env, envFiles: settings.envFiles };
  const files = scheduleFiles({ ...time, ...variables, paths: settings.schedules, clock: systemClock });
  const { jobs, problems, broken } = await files.load(new AbortController().signal);
  const job = jobs.find((candidate) => candidate.name === name);
  if (job !== undefined) return job.schedules;
  const unread = broken.find((each) => each.job === name) ?? broken.find((each) => each.job === undefined);
  if (unread !== undefined) {
    const others = broken.filter(({ unit }) => unit !== unread.unit);
    const wrongThere = problems.filter(
      (problem) => !isWarning(problem) && !others.some(({ unit }) => problem.at.startsWith(`${unit}:`)),
    );
    const what = unread.job === undefined ? `no job "${name}" can be found` : `the job "${name}" cannot be read`;
    return wrong(`${what}; this is wrong in ${unread.unit}:\n${wrongThere.map(formatProblem).join("\n")}`);
  }
  const nearest = nearestWord(
    name,
    jobs.map((candidate) => candidate.name),
  );
  const hint = nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
  return wrong(`there is no job "${name}" in ${settings.schedules.join(", ")}${hint}`);
}

function refuse({ wrong: message }: Wrong, exitCode: number, terminal: Terminal): number {
  terminal.err(`shipbell: ${message}`);
  return exitCode;
}
