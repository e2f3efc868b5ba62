import { type Board, filledIn } from "./board.ts";
import { OUTCOME_COLORS, REASON_COLORS } from "./colors.ts";
import {
  CHOSEN,
  ended,
  failed,
  isFailing,
  meanDuration,
  missed,
  newest,
  orZero,
  overdue,
  runsLong,
  skipped,
} from "./queries.ts";

const info = newest("shipbell_job_info", CHOSEN, ["timezone", "source", "unit", "suspended"]);
const ofJob = (metric: string) => newest(`shipbell_job_${metric}`, CHOSEN);

/** The board of one job, with what was chosen here. */
const LINK_TO_JOB = `/d/shipbell-job?${[
  filledIn("datasource:queryparam"),
  filledIn("shipbell:queryparam"),
  `var-job_name=${filledIn("__value.text")}`,
  filledIn("__url_time_range"),
].join("&")}`;

/** All jobs: what is wrong, what has happened, what comes next. */
export const JOBS_BOARD: Board = {
  uid: "shipbell-jobs",
  title: "shipbell: jobs",
  says: "All jobs: what is wrong now, what has happened, and what comes next.",
  rows: [
    {
      title: "Now",
      height: 4,
      panels: [
        {
          ...{ form: "number", title: "Failing", width: 4, isBadFrom: 1 },
          says: "Jobs whose last run did not succeed.",
          query: orZero(`sum${isFailing(CHOSEN)}`),
        },
        {
          ...{ form: "number", title: "Overdue", width: 4, isBadFrom: 1 },
          says: "Jobs that were due more than five minutes ago, and were neither started nor skipped.",
          query: orZero(`count(${overdue(CHOSEN)})`),
        },
        {
          ...{ form: "number", title: "Longer than expected", width: 4, isBadFrom: 1 },
          says: "Jobs with a run that takes longer than their expected_duration.",
          query: orZero(`count(${runsLong(CHOSEN)})`),
        },
        {
          ...{ form: "number", title: "Missed in 24 h", width: 4, isBadFrom: 1 },
          says: "Occurrences that were due and could not be started.",
          query: orZero(`sum(${missed(CHOSEN, "24h")})`),
        },
        {
          ...{ form: "number", title: "Running", width: 4 },
          says: "Runs that have started and not ended.",
          query: orZero(`sum(${newest("shipbell_runs_active", CHOSEN)})`),
        },
        {
          ...{ form: "number", title: "Jobs", width: 2 },
          says: "Declared jobs.",
          query: orZero(`sum(${newest("shipbell_jobs", CHOSEN)})`),
        },
        {
          ...{ form: "number", title: "Paused", width: 2 },
          says: "Jobs with a pause of their own. A pause of all jobs is on the scheduler's board.",
          query: orZero(`count(${ofJob("paused")})`),
        },
      ],
    },
    {
      title: "What has happened",
      height: 9,
      panels: [
        {
          ...{ form: "graph", title: "Ended runs per hour", width: 12, style: "bars", step: "1h" },
          says: "By outcome, over all jobs.",
          queries: [{ query: `sum by (outcome) (${ended(CHOSEN, "1h")})`, legend: "{{outcome}}" }],
          colors: OUTCOME_COLORS,
        },
        {
          ...{ form: "graph", title: "Skipped and missed per hour", width: 12, style: "bars", step: "1h" },
          says: "Occurrences that were not started, by reason.",
          queries: [
            { query: `sum by (reason) (${skipped(CHOSEN, "1h")})`, legend: "skipped: {{reason}}" },
            { query: `sum by (reason) (${missed(CHOSEN, "1h")})`, legend: "missed: {{reason}}" },
          ],
          colors: REASON_COLORS,
        },
      ],
    },
    {
      title: "Each job",
      height: 12,
      panels: [
        {
          ...{ form: "table", title: "Each job", width: 24 },
          says: "Runs and failures are those of the time that the board shows. A click on a job shows it alone.",
          columns: [
            { name: "info", query: info },
            { name: "next run", unit: "dateTimeFromNow", query: `${ofJob("next_run_timestamp_seconds")} * 1000` },
            {
              name: "last success",
              unit: "dateTimeFromNow",
              query: `${ofJob("last_success_timestamp_seconds")} * 1000`,
            },
            { name: "last exit code", query: ofJob("last_exit_code") },
            { name: "runs", query: `sum without (outcome, trigger) (${ended(CHOSEN, "$__range")})` },
            { name: "failures", query: `sum without (outcome, trigger) (${failed(CHOSEN, "$__range")})` },
            { name: "mean duration", unit: "s", query: meanDuration(CHOSEN, "$__range") },
          ],
          hidden: ["job", "Value #A"],
          link: LINK_TO_JOB,
        },
      ],
    },
    {
      title: "Over time",
      height: 9,
      panels: [
        {
          ...{ form: "states", title: "Failing and fine", width: 12 },
          says: "Jobs that have failed within the time that the board shows.",
          query: `${isFailing(CHOSEN)} and max without (instance) (shipbell_job_last_failure_timestamp_seconds{${CHOSEN}} @ end()) > ${filledIn("__from:date:seconds")}`,
          legend: "{{job_name}}",
          words: { 0: { text: "fine", color: "green" }, 1: { text: "failing", color: "red" } },
        },
        {
          ...{ form: "bars", title: "Longest runs on average", width: 6, unit: "s" },
          says: "Of the runs that ended within the time that the board shows, ten jobs.",
          queries: [{ query: `topk(10, ${meanDuration(CHOSEN, "$__range")})`, legend: "{{job_name}}" }],
        },
        {
          ...{ form: "graph", title: "Due within the hour", width: 6 },
          says: "How many jobs are due within the next hour, as it was known at each time.",
          queries: [
            {
              query: orZero(`sum(${ofJob("next_run_timestamp_seconds")} - time() < bool 3600)`),
              legend: "jobs",
            },
          ],
        },
      ],
    },
  ],
};
