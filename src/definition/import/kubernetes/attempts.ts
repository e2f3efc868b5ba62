import type { FileValue } from "../imported.ts";
import type { Path } from "./manifests.ts";
import type { Report } from "./report.ts";
import { isTrue, listOf, type Tree, textOf, textsOf, treeOf, treesOf, wholeOf } from "./tree.ts";

type Keys = Readonly<Record<string, FileValue>>;

const JOB: Path = ["spec", "jobTemplate", "spec"];
const POD: Path = [...JOB, "template", "spec"];

const MOST_RETRIES = 100;
const LONGEST_HISTORY = 50;
const DEFAULT_BACKOFF_LIMIT = 6;
const DEFAULT_GRACE_S = 30;

interface AttemptTrees {
  readonly cronJob: Tree;
  readonly job: Tree;
  readonly pod: Tree;
}

/** Reads how often a run is tried, how long it may take, and for how long it is kept. */
export function readAttempts({ cronJob, job, pod }: AttemptTrees, report: Report): Keys {
  const keys = {
    history: {
      succeeded: historyOf(cronJob, "successfulJobsHistoryLimit", { otherwise: 3, report }),
      failed: historyOf(cronJob, "failedJobsHistoryLimit", { otherwise: 1, report }),
    },
    ...readRetries({ job, pod }, report),
    ...readTimeout({ job, pod }, report),
    stop_grace_period: `${wholeOf(pod.terminationGracePeriodSeconds) ?? DEFAULT_GRACE_S}s`,
  };
  const ttl = wholeOf(job.ttlSecondsAfterFinished);
  if (ttl !== undefined)
    report.warn(
      "import-history",
      [...JOB, "ttlSecondsAfterFinished"],
      `Kubernetes removes a run ${ttl} s after its end; here runs are kept by their number`,
      { key: "history" },
    );
  readCopies(job, report);
  return isTrue(job.suspend) || job.parallelism === "0" ? { suspended: "true", ...keys } : keys;
}

function historyOf(
  cronJob: Tree,
  key: string,
  { otherwise, report }: { readonly otherwise: number; readonly report: Report },
): string {
  const limit = wholeOf(cronJob[key]) ?? otherwise;
  if (limit > LONGEST_HISTORY)
    report.warn("import-history", ["spec", key], `Kubernetes keeps ${limit} runs; here at most ${LONGEST_HISTORY}`, {
      key: "history",
    });
  return String(Math.min(limit, LONGEST_HISTORY));
}

type JobTrees = Pick<AttemptTrees, "job" | "pod">;

/** A pod that failed is followed by another one after 10 s, twice that the next time, at most 6 minutes. */
function readRetries({ job, pod }: JobTrees, report: Report): Keys {
  const policy = textOf(pod.restartPolicy);
  if (policy !== "Never" && policy !== "OnFailure")
    report.refuse(
      "import-line",
      [...POD, "restartPolicy"],
      `Kubernetes takes no CronJob whose restartPolicy is ${policy ?? "not given"}; it takes Never and OnFailure`,
    );
  const limit = wholeOf(job.backoffLimit) ?? DEFAULT_BACKOFF_LIMIT;
  if (limit > MOST_RETRIES)
    report.warn(
      "import-retries",
      [...JOB, "backoffLimit"],
      `Kubernetes tries again ${limit} times; here at most ${MOST_RETRIES} times`,
      { key: "retries" },
    );
  const on = retriedOutcomes({ job, pod }, report);
  if (limit === 0 || on.length === 0) return {};
  return {
    retries: {
      limit: String(Math.min(limit, MOST_RETRIES)),
      delay: "10s",
      max_delay: policy === "OnFailure" ? "5m" : "6m",
      on: on.length === 1 ? (on[0] ?? "") : on,
    },
  };
}

const EXIT_CODES = Array.from({ length: 255 }, (_, index) => index + 1);

