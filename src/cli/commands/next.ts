import { systemClock } from "../../clock.ts";
import type { After, Job, Schedule } from "../../job/job.ts";
import { ofOwnJitter } from "../../job/own-number.ts";
import { formatProblem, isWarning } from "../../job/problem.ts";
import { type Zone, zoneOf } from "../../schedule/clock/zone.ts";
import { doubtOf } from "../../schedule/crontab/doubt.ts";
import { readInstant } from "../../schedule/read-time.ts";
import {
  createTimetables,
  isReboot,
  type Timetables,
  timezoneOf,
  writeOut,
  writeOutIn,
} from "../../schedule/timetable.ts";
import { isWrong, type Wrong, wrong } from "../../schedule/wrong.ts";
import { otherHostOf, type Settings } from "../../settings/settings.ts";
import { scheduleFiles } from "../../sources/schedule-files.ts";
import { didYouMean } from "../../view/find.ts";
import { type Excluded, type Forecast, forecast } from "../../view/times/forecast.ts";
import { afterInWords } from "../../view/words/after.ts";
import { counted } from "../../view/words/counted.ts";
import { durationInWords } from "../../view/words/duration.ts";
import { isoWithOffset } from "../../view/words/time.ts";
import { type Args, type Command, withSettings } from "../command.ts";
import { stackFileParser } from "../files/stack-file-parser.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

const MOST_INSTANTS = 10_000;

/** The next times of a job in the schedule files, or of a schedule to try out. */
export const nextCommand: Command = {
  usage: "next [job]",
  describe: "Next times of a job of the schedule files, or of a schedule",
  positionals: {
    job: {
      describe: "Name of a job in the schedule files; with --schedule, of any",
      type: "string",
      completes: "jobs",
    },
  },
  options: {
    schedule: {
      type: "string",
      requiresArg: true,
      describe: 'Schedule to try out instead: "0 3 * * *", @daily',
    },
    from: { type: "string", requiresArg: true, describe: "First moment that counts, in ISO 8601 [default: now]" },
    count: { type: "string", requiresArg: true, default: "10", describe: "Number of times" },
    project: { type: "string", requiresArg: true, describe: "Compose project or stack that the files are deployed as" },
    format: { type: "string", requiresArg: true, default: "text", describe: "text or json" },
  },
  run: (args, terminal) => withSettings(args, terminal, (settings) => showNext(args, settings, terminal)),
};

async function showNext(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const query = readQuery(args, settings);
  if (isWrong(query)) return refuse(query, exitCodes.usage, terminal);
  const found = await findSchedules(args, settings, terminal);
  if (isWrong(found)) return refuse(found, exitCodes.problem, terminal);
  const { schedules, exclusions } = found;
  const named = args.job !== undefined && { job: String(args.job) };
  for (const { pattern } of schedules) {
    const doubt = doubtOf(pattern);
    if (doubt !== undefined) terminal.err(`shipbell: warning: ${doubt.message} (${doubt.hint})`);
  }
  terminal.out(formatNext(forecast({ ...query, ...named, schedules, exclusions }), { ...query, ...found }));
  return exitCodes.ok;
}

interface Query {
  readonly from: Date;
  readonly count: number;
  readonly format: "text" | "json";
}

function readQuery(args: Args, { timezone }: Settings): Query | Wrong {
  const { job, schedule, format, count } = args;
  if (job === undefined && schedule === undefined) return wrong("give the name of a job, or --schedule");
  if (format !== "text" && format !== "json") return wrong(`--format "${format}" is not one of text, json`);
  if (!/^\d{1,5}$/.test(String(count)) || Number(count) < 1 || Number(count) > MOST_INSTANTS) {
    return wrong(`--count "${count}" is not a whole number from 1 to ${MOST_INSTANTS}`);
  }
  const from = args.from === undefined ? systemClock.now() : parseFrom(String(args.from), timezone);
  return isWrong(from) ? from : { from, count: Number(count), format };
}

