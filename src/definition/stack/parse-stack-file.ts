import { isMap } from "yaml";
import { boundProblem, isWarning, type Problem } from "../../job/problem.ts";
import { type FileSettings, loneCarriageReturn, parseScheduleFile } from "../files/parse-schedule-file.ts";
import { nodeAt, placeProblems } from "../files/places.ts";
import { offsetOf, readYaml, type YamlDocument } from "../files/yaml-document.ts";
import { valueReader } from "../files/yaml-value.ts";
import { instanceLabel, type LabelledObject } from "../labels/labelled-object.ts";
import { type LabelSettings, parseLabels } from "../labels/parse-labels.ts";
import { joinReadings, type Reading, unreadable } from "../reading.ts";
import { Allowance } from "../values/allowance.ts";
import { isMapValue } from "../values/yaml.ts";
import { fileVariables } from "../variables/file-variables.ts";
import { doubtContainer } from "./doubt-container.ts";
import { isForSwarm, type LabelledService, ownLabels, readService } from "./labelled-service.ts";
import { objectsOf } from "./objects-of-service.ts";
import { projectName } from "./project-name.ts";

export interface StackFileSettings extends Omit<FileSettings, "instance">, LabelSettings {
  readonly rules: NonNullable<LabelSettings["rules"]>;
  /** As what the file is deployed. Default: as Compose finds it. */
  readonly project?: string;
}

/**
 * Reads a schedule file, or the labels of a Compose or stack file as the scheduler would read them from what is deployed
 * with it, or both of a file that has both. What is wrong has its place in the file. Never throws.
 */
export function parseStackFile(text: string, settings: StackFileSettings): Reading {
  // A schedule file has no services.
  if (!text.includes("services")) return parseScheduleFile(text, settings);
  try {
    return readServices(text, settings) ?? parseScheduleFile(text, settings);
  } catch (error) {
    // The parser recurses: a schedule file with so many brackets is explained where those are read.
    if (error instanceof RangeError) return parseScheduleFile(text, settings);
    throw error;
  }
}

/** Undefined for a schedule file, and for what was probably meant to be one. */
function readServices(text: string, settings: StackFileSettings): Reading | undefined {
  const { path } = settings;
  const lone = loneCarriageReturn(text, path);
  const document = readYaml(text, path);
  const { root } = document;
  if (lone !== undefined || document.problems.length > 0 || !isMap(root)) return undefined;
  const top = document.keysOf(root).own;
  const node = top.get("services")?.value;
  if (node === undefined) return undefined;
  const { variables, problems } = fileVariables(settings);
  if (variables === undefined) return unreadable(path, problems);
  const allowance = new Allowance(text.length);
  const readValue = valueReader(document, { variables, allowance });
  const { value } = readValue(node);
  const names = isMapValue(value) ? Object.keys(value) : [];
  const services = names.map((name) => readService({ document, node, name, readValue }, settings.rules));
  const labelled = services.filter((service) => ownLabels(service).length > 0);
  const isScheduleFile = ["jobs", "defaults", "notify", "pools"].some((key) => top.has(key));
  if (labelled.length === 0) {
    const isMeantAsOne =
      isMapValue(value) && Object.values(value).some((each) => isMapValue(each) && "schedule" in each);
    return isScheduleFile || isMeantAsOne
      ? undefined
      : unreadable(path, [...problems, declaresNothing(document, settings)]);
  }
  const project = projectName({ ...settings, variables, named: readValue(top.get("name")?.value).value });
  const isStack = isForSwarm(services, settings.engine);
  const elsewhere = services.flatMap((service) => definedElsewhere(service, document));
  const around: Reading = { jobs: [], problems: [...problems, ...elsewhere], broken: [] };
  const readings = labelled.map((service) => {
    const objects = objectsOf(service, { project, isStack });
    return joinReadings(objects.map((object) => readObject(object, service, { ...settings, document })));
  });
  const jobs = isScheduleFile ? [parseScheduleFile(text, settings)] : [];
  const reading = joinReadings([...jobs, around, ...readings]);
  return { ...reading, problems: byPlace(reading.problems, path).map(boundProblem) };
}

