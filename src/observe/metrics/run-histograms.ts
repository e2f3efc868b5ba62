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

/** Counted by this process alone, over all jobs: with the job's name as a label, each bucket would be a series per job. */
export function createRunHistograms(): RunHistograms {
  const duration = new Histogram({
    name: durationName,
    help: "Duration of the last attempt of ended runs, in seconds.",
    buckets: [0.5, 1, 5, 15, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400],
    registers: [],
  });
  const delay = new Histogram({
    name: delayName,
    help: "Time from due to started, without catch-ups, in seconds.",
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900],
    registers: [],
  });
  return {
    onEvent(event) {
      // A run that catches up is late because no scheduler was running, which says nothing about how fast starts are.
      if (event.event === "run-started" && event.trigger !== "catch-up") delay.observe(event.delayMs / 1000);
      if (event.event === "run-finished" && event.durationMs !== undefined) duration.observe(event.durationMs / 1000);
    },
    register(registry) {
      registry.registerMetric(duration);
      registry.registerMetric(delay);
      return [durationName, delayName].map((name) => ({ name, hasMore: () => false }));
    },
  };
}
