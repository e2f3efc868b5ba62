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

/**
 * Counted by this process alone, over all jobs: with the job's name as a label, each bucket would be a series per job.
 * Instead, OpenMetrics names the last run of each bucket, as an exemplar.
 */
export function createRunHistograms(): RunHistograms {
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
      if (event.event === "run-started" && event.trigger !== "catch-up") observeRun(delay, event.run, event.delayMs);
      if (event.event === "run-finished" && event.durationMs !== undefined)
        observeRun(duration, event.run, event.durationMs);
    },
    register(registry) {
      registry.registerMetric(duration);
      registry.registerMetric(delay);
      return [durationName, delayName].map((name) => ({ name, hasMore: () => false }));
    },
  };
}

/** The label set of an exemplar has at most 128 characters; the ID of a run has fewer (`job/names.ts`). */
function observeRun(histogram: Histogram, run: string, ms: number): void {
  histogram.observe({ value: ms / 1000, exemplarLabels: { run } });
}
