import { isAlias, isScalar } from "yaml";
import type { ObjectKind } from "../../job/job.ts";
import type { LabelRules } from "../../job/label-rules.ts";
import { isWarning } from "../../job/problem.ts";
import { nodeAt } from "../files/places.ts";
import { offsetOf, type YamlDocument } from "../files/yaml-document.ts";
import type { Flaw, ReadValue } from "../files/yaml-value.ts";
import { isMapValue, type YamlValue } from "../values/yaml.ts";

/** A service of a Compose or stack file, with all of its labels. */
export interface LabelledService {
  readonly name: string;
  readonly node: unknown;
  readonly keyOffset: number;
  /** Under `labels`: those of its containers. */
  readonly labels: Labels;
  /** Under `deploy.labels`: those of the service of a Swarm. */
  readonly deploy: Labels;
  /** What says as what it runs, with variables filled in. */
  readonly keys: Readonly<Record<ServiceKey, YamlValue>>;
  readonly deployKeys: Readonly<Record<DeployKey, YamlValue>>;
  /** Mistakes in these keys. */
  readonly flaws: readonly Flaw[];
}

interface Labels {
  readonly values: Readonly<Record<string, string>>;
  /** Labels of ours, and where they stand. */
  readonly at: ReadonlyMap<string, LabelOffsets>;
  readonly flaws: readonly Flaw[];
}

interface LabelOffsets {
  readonly keyOffset: number;
  readonly valueOffset: number;
}

const SERVICE_KEYS = [
  "image",
  "user",
  "container_name",
  "cap_drop",
  "security_opt",
  "restart",
  "profiles",
  "scale",
] as const;
const DEPLOY_KEYS = ["mode", "replicas", "placement", "update_config", "rollback_config", "endpoint_mode"] as const;
type ServiceKey = (typeof SERVICE_KEYS)[number];
type DeployKey = (typeof DEPLOY_KEYS)[number];

interface Source {
  readonly document: YamlDocument;
  /** The node of all services. */
  readonly node: unknown;
  readonly name: string;
  readonly readValue: (node: unknown) => ReadValue;
}

/** Reads a service, through aliases and `<<`. */
export function readService({ document, node: all, name, readValue }: Source, rules: LabelRules): LabelledService {
  const { key, value: node } = nodeAt(document, all, [name]) ?? { key: all, value: null };
  const flaws: Flaw[] = [];
  const read = (path: readonly string[]): YamlValue => {
    const found = nodeAt(document, node, path);
    if (found === undefined) return null;
    const { value, flaws: wrong } = readValue(found.value);
    flaws.push(...wrong);
    return value;
  };
  const labelsAt = (path: readonly string[]) => {
    const source = { document, readValue, labelPrefix: rules.labelPrefix, isStack: path.length > 1 };
    return readLabels(nodeAt(document, node, path)?.value, source);
  };
  const keys = Object.fromEntries(SERVICE_KEYS.map((each) => [each, read([each])]));
  const deployKeys = Object.fromEntries(DEPLOY_KEYS.map((each) => [each, read(["deploy", each])]));
  return {
    name,
    node,
    keyOffset: offsetOf(key),
    labels: labelsAt(["labels"]),
    deploy: labelsAt(["deploy", "labels"]),
    keys: keys as LabelledService["keys"],
    deployKeys: deployKeys as LabelledService["deployKeys"],
    flaws,
  };
}

/** Returns the labels of ours, wherever they stand. */
export function ownLabels({ labels, deploy }: LabelledService): readonly string[] {
  return [...deploy.at.keys(), ...labels.at.keys()];
}

/**
 * True for a file of `docker stack deploy`: the setting `engine` says so, or labels of ours or keys that Compose alone has no
 * use for stand under `deploy`.
 */
export function isForSwarm(services: readonly LabelledService[], engine: ObjectKind | undefined): boolean {
  if (engine !== undefined) return engine === "service";
  return services.some(({ deploy, deployKeys: { replicas, ...others } }) => {
    return deploy.at.size > 0 || replicas === "0" || Object.values(others).some((value) => value !== null);
  });
}

interface LabelSource {
  readonly document: YamlDocument;
  readonly readValue: (node: unknown) => ReadValue;
  readonly labelPrefix: string;
  readonly isStack: boolean;
}

function readLabels(node: unknown, { document, readValue, labelPrefix, isStack }: LabelSource): Labels {
  const read = readValue(node);
  const at = new Map<string, LabelOffsets>();
  const flaws: Flaw[] = [];
  const values: Record<string, string> = {};
  for (const { name, value, step } of entriesOf(read.value)) {
    Object.defineProperty(values, name, { value: value ?? "", enumerable: true, configurable: true, writable: true });
    if (!name.startsWith(`${labelPrefix}.`)) continue;
    const found = nodeAt(document, node, [step]);
    const target = isAlias(found?.value) ? document.targetOf(found.value) : found?.value;
    const keyOffset = offsetOf(found?.key);
    const valueOffset = target === null ? keyOffset : offsetOf(target);
    at.set(name, { keyOffset, valueOffset });
    const wrong = value === undefined ? NOT_TEXT : isStack && isBareWord(target) ? BARE_WORD : undefined;
    if (wrong !== undefined) flaws.push({ offset: valueOffset, ...wrong });
  }
  const ours = new Set([...at.values()].flatMap(({ keyOffset, valueOffset }) => [keyOffset, valueOffset]));
  // Variables that are not set in labels of others are not our business.
  const written = [...read.flaws].filter((flaw) => !isWarning(flaw) || ours.has(flaw.offset));
  return { values, at, flaws: at.size === 0 ? [] : [...written, ...flaws] };
}

const NOT_TEXT = { message: "a label must be a text, not a list or a map of keys", hint: "write its value in quotes" };

/** The schema of stack files has texts and numbers alone in labels; Compose's own has these words as well. */
const BARE_WORD = {
  message: "docker stack deploy refuses a label that is a bare true or false",
  hint: "put it in quotes",
};

function isBareWord(node: unknown): boolean {
  return isScalar(node) && node.type === "PLAIN" && /^(?:true|false)$/i.test(String(node.value));
}

interface LabelEntry {
  readonly name: string;
  /** Absent where it is a list or a map. */
  readonly value?: string;
  /** The last step to it: a key, or a position in the list. */
  readonly step: string | number;
}

/** `NAME: value`, or `- NAME=value`. */
function entriesOf(labels: YamlValue): readonly LabelEntry[] {
  if (isMapValue(labels))
    return Object.entries(labels).map(([name, value]) =>
      typeof value === "string" || value === null ? { name, value: value ?? "", step: name } : { name, step: name },
    );
  if (!Array.isArray(labels)) return [];
  return labels.flatMap((item, step) => {
    if (typeof item !== "string") return [];
    const [name = "", ...value] = item.split("=");
    return [{ name, value: value.join("="), step }];
  });
}
