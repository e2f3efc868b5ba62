import * as z from "zod";
import type { RetryOutcome } from "../../job/job.ts";
import { didYouMean, nearestWord, onTypographicQuotes } from "../../job/problem.ts";
import { exitCodesThatFit, retryReasonsThatFit, schedulesThatFit } from "../record-limits.ts";
import { environment, labels } from "../values/assignments.ts";
import { command } from "../values/command.ts";
import { DOCKER_NAME } from "../values/docker-name.ts";
import * as field from "../values/fields.ts";
import { isImageReference, meantImage } from "../values/image-reference.ts";
import { matching, scalarInput, wholeFrom, written } from "../values/input-schema.ts";
import { mustBe } from "../values/issue.ts";
import { pullPolicy } from "../values/pull-policy.ts";
import { isSignal, SIGNALS, WRITTEN_SIGNAL } from "../values/signals.ts";
import { envFile } from "../variables/env-file.ts";
import { accessKeys } from "./access-keys.ts";
import { deploy } from "./deploy.ts";
import { deviceShape } from "./device-keys.ts";
import { healthcheck } from "./healthcheck.ts";
import { networkKeys } from "./network-keys.ts";
import { processKeys, surroundingKeys } from "./process-keys.ts";
import { resourceKeys, shortResourceKeys } from "./resource-keys.ts";
import { config, secret } from "./stored-file.ts";
import { tmpfs } from "./tmpfs.ts";
import { volume } from "./volume.ts";

/** As many ended runs fit in a record beside all else. */
const LONGEST_HISTORY = 50;

const historyKeys = {
  succeeded: field.wholeNumber(0, LONGEST_HISTORY).nullish(),
  failed: field.wholeNumber(0, LONGEST_HISTORY).nullish(),
};

const history = field.mapOf(historyKeys, "a map with succeeded and failed");

const RETRY_OUTCOMES = ["failed", "rejected", "timed-out", "lost"] as const;

const retryOutcome = field.scalar({
  expected: `one of ${RETRY_OUTCOMES.join(", ")}, or an exit code from 1 to 255`,
  read: (written): RetryOutcome | number | undefined => {
    const exitCode = /^\d{1,3}$/.test(written) ? Number(written) : 0;
    return exitCode >= 1 && exitCode <= 255 ? exitCode : RETRY_OUTCOMES.find((outcome) => outcome === written);
  },
  forms: [{ enum: RETRY_OUTCOMES }, wholeFrom(1, 255), matching(/^\d{1,3}$/)],
});

const retryKeys = {
  limit: field.wholeNumber(0, 100).nullish(),
  delay: field.positiveDuration.nullish(),
  max_delay: field.positiveDuration.nullish(),
  on: retryReasonsThatFit(field.oneOrMore(retryOutcome, "a list such as [failed, lost], or one of them")).nullish(),
};

/** A number alone is the limit. */
const retries = written(
  z.preprocess(
    (value) => (typeof value === "string" ? { limit: value } : value),
    z.strictObject(retryKeys, {
      error: (issue) =>
        issue.code === "invalid_type"
          ? mustBe("a number, or a map with limit, delay, max_delay and on", issue.input)
          : undefined,
    }),
  ),
  { or: scalarInput("a number of further attempts", [wholeFrom(0, 100), matching(/^\d{1,9}$/)]) },
);

/** When and under which policies: the keys that mean the same in schedule files and in labels. */
export const policyKeys = {
  schedule: schedulesThatFit(
    field.oneOrMore(
      field.text('a schedule such as "0 3 * * *", or "CRON_TZ=Asia/Seoul 0 3 * * *" with a zone of its own'),
      'a schedule such as "0 3 * * *", or a list of them',
    ),
  ),
  timezone: written(field.text("a time zone such as Asia/Seoul"), {
    is: scalarInput("a time zone such as Asia/Seoul", [matching(/^[A-Za-z]/)]),
  }).nullish(),
  overlap: field.choice("forbid", "allow", "replace", "queue").nullish(),
  queue_limit: field.wholeNumber(1, 1000).nullish(),
  catch_up: field.choice("last", "all", "none").nullish(),
  catch_up_limit: field.wholeNumber(1, 1000).nullish(),
  starting_deadline: field.positiveDuration.nullish(),
  retries: retries.nullish(),
  timeout: field.positiveDuration.nullish(),
  pending_timeout: field.positiveDuration.nullish(),
  node_grace: field.duration.nullish(),
  stop_grace_period: field.duration.nullish(),
  success_exit_codes: exitCodesThatFit(
    field.oneOrMore(field.wholeNumber(0, 255), "an exit code from 0 to 255, or a list of them"),
  ).nullish(),
  suspended: field.bool.nullish(),
  history: history.nullish(),
};

const CONTAINER = new RegExp(`^(?:container:)?(${DOCKER_NAME}(?::r[ow])?)$`);

const volumesFrom = field.scalar({
  expected: "a container's name, with :ro where it is only read",
  read: (written) => CONTAINER.exec(written)?.[1],
  forms: [matching(CONTAINER), { type: "number" }],
});

