import type { RunEvent } from "../run-events.ts";
import { chooseFormat, type Family, registerFamily, render, type Sample, single } from "./exposition.ts";
import { type JobRow, jobFamilies } from "./job-metrics.ts";
import { processFamilies } from "./process-metrics.ts";
import { createRunHistograms } from "./run-histograms.ts";

/** What the metrics read when they are scraped. Nothing of it is kept from one scrape to the next. */
export interface MetricsView {
  jobs(): Iterable<JobRow>;
  /** How many errors each source has now, including sources without any. */
  problems(): Iterable<readonly [source: string, count: number]>;
  /** The same for warnings. */
  warnings(): Iterable<readonly [source: string, count: number]>;
  /** How many labels are refused now, by source and reason. */
  refusals(): Iterable<readonly [source: string, reason: string, count: number]>;
  /** How many jobs are declared; undefined until that is known. */
  jobCount(): number | undefined;
  /** How many starts wait for their turn at the engine. */
  startsWaiting(): number;
  /** How many starts the engine has not answered for 5 s. */
  startsHanging(): number;
  isEngineUp(): boolean;
}

export interface Metrics {
  /** For `RunEvents.on`: records do not hold every duration and delay. */
  readonly onEvent: (event: RunEvent) => void;
  /** Returns one exposition, in the format that the Accept header prefers. */
  scrape(accept: string | undefined): Scrape;
}

export interface Scrape {
  readonly contentType: string;
  /** In pieces: a slow reader holds one of them in memory, not all. */
  readonly chunks: AsyncIterable<string>;
}

export interface Build {
  readonly version: string;
  readonly nodeVersion: string;
}

/** The metrics of one scheduler; `docs/metrics.md` lists them. */
export function createMetrics(view: MetricsView, build: Build): Metrics {
  const histograms = createRunHistograms();
  return {
    onEvent: histograms.onEvent,
    scrape(accept) {
      const format = chooseFormat(accept);
      const chunks = render(format, (registry) => [
        ...schedulerFamilies(view, build).map((family) => registerFamily(registry, family)),
        ...jobFamilies([...view.jobs()]).map((family) => registerFamily(registry, family)),
        ...processFamilies().map((family) => registerFamily(registry, family)),
        ...histograms.register(registry),
      ]);
      return { contentType: format, chunks };
    },
  };
}

function schedulerFamilies(view: MetricsView, { version, nodeVersion }: Build): readonly Family[] {
  const up = { name: "shipbell_engine_up", help: "Whether the engine answers: 1 or 0.", type: "gauge" } as const;
  const jobs = { name: "shipbell_jobs", help: "Declared jobs.", type: "gauge" } as const;
  const waiting = {
    name: "shipbell_starts_waiting",
    help: "Due starts that wait for their turn at the engine.",
    type: "gauge",
  } as const;
  const hanging = {
    name: "shipbell_starts_hanging",
    help: "Starts that the engine has not answered for 5 s.",
    type: "gauge",
  } as const;
  return [
    {
      name: "shipbell_build_info",
      help: "Version of shipbell and of Node.js; always 1.",
      type: "gauge",
      samples: () => [{ labels: { version, node_version: nodeVersion }, value: 1 }],
    },
    single(up, () => (view.isEngineUp() ? 1 : 0)),
    single(jobs, () => view.jobCount()),
    single(waiting, () => view.startsWaiting()),
    single(hanging, () => view.startsHanging()),
    {
      name: "shipbell_problems",
      help: "Current problems, by source.",
      type: "gauge",
      samples: () => bySource(view.problems()),
    },
    {
      name: "shipbell_warnings",
      help: "Definitions that are valid but probably not what was intended, by source.",
      type: "gauge",
      samples: () => bySource(view.warnings()),
    },
    {
      name: "shipbell_labels_refused",
      help: "Currently refused labels, by source and reason.",
      type: "gauge",
      samples: () => [...view.refusals()].map(([source, reason, value]) => ({ labels: { source, reason }, value })),
    },
  ];
}

function bySource(counts: Iterable<readonly [source: string, count: number]>): Sample[] {
  return [...counts].map(([source, value]) => ({ labels: { source }, value }));
}
