import { clockChanges } from "../clock-changes.ts";
import {
  type Entry,
  type FileValue,
  type Finding,
  type Imported,
  type ImportSettings,
  literal,
  type SourceText,
} from "../imported.ts";
import { readAccess } from "./access.ts";
import { readAttempts } from "./attempts.ts";
import {
  CONTAINER_KEYS,
  CRON_JOB_KEYS,
  JOB_KEYS,
  JOB_TEMPLATE_KEYS,
  METADATA_KEYS,
  OBJECT_KEYS,
  POD_KEYS,
  POD_TEMPLATE_KEYS,
} from "./known-keys.ts";
import { type Manifest, type NotRead, type Path, readManifests } from "./manifests.ts";
import { Report } from "./report.ts";
import { isStored, Store } from "./store.ts";
import { readHost, readResources } from "./surroundings.ts";
import { isEmpty, isTrue, type Tree, textOf, textsOf, treeOf, treesOf } from "./tree.ts";
import { readVariables } from "./variables.ts";
import { readVolumes } from "./volumes.ts";
import { readWhen } from "./when.ts";

/** Reads the CronJobs of manifests. Other objects are named, and ConfigMaps are used where they are needed. */
export function readKubernetes(source: SourceText, settings: ImportSettings): Imported {
  const objects = readManifests(source);
  const store = new Store((settings.texts ?? [source]).flatMap(readManifests).filter(isManifest));
  const read = objects.map((object) =>
    isManifest(object) ? readObject(object, settings, store) : { entry: unreadable(object) },
  );
  const entries = read.flatMap(({ entry }) => entry ?? []);
  const jobs = entries.filter((entry) => entry.kind === "job");
  const unzoned = objects.filter(isManifest).find((object) => isCronJob(object) && hasNoZone(object));
  const findings: readonly Finding[] = [
    ...read.flatMap(({ findings = [] }) => findings),
    ...clockChanges("Kubernetes", jobs),
    ...(settings.zone.isGiven || unzoned === undefined ? [] : [unknownZone(unzoned)]),
    ...(objects.length === 0 ? [{ ...NO_OBJECT, place: { line: 1, column: 1 } }] : []),
  ];
  return {
    entries,
    findings,
    notes: jobs.length === 0 ? [] : [DEFAULTS, SURROUNDINGS],
    top: mergeTops(read.map(({ top = {} }) => top)),
  };
}

const DEFAULTS =
  "Unless a CronJob says otherwise, Kubernetes starts it next to a run that is active (overlap: allow; Forbid lets the newest wait, which is a queue of one), starts the newest of a gap (catch_up: last), tries a failed run again six times (retries), and gives a process 30 s to stop.";
const SURROUNDINGS =
  "A run here knows no names of Kubernetes' Services, and has none of the variables and no token that each pod has.";

const NO_OBJECT = { code: "import-line", message: "there is no object in this file" } as const;

interface ReadObject {
  readonly entry?: Entry;
  readonly findings?: readonly Finding[];
  readonly top?: Readonly<Record<string, FileValue>>;
}

function isManifest(object: Manifest | NotRead): object is Manifest {
  return "kind" in object;
}

function isCronJob({ kind, apiVersion }: Manifest): boolean {
  return kind === "CronJob" && /^batch\//.test(apiVersion);
}

function readObject(object: Manifest, settings: ImportSettings, store: Store): ReadObject {
  if (isCronJob(object)) return readCronJob(object, settings, store);
  if (isStored(object)) return {};
  const { kind, name, placeOf } = object;
  const place = placeOf(["kind"]);
  const hint = kind === "Template" ? { hint: "oc process makes objects of it" } : {};
  const message = `${kind}${name === "" ? "" : ` ${name}`} is not imported: CronJobs are`;
  return { findings: [{ code: "import-kind", place, message, ...hint, severity: "warning" }] };
}

const TEMPLATE_HINT = "import what it makes: helm template CHART, kubectl kustomize FOLDER";

function unreadable({ place, wrong, isTemplate }: NotRead): Entry {
  const finding: Finding = isTemplate
    ? {
        code: "import-template",
        place,
        message: `this is a template, and not yet a manifest (${wrong})`,
        hint: TEMPLATE_HINT,
      }
    : { code: "import-line", place, message: wrong };
  return { kind: "not-imported", place, quotes: [], findings: [finding] };
}