/** `run`: in a container of its own; `exec`: in one that runs already (`exec-schema.ts`). */
const launch = field.choice("run", "exec").nullish();

const image = field.scalar({
  expected: "an image such as busybox:1.36",
  read: (written) => (isImageReference(written.trim()) ? written.trim() : undefined),
  hint: (written) => meantImage(written.trim()),
  forms: [matching(/^\s*[a-zA-Z0-9[]\S*\s*$/)],
});

/** The kernel's highest number of a user, as engines take it. */
const HIGHEST_ID = 2_147_483_647;

/** Names are looked up in the image. */
export const user = field.scalar({
  expected: "a user such as 1000 or app:app",
  read: (written) => {
    const parts = written.trim().split(":");
    const isUser =
      parts.every((part) => /^\S+$/.test(part) && !(Number(part) > HIGHEST_ID)) &&
      onTypographicQuotes(written) === undefined;
    return isUser ? written.trim() : undefined;
  },
  forms: [matching(/^\s*[^\s:]+(?::[^\s:]+)*\s*$/), wholeFrom(0, HIGHEST_ID)],
});

/** What is run: the keys of a Compose service. */
const templateKeys = {
  image,
  pull_policy: pullPolicy.nullish(),
  command: command.nullish(),
  entrypoint: command.nullish(),
  environment: environment.nullish(),
  env_file: envFile.nullish(),
  volumes: field.listOf(volume, "a list of volumes").nullish(),
  volumes_from: field.listOf(volumesFrom, "a list of containers").nullish(),
  tmpfs: tmpfs.nullish(),
  ...networkKeys,
  secrets: field.listOf(secret, "a list of secrets").nullish(),
  configs: field.listOf(config, "a list of configs").nullish(),
  deploy: deploy.nullish(),
  user: user.nullish(),
  working_dir: field.absolutePath.nullish(),
  labels: labels.nullish(),
  label_file: envFile.nullish(),
  init: field.bool.nullish(),
  ...shortResourceKeys,
  stop_signal: field
    .scalar({
      expected: "a signal such as SIGTERM",
      read: (name) => (isSignal(name) ? name : undefined),
      forms: [matching(WRITTEN_SIGNAL), wholeFrom(1, 64)],
      hint: (name) => didYouMean(nearestWord(name, SIGNALS)),
    })
    .nullish(),
  healthcheck: healthcheck.nullish(),
  ...surroundingKeys,
  ...processKeys,
  ...accessKeys,
  ...resourceKeys,
  ...deviceShape,
};

/** A job in a schedule file. Every scalar comes as text; every unknown key is an issue. */
export const jobSchema = z.strictObject({ ...policyKeys, launch, ...templateKeys });

const someCommand = command.refine((words) => words.length > 0, "must not be empty");

/** A job in labels. Its template is the labelled object: only what gives no more rights than that has, may be another. Or its command runs in it. */
export const labelSchema = z.strictObject({
  ...policyKeys,
  launch,
  command: someCommand.nullish(),
  entrypoint: someCommand.nullish(),
  environment: templateKeys.environment,
  working_dir: templateKeys.working_dir,
  user: templateKeys.user,
  stop_signal: templateKeys.stop_signal,
  init: templateKeys.init,
});

/** Those of its keys that say which process is run; the others say when, and under which policies. */
export const processSchema = labelSchema.pick({
  launch: true,
  command: true,
  entrypoint: true,
  environment: true,
  working_dir: true,
  user: true,
  stop_signal: true,
  init: true,
});

export type JobKeys = z.output<typeof jobSchema>;
export type LabelKeys = z.output<typeof labelSchema>;
export type ProcessKeys = z.output<typeof processSchema> & Partial<Pick<LabelKeys, "timeout" | "overlap">>;
export type PolicyKeys = Pick<LabelKeys, keyof typeof policyKeys>;

/** The keys that are right, of a job in which others are wrong: what they say together is checked all the same. */
export function readUsableKeys(written: Readonly<Record<string, unknown>>): Partial<JobKeys> {
  const entries = Object.entries(jobSchema.shape).flatMap(([key, schema]) => {
    const read = Object.hasOwn(written, key) ? schema.safeParse(written[key]) : undefined;
    return read?.success ? [[key, read.data] as const] : [];
  });
  return Object.fromEntries(entries) as Partial<JobKeys>;
}

/** Shipbell's own; beside them stand those of Compose. */
export const POLICY_KEYS: readonly string[] = Object.keys(policyKeys);
export const COMPOSE_KEYS: readonly string[] = Object.keys(templateKeys);
export const JOB_KEYS: readonly string[] = Object.keys(jobSchema.shape);
export const LABEL_KEYS: readonly string[] = Object.keys(labelSchema.shape);
export const HISTORY_KEYS: readonly string[] = Object.keys(historyKeys);
export const RETRY_KEYS: readonly string[] = Object.keys(retryKeys);
