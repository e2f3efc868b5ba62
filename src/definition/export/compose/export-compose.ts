import type { Job } from "../../../job/job.ts";
import { changes } from "../../import/clock-changes.ts";
import type { FileValue } from "../../import/imported.ts";
import { JOB_KEYS } from "../../known-keys.ts";
import { POLICY_KEYS } from "../../policies.ts";
import { TELLING_KEYS } from "../../telling.ts";
import { dockerPattern } from "../docker-pattern.ts";
import { refuseExclusions } from "../exclusions.ts";
import { type ExportResult, type ExportSettings, findingsOf, type Reason } from "../exported.ts";
import { exportFile, type FileMap, type SourceFile, type SourceJob } from "../source-file.ts";
import { resourcesOf } from "./resources.ts";
import { usedTop } from "./used-top.ts";
import { type ComposeJob, writeCompose } from "./write-compose.ts";

/**
 * Writes the jobs of a schedule file as `jobs` of a Compose file (Docker Engine 29.10, Compose 5.8). What a container is
 * made of stays as it is written, variables included. A job that would not mean the same stands in the text as a comment.
 */
export function exportCompose(text: string, settings: ExportSettings): ExportResult {
  return exportFile(text, settings, (file) => exportJobs(file, settings.path));
}

function exportJobs({ jobs, top, quoted, problems }: SourceFile, path: string): ExportResult {
  const all = jobs.map((job) => exportJob(job, top));
  const exported = all.flatMap(({ job }) => job ?? []);
  const note = `Made by shipbell export compose from ${path}: ${exported.length} of ${jobs.length} jobs. Runs have no SHIPBELL_ variables there.`;
  return {
    text: writeCompose({
      head: [note],
      top: { ...named(top), ...merged(all.map((each) => each.top)) },
      jobs: exported,
      foot: all.flatMap(({ foot }) => foot),
      quoted,
    }),
    jobs: exported.length,
    findings: [...problems, ...all.flatMap(({ findings }) => findings)],
  };
}

interface Exported {
  /** Absent where it would not mean the same. */
  readonly job?: ComposeJob;
  readonly top: FileMap;
  readonly foot: readonly string[];
  readonly findings: ExportResult["findings"];
}

/** A file of Compose's has a project, to which its names belong. */
function named({ name }: FileMap): FileMap {
  return name == null ? {} : { name };
}

function merged(tops: readonly FileMap[]): FileMap {
  const all: Record<string, FileValue> = {};
  for (const [section, names] of tops.flatMap((top) => Object.entries(top)))
    all[section] = { ...(all[section] as FileMap | undefined), ...(names as FileMap) };
  return all;
}

function exportJob({ job, keys, at }: SourceJob, top: FileMap): Exported {
  const due = whenOf(job);
  const resources = resourcesOf(keys.deploy);
  const used = usedTop(keys, top);
  const errors: readonly Reason[] = [
    ...("wrong" in due ? [due] : []),
    ...cannotBe(job),
    ...(resources.wrong ?? []),
    ...used.ofSwarm.map((name) => ({ key: "secrets", wrong: `${name} is a Swarm's, which a container cannot have` })),
  ];
  const lost = [...lostIn(keys, job), ...(resources.lost ?? [])];
  if ("wrong" in due || errors.length > 0)
    return {
      top: {},
      foot: errors.map(({ key, wrong }) => `NOT EXPORTED: ${job.name}: ${key}: ${wrong}`),
      findings: findingsOf(errors, { at, code: "export-refused" }),
    };
  const written = { triggers: due.triggers, ...containerKeys(keys), ...used.keys, ...resources.keys };
  return {
    job: { name: job.name, keys: written, comments: lost.map(({ key, wrong }) => `export-lost: ${key}: ${wrong}`) },
    top: used.top,
    foot: [],
    findings: findingsOf(lost, { at, code: "export-lost" }),
  };
}

/** What the container is made of. A process without init cannot be stopped by a signal; Compose has none by default. */
function containerKeys(keys: FileMap): FileMap {
  const isKept = (key: string) =>
    (JOB_KEYS.includes(key) && ![...POLICY_KEYS, ...TELLING_KEYS, "launch", "deploy"].includes(key)) ||
    key.startsWith("x-");
  const kept = Object.entries(keys).filter(([key]) => isKept(key) || key === "stop_grace_period");
  const { volumes_from: others } = keys;
  return {
    ...Object.fromEntries(kept),
    ...(keys.init == null && { init: "true" }),
    // Where Compose has a bare name, it is a service's.
    ...(Array.isArray(others) && { volumes_from: others.map((name) => `container:${name}`) }),
  };
}

