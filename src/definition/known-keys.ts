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

/** As Kubernetes, Compose's own jobs, swarm-cronjob, Ofelia and others write it. */
export const FOREIGN_KEYS: ReadonlyMap<string, ForeignKey> = new Map<string, ForeignKey>([
  ["triggers", { ours: "schedule", hint: 'write schedule: "0 3 * * *", and timezone, overlap and catch_up beside it' }],
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
  ["imagePullPolicy", { ours: "pull_policy", hint: "write pull_policy: always, missing or never" }],
]);
