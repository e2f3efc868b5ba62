import type { Clock } from "./clock.ts";
import type { ForeignLabels } from "./definition/labels/foreign.ts";
import type { ChannelNames, TellingSettings } from "./definition/telling.ts";
import type { Docker } from "./engines/docker/connect.ts";
import { findOwnContainer } from "./engines/docker/own-container.ts";
import type { EngineKind } from "./engines/kind.ts";
import type { OpenEngine } from "./engines/open.ts";
import type { AlsoLabels } from "./job/label-rules.ts";
import type { Problem } from "./job/problem.ts";
import { doubtOf } from "./schedule/crontab/doubt.ts";
import { type Timetables, writeOutIn } from "./schedule/timetable.ts";
import type { Environment, Settings } from "./settings/settings.ts";
import { PatientDisk } from "./sources/disk.ts";
import type { FileReader } from "./sources/file-reader.ts";
import { scheduleFiles } from "./sources/schedule-files.ts";
import type { JobSource } from "./sources/source.ts";
import { presentPaths } from "./sources/text-files.ts";

interface SourceParts extends FileParts {
  readonly timetables: Timetables;
  readonly opened: Pick<OpenEngine, "labels">;
  readonly channels: () => ChannelNames;
}

/** What schedule files are read with. */
interface FileParts {
  readonly clock: Clock;
  /** The scheduler's own environment, which `${…}` in a file names. */
  readonly env: Environment;
  /** As in `ScheduleFilesSettings`. */
  readonly openReader?: () => FileReader;
}

/**
 * The sources that the settings choose, in the order in which they count.
 *
 * @throws when the settings name one that this kind of engine does not have.
 */
export async function chosenSources(
  settings: Settings,
  kind: EngineKind,
  { timetables, opened, channels, ...files }: SourceParts,
): Promise<JobSource[]> {
  const { instance, sources = kind.defaults.sources } = settings;
  const time = { ...timeSettings(settings, timetables), channels };
  const chosen = sources.map((name) => {
    if (name === "files") return scheduleFilesOf(settings, kind, { ...files, ...time });
    const labels = name === kind.labelSource ? opened.labels({ ...time, instance }) : undefined;
    if (labels !== undefined) return labels;
    const { objects } = kind.words;
    throw new Error(
      `--sources ${name}: jobs run as ${objects} here (--engine ${kind.name}), so only ${objects} can be copied`,
    );
  });
  return Promise.all(chosen);
}

/** The source of schedule files; which kind of engine carries their jobs need not be known. */
export async function scheduleFilesOf(
  settings: Settings,
  kind: EngineKind | undefined,
  { env, ...parts }: FileParts & ReturnType<typeof timeSettings> & TellingSettings,
): Promise<JobSource> {
  const { schedules, envFiles, given } = settings;
  const disk = new PatientDisk(parts.clock);
  // A folder that is only the default need not be there.
  const paths = given.has("schedules") ? schedules : await presentPaths(schedules, disk);
  const engine = kind && { engine: kind.abilities.objectKind };
  return scheduleFiles({ ...parts, ...engine, paths, variables: env, envFiles, disk });
}

interface ForeignParts extends Pick<ForeignLabels, "heldBecause"> {
  readonly docker: Docker;
  readonly checkSchedule: (pattern: string, timezone: string) => string | undefined;
}

/**
 * The labels of other schedulers that the settings name; undefined where they name none. Their readers are loaded here alone.
 *
 * @throws EngineError when the engine does not say which container is the scheduler's own.
 */
export async function foreignLabelsOf(
  settings: Settings,
  { docker, checkSchedule, heldBecause }: ForeignParts,
): Promise<ForeignLabels | undefined> {
  const { alsoLabels: kinds } = settings;
  if (kinds === undefined) return undefined;
  const own = await findOwnContainer(docker);
  const { openDropIn } = await import("./definition/import/drop-in.ts");
  return openDropIn({ kinds, timezone: zoneOfMachine(settings), checkSchedule, own, heldBecause });
}

/** @throws when labels of that kind cannot count with these settings. */
export function checkAlsoLabels(each: AlsoLabels, { sources }: Settings, kind: EngineKind): void {
  const { name, labelSource, defaults, words } = kind;
  const needed = each === "swarm-cronjob" ? "services" : "containers";
  const setting = `--also-labels ${each}: its labels are on ${needed}`;
  if (labelSource !== needed)
    throw new Error(
      `${setting}, and jobs run as ${words.objects} here (--engine ${name}), of which alone labels are read`,
    );
  if (!(sources ?? defaults.sources).includes(needed))
    throw new Error(`${setting}, and --sources leaves these out; add ${needed} to it`);
}

/** As other schedulers have it: `TZ`, or what the machine is set to. */
function zoneOfMachine({ given, timezone }: Settings): string {
  const isSet = given.has("timezone") || Boolean(process.env.TZ?.trim());
  return isSet ? timezone : new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** What schedules and names of channels are checked with. */
export function timeSettings({ instance, timezone, notify }: Settings, { check }: Timetables) {
  return {
    defaultTimezone: timezone,
    checkSchedule: check,
    doubtSchedule: doubtOf,
    writeOut: writeOutIn(instance),
    instance,
    ...(notify && { defaultNotify: notify }),
  };
}

/** The pools that the settings declare: besides them there are those of schedule files, and no others. */
export function givenPools({ pools = new Map() }: Settings): ReadonlyMap<string, number> {
  return pools;
}

/** What `--notify` names and no channel is called. */
export function unknownChannels({ notify = [] }: Settings, channels: ChannelNames): readonly Problem[] {
  return notify
    .filter((name) => !channels.has(name))
    .map((name) => ({
      at: "--notify",
      message: `names "${name}", and there is no such channel`,
      hint: "name one of the file of --channels",
    }));
}
