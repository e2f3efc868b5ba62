import { COMPOSE_KEYS, INNER_KEYS, UNSUPPORTED_INNER_KEYS } from "./compose/template.ts";
import { INPUT_KEYS } from "./inputs.ts";
import { INNER_POLICY_KEYS, POLICY_KEYS } from "./policies.ts";
import { INNER_TELLING_KEYS, TELLING_KEYS } from "./telling.ts";

/** The keys that may stand at a place in a job. */
interface KnownKeys {
  readonly allowed: readonly string[];
  /** Keys that Compose allows there, with what to do instead where that is known. */
  readonly unsupported: ReadonlyMap<string, string | undefined>;
  /** What may stand there, in words. */
  readonly inWords: string;
}

/** The keys of a job that has a container of its own. `launch` is `run`, `exec` (`exec-form.ts`) or `http` (`http-form.ts`). */
export const JOB_KEYS: readonly string[] = [...POLICY_KEYS, ...TELLING_KEYS, "launch", ...COMPOSE_KEYS];

/** What Compose allows in a service and a job does not have, with what to do instead. */
export const UNSUPPORTED_KEYS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    attach: "the output of each run is followed; leave it out",
    build: "build the image beforehand and name it under image",
    container_name: "each run gets a name made of the job and the time it was due",
    depends_on: "after: with the name of a job lets its success start this one",
    develop: "it is for work on an image; leave it out",
    driver_opts: "the options of a network stand under networks, next to its aliases",
    expose: "a job needs no ports; leave it out",
    extends: "use a YAML anchor: <<: *defaults",
    external_links: "name a network that both are on under networks",
    links: "name a network that both are on under networks",
    models: "give the job the address of the model under environment",
    ports: "a job needs no ports; leave it out",
    post_start: "let the job's command do it first",
    pre_start: "let the job's command do it first",
    pre_stop: "let the job's command do it when it gets the stop signal",
    profiles: "suspended: true keeps a job from being started",
    provider: "a job runs a container; leave it out",
    pull_refresh_after: "write it into pull_policy, such as every_6h",
    restart: "each occurrence is run once; leave it out",
    scale: "each occurrence is run once; leave it out",
    stdin_open: "a job has no terminal to read from; leave it out",
    umask: "let the job's command set it: sh -c 'umask 027; …'",
    use_api_socket: "mount the socket under volumes, if the job may do all that root may",
  }),
);

/** The keys of `http`. */
export const HTTP_KEYS = ["url", "method", "headers", "body", "expect", "ca_file"] as const;

/** Keys of shipbell's that mean something only with `launch: exec`. */
export const FOR_EXEC_ALONE: ReadonlyMap<string, string> = new Map([
  ["container", "with launch: exec it names the container that the command runs in"],
  ["project", "with launch: exec it names the Compose project of the service that the command runs in"],
  ["service", "with launch: exec it names the Compose service that the command runs in"],
]);

/** Keys of shipbell's that mean nothing where a job has a container of its own. */
const UNSUPPORTED_IN_JOB: ReadonlyMap<string, string> = new Map([
  ...UNSUPPORTED_KEYS,
  ...FOR_EXEC_ALONE,
  ["http", "with launch: http it says which request is sent"],
]);
const INNER: ReadonlyMap<string, readonly string[]> = new Map([
  ...INNER_POLICY_KEYS,
  ...INNER_TELLING_KEYS,
  ["inputs.*", INPUT_KEYS],
  ["http", HTTP_KEYS],
  ...INNER_KEYS,
]);

/** Returns the keys that may stand under `place` (`deploy.placement`), or in the job itself if it is empty. */
export function knownKeys(place: string): KnownKeys {
  if (place === "") {
    const inWords = `${[...POLICY_KEYS, ...TELLING_KEYS].join(", ")}, and the keys of a Compose service`;
    return { allowed: JOB_KEYS, unsupported: UNSUPPORTED_IN_JOB, inWords };
  }
  const [holder] = place.split(".", 1);
  const found = INNER.has(place) ? place : `${holder}.*`;
  const allowed = INNER.get(found) ?? [];
  return { allowed, unsupported: UNSUPPORTED_INNER_KEYS.get(found) ?? new Map(), inWords: allowed.join(", ") };
}

