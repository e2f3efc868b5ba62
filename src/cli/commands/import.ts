import { systemClock } from "../../clock.ts";
import type { ImportedHere, ImportResult, PlacedFinding } from "../../definition/import/import-texts.ts";
import type { SourceText } from "../../definition/import/imported.ts";
import { IMPORT_KINDS, type ImportKind, type OnEngine } from "../../definition/import/kinds.ts";
import type { EngineAsCompose } from "../../engines/docker/as-compose.ts";
import { formatProblem, isWarning } from "../../job/problem.ts";
import { zoneOf } from "../../schedule/clock/zone.ts";
import { createTimetables, timezoneOf, writeOut } from "../../schedule/timetable.ts";
import { isWrong, type Wrong, wrong } from "../../schedule/wrong.ts";
import { otherHostOf, type Settings } from "../../settings/settings.ts";
import { PatientDisk } from "../../sources/disk.ts";
import { lookAt, readTextFile } from "../../sources/text-files.ts";
import { didYouMean } from "../../view/find.ts";
import { shapeCheckProblem } from "../../view/shapes/problem-shape.ts";
import { forecast } from "../../view/times/forecast.ts";
import { isoWithOffset } from "../../view/words/time.ts";
import { type Args, type Command, withSettings } from "../command.ts";
import { readStandardInput, STANDARD_INPUT } from "../files/standard-input.ts";
import { readFormat, sentencesOption } from "../terminal/format-option.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";
import { DAYS_KIND, importDays } from "./import-days.ts";

const MOST_TIMES = 1000;

const SCHEDULERS = IMPORT_KINDS.map(({ name }) => name);
const KIND_NAMES = [...SCHEDULERS, DAYS_KIND];

/** Turns definitions of other schedulers into a schedule file. */
export const importCommand: Command = {
  usage: "import <kind> [files..]",
  describe: "Schedule file made of another scheduler's definitions",
  readsInput: true,
  settingsInHelp: "--timezone ZONE is the zone in which the source reads its schedules.",
  positionals: {
    kind: { describe: `What they are: ${KIND_NAMES.join(", ")}`, type: "string", completes: KIND_NAMES },
    files: { describe: "Files, - for standard input [default: standard input]", type: "string" },
  },
  options: {
    flavour: { type: "string", requiresArg: true, describe: `Dialect of ${flavoursInWords()}` },
    system: { type: "boolean", default: false, describe: "A crontab with a field for the user" },
    image: { type: "string", requiresArg: true, describe: "Image of jobs that name none" },
    project: { type: "string", requiresArg: true, describe: "Compose project or stack that the files are deployed as" },
    prefix: { type: "string", requiresArg: true, describe: "Beginning of each job's name" },
    next: { type: "string", requiresArg: true, describe: "Number of next times shown for each job" },
    "from-engine": { type: "boolean", default: false, describe: "Labels of what the engine has, in place of files" },
    as: { type: "string", requiresArg: true, describe: "With --from-engine: file, or labels (commands for services)" },
    until: {
      type: "string",
      requiresArg: true,
      describe: `With ${DAYS_KIND}: the last day [default: five years ahead]`,
    },
    strict: { type: "boolean", default: false, describe: "Exit code 1 for warnings, too" },
    ...sentencesOption,
  },
  run: (args, terminal) => withSettings(args, terminal, (settings) => importFiles(args, settings, terminal)),
};

