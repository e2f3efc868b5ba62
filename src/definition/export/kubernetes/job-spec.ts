import type { Policies, Retries } from "../../../job/job.ts";
import { formatDuration } from "../../values/duration.ts";
import { type JsonMap, type Lost, lost, mergeParts, type Part, refused } from "./part.ts";

/** What a CronJob and its Job say about a job's policies. */
export interface PolicySpecs {
  readonly cronJob: JsonMap;
  readonly job: JsonMap;
  readonly part: Part;
}

const SECOND_MS = 1000;
const LEAST_DEADLINE_S = 10;
/** What is less than a minute late is not missed. */
const NOT_MISSED_S = 60;

/** Writes when a start is made up for, how often a run is tried, and for how long it is kept. */
export function writePolicies(policies: Policies): PolicySpecs {
  const { history, run } = policies;
  const overlap = writeOverlap(policies);
  const deadline = writeDeadline(policies);
  const retries = writeRetries(run.retries, run.timeoutMs !== undefined);
  return {
    cronJob: {
      ...overlap.spec,
      ...deadline.spec,
      successfulJobsHistoryLimit: history.succeeded,
      failedJobsHistoryLimit: history.failed,
    },
    job: retries.spec,
    part: mergeParts([
      overlap.part,
      deadline.part,
      retries.part,
      ...(run.successExitCodes.join() === "0"
        ? []
        : [
            refused(
              "success_exit_codes",
              "for Kubernetes, 0 alone is success",
              "let the command make 0 of them: sh -c 'COMMAND; case $? in 0|3) exit 0;; *) exit 1;; esac'",
            ),
          ]),
      {
        pod: {
          restartPolicy: "Never",
          terminationGracePeriodSeconds: Math.ceil(run.stopGracePeriodMs / SECOND_MS),
          ...(run.timeoutMs !== undefined && { activeDeadlineSeconds: Math.ceil(run.timeoutMs / SECOND_MS) }),
        },
        lost: [...rounded("timeout", run.timeoutMs), ...rounded("stop_grace_period", run.stopGracePeriodMs)],
      },
    ]),
  };
}

interface Written {
  readonly spec: JsonMap;
  readonly part: Part;
}

function writeOverlap({ overlap, queueLimit }: Policies): Written {
  switch (overlap) {
    case "allow":
      return { spec: { concurrencyPolicy: "Allow" }, part: {} };
    case "replace":
      return {
        spec: { concurrencyPolicy: "Replace" },
        part: lost(
          "overlap",
          "Kubernetes starts the new run at once, next to the last moments of the old one",
          overlap,
        ),
      };
    case "forbid":
      return {
        spec: { concurrencyPolicy: "Forbid" },
        part: lost("overlap", "with Forbid, the newest start that was due meanwhile waits for the active run", overlap),
      };
    case "queue":
      return {
        spec: { concurrencyPolicy: "Forbid" },
        part:
          queueLimit === 1
            ? {}
            : refused(
                "queue_limit",
                `Kubernetes lets one start wait, and not ${queueLimit}`,
                "queue_limit: 1 is possible",
              ),
      };
  }
}

function writeDeadline({ catchUp, startingDeadlineMs }: Policies): Written {
  const seconds = startingDeadlineMs === undefined ? undefined : Math.ceil(startingDeadlineMs / SECOND_MS);
  if (catchUp === "all")
    return {
      spec: {},
      part: refused("catch_up", "Kubernetes starts the newest of a gap, and not all", "catch_up: last is possible"),
    };
  const wanted = catchUp === "none" ? Math.min(NOT_MISSED_S, seconds ?? NOT_MISSED_S) : seconds;
  if (wanted === undefined) return { spec: {}, part: {} };
  const least = Math.max(wanted, LEAST_DEADLINE_S);
  const differences: Part[] = [
    ...(wanted < LEAST_DEADLINE_S
      ? [lost("starting_deadline", `Kubernetes needs ${LEAST_DEADLINE_S} s at least`)]
      : [{ lost: rounded("starting_deadline", startingDeadlineMs) }]),
    ...(seconds !== undefined && seconds > wanted
      ? [lost("starting_deadline", `with catch_up: none, what is ${wanted} s late is not started there`)]
      : []),
  ];
  return { spec: { startingDeadlineSeconds: least }, part: mergeParts(differences) };
}

function rounded(key: string, durationMs: number | undefined): readonly Lost[] {
  if (durationMs === undefined || durationMs % SECOND_MS === 0) return [];
  return [{ key, wrong: "Kubernetes counts whole seconds" }];
}

const EXIT_CODES = Array.from({ length: 255 }, (_, index) => index + 1);

/** A pod that failed is followed by another after 10 s, twice that the next time, at most 6 minutes. */
const [FIRST_DELAY_MS, LONGEST_DELAY_MS] = [10_000, 360_000];

function writeRetries(retries: Retries | undefined, hasTimeout: boolean): Written {
  if (retries === undefined) return { spec: { backoffLimit: 0 }, part: {} };
  const { limit, delayMs, maxDelayMs, on } = retries;
  const codes = EXIT_CODES.filter((code) => on.includes("failed") || on.includes(code));
  const differences: Part[] = [];
  if (
    delayMs !== FIRST_DELAY_MS ||
    longestOf(retries) !== longestOf({ ...retries, delayMs: FIRST_DELAY_MS, maxDelayMs: LONGEST_DELAY_MS })
  )
    differences.push(
      lost(
        "retries",
        "Kubernetes waits for 10 s, then twice as long each time, at most 6 minutes",
        `delay ${formatDuration(delayMs)}, max_delay ${formatDuration(maxDelayMs)}`,
      ),
    );
  if (hasTimeout && !on.includes("timed-out"))
    differences.push(
      lost("retries", "there, an attempt that took too long is followed by another", `on ${on.join(", ")}`),
    );
  if (!on.includes("rejected"))
    differences.push(lost("retries", "what cannot start waits without a limit there", `on ${on.join(", ")}`));
  const rules = [
    ...(codes.length === EXIT_CODES.length
      ? []
      : [{ action: "FailJob", onExitCodes: { operator: "NotIn", values: codes.length === 0 ? [0] : codes } }]),
    ...(on.includes("lost")
      ? []
      : [{ action: "FailJob", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }]),
  ];
  return {
    spec: { backoffLimit: limit, ...(rules.length > 0 && { podFailurePolicy: { rules } }) },
    part: mergeParts(differences),
  };
}

/** The longest wait that comes about. */
function longestOf({ limit, delayMs, maxDelayMs }: Retries): number {
  return Math.min(maxDelayMs, delayMs * 2 ** (limit - 1));
}
