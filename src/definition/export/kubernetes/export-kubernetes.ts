import type { Job } from "../../../job/job.ts";
import { changes } from "../../import/clock-changes.ts";
import type { FileValue } from "../../import/imported.ts";
import { refuseExclusions } from "../exclusions.ts";
import { type ExportResult, type ExportSettings, findingsOf, type Reason } from "../exported.ts";
import { exportFile, type FileMap, type SourceFile, type SourceJob } from "../source-file.ts";
import { writePolicies } from "./job-spec.ts";
import { type JsonMap, type Lost, mergeMaps, mergeParts, objectName } from "./part.ts";
import { writePod } from "./pod-spec.ts";
import { joinPatterns, kubernetesPattern } from "./robfig-pattern.ts";
import { writeList } from "./write-list.ts";

/**
 * Writes the jobs of a schedule file as one List of CronJobs (batch/v1), with variables filled in. What is lost stands as an
 * annotation on each. A job that would not mean the same stands in the text as a comment.
 */
export function exportKubernetes(text: string, settings: ExportSettings): ExportResult {
  return exportFile(text, settings, (file) => exportJobs(file, settings.path));
}

function exportJobs({ jobs, problems }: SourceFile, path: string): ExportResult {
  const names = new CronJobNames();
  const all = jobs.map((job) => exportJob(job, names));
  const exported = all.filter(({ items }) => items.length > 0);
  const needs = [...new Set(exported.flatMap((each) => each.needs))];
  const head = [
    `Made by shipbell export kubernetes from ${path}: ${exported.length} of ${jobs.length} jobs.`,
    "Runs have no SHIPBELL_ variables there, and no init process: one that does not listen to TERM is killed when its time to stop is over.",
    ...(needs.length === 0 ? [] : ["Before it is applied:"]),
    ...needs,
  ];
  const objects = withoutRepeats(exported.flatMap((each) => each.objects));
  return {
    text: writeList({
      head,
      items: [...objects.map((object) => ({ object, comments: [] })), ...exported.flatMap(({ items }) => items)],
      foot: all.flatMap(({ foot }) => foot),
    }),
    jobs: exported.length,
    findings: [...problems, ...all.flatMap(({ findings }) => findings)],
  };
}

/** Jobs may share a ConfigMap, each with its own name for the file. */
function withoutRepeats(objects: readonly JsonMap[]): readonly JsonMap[] {
  const byName = Map.groupBy(objects, ({ metadata }) => JSON.stringify(metadata));
  return [...byName.values()].map((same) => {
    const [first = {}] = same;
    return { ...first, data: mergeMaps(same.map(({ data }) => data as JsonMap)) };
  });
}

interface Exported {
  /** A CronJob for each schedule; none where it would not mean the same. */
  readonly items: readonly { readonly object: JsonMap; readonly comments: readonly string[] }[];
  readonly objects: readonly JsonMap[];
  readonly needs: readonly string[];
  readonly foot: readonly string[];
  readonly findings: ExportResult["findings"];
}

function exportJob(source: SourceJob, names: CronJobNames): Exported {
  const { job, keys, at } = source;
  const due = whenOf(job);
  const pod = job.template.kind === "compose" ? writePod(withInputs(job)) : mergeParts([]);
  const policies = writePolicies(job.policies);
  const { part } = policies;
  const errors: readonly Reason[] = [
    ...("wrong" in due ? due.wrong : []),
    ...(job.template.kind === "compose" ? [] : [job.template.kind === "http" ? NO_HTTP : NO_EXEC]),
    ...(job.eachNode === undefined ? [] : [NO_NODES]),
    ...refuseExclusions(job, "Kubernetes"),
    ...requiredInputs(job),
    ...pod.refused,
    ...(part.refused ?? []),
  ];
  if ("wrong" in due || errors.length > 0) {
    const foot = errors.map(({ key, wrong }) => `NOT EXPORTED: ${job.name}: ${key}: ${wrong}`);
    return { items: [], objects: [], needs: [], foot, findings: findingsOf(errors, { at, code: "export-refused" }) };
  }
  const merged = mergeParts([part, pod]);
  const named = names.take(job.name, due.schedules.length);
  const isRenamed = named[0] !== job.name && due.schedules.length === 1;
  const losses: readonly Lost[] = [
    ...(isRenamed ? [{ key: "name", wrong: `${job.name} is called ${named[0]} there`, value: job.name }] : []),
    ...due.lost,
    ...merged.lost,
    ...lostIn(keys, job),
  ];
  const items = due.schedules.map((schedule, index) => {
    const name = named[index] ?? job.name;
    return { object: cronJobOf({ name, schedule, job, merged, policies, losses, keys }), comments: [] };
  });
  return {
    items,
    objects: merged.objects,
    needs: merged.needs,
    foot: [],
    findings: findingsOf(losses, { at: (key) => at(key), code: "export-lost" }),
  };
}

