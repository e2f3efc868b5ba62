import type * as z from "zod";
import type { AccessKeys, ComposeTemplate, HostKeys, ObjectKind, ProcessKeys, ResourceKeys } from "../../job/job.ts";
import { textsOf } from "../values/assignments.ts";
import { given, givenOf, namesOf } from "../values/given.ts";
import type { Issue } from "../values/issue.ts";
import type { YamlMap, YamlValue } from "../values/yaml.ts";
import type { Variables } from "../variables/interpolate.ts";
import { accessGroup, accessKeys } from "./access.ts";
import { commandGroup } from "./command.ts";
import type { Declared } from "./declared.ts";
import { deployGroup, makePlacement } from "./deploy.ts";
import { deviceGroup, makeDevices } from "./devices.ts";
import { environmentGroup, makeEnvironment } from "./environment.ts";
import { healthcheckGroup } from "./healthcheck.ts";
import { imageGroup } from "./image.ts";
import { findRefused, type KeyGroup, type KeySupport } from "./key-group.ts";
import { hostKeys, makeNetworks, networkGroup } from "./networks.ts";
import { processGroup, surroundingKeys } from "./process.ts";
import { makeLimits, makeReservations, resourceGroup, resourceKeys } from "./resources.ts";
import { makeStoredFiles, storedFileGroup } from "./stored-files.ts";
import { makeVolumes, volumeGroup } from "./volumes.ts";

/** What is run: the keys of a Compose service that a job may have. */
export const templateKeys = {
  ...imageGroup.keys,
  ...commandGroup.keys,
  ...environmentGroup.keys,
  ...volumeGroup.keys,
  ...networkGroup.keys,
  ...storedFileGroup.keys,
  ...deployGroup.keys,
  ...processGroup.keys,
  ...resourceGroup.keys,
  ...healthcheckGroup.keys,
  ...accessGroup.keys,
  ...deviceGroup.keys,
};

type TemplateKeys = z.output<z.ZodObject<typeof templateKeys>>;

const GROUPS: readonly KeyGroup<Partial<TemplateKeys>>[] = [
  imageGroup,
  commandGroup,
  environmentGroup,
  volumeGroup,
  networkGroup,
  storedFileGroup,
  deployGroup,
  processGroup,
  resourceGroup,
  healthcheckGroup,
  accessGroup,
  deviceGroup,
];

export const COMPOSE_KEYS: readonly string[] = Object.keys(templateKeys);

/** The keys below a place in a job: `deploy.placement`, `networks.*`. */
export const INNER_KEYS: ReadonlyMap<string, readonly string[]> = new Map(
  GROUPS.flatMap(({ inner = {} }) => Object.entries(inner)),
);

/** Of keys that Compose has at such a place and shipbell does not: what to do instead. */
export const UNSUPPORTED_INNER_KEYS: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map(
  GROUPS.flatMap(({ unsupported = {} }) =>
    Object.entries(unsupported).map(([place, keys]) => [place, new Map(Object.entries(keys))] as const),
  ),
);

/** All that engines cannot honour: the checker goes by it, and the reference for people is made from it. */
export const KEY_SUPPORT: readonly KeySupport[] = GROUPS.flatMap(({ support = [] }) => support);

/** Finds what is wrong between keys that are valid by themselves. `written` also has those that are not. */
export function checkTemplate(keys: Partial<TemplateKeys>, written: YamlMap): Issue[] {
  return GROUPS.flatMap(({ check }) => check?.(keys, written) ?? []);
}

/** Finds what this kind of engine cannot honour, by the keys as they were written; they need not be valid. */
export function checkEngine(written: YamlMap, engine: ObjectKind, declared: Declared): Issue[] {
  return [
    ...KEY_SUPPORT.flatMap((row) => findRefused(row, written, engine)),
    ...GROUPS.flatMap(({ checkEngine }) => checkEngine?.(written, engine, declared) ?? []),
  ];
}

export interface TemplateSettings {
  readonly variables: Variables;
  /** Absolute path of the folder that relative bind paths start from. */
  readonly folder: string;
}

/** Makes a template of valid keys. A group that the job does not mention is absent, so that it does not change the hash. */
export function makeTemplate(keys: TemplateKeys, { variables, folder }: TemplateSettings): ComposeTemplate {
  return {
    kind: "compose",
    image: keys.image,
    ...given("pullPolicy", keys.pull_policy),
    ...given("platform", keys.platform),
    ...given("command", keys.command),
    ...given("entrypoint", keys.entrypoint),
    environment: makeEnvironment(keys.environment, variables),
    labels: textsOf(keys.labels),
    volumes: makeVolumes(keys, folder),
    volumesFrom: keys.volumes_from ?? [],
    ...given("tmpfs", keys.tmpfs),
    ...makeNetworks(keys),
    ...given("host", givenOf<HostKeys>(keys, namesOf(hostKeys))),
    secrets: makeStoredFiles(keys.secrets, keys.user),
    configs: makeStoredFiles(keys.configs, keys.user),
    placement: makePlacement(keys.deploy),
    ...given("user", keys.user),
    ...given("workingDir", keys.working_dir),
    init: keys.init ?? true,
    ...given("stopSignal", keys.stop_signal),
    ...given("process", givenOf<ProcessKeys>(keys, namesOf(surroundingKeys))),
    ...given("logging", keys.logging),
    limits: makeLimits(keys),
    reservations: makeReservations(keys),
    ...given("resources", givenOf<ResourceKeys>(keys, namesOf(resourceKeys))),
    ...given("healthcheck", keys.healthcheck),
    ...given("access", givenOf<AccessKeys>(keys, namesOf(accessKeys))),
    ...given("devices", makeDevices(keys, keys.deploy?.resources?.reservations)),
  };
}

const USER_NAMED: ReadonlySet<string> = new Set(GROUPS.flatMap(({ userNamed = [] }) => userNamed));

/** No key of Compose stands deeper than this: what is below is left as it is. */
const DEEPEST = 6;

/** Removes the keys that begin with `x-`: as in Compose they are the user's, and mean nothing here. */
export function withoutExtensions(job: YamlMap): YamlMap {
  return withoutBelow(job, { hasNames: false, depth: 0, seen: new Map() }) as YamlMap;
}

interface Level {
  readonly hasNames: boolean;
  readonly depth: number;
  /** An alias makes one value stand in many places, and aliases of aliases multiply them: each value is copied once per kind of place. */
  readonly seen: Map<string, WeakMap<object, YamlValue>>;
}

function withoutBelow(value: YamlValue, level: Level): YamlValue {
  const { hasNames, depth, seen } = level;
  if (typeof value !== "object" || value === null || depth > DEEPEST) return value;
  const kind = `${depth} ${hasNames}`;
  const known = seen.get(kind) ?? new WeakMap<object, YamlValue>();
  seen.set(kind, known);
  const found = known.get(value) ?? copyWithout(value, level);
  known.set(value, found);
  return found;
}

function copyWithout(value: YamlMap | readonly YamlValue[], { hasNames, depth, seen }: Level): YamlValue {
  const below = { depth: depth + 1, seen };
  if (Array.isArray(value)) return value.map((item: YamlValue) => withoutBelow(item, { ...below, hasNames }));
  const entries = Object.entries(value).filter(([key]) => hasNames || !key.startsWith("x-"));
  return Object.fromEntries(
    entries.map(([key, each]) => [key, withoutBelow(each, { ...below, hasNames: !hasNames && USER_NAMED.has(key) })]),
  );
}
