import { nearestWord } from "../../job/problem.ts";
import type { ServiceDeploy } from "../labels/labelled-object.ts";
import { interpolate } from "../variables/interpolate.ts";
import { clockChanges } from "./clock-changes.ts";
import { type ComposeFile, type ComposeService, type Label, readComposeFile } from "./compose/read-compose-file.ts";
import { jobOfService, restarts, retriesOf, unknownProject } from "./compose/service-job.ts";
import { zoneOfScheduler } from "./compose/zone-of-scheduler.ts";
import {
  type Entry,
  type FileValue,
  type Finding,
  type FindingCode,
  type Imported,
  type ImportSettings,
  type NotImported,
  type Place,
  type Quote,
  type SourceText,
  TO_DO,
} from "./imported.ts";
import { readRobfig } from "./robfig.ts";

/** Reads the services of a stack that swarm-cronjob starts, by their labels under `deploy`. */
export function readSwarmCronjob(source: SourceText, settings: ImportSettings): Imported {
  const file = readComposeFile(source);
  if ("wrong" in file) return { entries: [unreadable(file.place, file.wrong)], findings: [], notes: [] };
  const zone = zoneOfScheduler(file, /swarm-cronjob/) ?? settings.zone;
  const read = file.services.flatMap((service) => readService(service, file, { ...settings, zone }));
  const entries = read.map(({ entry }) => entry);
  const jobs = entries.filter((entry) => entry.kind === "job");
  const [first] = jobs;
  return {
    entries,
    findings: [
      ...file.elsewhere,
      ...clockChanges("swarm-cronjob", jobs),
      ...(zone.isGiven || first === undefined ? [] : [unknownZone(first.place, zone.name)]),
      ...(first !== undefined && read.some(({ isProjectGuessed }) => isProjectGuessed)
        ? [unknownProject(first.place)]
        : []),
    ],
    notes: jobs.length === 0 ? [] : [DEFAULTS],
    top: mergeTops(read.map(({ top }) => top)),
  };
}

const DEFAULTS =
  "swarm-cronjob updates the service at each time, which ends a run that is still active (overlap: replace), unless skip-running is set (forbid). It makes up for nothing it missed (catch_up: none).";

function unknownZone(place: Place, zone: string): Finding {
  const message = `swarm-cronjob reads schedules in the zone of its own TZ, which is not known here; ${zone} is taken`;
  return { code: "import-zone", place, message, hint: "--timezone says which it was", severity: "warning" };
}

const PREFIX = "swarm.cronjob.";
const KEYS = ["enable", "schedule", "skip-running", "replicas", "registry-auth", "query-registry", "scaledown"];

interface ReadService {
  readonly entry: Entry;
  readonly top: Readonly<Record<string, FileValue>>;
  readonly isProjectGuessed?: boolean;
}

function readService(service: ComposeService, file: ComposeFile, settings: ImportSettings): readonly ReadService[] {
  return readCronjob(service, settings).map((entry): ReadService => {
    if (entry.kind !== "job") return { entry, top: {} };
    const { keys, top, findings, isProjectGuessed } = jobOfService(service, file, settings.project);
    const { place } = entry;
    const image = keys.image ?? settings.image ?? TO_DO;
    const noImage: Finding = {
      code: "import-image",
      place,
      message: "the service has no image",
      severity: "warning",
      key: "image",
    };
    return {
      entry: {
        ...entry,
        keys: { ...entry.keys, image, ...keys },
        findings: [...findings, ...entry.findings, ...(keys.image === undefined ? [noImage] : [])],
      },
      top,
      isProjectGuessed,
    };
  });
}

type LabelledService = Omit<ComposeService, "keys"> & { readonly keys: { readonly deploy?: FileValue } };

/**
 * Reads when swarm-cronjob starts a service, and under which policies: the job's keys without what is run. None where the
 * service has no label of it.
 */