const NO_EXEC: Reason = {
  key: "launch",
  wrong: "exec is not possible; a CronJob has a container of its own",
  hint: "kubectl exec, in a job with the rights to do so",
};

const NO_HTTP: Reason = {
  key: "launch",
  wrong: "http is not possible; a CronJob has a container of its own",
  hint: "a container with curl",
};

const NO_NODES: Reason = {
  key: "nodes",
  wrong: "each is not possible; a CronJob starts one pod, on one node",
  hint: "a DaemonSet, whose pods keep time themselves",
};

interface CronJobParts {
  readonly name: string;
  readonly schedule: JsonMap;
  readonly job: Job;
  readonly merged: ReturnType<typeof mergeParts>;
  readonly policies: ReturnType<typeof writePolicies>;
  readonly losses: readonly Lost[];
  readonly keys: FileMap;
}

function cronJobOf({ name, schedule, job, merged, policies, losses, keys }: CronJobParts): JsonMap {
  const { pod, container, metadata } = merged;
  const isSuspended = job.suspended || job.schedules.length === 0;
  const { volumes, ...others } = pod;
  const spec = {
    ...others,
    containers: [{ name: name.slice(0, 63), ...container }],
    ...(volumes !== undefined && { volumes }),
  };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: {
      name,
      ...(losses.length > 0 && {
        annotations: { "shipbell/lost": [...new Set(losses.map((each) => lostText(each, keys)))].join("; ") },
      }),
    },
    spec: {
      ...schedule,
      ...policies.cronJob,
      ...(isSuspended && { suspend: true }),
      jobTemplate: {
        spec: {
          ...policies.job,
          template: { ...(Object.keys(metadata).length > 0 && { metadata }), spec },
        },
      },
    },
  };
}

function lostText({ key, wrong, value }: Lost, keys: FileMap): string {
  const written = value ?? textOf(keys[key]);
  return written === undefined ? `${key}: ${wrong}` : `${key}: ${written}`;
}

function textOf(value: FileValue | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value).replaceAll('"', "");
}

/** Kubernetes appends eleven characters to the names of runs. */
const LONGEST_NAME = 52;

class CronJobNames {
  readonly #taken = new Set<string>();

