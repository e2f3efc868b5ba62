import type {
  ComposeTemplate,
  Job,
  Limits,
  Placement,
  Policies,
  Reservations,
  Retries,
  RunPolicies,
  Schedule,
  VolumeMount,
} from "../job/job.ts";
import { jobHash } from "../job/job-hash.ts";
import type { JobKeys, PolicyKeys } from "./compose/job-schema.ts";
import { composeGroups } from "./compose/make-groups.ts";
import type { JoinedNetwork } from "./compose/network-keys.ts";
import { ownFile } from "./compose/stored-file.ts";
import { type Assignments, textsOf } from "./values/assignments.ts";
import { given } from "./values/given.ts";
import { normalizePath } from "./values/normalize-path.ts";
import type { Variables } from "./variables/interpolate.ts";

const DEFAULT_HISTORY = { succeeded: 3, failed: 3 } as const;
const DEFAULT_PENDING_TIMEOUT_MS = 600_000;
const DEFAULT_STOP_GRACE_PERIOD_MS = 10_000;

const DEFAULT_QUEUE_LIMIT = 10;
const DEFAULT_CATCH_UP_LIMIT = 100;
const DEFAULT_RETRY_DELAY_MS = 10_000;
const DEFAULT_MAX_RETRY_DELAY_MS = 600_000;

type Definition = Omit<Job, "hash">;

export function withHash(job: Definition): Job {
  return { ...job, hash: jobHash(job) };
}

export function makeSchedules({ schedule, timezone }: PolicyKeys, defaultTimezone: string): Schedule[] {
  return schedule.map((pattern) => ({ pattern, timezone: timezone ?? defaultTimezone }));
}

/** What follows from the object that a job is a copy of. */
export type TemplatePolicies = Partial<Pick<RunPolicies, "stopGracePeriodMs" | "endsWithTemplate">>;

/** What a job's keys say of its policies, the defaults filled in. */
export function makePolicies(keys: PolicyKeys, template: TemplatePolicies = {}): Policies {
  return {
    overlap: keys.overlap ?? "forbid",
    queueLimit: keys.queue_limit ?? DEFAULT_QUEUE_LIMIT,
    catchUp: keys.catch_up ?? "last",
    catchUpLimit: keys.catch_up_limit ?? DEFAULT_CATCH_UP_LIMIT,
    ...given("startingDeadlineMs", keys.starting_deadline),
    history: {
      succeeded: keys.history?.succeeded ?? DEFAULT_HISTORY.succeeded,
      failed: keys.history?.failed ?? DEFAULT_HISTORY.failed,
    },
    run: {
      ...given("timeoutMs", keys.timeout),
      pendingTimeoutMs: keys.pending_timeout ?? DEFAULT_PENDING_TIMEOUT_MS,
      ...given("nodeGraceMs", keys.node_grace),
      stopGracePeriodMs: keys.stop_grace_period ?? template.stopGracePeriodMs ?? DEFAULT_STOP_GRACE_PERIOD_MS,
      successExitCodes: keys.success_exit_codes ?? [0],
      ...given("retries", makeRetries(keys)),
      ...given("endsWithTemplate", template.endsWithTemplate),
    },
  };
}

function makeRetries({ retries }: PolicyKeys): Retries | undefined {
  if (!retries?.limit) return undefined;
  return {
    limit: retries.limit,
    delayMs: retries.delay ?? DEFAULT_RETRY_DELAY_MS,
    maxDelayMs: retries.max_delay ?? DEFAULT_MAX_RETRY_DELAY_MS,
    on: retries.on ?? ["failed", "rejected"],
  };
}

export interface TemplateSettings {
  readonly variables: Variables;
  /** Absolute path of the folder that relative bind paths start from. */
  readonly folder: string;
}

/** What a job's keys say of its container. */
export function makeTemplate(keys: JobKeys, { variables, folder }: TemplateSettings): ComposeTemplate {
  return {
    kind: "compose",
    image: keys.image,
    ...given("pullPolicy", keys.pull_policy),
    ...given("command", keys.command),
    ...given("entrypoint", keys.entrypoint),
    environment: environmentOf(keys.environment ?? [], variables),
    volumes: (keys.volumes ?? []).map((volume) => fromFolder(volume, folder)),
    volumesFrom: keys.volumes_from ?? [],
    networks: networksOf(keys).map(({ name }) => name),
    secrets: (keys.secrets ?? []).map((file) => ownFile(file, keys.user)),
    configs: (keys.configs ?? []).map((file) => ownFile(file, keys.user)),
    placement: placementOf(keys),
    limits: limitsOf(keys),
    reservations: reservationsOf(keys),
    ...given("user", keys.user),
    ...given("workingDir", keys.working_dir),
    labels: textsOf(keys.labels),
    init: keys.init ?? true,
    ...given("stopSignal", keys.stop_signal),
    ...composeGroups(keys, networksOf(keys)),
  };
}

/** The mode stands for the one network that it names; beside others it is a problem before. */
function networksOf({ networks, network_mode }: JobKeys): readonly JoinedNetwork[] {
  return network_mode == null ? (networks ?? []) : [{ name: network_mode }];
}

function placementOf({ deploy }: JobKeys): Placement {
  const { constraints, preferences } = deploy?.placement ?? {};
  return { constraints: constraints ?? [], spread: (preferences ?? []).map(({ spread }) => spread) };
}

/** `mem_limit` and its like are the older words for the same; that the two do not differ is checked before. */
function limitsOf({ deploy, mem_limit, cpus, pids_limit }: JobKeys): Limits {
  const limits = deploy?.resources?.limits;
  return {
    ...given("cpus", limits?.cpus ?? cpus),
    ...given("memoryBytes", limits?.memory ?? mem_limit),
    ...given("pids", limits?.pids ?? pids_limit),
  };
}

function reservationsOf({ deploy, mem_reservation }: JobKeys): Reservations {
  const { cpus, memory } = deploy?.resources?.reservations ?? {};
  return { ...given("cpus", cpus), ...given("memoryBytes", memory ?? mem_reservation) };
}

/** A name without a value takes the scheduler's variable, and is left out where there is none, as in Compose. */
export function environmentOf(assignments: Assignments, variables: Variables): Record<string, string> {
  const values = Object.fromEntries(
    assignments.map(([name, value]) => [name, value ?? (Object.hasOwn(variables, name) ? variables[name] : undefined)]),
  );
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<
    string,
    string
  >;
}

function fromFolder(volume: VolumeMount, folder: string): VolumeMount {
  if (volume.type !== "bind" || volume.source === undefined) return volume;
  return {
    ...volume,
    source: normalizePath(volume.source.startsWith("/") ? volume.source : `${folder}/${volume.source}`),
  };
}