/** Each exit code is judged by the first rule that holds for it; without one the failure counts, and is tried again. */
function retriedOutcomes({ job, pod }: JobTrees, report: Report): readonly string[] {
  const path = [...JOB, "podFailurePolicy"];
  const rules = treesOf(treeOf(job.podFailurePolicy).rules);
  const container = textOf(treesOf(pod.containers)[0]?.name);
  const actions = EXIT_CODES.map((code) => rules.find((rule) => holdsFor(rule, code, container))?.action ?? "Count");
  const conditions = rules.filter(({ onPodConditions }) => listOf(onPodConditions).length > 0);
  const disrupted = conditions.find(({ onPodConditions }) =>
    treesOf(onPodConditions).some(({ type }) => type === "DisruptionTarget"),
  );
  if ([...actions, disrupted?.action].includes("Ignore"))
    report.warn("import-retries", path, "podFailurePolicy does not count some failures; here each attempt counts", {
      key: "retries",
    });
  if (conditions.some((rule) => rule !== disrupted))
    report.warn("import-retries", path, "podFailurePolicy looks at conditions of pods, which a run does not have", {
      key: "retries",
    });
  const counted = EXIT_CODES.filter((_, index) => actions[index] !== "FailJob");
  return [
    ...(counted.length === EXIT_CODES.length ? ["failed"] : counted.map(String)),
    "rejected",
    ...(disrupted?.action === "FailJob" ? [] : ["lost"]),
    ...(wholeOf(pod.activeDeadlineSeconds) === undefined ? [] : ["timed-out"]),
  ];
}

function holdsFor({ onExitCodes }: Tree, code: number, container: string | undefined): boolean {
  const { operator, values, containerName } = treeOf(onExitCodes);
  if (containerName != null && containerName !== container) return false;
  const isNamed = textsOf(values).map(Number).includes(code);
  return operator === "In" ? isNamed : operator === "NotIn" && !isNamed;
}

/** A job's deadline is that of all its pods together, a pod's is that of one attempt. */
function readTimeout({ job, pod }: JobTrees, report: Report): Keys {
  const ofPod = wholeOf(pod.activeDeadlineSeconds);
  const ofJob = wholeOf(job.activeDeadlineSeconds);
  const limit = wholeOf(job.backoffLimit) ?? DEFAULT_BACKOFF_LIMIT;
  const seconds = ofPod ?? ofJob;
  if (!seconds) return {};
  if (ofJob !== undefined && (limit > 0 || ofPod !== undefined)) {
    const whole =
      ofPod === undefined ? "here this is the longest that each of them may take" : "here nothing limits that";
    report.warn(
      "import-timeout",
      [...JOB, "activeDeadlineSeconds"],
      `all attempts together may take ${ofJob} s there; ${whole}`,
      { key: "timeout" },
    );
  }
  return { timeout: `${seconds}s` };
}

/** A run is one process here. */
function readCopies(job: Tree, report: Report): void {
  const completions = wholeOf(job.completions);
  const parallelism = wholeOf(job.parallelism) ?? 1;
  const isIndexed = job.completionMode === "Indexed";
  if (isIndexed && (completions ?? 1) > 1)
    report.refuse(
      "import-replicas",
      [...JOB, "completionMode"],
      `each run has ${completions} pods, one for each index; here it is one process`,
      "make a job of each index, with JOB_COMPLETION_INDEX in its environment",
    );
  else if ((completions ?? 1) > 1)
    report.refuse(
      "import-replicas",
      [...JOB, "completions"],
      `a run ends when ${completions} pods have succeeded there; here it is one process`,
      "let its command do all of the work",
    );
  else if (parallelism > 1)
    report.warn(
      "import-replicas",
      [...JOB, "parallelism"],
      `${parallelism} pods work at once there; here a run is one process`,
      { hint: "make a job of each" },
    );
  else if (parallelism === 0)
    report.warn("import-replicas", [...JOB, "parallelism"], "with parallelism 0 nothing runs: the job is suspended", {
      key: "suspended",
    });
}