/** A key that another tool has for what a key of ours says. */
interface ForeignKey {
  readonly ours: string;
  /** How that is written. */
  readonly hint: string;
}

const FORBID: ForeignKey = { ours: "overlap", hint: "write overlap: forbid, which is the default" };
const OVERLAP: ForeignKey = { ours: "overlap", hint: "write overlap: forbid, allow, replace or queue" };
const RETRIES: ForeignKey = { ours: "retries", hint: "write retries: with how many further attempts there are" };
const SUSPENDED: ForeignKey = {
  ours: "suspended",
  hint: "leave it out; suspended: true keeps a job from being started",
};
const COMMAND: ForeignKey = {
  ours: "command",
  hint: "write command: (and what Kubernetes calls command is entrypoint)",
};

const NOTIFY: ForeignKey = { ours: "notify", hint: "write notify: with the names of channels, such as [ops-chat]" };

/** As Kubernetes, Compose's own jobs, swarm-cronjob, Ofelia and others write it. */
export const FOREIGN_KEYS: ReadonlyMap<string, ForeignKey> = new Map<string, ForeignKey>([
  [
    "triggers",
    { ours: "schedule", hint: 'write schedule: "0 3 * * *", and timezone, overlap and catch_up next to it' },
  ],
  ["concurrency", OVERLAP],
  ["missed_fires", { ours: "catch_up", hint: "write catch_up: last for one, none for skip" }],
  ["cron", { ours: "schedule", hint: 'write schedule: "0 3 * * *"' }],
  ["every", { ours: "schedule", hint: 'write schedule: "@every 5m"' }],
  ["tz", { ours: "timezone", hint: "write timezone:" }],
  ["concurrencyPolicy", OVERLAP],
  ["concurrency_policy", OVERLAP],
  ["skip-running", FORBID],
  ["no-overlap", FORBID],
  ["no_overlap", FORBID],
  [
    "startingDeadlineSeconds",
    { ours: "starting_deadline", hint: "write starting_deadline: with its unit, such as 60s" },
  ],
  ["activeDeadlineSeconds", { ours: "timeout", hint: "write timeout: with its unit, such as 60s" }],
  ["backoffLimit", RETRIES],
  ["retry", RETRIES],
  ["max_retries", RETRIES],
  ["successfulJobsHistoryLimit", { ours: "history", hint: "write history: { succeeded: 3 }" }],
  ["failedJobsHistoryLimit", { ours: "history", hint: "write history: { failed: 3 }" }],
  ["enable", SUSPENDED],
  ["enabled", SUSPENDED],
  ["disabled", SUSPENDED],
  ["args", COMMAND],
  ["cmd", { ours: "command", hint: "write command:" }],
  ["url", { ours: "launch", hint: "write launch: http, and url: under http:" }],
  ["env", { ours: "environment", hint: "write environment:" }],
  ...["envs", "env_vars", "vars", "variables", "environments"].map(
    (name) => [name, { ours: "environment", hint: "write environment:" }] as const,
  ),
  ["envFrom", { ours: "env_file", hint: "write env_file:, with files of variables" }],
  ["workdir", { ours: "working_dir", hint: "write working_dir:" }],
  ["workingDir", { ours: "working_dir", hint: "write working_dir:" }],
  ["dir", { ours: "working_dir", hint: "write working_dir:" }],
  ["delete", { ours: "history", hint: "leave it out; history says how many runs are kept" }],
  ["memory", { ours: "mem_limit", hint: "write mem_limit:" }],
  ["mounts", { ours: "volumes", hint: "write volumes:" }],
  ["volumeMounts", { ours: "volumes", hint: "write volumes:" }],
  ...["alert", "alerts", "mailto", "MAILTO", "notifications", "on_error", "on_failure", "onFailure"].map(
    (name) => [name, NOTIFY] as const,
  ),
  ["imagePullPolicy", { ours: "pull_policy", hint: "write pull_policy: always, missing or never" }],
]);
