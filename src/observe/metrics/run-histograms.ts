import { Histogram, type Registry } from "prom-client";
import type { RunEvent } from "../run-events.ts";
import type { ExpositionFormat, FamilyReader } from "./exposition.ts";

const durationName = "shipbell_run_duration_seconds";
const delayName = "shipbell_start_delay_seconds";

interface RunHistograms {
  readonly onEvent: (event: RunEvent) => void;
  /** Gives the histograms to a registry that lives for one scrape. */
  register(registry: Registry<ExpositionFormat>): readonly FamilyReader[];
}

/** The ID of a run's trace, where that is kept. */
export type SampledTrace = (job: string, run: string) => string | undefined;

/**
 * Counted by this process alone, over all jobs: with the job's name as a label, each bucket would be a series per job.
 * Instead, OpenMetrics names the last run of each bucket, as an exemplar.
 */
export function createRunHistograms(traceIdOf?: SampledTrace): RunHistograms {
  const duration = new Histogram({
    name: durationName,
    help: "Duration of the last attempt of ended runs, in seconds.",
    buckets: [0.5, 1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400],
    registers: [],
    enableExemplars: true,
  });
  const delay = new Histogram({
    name: delayName,
    help: "Time from due to started, without catch-ups, in seconds.",
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
    registers: [],
    enableExemplars: true,
  });
  return {
    onEvent(event) {
      // A run that catches up is late because no scheduler was running, which says nothing about how fast starts are.
      if (event.event === "run-started" && event.trigger !== "catch-up")
        observeRun(delay, event, event.delayMs, traceIdOf);
      if (event.event === "run-finished" && event.durationMs !== undefined)
        observeRun(duration, event, event.durationMs, traceIdOf);
    },
    register(registry) {
      registry.registerMetric(duration);
      registry.registerMetric(delay);
      return [durationName, delayName].map((name) => ({ name, hasMore: () => false }));
    },
  };
}

/** All names and values in the labels of an exemplar together, by the rules of OpenMetrics. The ID of a run has fewer (`job/names.ts`). */
const MOST_CHARACTERS = 128;

function observeRun(
  histogram: Histogram,
  { job, run }: { readonly job: string; readonly run: string },
  ms: number,
  traceIdOf: SampledTrace | undefined,
): void {
  const trace = traceIdOf?.(job, run);
  const isRoom = trace !== undefined && `run${run}trace_id${trace}`.length <= MOST_CHARACTERS;
  histogram.observe({ value: ms / 1000, exemplarLabels: { run, ...(isRoom && { trace_id: trace }) } });
}