function whenOf({ schedules, after, policies }: Job): Reason | { readonly triggers: FileValue } {
  if (after !== undefined)
    return { key: "after", wrong: `Docker starts no job after another one, as after ${after.job}` };
  const [schedule, ...more] = schedules;
  if (schedule === undefined) return { triggers: { manual: "true" } };
  if (more.length > 0)
    return {
      key: "schedule",
      wrong: `has ${schedules.length} schedules; Docker takes one`,
      hint: "make a job of each",
    };
  const pattern = dockerPattern(schedule.pattern);
  if ("wrong" in pattern)
    return { key: "schedule", wrong: `"${schedule.pattern}" cannot be written for Docker: ${pattern.wrong}` };
  const { overlap, catchUp } = policies;
  if (overlap === "allow" || overlap === "replace")
    return { key: "overlap", wrong: `overlap: ${overlap} is not possible; Docker has forbid and queue` };
  if (catchUp === "all") return { key: "catch_up", wrong: "catch_up: all is not possible; Docker starts one, or none" };
  const entry = {
    cron: pattern.pattern,
    timezone: pattern.timezone ?? schedule.timezone,
    concurrency: overlap,
    missed_fires: catchUp === "last" ? "one" : "skip",
  };
  return { triggers: { schedule: [entry] } };
}

/** What Docker's jobs do not have, and without which the job would be another. */
function cannotBe(job: Job): readonly Reason[] {
  const { template, policies, suspended, inputs } = job;
  const { retries, successExitCodes } = policies.run;
  return [
    ...refuseExclusions(job, "Docker"),
    ...(template.kind === "exec" || template.kind === "http"
      ? [{ key: "launch", wrong: `${template.kind} is not possible; Docker's jobs have a container of their own` }]
      : []),
    ...(retries === undefined ? [] : [{ key: "retries", wrong: "Docker tries no run again" }]),
    ...(successExitCodes.join() === "0"
      ? []
      : [{ key: "success_exit_codes", wrong: "for Docker, 0 alone is success" }]),
    ...(suspended
      ? [{ key: "suspended", wrong: "Docker's jobs are paused by docker job pause, not in their file" }]
      : []),
    ...(inputs === undefined ? [] : [{ key: "inputs", wrong: "a job takes no variables when it is started" }]),
  ];
}

const LOST: Readonly<Record<string, string>> = {
  timeout: "Docker ends no run that takes too long",
  pending_timeout: "Docker waits for a start without a limit",
  starting_deadline: "Docker starts a job however late it is",
  jitter: "it starts at the time itself",
  catch_up_limit: "Docker starts one, or none",
  history: "Compose keeps five records of a job",
  node_grace: "there is one engine",
  nodes: "there is one engine, and no other node",
  pool: "jobs do not wait for each other there",
  expected_duration: "no notice tells that a run takes long",
  alert_without_success: "there is no such alert",
  notify: "no notice tells how runs end",
  healthchecks: "no check is pinged",
};

function lostIn(keys: FileMap, { policies, schedules }: Job): readonly Reason[] {
  const lost = Object.entries(LOST).filter(([key]) => keys[key] != null);
  const isFilledIn = ["schedule", "timezone", "overlap", "catch_up", "triggers"].some((key) =>
    JSON.stringify(keys[key] ?? "").includes("$"),
  );
  const isLonger = policies.overlap === "queue" && policies.queueLimit > 1;
  return [
    ...lost.map(([key, wrong]) => ({ key, wrong })),
    ...(schedules.some(({ timezone }) => changes(timezone))
      ? [{ key: "schedule", wrong: "on nights on which clocks change, Docker leaves starts out, or starts twice" }]
      : []),
    ...(isFilledIn ? [{ key: "schedule", wrong: "its variables are written with the values that they have now" }] : []),
    ...(isLonger ? [{ key: "queue_limit", wrong: `one waits there, not ${policies.queueLimit}` }] : []),
  ];
}
