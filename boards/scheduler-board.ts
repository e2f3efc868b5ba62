import type { Board, Panel, Query } from "./board.ts";
import { CHOSEN, newest, orZero } from "./queries.ts";

const delays = `sum by (le) (rate(shipbell_start_delay_seconds_bucket{${CHOSEN}}[$__rate_interval]))`;
const quantile = (q: number): Query => ({ query: `histogram_quantile(${q}, ${delays})`, legend: `p${q * 100}` });

/** What each process says of itself: here, instances are told apart. */
function ofProcess(title: string, unit: string, queries: readonly Query[]): Panel {
  return { form: "graph", title, width: 6, unit, says: "Of each scheduler.", queries };
}

/** The schedulers themselves: whether they work, how late they start, what is in their way, what they need. */
export const SCHEDULER_BOARD: Board = {
  uid: "shipbell-scheduler",
  title: "shipbell: scheduler",
  says: "The schedulers themselves: whether they work, how late they start what is due, and what they need.",
  rows: [
    {
      title: "Now",
      height: 4,
      panels: [
        {
          ...{ form: "number", title: "Schedulers", width: 4 },
          says: "That Prometheus reaches.",
          query: orZero(`sum(up{${CHOSEN}})`),
        },
        {
          ...{ form: "number", title: "Engine", width: 4 },
          says: "Whether a scheduler reaches Docker.",
          query: `max(shipbell_engine_up{${CHOSEN}})`,
          words: { 0: { text: "down", color: "red" }, 1: { text: "up", color: "green" } },
        },
        {
          ...{ form: "number", title: "All jobs", width: 4 },
          says: "Whether all jobs are paused.",
          query: `max(shipbell_paused{${CHOSEN}})`,
          words: { 0: { text: "not paused", color: "green" }, 1: { text: "paused", color: "orange" } },
        },
        {
          ...{ form: "number", title: "Problems", width: 4, isBadFrom: 1 },
          says: "Definitions, records and settings that are not in effect as they are written; shipbell problems lists them.",
          query: orZero(`sum(${newest("shipbell_problems", CHOSEN)})`),
        },
        {
          ...{ form: "number", title: "Starts hanging", width: 4, isBadFrom: 1 },
          says: "Starts that the engine has not answered for 5 s.",
          query: orZero(`sum(shipbell_starts_hanging{${CHOSEN}})`),
        },
        {
          ...{ form: "number", title: "Notices waiting", width: 4 },
          says: "That a channel does not have yet.",
          query: orZero(`sum(${newest("shipbell_notices_waiting", CHOSEN)})`),
        },
      ],
    },
    {
      title: "Starts",
      height: 9,
      panels: [
        {
          ...{ form: "graph", title: "Start delay", width: 12, unit: "s" },
          says: "From due to started, catch-ups left out, over all jobs: half, 95 % and 99 % of the starts were faster.",
          queries: [0.5, 0.95, 0.99].map(quantile),
        },
        {
          ...{ form: "heatmap", title: "Start delay, all of them", width: 12, unit: "s" },
          says: "How many starts were how late. With exemplars, each dot is a run.",
          query: `sum by (le) (increase(shipbell_start_delay_seconds_bucket{${CHOSEN}}[$__rate_interval]))`,
        },
      ],
    },
    {
      title: "What is in the way",
      height: 8,
      panels: [
        {
          ...{ form: "graph", title: "Starts waiting", width: 6 },
          says: "For their turn at the engine, and starts that the engine does not answer.",
          queries: [
            { query: `sum(shipbell_starts_waiting{${CHOSEN}})`, legend: "waiting" },
            { query: `sum(shipbell_starts_hanging{${CHOSEN}})`, legend: "hanging" },
          ],
        },
        {
          ...{ form: "graph", title: "Engine", width: 6 },
          says: "Whether each scheduler reaches it: 1 or 0.",
          queries: [{ query: `shipbell_engine_up{${CHOSEN}}`, legend: "{{instance}}" }],
        },
        {
          ...{ form: "graph", title: "Problems and warnings", width: 6 },
          says: "By source; labels that are refused are problems, too.",
          queries: [
            { query: `sum by (source) (${newest("shipbell_problems", CHOSEN)})`, legend: "problems: {{source}}" },
            { query: `sum by (source) (${newest("shipbell_warnings", CHOSEN)})`, legend: "warnings: {{source}}" },
            {
              query: `sum by (reason) (${newest("shipbell_labels_refused", CHOSEN, ["source"])})`,
              legend: "refused: {{reason}}",
            },
          ],
        },
        {
          ...{ form: "graph", title: "Notices", width: 6 },
          says: "What waits for a channel, and what was given up.",
          queries: [
            {
              query: `sum by (channel) (${newest("shipbell_notices_waiting", CHOSEN)})`,
              legend: "waiting: {{channel}}",
            },
            {
              query: `sum by (channel) (increase(shipbell_notices_total{${CHOSEN},result="dropped"}[$__rate_interval]))`,
              legend: "dropped: {{channel}}",
            },
          ],
        },
      ],
    },
    {
      title: "Processes",
      height: 8,
      panels: [
        ofProcess("Up", "short", [{ query: `up{${CHOSEN}}`, legend: "{{instance}}" }]),
        ofProcess("Memory", "bytes", [
          { query: `process_resident_memory_bytes{${CHOSEN}}`, legend: "{{instance}}" },
          { query: `nodejs_heap_size_used_bytes{${CHOSEN}}`, legend: "{{instance}}: heap" },
        ]),
        ofProcess("CPU", "percentunit", [
          { query: `rate(process_cpu_seconds_total{${CHOSEN}}[$__rate_interval])`, legend: "{{instance}}" },
        ]),
        ofProcess("Open files", "short", [
          { query: `process_open_fds{${CHOSEN}}`, legend: "{{instance}}" },
          { query: `min(process_max_fds{${CHOSEN}})`, legend: "limit" },
        ]),
      ],
    },
  ],
};
