/**
 * Queries of which several panels are made. Every scheduler of one shipbell exports the same counters and times of jobs, so
 * each of them takes the highest value of all instances: that is the newest one, and no panel doubles.
 */

/** What the boards look at: the scrape configurations chosen at the top, by default all that have a shipbell. */
export const CHOSEN = 'job=~"$shipbell"';

/** One job of these. */
export const THIS_JOB = `${CHOSEN},job_name="$job_name"`;

/** How long jobs may be overdue before they count as such: the alert's patience. */
export const OVERDUE_SECONDS = 300;

/** A metric that all schedulers export alike. `labels`: others that are not told apart. */
export function newest(metric: string, selector: string, labels: readonly string[] = []): string {
  return `max without (${["instance", ...labels].join(", ")}) (${metric}{${selector}})`;
}

interface Rise {
  readonly selector: string;
  /** As Prometheus writes durations; `$__range` is what the board shows. */
  readonly over: string;
  /** The labels that the counter has in addition to `job_name`. */
  readonly labels?: readonly string[];
}

/**
 * By how much a counter of the ledger has risen, exactly: `increase` estimates, and does not see the first event of a kind,
 * whose series begins with it. Such a series began at 0 if its job was there before, or was declared since; otherwise it
 * counts from where Prometheus first saw it. These counters do not start over with a scheduler, and fall only when an
 * instance is purged.
 */
export function rise(metric: string, { selector, over, labels = [] }: Rise): string {
  const now = newest(metric, selector);
  const info = "max without (instance, schedule, timezone, source, unit, suspended, node)";
  const job = labels.length > 0 ? `ignoring (${labels.join(", ")}) ` : "";
  const ofJob = selector.replace(/,outcome[!=~]+"[^"]*"/, "");
  const declared = newest("shipbell_job_declared_timestamp_seconds", ofJob);
  const seconds = SECONDS[over];
  const before = [
    `max without (instance) (${metric}{${selector}} offset ${over})`,
    `${now} * 0 and ${job}${info} (shipbell_job_info{${ofJob}} offset ${over})`,
    ...(seconds === undefined ? [] : [`${now} * 0 and ${job}${declared} > time() - ${seconds}`]),
    `min without (instance) (min_over_time(${metric}{${selector}}[${over}]))`,
  ];
  return `clamp_min(${now} - (${before.join(" or ")}), 0)`;
}

/** As numbers; Grafana does not have every one of its own as a number. */
const SECONDS: Readonly<Record<string, number | string>> = { "1h": 3600, "24h": 86_400, $__range: "$__range_s" };

const ENDED = { labels: ["outcome", "trigger"] };
const FAILED = 'outcome!~"succeeded|cancelled"';

export function ended(selector: string, over: string): string {
  return rise("shipbell_runs_total", { ...ENDED, selector, over });
}

export function failed(selector: string, over: string): string {
  return rise("shipbell_runs_total", { ...ENDED, selector: `${selector},${FAILED}`, over });
}

export function skipped(selector: string, over: string): string {
  return rise("shipbell_occurrences_skipped_total", { selector, over, labels: ["reason"] });
}

export function missed(selector: string, over: string): string {
  return rise("shipbell_occurrences_missed_total", { selector, over, labels: ["reason"] });
}

/** Of the runs that ended. Nothing where none did. */
export function meanDuration(selector: string, over: string): string {
  const [sum, count] = ["sum", "count"].map((of) => rise(`shipbell_job_run_seconds_${of}`, { selector, over }));
  return `${sum} / (${count} > 0)`;
}

/** 1 for a job whose last run did not succeed, 0 for all others that have ever run. */
export function isFailing(selector: string): string {
  const success = newest("shipbell_job_last_success_timestamp_seconds", selector);
  const failure = newest("shipbell_job_last_failure_timestamp_seconds", selector);
  return `(${failure} > bool (${success} or ${failure} * 0) or ${success} * 0)`;
}

/** Jobs that were due, and neither started nor skipped. The value is since how long. */
export function overdue(selector: string): string {
  return `time() - ${newest("shipbell_job_next_run_timestamp_seconds", selector)} > ${OVERDUE_SECONDS}`;
}

/** Jobs that run for longer than they expect. The value is for how long. */
export function runsLong(selector: string): string {
  const started = newest("shipbell_run_started_timestamp_seconds", selector);
  return `time() - ${started} > ${newest("shipbell_job_expected_duration_seconds", selector)}`;
}

/** A number that is 0, not nothing, where there is nothing to count. */
export function orZero(query: string): string {
  return `${query} or vector(0)`;
}