/** When a job is started, or what was given in place of one. */
type When = Pick<Job, "schedules" | "exclusions" | "after">;

async function findSchedules(args: Args, settings: Settings, terminal: Terminal): Promise<When | Wrong> {
  if (args.schedule === undefined) return await schedulesOfJob(args, settings, terminal);
  const job = args.job === undefined ? undefined : String(args.job);
  return readSchedule(String(args.schedule).trim(), job, settings);
}

/** The check of a schedule, as the scheduler with these settings does it. */
function checkIn(settings: Settings): Timetables["check"] {
  return createTimetables({ otherHost: otherHostOf(settings) }).check;
}

/** Reads a schedule to try out, as the job of this name would have it. */
function readSchedule(written: string, job: string | undefined, settings: Settings): When | Wrong {
  const { instance, timezone } = settings;
  const pattern = writeOut(written, { instance, job: job ?? "" });
  const fault = checkIn(settings)(pattern, timezone);
  if (fault !== undefined) return wrong(fault);
  if (pattern === written) return { schedules: [{ pattern, timezone }] };
  if (job !== undefined) return { schedules: [{ pattern, timezone, written }] };
  return wrong(`what H stands for follows from the name of the job: write shipbell next NAME --schedule "${written}"`);
}

async function schedulesOfJob(
  { job: named, project }: Args,
  settings: Settings,
  terminal: Terminal,
): Promise<When | Wrong> {
  const name = String(named);
  const time = {
    defaultTimezone: settings.timezone,
    checkSchedule: checkIn(settings),
    writeOut: writeOutIn(settings.instance),
    instance: settings.instance,
  };
  const variables = { variables: terminal.env, envFiles: settings.envFiles };
  const parse = await stackFileParser(settings, project);
  const files = scheduleFiles({ ...time, ...variables, parse, paths: settings.schedules, clock: systemClock });
  const { jobs, problems, broken } = await files.load(new AbortController().signal);
  const job = jobs.find((candidate) => candidate.name === name);
  if (job?.eachNode !== undefined) return onAnyNode(job, terminal);
  if (job !== undefined) return job;
  const onNode = jobs.find(({ name: of, eachNode }) => eachNode !== undefined && name.startsWith(`${of}.`));
  if (onNode !== undefined)
    return { ...onNode, schedules: onNode.schedules.map((schedule) => ofOwnJitter(schedule, name)) };
  const unread = broken.find((each) => each.job === name) ?? broken.find((each) => each.job === undefined);
  if (unread !== undefined) {
    const others = broken.filter(({ unit }) => unit !== unread.unit);
    const wrongThere = problems.filter(
      (problem) => !isWarning(problem) && !others.some(({ unit }) => problem.at.startsWith(`${unit}:`)),
    );
    const what = unread.job === undefined ? `no job "${name}" can be found` : `the job "${name}" cannot be read`;
    return wrong(`${what}; this is wrong in ${unread.unit}:\n${wrongThere.map(formatProblem).join("\n")}`);
  }
  const names = jobs.map((candidate) => candidate.name);
  return wrong(`there is no job "${name}" in ${settings.schedules.join(", ")}${didYouMean(name, names)}`);
}

/** The jobs of its nodes have what it says, but for the jitter, which follows from their own names. */
function onAnyNode(job: Job, terminal: Terminal): When {
  if (job.schedules.every(({ jitter }) => jitter === undefined)) return job;
  terminal.err(`shipbell: without its jitter, which differs by node: write shipbell next ${job.name}.NODE`);
  return { ...job, schedules: job.schedules.map(({ jitter: _jitter, ...schedule }) => schedule) };
}

function refuse({ wrong: message }: Wrong, exitCode: number, terminal: Terminal): number {
  terminal.err(`shipbell: ${message}`);
  return exitCode;
}