/** Those of other files come first. A part that is merged into several services is said to be wrong once. */
function byPlace(problems: readonly Problem[], path: string): readonly Problem[] {
  const placeOf = ({ at }: Problem) => {
    const [line = 0, column = 0] = at.startsWith(`${path}:`)
      ? at
          .slice(path.length + 1)
          .split(":")
          .map(Number)
      : [];
    return { line, column };
  };
  const different = new Map(problems.map((problem) => [`${problem.at} ${problem.message}`, problem]));
  return [...different.values()].sort((a, b) => {
    const [first, second] = [placeOf(a), placeOf(b)];
    return first.line - second.line || first.column - second.column;
  });
}

function readObject(
  object: LabelledObject,
  service: LabelledService,
  { document, ...settings }: StackFileSettings & { readonly document: YamlDocument },
): Reading {
  const { rules, path } = settings;
  const place = placeLabels(service, object, document);
  // It is read by the instance that it names, whichever that is.
  const instance = object.labels[instanceLabel(rules.labelPrefix)]?.trim() ?? settings.instance;
  const read = parseLabels([object], { ...settings, instance, place });
  const flaws =
    object.kind === "service"
      ? [...service.flaws, ...service.deploy.flaws]
      : [...service.flaws, ...service.labels.flaws];
  const flawed = placeProblems(flaws, [], { document, node: service.node, keyOffset: service.keyOffset });
  const wrong = new Set(flawed.filter((problem) => !isWarning(problem)).map(({ at }) => at));
  const doubts = doubtContainer(object, service, rules.labelPrefix).map(({ label, ...doubt }) => ({
    at: place(object, label),
    ...doubt,
  }));
  const problems = [...flawed, ...read.problems.filter(({ at }) => !wrong.has(at)), ...doubts];
  const isBroken = wrong.size > 0 || doubts.some((doubt) => !isWarning(doubt));
  return { jobs: isBroken ? [] : read.jobs, problems, broken: read.broken.map((each) => ({ ...each, unit: path })) };
}

/** Returns where labels of the object stand in the file; of a label that is missing, its service. */
function placeLabels(service: LabelledService, { kind }: LabelledObject, document: YamlDocument) {
  const { at } = kind === "service" ? service.deploy : service.labels;
  return (_object: unknown, label?: string, on?: "key" | "value"): string => {
    // What is wrong with several labels together is said of the first.
    const found =
      label === undefined ? undefined : (at.get(label) ?? [...at].find(([name]) => name.startsWith(`${label}.`))?.[1]);
    if (found === undefined) return document.at(service.keyOffset);
    return document.at(on === "value" ? found.valueOffset : found.keyOffset);
  };
}

function declaresNothing(document: YamlDocument, { rules: { labelPrefix } }: StackFileSettings): Problem {
  const message = `this file declares no job: it has no jobs, and no service in it has a label that begins with ${labelPrefix}.`;
  const hint = `a job of a service of a Swarm has its schedule in deploy: labels:, and one of a container in labels:, as ${labelPrefix}.schedule`;
  return { at: document.at(offsetOf(document.root)), message, hint };
}

/** Labels may come from files that are not read here. */
function definedElsewhere({ node, name, keyOffset }: LabelledService, document: YamlDocument): readonly Problem[] {
  const key = ["extends", "label_file"].find((each) => nodeAt(document, node, [each]) !== undefined);
  if (key === undefined) return [];
  const message = `the labels that the service ${name} has by ${key} are not checked`;
  const hint = "docker compose config | shipbell check -";
  const found = nodeAt(document, node, [key]);
  return [
    { at: document.at(found === undefined ? keyOffset : offsetOf(found.key)), message, hint, severity: "warning" },
  ];
}
