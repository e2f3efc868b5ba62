import { JOB_KEYS, UNSUPPORTED_KEYS } from "../../known-keys.ts";
import type { FileValue, Finding, Place } from "../imported.ts";
import type { ComposeFile, ComposeService } from "./read-compose-file.ts";

/** What the template of a job has of a service, and what the top of its file needs for that. */
export interface ServiceJob {
  readonly keys: Readonly<Record<string, FileValue>>;
  readonly top: Readonly<Record<string, FileValue>>;
  readonly findings: readonly Finding[];
  /** The names at the top begin with that of the stack, which is not known. */
  readonly isProjectGuessed: boolean;
}

/**
 * Makes a job of a service of a stack: the same keys, without those that only a service that runs on has. Networks, volumes,
 * secrets and configs are those of the deployed stack, by the names that they have there.
 */
export function jobOfService(service: ComposeService, file: ComposeFile, project: string | undefined): ServiceJob {
  const names = new DeployedNames(file, project);
  const { keys, place } = service;
  const findings: Finding[] = [];
  const kept: Record<string, FileValue> = {};
  const left: string[] = [];
  for (const [key, value] of Object.entries(keys)) {
    if (key === "deploy" || key === "labels" || key === "networks" || /^x-/.test(key)) continue;
    if (JOB_KEYS.includes(key)) kept[key] = value;
    else left.push(key);
  }
  const labels = withoutForeign(keys.labels);
  if (labels !== undefined) kept.labels = labels;
  const deploy = deployOf(keys.deploy);
  if (deploy !== undefined) kept.deploy = deploy;
  if (!("network_mode" in keys)) {
    const networks = keys.networks ?? null;
    if (networks !== null) kept.networks = networks;
    for (const name of networks === null ? ["default"] : namesIn(networks)) names.use("networks", name);
    if (networks === null) kept.networks = ["default"];
  }
  for (const name of volumesIn(keys.volumes)) names.use("volumes", name);
  for (const kind of ["secrets", "configs"] as const) for (const name of sourcesIn(keys[kind])) names.use(kind, name);
  if (left.length > 0) {
    const known = left.filter((key) => UNSUPPORTED_KEYS.has(key));
    const why =
      known.length === left.length ? "a run has none of these, and a stack ignores most of them" : "they are not known";
    findings.push({ code: "import-key", place, message: `left out: ${left.join(", ")}; ${why}`, severity: "warning" });
  }
  return { keys: kept, top: names.top, findings, isProjectGuessed: names.isGuessed };
}

/** Said once for a file, with a place in it. */
export function unknownProject(place: Place): Finding {
  const message =
    "the name of the stack begins the names of its networks, volumes, secrets and configs, and is not known";
  const hint = "--project NAME, or set the variable STACK for the scheduler";
  return { code: "import-project", place, message, hint, severity: "warning" };
}

/** The name of the stack where it is not known: `check` refuses it until the variable is set. */
const UNKNOWN_PROJECT = "$" + "{STACK:?the name of the stack, as docker stack ls shows it}";

type Kind = "networks" | "volumes" | "secrets" | "configs";

/** Names in a Compose file, and what the deployed stack calls the same. */
class DeployedNames {
  readonly #file: ComposeFile;
  readonly #project: string | undefined;
  readonly #used: Record<Kind, Record<string, FileValue>> = { networks: {}, volumes: {}, secrets: {}, configs: {} };
  isGuessed = false;

  constructor(file: ComposeFile, project: string | undefined) {
    this.#file = file;
    this.#project = project ?? file.project;
  }

