import type { Assignments } from "./assignments.ts";
import type { Variables } from "./interpolate.ts";
import type { ComposeTemplate, Job, Policies, Schedule, VolumeMount } from "./job.ts";
import { jobHash } from "./job-hash.ts";
import type { JobKeys, PolicyKeys } from "./job-schema.ts";

export const DEFAULT_HISTORY = { succeeded: 3, failed: 3 } as const;
export const DEFAULT_PENDING_TIMEOUT_MS = 600_000;
export const DEFAULT_STOP_GRACE_PERIOD_MS = 10_000;

type Definition = Omit<Job, "hash">;

export function withHash(job: Definition): Job {
  return { ...job, hash: jobHash(job) };
}

export function makeSchedules({ schedule, timezone }: PolicyKeys, defaultTimezone: string): Schedule[] {
  return schedule.map((pattern) => ({ pattern, timezone: timezone ?? defaultTimezone }));
}

/** What a job's keys say of its policies, the defaults filled in. */
export function makePolicies(keys: PolicyKeys, defaultStopGracePeriodMs = DEFAULT_STOP_GRACE_PERIOD_MS): Policies {
  return {
    overlap: keys.overlap ?? "forbid",
    catchUp: keys.catch_up ?? "last",
    history: {
      succeeded: keys.history?.succeeded ?? DEFAULT_HISTORY.succeeded,
      failed: keys.history?.failed ?? DEFAULT_HISTORY.failed,
    },
    run: {
      ...given("timeoutMs", keys.timeout),
      pendingTimeoutMs: keys.pending_timeout ?? DEFAULT_PENDING_TIMEOUT_MS,
      stopGracePeriodMs: keys.stop_grace_period ?? defaultStopGracePeriodMs,
      successExitCodes: keys.success_exit_codes ?? [0],
    },
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
    ...given("command", keys.command),
    ...given("entrypoint", keys.entrypoint),
    environment: environmentOf(keys.environment ?? [], variables),
    volumes: (keys.volumes ?? []).map((volume) => fromFolder(volume, folder)),
    volumesFrom: keys.volumes_from ?? [],
    networks: keys.networks ?? [],
    secrets: [],
    configs: [],
    placement: { constraints: [], spread: [] },
    limits: { ...given("memoryBytes", keys.mem_limit), ...given("cpus", keys.cpus) },
    reservations: {},
    ...given("user", keys.user),
    ...given("workingDir", keys.working_dir),
    labels: Object.fromEntries((keys.labels ?? []).map(([name, value]) => [name, value ?? ""])),
    init: keys.init ?? true,
    ...given("stopSignal", keys.stop_signal),
  };
}

/** A property, or none where its value was not given. */
function given<Key extends string, Value>(key: Key, value: Value | null | undefined) {
  return (value === null || value === undefined ? {} : { [key]: value }) as { [K in Key]?: Value };
}

/** A name without a value takes the scheduler's variable, and is left out where there is none, as in Compose. */
function environmentOf(assignments: Assignments, variables: Variables): Record<string, string> {
  const values = assignments.map(([name, value]) => [
    name,
    value ?? (Object.hasOwn(variables, name) ? variables[name] : undefined),
  ]);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

function fromFolder(volume: VolumeMount, folder: string): VolumeMount {
  if (volume.type !== "bind" || volume.source === undefined) return volume;
  return {
    ...volume,
    source: normalizePath(volume.source.startsWith("/") ? volume.source : `${folder}/${volume.source}`),
  };
}

function normalizePath(path: string): string {
  const steps: string[] = [];
  for (const step of path.split("/")) {
    if (step === "..") steps.pop();
    else if (step !== "" && step !== ".") steps.push(step);
  }
  return `/${steps.join("/")}`;
}