function readCronJob(object: Manifest, settings: ImportSettings, store: Store): ReadObject {
  const { tree, name, placeOf, quote, isTemplate } = object;
  const place = placeOf(["metadata", "name"]);
  const quotes = [
    ["metadata", "name"],
    ["spec", "schedule"],
    ["spec", "timeZone"],
  ].flatMap((path) => quote(path));
  const byLine = [...new Map(quotes.map((each) => [each.line, each])).values()].sort((a, b) => a.line - b.line);
  if (isTemplate) {
    const finding: Finding = {
      code: "import-template",
      place,
      message: "this is a template, and not yet a manifest",
      hint: TEMPLATE_HINT,
    };
    return { entry: { kind: "not-imported", place, quotes: byLine, findings: [finding] } };
  }
  const report = new Report(object);
  if (name === "") report.refuse("import-line", ["metadata"], "the CronJob has no name");
  const { keys, top = {} } = readParts(tree, { settings, store, report });
  const { findings } = report;
  const isRefused = findings.some(({ severity }) => severity === undefined);
  if (isRefused) return { entry: { kind: "not-imported", place, quotes: byLine, findings } };
  return { entry: { kind: "job", name, isNamed: true, place, quotes: byLine, keys, findings }, top };
}

interface Parts {
  readonly settings: ImportSettings;
  readonly store: Store;
  readonly report: Report;
}

const POD: Path = ["spec", "jobTemplate", "spec", "template", "spec"];
const CONTAINER: Path = [...POD, "containers", 0];

function readParts(tree: Tree, { settings, store, report }: Parts) {
  const cronJob = treeOf(tree.spec);
  const jobTemplate = treeOf(cronJob.jobTemplate);
  const job = treeOf(jobTemplate.spec);
  const podTemplate = treeOf(job.template);
  const pod = treeOf(podTemplate.spec);
  const containers = treesOf(pod.containers);
  const [container = {}] = containers;
  const metadata = [tree.metadata, jobTemplate.metadata, podTemplate.metadata].map(treeOf);
  report.lookAtKeys(tree, [], OBJECT_KEYS);
  for (const [index, each] of metadata.entries()) report.lookAtKeys(each, METADATA_PATHS[index] ?? [], METADATA_KEYS);
  report.lookAtKeys(cronJob, ["spec"], CRON_JOB_KEYS);
  report.lookAtKeys(jobTemplate, ["spec", "jobTemplate"], JOB_TEMPLATE_KEYS);
  report.lookAtKeys(job, POD.slice(0, 3), JOB_KEYS);
  report.lookAtKeys(podTemplate, POD.slice(0, 4), POD_TEMPLATE_KEYS);
  report.lookAtKeys(pod, POD, POD_KEYS);
  report.lookAtKeys(container, CONTAINER, CONTAINER_KEYS);
  checkContainers(pod, containers, report);
  const labels = Object.assign({}, ...metadata.map((each) => treeOf(each.labels))) as Tree;
  const annotations = treeOf(metadata[2]?.annotations);
  for (const [index, each] of metadata.entries())
    leaveAnnotations(treeOf(each.annotations), METADATA_PATHS[index] ?? [], report);
  const variables = readVariables(container, CONTAINER, {
    store,
    report,
    pod: { labels: treeOf(metadata[2]?.labels), annotations, namespace: textOf(treeOf(tree.metadata).namespace) },
    ...(job.completionMode === "Indexed" && { given: { JOB_COMPLETION_INDEX: "0" } }),
  });
  const restartsInPlace = pod.restartPolicy === "OnFailure" && job.backoffLimit !== "0";
  const volumes = readVolumes(pod, container, { store, report, path: POD, expand: variables.expand, restartsInPlace });
  const place = { path: POD, report };
  const words = (key: "command" | "args") =>
    textsOf(container[key]).map((word, index) => variables.expand(word, [...CONTAINER, key, index]));
  const [entrypoint, command] = [words("command"), words("args")];
  return {
    keys: {
      ...readWhen(cronJob, settings, report),
      ...readAttempts({ cronJob, job, pod }, report),
      ...imageOf(container, settings, report),
      ...(entrypoint.length > 0 && { entrypoint }),
      ...(command.length > 0 && { command }),
      ...variables.keys,
      ...(textOf(container.workingDir) !== undefined && { working_dir: literal(String(container.workingDir)) }),
      ...readAccess(pod, container, place),
      ...volumes.keys,
      ...readHost(pod, place),
      ...readResources(pod, container, place),
      ...(isTrue(container.tty) && { tty: "true" }),
      ...labelsOf(labels, report),
    },
    ...(volumes.top !== undefined && { top: volumes.top }),
  };
}

