import { setImmediate } from "node:timers/promises";
import { Registry } from "prom-client";
import type { RunEvent } from "../run-events.ts";
import {
  type ExpositionFormat,
  type Family,
  type FamilyReader,
  openMetricsFormat,
  registerFamily,
  type Sample,
  single,
} from "./exposition.ts";
import { chooseFormat } from "./exposition-format.ts";
import { type JobRow, jobFamilies } from "./job-metrics.ts";
import { processFamilies } from "./process-metrics.ts";
import { createRunHistograms, type RunHistograms } from "./run-histograms.ts";

/** What the metrics look at when they are scraped. Nothing of it is kept from one scrape to the next. */
export interface MetricsView {
  jobs(): Iterable<JobRow>;
  /** How many errors each source has now, those without any too. */
  problems(): Iterable<readonly [source: string, count: number]>;
  /** As `problems`, of warnings. */
  warnings(): Iterable<readonly [source: string, count: number]>;
  /** How many labels each source of them refuses now, by reason. */
  refusals(): Iterable<readonly [source: string, reason: string, count: number]>;
  /** How many jobs are declared; undefined until that is known. */
  jobCount(): number | undefined;
  /** How many starts wait until the engine is given them. */
  startsWaiting(): number;
  /** How many starts the engine has not answered for seconds. */
  startsHanging(): number;
  isEngineUp(): boolean;
}

export interface Metrics {
  /** For `RunEvents.on`: durations and delays are in no record. */
  readonly onEvent: (event: RunEvent) => void;
  /** One answer to a scraper that accepts these formats, as the value of its Accept header. */
  scrape(accept: string | undefined): Scrape;
}

export interface Scrape {
  readonly contentType: string;
  /** In pieces: whoever reads slowly holds one of them in memory, not the record. */
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
      const families = () => [
        ...schedulerFamilies(view, build),
        ...jobFamilies([...view.jobs()]),
        ...processFamilies(),
      ];
      return { contentType: format, chunks: render(format, families, histograms) };
    },
  };
}

/**
 * Takes nothing before the first piece is asked for: a scraper that has to wait for its turn holds no memory. Between two
 * pieces the loop turns, so that a scrape of many jobs holds up no start.
 */
async function* render(
  format: ExpositionFormat,
  families: () => readonly Family[],
  histograms: RunHistograms,
): AsyncGenerator<string, void, void> {
  // A registry of its own for each scrape: prom-client cannot change a registry's format there and back.
  const registry = new Registry<ExpositionFormat>();
  registry.setContentType(format);
  const readers: readonly FamilyReader[] = [
    ...families().map((family) => registerFamily(registry, family)),
    ...histograms.register(registry),
  ];
  for (const { name, hasMore } of readers) {
    yield `${await registry.getSingleMetricAsString(name)}\n`;
    while (hasMore()) {
      await setImmediate();
      yield withoutHead(await registry.getSingleMetricAsString(name));
    }
  }
  if (registry.contentType === openMetricsFormat) yield "# EOF\n";
}

/** prom-client writes HELP and TYPE above every piece; a format allows them once. */
function withoutHead(piece: string): string {
  const afterHelp = piece.indexOf("\n") + 1;
  return `${piece.slice(piece.indexOf("\n", afterHelp) + 1)}\n`;
}

function schedulerFamilies(view: MetricsView, { version, nodeVersion }: Build): readonly Family[] {
  const up = { name: "shipbell_engine_up", help: "Whether the engine answers: 1 or 0.", type: "gauge" } as const;
  const jobs = { name: "shipbell_jobs", help: "Jobs that are declared.", type: "gauge" } as const;
  const waiting = {
    name: "shipbell_starts_waiting",
    help: "Starts that are due and wait for their turn at the engine.",
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
      help: "Which shipbell this is. Always 1.",
      type: "gauge",
      samples: () => [{ labels: { version, node_version: nodeVersion }, value: 1 }],
    },
    single(up, () => (view.isEngineUp() ? 1 : 0)),
    single(jobs, () => view.jobCount()),
    single(waiting, () => view.startsWaiting()),
    single(hanging, () => view.startsHanging()),
    {
      name: "shipbell_problems",
      help: "What is wrong now, by source.",
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
      help: "Labels that are refused now, by source and reason.",
      type: "gauge",
      samples: () => [...view.refusals()].map(([source, reason, value]) => ({ labels: { source, reason }, value })),
    },
  ];
}

function bySource(counts: Iterable<readonly [source: string, count: number]>): Sample[] {
  return [...counts].map(([source, value]) => ({ labels: { source }, value }));
}
