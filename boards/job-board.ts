import type { Board } from "./board.ts";
import { OUTCOME_COLORS, REASON_COLORS } from "./colors.ts";
import { CHOSEN, ended, isFailing, meanDuration, missed, newest, orZero, rise, skipped, THIS_JOB } from "./queries.ts";

const ofJob = (metric: string) => newest(`shipbell_job_${metric}`, THIS_JOB);
const started = newest("shipbell_run_started_timestamp_seconds", THIS_JOB);

/** One job: its outcomes, how long it takes, and what it is measured against. */
export const JOB_BOARD: Board = {
  uid: "shipbell-job",
  title: "shipbell: one job",
  says: "One job: how its runs end, how long they take, and what its definition expects of them.",
  variables: [
    { name: "job_name", label: "Job", query: `label_values(shipbell_job_info{${CHOSEN}}, job_name)` },
    { name: "logs", label: "Logs (Loki)", datasource: "loki" },
  ],
  rows: [
    {
      title: "Now",
      height: 4,
      panels: [
        {
          ...{ form: "number", title: "State", width: 4 },
          says: "Whether its last run succeeded.",
          query: `max${isFailing(THIS_JOB)}`,
          words: { 0: { text: "fine", color: "green" }, 1: { text: "failing", color: "red" } },
        },
        {
          ...{ form: "number", title: "Last success", width: 4, unit: "dateTimeFromNow" },
          says: "When a run last succeeded.",
          query: `max(${ofJob("last_success_timestamp_seconds")}) * 1000`,
        },
        {
          ...{ form: "number", title: "May be without success", width: 4, unit: "s" },
          says: "alert_without_success of its definition, less the age of its last success: below 0 it is too old.",
          query: `max(${ofJob("max_success_age_seconds")} - (time() - (${ofJob("last_success_timestamp_seconds")} or ${ofJob("declared_timestamp_seconds")})))`,
        },
        {
          ...{ form: "number", title: "Next run", width: 4, unit: "dateTimeFromNow" },
          says: "When its schedule starts it next; nothing while it is suspended or paused without an end.",
          query: `max(${ofJob("next_run_timestamp_seconds")}) * 1000`,
        },
        {
          ...{ form: "number", title: "Running for", width: 4, unit: "s" },
          says: "Of the oldest active run.",
          query: `max(time() - ${started})`,
        },
        {
          ...{ form: "number", title: "Last exit code", width: 4 },
          says: "Of the last run whose exit code is known.",
          query: `max(${ofJob("last_exit_code")})`,
        },
      ],
    },
    {
      title: "Runs",
      height: 9,
      panels: [
        {
          ...{ form: "graph", title: "Ended runs per hour", width: 12, style: "bars", step: "1h" },
          says: "By outcome.",
          queries: [{ query: `sum by (outcome) (${ended(THIS_JOB, "1h")})`, legend: "{{outcome}}" }],
          colors: OUTCOME_COLORS,
        },
        {
          ...{ form: "graph", title: "Duration", width: 12, style: "points", unit: "s" },
          says: "Of the runs that ended, their mean where there were several between two points, and what the definition expects and allows.",
          queries: [
            { query: `max(${meanDuration(THIS_JOB, "$__rate_interval")})`, legend: "ended" },
            { query: `max(time() - ${started})`, legend: "still running" },
            { query: `max(${ofJob("expected_duration_seconds")})`, legend: "expected_duration" },
            { query: `max(${ofJob("timeout_seconds")})`, legend: "timeout" },
          ],
          colors: { ended: "green", "still running": "blue", expected_duration: "orange", timeout: "red" },
        },
      ],
    },
    {
      title: "What it uses",
      height: 8,
      panels: [
        {
          ...{ form: "graph", title: "CPU time of a run", width: 12, style: "points", unit: "s" },
          says: "Of the last run that ended, at least; nothing where that is not known.",
          queries: [{ query: `max(${ofJob("last_cpu_seconds")})`, legend: "CPU time" }],
        },
        {
          ...{ form: "graph", title: "Peak memory of a run", width: 12, style: "points", unit: "bytes" },
          says: "Of the last run that ended, at least; nothing where that is not known.",
          queries: [{ query: `max(${ofJob("last_peak_memory_bytes")})`, legend: "memory" }],
        },
      ],
    },
    {
      title: "What delays it",
      height: 8,
      panels: [
        {
          ...{ form: "graph", title: "Waits for its start", width: 8, unit: "s" },
          says: "For how long it has been due without having been started or skipped.",
          queries: [
            {
              query: `max(clamp_min(time() - ${ofJob("next_run_timestamp_seconds")}, 0))`,
              legend: "overdue for",
            },
          ],
        },
        {
          ...{ form: "graph", title: "Retries per hour", width: 8, style: "bars", step: "1h" },
          says: "Attempts after the first of their run.",
          queries: [
            {
              query: orZero(`sum(${rise("shipbell_retries_total", { selector: THIS_JOB, over: "1h" })})`),
              legend: "retries",
            },
          ],
        },
        {
          ...{ form: "graph", title: "Skipped and missed per hour", width: 8, style: "bars", step: "1h" },
          says: "Occurrences that were not started, by reason.",
          queries: [
            { query: `sum by (reason) (${skipped(THIS_JOB, "1h")})`, legend: "skipped: {{reason}}" },
            { query: `sum by (reason) (${missed(THIS_JOB, "1h")})`, legend: "missed: {{reason}}" },
          ],
          colors: REASON_COLORS,
        },
      ],
    },
    {
      title: "Log (needs Loki)",
      height: 10,
      isCollapsed: true,
      panels: [
        {
          ...{ form: "logs", title: "Log of this job", width: 24 },
          says: "What shipbell logs about it, the lines that it prints included.",
          query: '{container=~".*shipbell.*"} | json | job="$job_name"',
        },
      ],
    },
  ],
};