interface NextStyle {
  /** Times are shown in the zone of the first. */
  readonly schedules: readonly Schedule[];
  /** Which ends of another job's runs start it as well. */
  readonly after?: After;
  /** What "in 3 h" counts from. */
  readonly from: Date;
  readonly format: "text" | "json";
}

/** As JSON, one array of the times. As text, the meanings and a line for each time, with lines in between where a clock changes. */
export function formatNext(
  { instants, nominals, excluded, meanings, notes }: Forecast,
  { schedules, after, from, format }: NextStyle,
): string {
  const [first] = schedules;
  const zone = zoneOf(first === undefined ? "UTC" : timezoneOf(first));
  const times = instants.map((instant) => isoWithOffset(instant, zone));
  if (format === "json") return JSON.stringify(times);
  const starts = after === undefined ? [] : [`It ${first === undefined ? "" : "also "}starts ${afterInWords(after)}.`];
  if (first === undefined) return starts[0] ?? "It has no schedule: only people start it.";
  const leftOut = (since: Date | undefined, upTo?: Date) =>
    excluded
      .filter(({ first }) => (since === undefined || first > since) && (upTo === undefined || first <= upTo))
      .map((each) => `    -- ${excludedInWords(each, zone)}`);
  if (times.length === 0) return [...leftOut(from), endWords(schedules), ...starts].join("\n");
  const lines = instants.flatMap((instant, index) => {
    const time = times[index] ?? "";
    const since = instants[index - 1] ?? from;
    const change = clockChange(times[index - 1] ?? time, time);
    const between = notes.filter(({ at }) => at > since && at <= instant).map(({ text }) => `    -- ${text}`);
    const nominal = nominals.get(instant.getTime());
    const shift = nominal === undefined ? "" : `  (${isoWithOffset(nominal, zone)} and its jitter)`;
    const line = `${weekdayOf(time)} ${time}  in ${durationInWords(instant.getTime() - from.getTime())}${shift}`;
    return [...(change === undefined ? [] : [change]), ...new Set(between), ...leftOut(since, instant), line];
  });
  return [...meanings, ...starts, ...lines].join("\n");
}

function excludedInWords({ reason, first, last, count }: Excluded, zone: Zone): string {
  const at = isoWithOffset(first, zone);
  if (reason === "deferred") return `what is due at ${at} waits for the end of a quiet window`;
  const through = count === 1 ? "" : ` to ${isoWithOffset(last, zone)}`;
  return `${counted(count, "due time")} left out, as ${reason}: ${at}${through}`;
}

function clockChange(before: string, after: string): string | undefined {
  const [from, to] = [offsetOf(before), offsetOf(after)];
  if (from === to) return undefined;
  const forward = wallOf(after) - Date.parse(after) - (wallOf(before) - Date.parse(before));
  const direction = forward > 0 ? "forward" : "back";
  return `    -- the clock goes ${direction} by ${durationInWords(Math.abs(forward))}: ${from} becomes ${to}`;
}

function weekdayOf(instant: string): string {
  return new Date(wallOf(instant)).toUTCString().slice(0, 3);
}

function wallOf(instant: string): number {
  return Date.parse(`${instant.slice(0, 19)}Z`);
}

function offsetOf(instant: string): string {
  return instant.slice(19);
}

/** Reads `--from`, as `readInstant` does. */
export function parseFrom(text: string, timezone: string): Date | Wrong {
  const read = readInstant(text, timezone);
  if (read === undefined)
    return wrong(`--from "${text}" is not a time: write 2026-03-08, 2026-03-08T02:30 or 2026-03-08T02:30:00-05:00.`);
  return isWrong(read) ? wrong(`--from "${text}": ${read.wrong}`) : read;
}

function endWords(schedules: readonly Schedule[]): string {
  if (schedules.some(({ pattern }) => isReboot(pattern)))
    return "Once after each boot of the host, from the next one on. No clock says when that is.";
  return "There is no further occurrence.";
}