  /** Returns a name for each schedule of a job: `-1`, `-2` and so on, if there are several. */
  take(name: string, count: number): readonly string[] {
    for (let attempt = 1; ; attempt++) {
      const more = attempt === 1 ? "" : `-${attempt}`;
      const base = `${objectName(name, LONGEST_NAME - 4 - more.length)}${more}`;
      const whole = `${objectName(name, LONGEST_NAME - more.length)}${more}`;
      const names = count === 1 ? [whole] : Array.from({ length: count }, (_, index) => `${base}-${index + 1}`);
      if (names.some((each) => this.#taken.has(each))) continue;
      for (const each of names) this.#taken.add(each);
      return names;
    }
  }
}

interface Due {
  readonly schedules: readonly JsonMap[];
  readonly lost: readonly Lost[];
}

/** A time at which nothing is due, as the CronJob is suspended: people start runs of it. */
const ONLY_PEOPLE = { schedule: "0 0 1 1 *", timeZone: "Etc/UTC" };

function whenOf({ schedules, after }: Job): Due | { readonly wrong: readonly Reason[] } {
  if (after !== undefined)
    return { wrong: [{ key: "after", wrong: `no CronJob starts after another one, as after ${after.job}` }] };
  if (schedules.length === 0) return { schedules: [ONLY_PEOPLE], lost: [] };
  const read = schedules.map(({ pattern, timezone }) => ({ timezone, pattern, read: kubernetesPattern(pattern) }));
  const wrong = read.flatMap(({ pattern, read: found }): readonly Reason[] => {
    if (!("wrong" in found)) return [];
    const { wrong: why, hint } = found;
    return [
      {
        key: "schedule",
        wrong: `"${pattern}" cannot be written for Kubernetes: ${why}`,
        ...(hint !== undefined && { hint }),
      },
    ];
  });
  if (wrong.length > 0) return { wrong };
  const good = read.flatMap(({ timezone, read: found }) =>
    "wrong" in found ? [] : [{ ...found, timezone: found.timezone ?? timezone }],
  );
  const byZone = [...Map.groupBy(good, ({ timezone }) => timezone)];
  const joined = byZone.flatMap(([timeZone, same]) =>
    joinPatterns(same.map(({ pattern }) => pattern)).map((schedule) => ({ schedule, timeZone })),
  );
  return {
    schedules: joined,
    lost: [
      ...(joined.length > 1
        ? [{ key: "schedule", wrong: "each schedule is a CronJob, and these do not know of each other's runs" }]
        : []),
      ...(good.some(({ isInterval }) => isInterval)
        ? [{ key: "schedule", wrong: "@every counts from when the CronJob was made there" }]
        : []),
      ...(byZone.some(([timezone]) => changes(timezone))
        ? [
            {
              key: "schedule",
              wrong: "on nights on which clocks change, Kubernetes leaves starts out, or starts twice",
            },
          ]
        : []),
    ],
  };
}

/** Runs have the defaults of what people may choose. */
function withInputs({ template, inputs = {} }: Job) {
  if (template.kind !== "compose") throw new TypeError("only a job with a container of its own can be a CronJob");
  const defaults = Object.entries(inputs).flatMap(([name, input]) =>
    input.default === undefined ? [] : [[name, input.default] as const],
  );
  return { ...template, environment: { ...template.environment, ...Object.fromEntries(defaults) } };
}

function requiredInputs({ inputs = {} }: Job): readonly Reason[] {
  const required = Object.entries(inputs).filter(([, input]) => input.required && input.default === undefined);
  return required.map(([name]) => ({
    key: "inputs",
    wrong: `${name} must be given, and cannot be given there`,
    hint: "give it a default",
  }));
}

const LOST: Readonly<Record<string, string>> = {
  pending_timeout: "a pod waits for its node and its image without a limit",
  jitter: "it starts at the time itself",
  catch_up_limit: "Kubernetes starts the newest of a gap",
  node_grace: "the cluster decides when a node is lost",
  pool: "jobs do not wait for each other there",
  expected_duration: "no notice tells that a run takes long",
  alert_without_success: "there is no such alert",
  notify: "no notice tells how runs end",
  healthchecks: "no check is pinged",
  inputs: "they cannot be chosen; runs have the defaults",
};

function lostIn(keys: FileMap, { policies }: Job): readonly Lost[] {
  const lost = Object.entries(LOST).filter(([key]) => keys[key] != null);
  const filled = Object.entries(keys).filter(([key, value]) => !key.startsWith("x-") && hasVariables(value));
  const isQueueOfMore = policies.overlap !== "queue" && keys.queue_limit != null;
  return [
    ...lost.map(([key, wrong]) => ({ key, wrong })),
    ...(isQueueOfMore ? [{ key: "queue_limit", wrong: "nothing waits in a queue" }] : []),
    ...filled.map(([key]) => ({
      key,
      wrong: "its variables are written with the values that they have now",
      value: "with variables filled in",
    })),
  ];
}

function hasVariables(value: FileValue | undefined): boolean {
  return /\$(?:\{|[A-Za-z_])/.test((JSON.stringify(value ?? "") ?? "").replaceAll("$$", ""));
}