async function importFiles(args: Args, settings: Settings, terminal: Terminal): Promise<number> {
  const format = readFormat(args, terminal, "text");
  if (format === undefined) return exitCodes.usage;
  if (args.kind === DAYS_KIND) {
    const sources = await readSources(args, terminal);
    return isWrong(sources) ? refuse(sources, exitCodes.problem, terminal) : importDays(args, sources, terminal);
  }
  const options = readOptions(args);
  if (isWrong(options)) return refuse(options, exitCodes.usage, terminal);
  const { kind, next, onEngine } = options;
  const found = onEngine === undefined ? undefined : await readEngine(onEngine, settings);
  if (found !== undefined && isWrong(found)) return refuse(found, exitCodes.problem, terminal);
  const sources = found === undefined ? await readSources(args, terminal) : [found];
  if (isWrong(sources)) return refuse(sources, exitCodes.problem, terminal);
  // The readers, and what writes YAML, are loaded by this command alone.
  const [{ importTexts }, read] = await Promise.all([import("../../definition/import/import-texts.ts"), kind.load()]);
  const result = importTexts({
    read,
    sources,
    prefix: typeof args.prefix === "string" ? args.prefix : "",
    command: commandLine(args),
    settings: {
      ...options.settings,
      zone: zoneFor(args, settings.timezone, terminal),
      checkSchedule: createTimetables({ otherHost: otherHostOf(settings) }).check,
    },
    ...(next > 0 && { describeTimes: (job) => nextTimes(job, next, settings).map((time) => `next: ${time}`) }),
  });
  if (format === "json") terminal.out(jsonOf(result, next, settings));
  else if (args.as === "labels" && found !== undefined) {
    const { updateCommands } = await import("../../definition/import/update-commands.ts");
    for (const line of updateCommands(result, found, settings)) terminal.out(line);
    for (const finding of result.findings) terminal.err(formatProblem(finding));
  } else {
    terminal.out(result.text.trimEnd());
    for (const finding of result.findings) terminal.err(formatProblem(finding));
  }
  const isWell = result.findings.every((finding) => args.strict !== true && isWarning(finding));
  return isWell ? exitCodes.ok : exitCodes.problem;
}

interface ImportOptions {
  readonly kind: ImportKind;
  readonly next: number;
  /** Where the engine is read in place of files. */
  readonly onEngine: OnEngine | undefined;
  readonly settings: {
    readonly image?: string;
    readonly project?: string;
    readonly layout?: "system";
    readonly flavour?: string;
  };
}

function readOptions(args: Args): ImportOptions | Wrong {
  const { kind: name, flavour, system, image, project, next = "0" } = args;
  const kind = IMPORT_KINDS.find((each) => each.name === name);
  if (kind === undefined)
    return wrong(
      `there is no kind "${name}"${didYouMean(String(name), KIND_NAMES)}; these are: ${KIND_NAMES.join(", ")}`,
    );
  if (flavour !== undefined && !kind.flavours.includes(String(flavour)))
    return wrong(`--flavour "${flavour}" is not one of ${kind.name}: ${kind.flavours.join(", ") || "it has none"}`);
  if (args.until !== undefined) return wrong(`--until is for ${DAYS_KIND} alone`);
  if (system === true && kind.name !== "crontab") return wrong("--system is for crontab alone");
  if (system === true && (flavour === "supercronic" || flavour === "busybox"))
    return wrong(`--system is for cronie and debian: a crontab of ${flavour} has no field for the user`);
  if (!/^\d{1,4}$/.test(String(next)) || Number(next) > MOST_TIMES)
    return wrong(`--next "${next}" is not a whole number from 0 to ${MOST_TIMES}`);
  const onEngine = readEngineOptions(kind, args);
  if (onEngine !== undefined && isWrong(onEngine)) return onEngine;
  return {
    kind,
    next: Number(next),
    onEngine,
    settings: {
      ...(image !== undefined && { image: String(image) }),
      ...(project !== undefined && { project: String(project) }),
      ...(system === true && { layout: "system" as const }),
      ...(flavour !== undefined && { flavour: String(flavour) }),
    },
  };
}

function readEngineOptions(kind: ImportKind, args: Args): OnEngine | Wrong | undefined {
  const { as, files, "from-engine": isAsked, format } = args;
  if (as !== undefined && as !== "file" && as !== "labels") return wrong(`--as "${as}" is not one of file, labels`);
  if (isAsked !== true) return as === undefined ? undefined : wrong("--as says nothing without --from-engine");
  const kinds = IMPORT_KINDS.filter(({ onEngine }) => onEngine !== undefined).map(({ name }) => name);
  if (kind.onEngine === undefined)
    return wrong(`--from-engine reads labels, and ${kind.name} has none; these have: ${kinds.join(", ")}`);
  if (Array.isArray(files) && files.length > 0) return wrong("--from-engine reads no files; leave one of the two out");
  if (as === "labels" && kind.onEngine.on === "containers")
    return wrong("--as labels is for services alone: the labels of a container that exists cannot be changed");
  if (as === "labels" && format === "json") return wrong("--as labels writes commands, and no JSON");
  return kind.onEngine;
}

type EngineSource = SourceText & EngineAsCompose;

