import type { AlsoLabels } from "../../job/label-rules.ts";
import type { Problem } from "../../job/problem.ts";
import type { ForeignFinding, ForeignJob, ForeignLabels, ForeignObject } from "../labels/foreign.ts";
import type { Issue } from "../values/issue.ts";
import { clockChanges } from "./clock-changes.ts";
import type { Label } from "./compose/read-compose-file.ts";
import {
  type Entry,
  type Finding,
  type ImportedJob,
  type ImportSettings,
  literal,
  type NotImported,
  TO_DO,
} from "./imported.ts";
import { JobNames } from "./name-jobs.ts";
import { asLabels, labelsAsText, plainValue } from "./native-labels.ts";
import type { OfeliaGlobals, OfeliaSettings } from "./ofelia/job.ts";
import { globalsOfLabels, readOfeliaLabels } from "./ofelia/read-ofelia.ts";
import { deployOf, readCronjob } from "./swarm-cronjob.ts";
import { writeFile } from "./write-file.ts";

/** The container that the scheduler itself runs in. */
export interface OwnContainer {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface DropInSettings extends Pick<ImportSettings, "checkSchedule"> {
  readonly kinds: readonly AlsoLabels[];
  /** Where schedules of theirs are read. */
  readonly timezone: string;
  /** Absent where it runs in none, or in one of another engine. */
  readonly own?: OwnContainer | undefined;
  /** As in `ForeignLabels`. */
  readonly heldBecause?: () => Problem | undefined;
}

/**
 * Reads labels of other schedulers on the objects of an engine, by the readers that import them: what is carried out is what
 * `shipbell import` would have written.
 */
export function openDropIn({
  kinds,
  timezone,
  checkSchedule,
  own,
  heldBecause = () => undefined,
}: DropInSettings): ForeignLabels {
  const settings = { zone: { name: timezone, isGiven: true }, checkSchedule };
  const translators = kinds.map((kind): Translator => {
    if (kind === "swarm-cronjob") return cronjobTranslator(settings);
    const { flavour, ...version } = FLAVOURS[kind];
    const globals = own === undefined ? {} : globalsOfLabels([{ labels: labelsOf(own, "") }], flavour);
    return ofeliaTranslator(kind, { ...settings, flavour, ...version, globals, ownId: own?.id });
  });
  return {
    heldBecause,
    declares: (labels) => translators.some(({ prefix }) => Object.keys(labels).some((key) => key.startsWith(prefix))),
    read: (object) => translators.flatMap((translator) => readObject(translator, object)),
  };
}

type Dialect = Pick<OfeliaSettings, "flavour" | "version">;

const FLAVOURS: Readonly<Record<Exclude<AlsoLabels, "swarm-cronjob">, Dialect>> = {
  ofelia: { flavour: "mcuadros" },
  "ofelia-0.3": { flavour: "mcuadros", version: "0.3" },
  "ofelia-0.4": { flavour: "mcuadros", version: "0.4" },
  "ofelia-netresearch": { flavour: "netresearch" },
  chadburn: { flavour: "chadburn" },
};

interface Translator {
  readonly kind: ForeignObject["kind"];
  /** What its labels begin with. */
  readonly prefix: string;
  readonly read: (object: ForeignObject, labels: readonly Label[]) => readonly ForeignJob[];
}

function readObject({ kind, prefix, read }: Translator, object: ForeignObject): readonly ForeignJob[] {
  if (object.kind !== kind) return [];
  const labels = labelsOf(object, prefix);
  return labels.length === 0 ? [] : read(object, labels);
}

/**
 * Labels as a Compose file would have them, schedules first: what is said of a whole job names that label. The line of each is
 * its number, since an engine has none.
 */
function labelsOf({ labels }: Pick<ForeignObject, "labels">, prefix: string): readonly Label[] {
  return Object.keys(labels)
    .filter((key) => key.startsWith(prefix))
    .sort()
    .toSorted((a, b) => Number(b.endsWith(".schedule")) - Number(a.endsWith(".schedule")))
    .map((key, index) => ({
      key,
      value: literal(labels[key] ?? ""),
      place: { line: index + 1, column: 1 },
      quotes: [{ line: index + 1, text: key }],
    }));
}

type Settings = Pick<ImportSettings, "zone" | "checkSchedule">;

function cronjobTranslator(settings: Settings): Translator {
  const prefix = "swarm.cronjob.";
  return {
    kind: "service",
    prefix,
    read: ({ name, deploy }, labels) => {
      const [first] = labels;
      const place = first?.place ?? { line: 1, column: 1 };
      const keys = deploy === undefined ? {} : { deploy: deployOf(deploy) };
      const service = { name, place, keys, labels: [], deployLabels: labels };
      return readCronjob(service, settings).map((entry): ForeignJob => {
        const words = {
          from: "swarm-cronjob",
          label: labels.find(({ key }) => key === `${prefix}schedule`)?.key ?? first?.key ?? prefix,
          labels: { overlap: `${prefix}skip-running`, suspended: `${prefix}enable` },
          findings: findingsOf(entry, labels),
        };
        if (entry.kind !== "job") return { ...words, general: [] };
        return {
          ...words,
          general: general(clockChanges("swarm-cronjob", [entry]), labels),
          translated: { ...asLabelJob(entry.keys), ...secondCopyOf(deploy) },
        };
      });
    },
  };
}

/** After swarm-cronjob has started a service once, it has replicas for good: only its `restart_policy` tells what that means. */
function secondCopyOf(deploy: ForeignObject["deploy"]): { readonly secondCopy?: Issue } {
  const keepsRunning = deploy?.mode === "global" || (deploy?.mode === "replicated" && deploy.replicas > 0);
  if (!keepsRunning || deploy.restart.condition !== "any") return {};
  const message =
    "this service has replicas and restart_policy any: Swarm itself keeps it running, and a run would be a second copy of it";
  const hint = "give it restart_policy: condition: none, or replicas: 0 in mode replicated";
  return { secondCopy: { path: ["schedule"], on: "value", message, hint } };
}

interface OfeliaParts extends Settings, Dialect {
  readonly globals: OfeliaGlobals;
  readonly ownId: string | undefined;
}

function ofeliaTranslator(from: AlsoLabels, { ownId, ...settings }: OfeliaParts): Translator {
  const prefix = settings.flavour === "chadburn" ? "chadburn." : "ofelia.";
  const program = settings.flavour === "chadburn" ? "Chadburn" : "Ofelia";
  return {
    kind: "container",
    prefix,
    read: (object, labels) => {
      const { name, id } = object;
      const service = {
        name,
        place: { line: 1, column: 1 },
        keys: { container_name: name },
        labels,
        deployLabels: [],
      };
      const names = new JobNames("");
      return readOfeliaLabels(service, {}, settings).flatMap((entry): readonly ForeignJob[] => {
        if (entry.kind === "remark") return [];
        const job = jobLabelsAt(entry, labels);
        const words = { from, label: job.label, labels: job.labels };
        if (entry.kind === "not-imported")
          return [{ ...words, name: job.name, findings: findingsOf(entry, labels), general: [] }];
        const named = names.take(entry);
        const findings = named.finding === undefined ? entry.findings : [...entry.findings, named.finding];
        const found = {
          ...words,
          name: named.name,
          findings: findingsOf({ ...entry, findings }, labels),
          general: general(clockChanges(program, [entry]), labels),
        };
        const { container, ...keys } = entry.keys;
        if (keys.launch === "exec" && container === name) return [{ ...found, translated: asLabelJob(keys) }];
        const refusal = refuse(entry.keys, { label: job.label, prefix, program, isOwn: id === ownId });
        if (refusal !== undefined) return [{ ...found, findings: [...withoutImage(found.findings), refusal] }];
        return [{ ...found, translated: asFileJob(entry.keys) }];
      });
    },
  };
}

/** The labels of one job: `ofelia.job-exec.NAME.schedule` and the like. */
function jobLabelsAt({ place }: ImportedJob | NotImported, all: readonly Label[]) {
  const found = all.find((label) => label.place.line === place.line)?.key ?? "";
  const [prefix = "", type = "", name = ""] = found.split(".");
  const beginning = `${prefix}.${type}.${name}.`;
  const schedule = `${beginning}schedule`;
  return {
    name: new JobNames("").take({ kind: "job", name, place, quotes: [], findings: [], keys: {} }).name,
    label: all.some(({ key }) => key === schedule) ? schedule : found,
    labels: Object.fromEntries(Object.entries(OFELIA_KEYS).map(([ours, theirs]) => [ours, `${beginning}${theirs}`])),
  };
}

/** By key of ours what Ofelia calls it. */
const OFELIA_KEYS = {
  schedule: "schedule",
  command: "command",
  overlap: "no-overlap",
  user: "user",
  working_dir: "working-dir",
  environment: "environment",
  image: "image",
  networks: "network",
  volumes: "volume",
  container: "container",
  retries: "max-retries",
  timeout: "max-runtime",
};

/** Returns why a job that concerns more than the container with its labels is not carried out; undefined if it is. */
function refuse(
  { launch, image }: ImportedJob["keys"],
  {
    label,
    prefix,
    program,
    isOwn,
  }: { readonly label: string; readonly prefix: string; readonly program: string; readonly isOwn: boolean },
): ForeignFinding | undefined {
  if (!isOwn) {
    const what = launch === "exec" ? "a command in another container" : "a container of another image";
    const message = `it asks for ${what}: such jobs are read off the container of the scheduler alone, which is shipbell's here`;
    const hint = `move its labels to that container, with ${prefix}enabled and ${prefix}service, or declare the job in a schedule file`;
    return { label, message, hint, refused: "asks-for-more" };
  }
  if (image !== TO_DO) return undefined;
  const message = `${program} runs this command in itself, with its own files and variables; here it needs a container of its own, and no image is named for that`;
  return { label, message, hint: "declare the job in a schedule file, with the image that has the command" };
}

/** What the importer says of an image that people are to fill in. */
function withoutImage(findings: readonly ForeignFinding[]): readonly ForeignFinding[] {
  return findings.filter(({ message }) => !/ TODO\b|^\S+ runs this command in itself/.test(message));
}

function asLabelJob(keys: ImportedJob["keys"]): NonNullable<ForeignJob["translated"]> {
  const written = plainValue(keys);
  const shown = plainValue(withoutValues(keys));
  return { as: "label", written, native: ({ prefix }) => labelsAsText(asLabels(shown, prefix)) };
}

function asFileJob(keys: ImportedJob["keys"]): NonNullable<ForeignJob["translated"]> {
  const written = plainValue(keys);
  return {
    as: "file",
    written,
    native: ({ job }) => writeFile({ top: {}, jobs: [{ name: job, keys: withoutValues(keys) }] }).trimEnd(),
  };
}

/** Variables may hold secrets: their values are never shown. */
function withoutValues({ environment, ...keys }: ImportedJob["keys"]): ImportedJob["keys"] {
  if (!Array.isArray(environment)) return keys;
  return { ...keys, environment: environment.map((each) => String(each).replace(/=.*$/s, "=…")) };
}

/** What the other scheduler does not see either is not missed. */
function findingsOf(
  entry: Exclude<Entry, { readonly kind: "remark" }>,
  labels: readonly Label[],
): readonly ForeignFinding[] {
  const findings = general(entry.findings, labels);
  if (entry.kind === "job" || !entry.isUnseen) return findings;
  return findings.map((finding) => ({ ...finding, severity: "warning" }));
}

function general(findings: readonly Finding[], labels: readonly Label[]): readonly ForeignFinding[] {
  return findings.map(({ place, message, hint, severity }) => ({
    label: labels.find((label) => label.place.line === place.line)?.key ?? labels[0]?.key ?? "",
    message,
    ...(hint !== undefined && {
      hint: hint.replace(/^--flavour mcuadros-(\S+) or mcuadros-/, "--also-labels ofelia-$1 or ofelia-"),
    }),
    ...(severity !== undefined && { severity }),
  }));
}