const METADATA_PATHS: readonly Path[] = [
  ["metadata"],
  ["spec", "jobTemplate", "metadata"],
  ["spec", "jobTemplate", "spec", "template", "metadata"],
];

function checkContainers(pod: Tree, containers: readonly Tree[], report: Report): void {
  const names = (list: readonly Tree[]) => list.map(({ name }) => textOf(name) ?? "?").join(", ");
  if (containers.length === 0) report.refuse("import-line", [...POD, "containers"], "the pod has no container");
  if (containers.length > 1)
    report.refuse(
      "import-container",
      [...POD, "containers"],
      `the pod has several containers (${names(containers)}); a run here is one`,
      "let one command do the work of all, or keep helpers as services",
    );
  const first = treesOf(pod.initContainers);
  if (first.length > 0)
    report.refuse(
      "import-container",
      [...POD, "initContainers"],
      `containers run before the job's own (${names(first)}); a run here is one`,
      "let the job's command do their work first",
    );
  for (const key of ["lifecycle", "volumeDevices"])
    if (!isEmpty(containers[0]?.[key]))
      report.refuse(
        key === "lifecycle" ? "import-lifecycle" : "import-volume",
        [...CONTAINER, key],
        `the container has ${key}, of which there is nothing here`,
        key === "lifecycle" ? "let the job's command do it" : "name the device under devices",
      );
}

/** Without a policy, an image with the tag latest, or without a tag, is pulled for each pod. */
function imageOf(container: Tree, settings: ImportSettings, report: Report): Readonly<Record<string, FileValue>> {
  const image = textOf(container.image) ?? settings.image;
  if (image === undefined) {
    report.refuse("import-image", CONTAINER, "the container has no image");
    return {};
  }
  const isLatest = !image.includes("@") && /^[^:]*(?:\/[^:]*)*$|:latest$/.test(image.replace(/^[^/]*:\d+\//, ""));
  const policy = textOf(container.imagePullPolicy) ?? (isLatest ? "Always" : "IfNotPresent");
  const pull = { Always: "always", IfNotPresent: "missing", Never: "never" }[policy];
  if (pull === undefined)
    report.refuse("import-line", [...CONTAINER, "imagePullPolicy"], `Kubernetes takes no imagePullPolicy "${policy}"`);
  return { image: literal(image), ...(pull !== undefined && pull !== "missing" && { pull_policy: pull }) };
}

function labelsOf(labels: Tree, report: Report): Readonly<Record<string, FileValue>> {
  const [ours, theirs] = [(key: string) => key.startsWith("shipbell."), Object.entries(labels)];
  for (const [key] of theirs.filter(([key]) => ours(key)))
    report.leaveOut(["metadata", "labels", key], `the label ${key}`);
  const kept = theirs.filter(([key]) => !ours(key)).map(([key, value]) => [key, literal(String(value ?? ""))] as const);
  return kept.length === 0 ? {} : { labels: Object.fromEntries(kept) };
}

/** What tools write down for themselves. */
const OF_TOOLS =
  /^(?:kubectl\.kubernetes\.io|meta\.helm\.sh|helm\.sh|argocd\.argoproj\.io|kustomize\.toolkit\.fluxcd\.io|deployment\.kubernetes\.io|checksum)\//;

function leaveAnnotations(annotations: Tree, path: Path, report: Report): void {
  for (const key of Object.keys(annotations))
    if (!OF_TOOLS.test(key)) report.leaveOut([...path, "annotations", key], `the annotation ${key}`);
}

function hasNoZone({ tree }: Manifest): boolean {
  const { timeZone, schedule } = treeOf(tree.spec);
  return timeZone == null && !/TZ=/.test(textOf(schedule) ?? "");
}

function unknownZone({ placeOf }: Manifest): Finding {
  const message =
    "without timeZone, Kubernetes reads schedules in the zone of its controller manager, which is not known here; UTC is taken, which it usually is";
  return {
    code: "import-zone",
    place: placeOf(["spec", "schedule"]),
    message,
    hint: "--timezone says which it was",
    severity: "warning",
  };
}

function mergeTops(tops: readonly Readonly<Record<string, FileValue>>[]): Record<string, FileValue> {
  const merged: Record<string, FileValue> = {};
  for (const [key, value] of tops.flatMap((top) => Object.entries(top)))
    merged[key] = { ...(merged[key] as object), ...(value as object) };
  return merged;
}