/** Its labels, as a Compose file would have them. */
async function readEngine(onEngine: OnEngine, { dockerHost }: Settings): Promise<EngineSource | Wrong> {
  const { on, prefix } = onEngine;
  const [{ connectDocker }, { containersAsCompose, servicesAsCompose }, { EngineError }] = await Promise.all([
    import("../../engines/docker/connect.ts"),
    import("../../engines/docker/as-compose.ts"),
    import("../../engines/engine.ts"),
  ]);
  const docker = connectDocker(dockerHost);
  try {
    const read = await (on === "services" ? servicesAsCompose : containersAsCompose)(docker, onEngine);
    const isThere = read.text.split("\n").some((line) => line.trimStart().startsWith(prefix));
    if (!isThere) return wrong(`none of the ${on} of ${docker.host} has a label that begins with ${prefix}`);
    return { path: docker.host, ...read };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return wrong(`the ${on} of ${docker.host} cannot be read: ${error.message}`);
  }
}

async function readSources({ files }: Args, terminal: Terminal): Promise<readonly SourceText[] | Wrong> {
  const paths = Array.isArray(files) && files.length > 0 ? files.map(String) : [STANDARD_INPUT];
  const sources: SourceText[] = [];
  for (const path of new Set(paths)) {
    const text = path === STANDARD_INPUT ? await readInput(terminal) : await readFile(path);
    if (isWrong(text)) return text;
    sources.push({ path, text });
  }
  return sources;
}

async function readInput(terminal: Terminal): Promise<string | Wrong> {
  const bytes = await readStandardInput(terminal);
  return isWrong(bytes) ? bytes : new TextDecoder().decode(bytes);
}

async function readFile(path: string): Promise<string | Wrong> {
  const disk = new PatientDisk(systemClock);
  const read = await readTextFile(await lookAt(path, disk), disk);
  return "problem" in read ? wrong(formatProblem(read.problem)) : read.text;
}

/** Other schedulers read their schedules in the zone of their machine, which is likely to be this one. */
function zoneFor({ timezone: flag }: Args, timezone: string, { env }: Terminal) {
  const isGiven = flag !== undefined || Boolean(env.SHIPBELL_TIMEZONE?.trim());
  const isSet = isGiven || Boolean(env.TZ?.trim());
  return { name: isSet ? timezone : new Intl.DateTimeFormat().resolvedOptions().timeZone, isGiven };
}

/** The command as it was given, without the files. */
function commandLine({ kind, flavour, system, "from-engine": fromEngine }: Args): string {
  const flags = [
    ...(fromEngine === true ? ["--from-engine"] : []),
    ...(system === true ? ["--system"] : []),
    ...(flavour === undefined ? [] : [`--flavour ${flavour}`]),
  ];
  return ["shipbell import", kind, ...flags].join(" ");
}

function flavoursInWords(): string {
  const kinds = IMPORT_KINDS.filter(({ flavours }) => flavours.length > 0);
  return kinds.map(({ name, flavours }) => `${name}: ${flavours.join(", ")}`).join("; ");
}

function nextTimes(
  { name, schedules, timezone }: Pick<ImportedHere, "name" | "schedules" | "timezone">,
  count: number,
  { instance }: Settings,
): readonly string[] {
  const read = schedules.map((written) => ({ pattern: writeOut(written, { instance, job: name }), timezone }));
  const [first] = read;
  if (first === undefined) return [];
  const zone = zoneOf(timezoneOf(first));
  const { instants } = forecast({ schedules: read, from: systemClock.now(), count });
  return instants.map((instant) => isoWithOffset(instant, zone));
}

/** For programs: each job with what it was, and the findings with file, line and column apart. */
function jsonOf({ text, jobs, notImported, findings }: ImportResult, next: number, settings: Settings): string {
  const written = ({ path, place, quotes }: Pick<ImportedHere, "path" | "place" | "quotes">) => ({
    file: path,
    ...place,
    written: quotes.map((quote) => quote.text),
  });
  return JSON.stringify(
    {
      jobs: jobs.map((job) => ({
        name: job.name,
        ...written(job),
        definition: job.keys,
        ...(next > 0 && { next: nextTimes(job, next, settings) }),
      })),
      notImported: notImported.map(written),
      findings: findings.map(shapeFinding),
      text,
    },
    null,
    2,
  );
}

function shapeFinding({ code, ...finding }: PlacedFinding) {
  return { code, ...shapeCheckProblem(finding) };
}

function refuse({ wrong: message }: Wrong, exitCode: number, terminal: Terminal): number {
  terminal.err(`shipbell: ${message}`);
  return exitCode;
}