  /** What the job uses, as the top of its file must declare it. */
  get top(): Readonly<Record<string, FileValue>> {
    return Object.fromEntries(Object.entries(this.#used).filter(([, names]) => Object.keys(names).length > 0));
  }

  use(kind: Kind, name: string): void {
    const declared = this.#file.top[kind]?.[name];
    const isDeclared = declared !== undefined || (kind === "networks" && name === "default");
    if (!isDeclared) return;
    const given = mapOf(declared ?? null);
    const { external, name: ownName } = given;
    const externalName = mapOf(external ?? null).name;
    const isExternal = external === "true" || mapOf(external ?? null) !== NOTHING;
    const known = typeof ownName === "string" ? ownName : typeof externalName === "string" ? externalName : undefined;
    const deployed = known ?? (isExternal ? name : `${this.#projectName()}_${name}`);
    // A volume is made on each node that needs it; all else is there as soon as the stack is.
    const own = kind === "volumes" && !isExternal ? withoutName(given) : { external: "true" };
    this.#used[kind][name] = { ...own, name: deployed };
  }

  #projectName(): string {
    if (this.#project === undefined) this.isGuessed = true;
    return this.#project ?? UNKNOWN_PROJECT;
  }
}

export type FileMap = Readonly<Record<string, FileValue>>;

const NOTHING: FileMap = {};

export function mapOf(value: FileValue): FileMap {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as FileMap) : NOTHING;
}

function listOf(value: FileValue | undefined): readonly FileValue[] {
  return Array.isArray(value) ? value : [];
}

function withoutName({ name: _name, external: _external, ...rest }: FileMap): FileMap {
  return rest;
}

export function namesIn(value: FileValue): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : Object.keys(mapOf(value));
}

/** Named volumes: short ones begin with a name, long ones have it as their source. */
export function volumesIn(value: FileValue | undefined): readonly string[] {
  return listOf(value).flatMap((item) => {
    if (typeof item === "string") return /^[a-zA-Z0-9][\w.-]*(?=:)/.exec(item)?.slice(0, 1) ?? [];
    const { source, type } = mapOf(item);
    return typeof source === "string" && type !== "bind" ? [source] : [];
  });
}

export function sourcesIn(value: FileValue | undefined): readonly string[] {
  return listOf(value).flatMap((item) => {
    const source = typeof item === "string" ? item : mapOf(item).source;
    return typeof source === "string" ? [source] : [];
  });
}

/** Limits, and the choice of nodes. All else under `deploy` is about a service that runs on. */
function deployOf(value: FileValue | undefined): FileValue | undefined {
  const { resources, placement } = mapOf(value ?? null);
  const kept = { ...(resources !== undefined && { resources }), ...(placement !== undefined && { placement }) };
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** Labels of a scheduler are for it; the run need not have them. */
function withoutForeign(labels: FileValue | undefined): FileValue | undefined {
  const isForeign = (key: string) => /^(?:ofelia|chadburn|swarm\.cronjob|deck-chores)\./.test(key);
  if (Array.isArray(labels)) {
    const kept = labels.filter((label) => typeof label !== "string" || !isForeign(label));
    return kept.length === 0 ? undefined : kept;
  }
  const kept = Object.entries(mapOf(labels ?? null)).filter(([key]) => !isForeign(key));
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

interface RestartPolicy {
  readonly condition: string;
  readonly attempts: number | undefined;
  readonly delay: string | undefined;
}

function restartPolicyOf(deploy: FileValue | undefined): RestartPolicy {
  const { condition, max_attempts: attempts, delay } = mapOf(mapOf(deploy ?? null).restart_policy ?? null);
  return {
    condition: typeof condition === "string" ? condition : "any",
    attempts: typeof attempts === "string" && /^\d{1,4}$/.test(attempts) ? Number(attempts) : undefined,
    delay: typeof delay === "string" && /^(?:\d+(?:h|ms|m|s))+$/.test(delay) ? delay : undefined,
  };
}

const MOST_RETRIES = 100;

/** Swarm's restarts after a failure are further attempts here. */
export function retriesOf(deploy: FileValue | undefined): Record<string, FileValue> {
  const { condition, attempts, delay } = restartPolicyOf(deploy);
  if (condition !== "on-failure" || !attempts) return {};
  return {
    retries: { limit: String(Math.min(attempts, MOST_RETRIES)), delay: delay ?? "5s", max_delay: delay ?? "5s" },
  };
}

/** Says what becomes of a service's `restart_policy`, where a run here is not started again as Swarm starts its tasks. */
export function restarts(deploy: FileValue | undefined, place: Place): readonly Finding[] {
  const { condition, attempts } = restartPolicyOf(deploy);
  if (condition === "none" || (condition === "on-failure" && attempts)) return [];
  const message =
    condition === "on-failure"
      ? "restart_policy is on-failure without max_attempts: Swarm restarts the task until it succeeds; here it runs once"
      : `restart_policy is ${condition}, under which Swarm restarts the task whenever it ends; here it runs once`;
  return [{ code: "import-retries", place, message, hint: "retries gives it further attempts", severity: "warning" }];
}