export function readCronjob(
  service: LabelledService,
  settings: Pick<ImportSettings, "zone" | "checkSchedule">,
): readonly Exclude<Entry, { readonly kind: "remark" }>[] {
  const own = service.deployLabels.filter(({ key }) => key.startsWith(PREFIX));
  const misplaced = service.labels.filter(({ key }) => key.startsWith(PREFIX));
  if (own.length === 0 && misplaced.length === 0) return [];
  const labels = own.length > 0 ? own : misplaced;
  const place = labels[0]?.place ?? service.place;
  const quotes = quotesOf([...own, ...misplaced]);
  const placeOf = (name: string) => labels.find(({ key }) => key === `${PREFIX}${name}`)?.place ?? place;
  const findings: Finding[] = [];
  const refuse = (code: FindingCode, message: string, hint?: string): readonly NotImported[] => {
    const finding = { code, place: placeOf("schedule"), message, ...(hint !== undefined && { hint }) };
    return [{ kind: "not-imported", place, quotes, findings: [...findings, finding] }];
  };
  if (own.length === 0)
    return refuse(
      "import-key",
      `swarm-cronjob does not see the labels of ${service.name}: they are those of its containers`,
      "it reads deploy.labels",
    );
  const values = new Map(own.map(({ key, value }) => [key.slice(PREFIX.length), value]));
  for (const label of own) findings.push(...unknownKey(label));
  const written = values.get("schedule");
  if (written === undefined) return refuse("import-schedule", `${service.name} has no ${PREFIX}schedule`);
  const schedule = interpolate(written, {});
  if ("wrong" in schedule) return refuse("import-variables", schedule.wrong);
  if (schedule.unset.length > 0)
    return refuse(
      "import-variables",
      `the schedule of ${service.name} is "${written}", and the value of ${schedule.unset.join(", ")} is not known`,
      "write the schedule in its place",
    );
  if (schedule.text !== written)
    findings.push({
      code: "import-variables",
      place,
      message: `the schedule is "${written}"; it is written with its default`,
      severity: "warning",
      key: "schedule",
    });
  const read = readRobfig(schedule.text);
  if ("wrong" in read)
    return refuse("import-line", `swarm-cronjob does not take the schedule "${schedule.text}": ${read.wrong}`);
  const timezone = read.timezone ?? settings.zone.name;
  const wrong = read.schedules.map((each) => settings.checkSchedule(each, timezone)).find((each) => each !== undefined);
  if (wrong !== undefined) return refuse("import-schedule", wrong);
  for (const note of read.notes)
    findings.push({ ...note, place: placeOf("schedule"), severity: "warning", key: "schedule" });
  const [first = "", ...others] = read.schedules;
  findings.push(...restarts(service.keys.deploy, place), ...tasksOf(service, values, placeOf));
  const isEnabled = isTrue(values.get("enable"));
  if (!isEnabled)
    findings.push({
      code: "import-key",
      place: placeOf("enable"),
      message: `${PREFIX}enable is not true, so swarm-cronjob leaves the service alone`,
      severity: "warning",
      key: "suspended",
    });
  const keys = {
    schedule: others.length === 0 ? first : read.schedules,
    timezone,
    overlap: isTrue(values.get("skip-running")) ? "forbid" : "replace",
    catch_up: "none",
    ...(!isEnabled && { suspended: "true" }),
    ...(scaleOf(service.keys.deploy).mode.startsWith("global") && { nodes: "each" }),
    ...retriesOf(service.keys.deploy),
  };
  return [{ kind: "job", name: service.name, isNamed: true, place, quotes, findings, keys }];
}

/** Returns what the engine says of a service's tasks as a stack's file would. */
export function deployOf({ mode, replicas, restart }: ServiceDeploy): FileValue {
  const { condition, attempts, delayMs } = restart;
  return {
    mode,
    replicas: String(replicas),
    restart_policy: {
      condition,
      ...(attempts !== undefined && { max_attempts: String(attempts) }),
      ...(delayMs !== undefined && { delay: delayMs % 1000 === 0 ? `${delayMs / 1000}s` : `${delayMs}ms` }),
    },
  };
}

/** As Go's strconv.ParseBool has it. */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:1|t|T|true|TRUE|True)$/.test(value);
}

function unknownKey({ key, place }: Label): readonly Finding[] {
  const name = key.slice(PREFIX.length);
  if (KEYS.includes(name)) return [];
  const nearest = nearestWord(name, KEYS);
  const hint = nearest === undefined ? {} : { hint: `did you mean ${PREFIX}${nearest}?` };
  return [
    { code: "import-unknown", place, message: `swarm-cronjob knows no label ${key}`, severity: "warning", ...hint },
  ];
}

/** A run here is one task; of a global service there is one on each node. */
function tasksOf(
  { keys }: LabelledService,
  values: ReadonlyMap<string, string>,
  placeOf: (name: string) => Place,
): readonly Finding[] {
  const { mode, replicas } = scaleOf(keys.deploy);
  const tasks = mode === "replicated-job" ? replicas : Number(values.get("replicas") ?? 1);
  if (tasks <= 1) return [];
  return [
    {
      code: "import-replicas",
      place: placeOf("replicas"),
      message: `swarm-cronjob starts ${tasks} tasks each time; a run here is one`,
      hint: "make a job of each",
      severity: "warning",
    },
  ];
}

function scaleOf(deploy: FileValue | undefined): { readonly mode: string; readonly replicas: number } {
  const { mode, replicas } = (typeof deploy === "object" && deploy !== null ? deploy : {}) as Record<string, FileValue>;
  return {
    mode: typeof mode === "string" ? mode : "replicated",
    replicas: typeof replicas === "string" ? Number(replicas) : 1,
  };
}

/** Each line once: several labels may stand in one. */
function quotesOf(labels: readonly Label[]): readonly Quote[] {
  const byLine = new Map(labels.flatMap(({ quotes }) => quotes).map((quote) => [quote.line, quote]));
  return [...byLine.values()].sort((a, b) => a.line - b.line);
}

function unreadable(place: Place, message: string): Entry {
  return { kind: "not-imported", place, quotes: [], findings: [{ code: "import-line", place, message }] };
}

function mergeTops(tops: readonly Readonly<Record<string, FileValue>>[]): Record<string, FileValue> {
  const merged: Record<string, FileValue> = {};
  for (const [key, value] of tops.flatMap((top) => Object.entries(top)))
    merged[key] = { ...(merged[key] as object), ...(value as object) };
  return merged;
}
