import type { SourceName } from "../../job/job.ts";
import { isWarning, REFUSAL_REASONS } from "../../job/problem.ts";
import type { JobRecord } from "../../ledger/record.ts";
import { errorsOf } from "../../view/scheduler/problems.ts";
import type { PoolView, SchedulerView, ViewProblem } from "../../view/scheduler/scheduler-view.ts";
import type { RunEvent } from "../run-events.ts";
import { chooseFormat, type Family, registerFamily, render, type Sample, single } from "./exposition.ts";
import { jobFamilies } from "./job-metrics.ts";
import { countNotices } from "./notice-metrics.ts";
import { processFamilies } from "./process-metrics.ts";
import { createRunHistograms, type SampledTrace } from "./run-histograms.ts";

/** What the metrics show of one scheduler. It is read for each scrape, and not kept. */
export interface MetricsFacts {
  readonly scheduler: SchedulerView;
  readonly records: ReadonlyMap<string, JobRecord>;
  /** The sources that are read: each has a number of problems, even if that is 0. */
  readonly sources: readonly SourceName[];
  /** Whether all jobs are paused; undefined while that is not known. */
  readonly isPaused: boolean | undefined;
  /** Starts that wait for their turn at the engine. */
  readonly startsWaiting: number;
  /** Starts that the engine has not answered for 5 s. */
  readonly startsHanging: number;
  /** Starts that were prepared ahead of their time since the scheduler began: those that came, and those that did not. */
  readonly startsPrepared: { readonly used: number; readonly unused: number };
  /** Spans since the scheduler began. Absent while traces are off. */
  readonly spans?: SpanCounts | undefined;
}

interface SpanCounts {
  readonly sent: number;
  readonly dropped: Readonly<Record<string, number>>;
}

export interface Metrics {
  /** For `RunEvents.on`: records do not hold every duration and delay. */
  readonly onEvent: (event: RunEvent) => void;
  /** Returns one exposition, in the format that the Accept header prefers. */
  scrape(accept: string | undefined): Scrape;
}

interface Scrape {
  readonly contentType: string;
  /** In pieces: a slow reader holds one of them in memory, not all. */
  readonly chunks: AsyncIterable<string>;
}

interface Build {
  readonly version: string;
  readonly nodeVersion: string;
}

/** The metrics of one scheduler; `docs/metrics.md` lists them. */
export function createMetrics(look: () => MetricsFacts, build: Build, traceIdOf?: SampledTrace): Metrics {
  const histograms = createRunHistograms(traceIdOf);
  const notices = countNotices();
  return {
    onEvent: (event) => {
      histograms.onEvent(event);
      notices.onEvent(event);
    },
    scrape(accept) {
      const format = chooseFormat(accept);
      const chunks = render(format, (registry) => {
        const facts = look();
        const families = [
          ...schedulerFamilies(facts, build),
          ...jobFamilies(facts),
          ...notices.families(facts),
          ...(facts.spans === undefined ? [] : spanFamilies(facts.spans)),
          ...processFamilies(),
        ];
        return [...families.map((family) => registerFamily(registry, family)), ...histograms.register(registry)];
      });
      return { contentType: format, chunks };
    },
  };
}

function schedulerFamilies(facts: MetricsFacts, { version, nodeVersion }: Build): readonly Family[] {
  const { scheduler, isPaused, startsWaiting, startsHanging, startsPrepared } = facts;
  const { role, engineDownBecause } = scheduler;
  const up = { name: "shipbell_engine_up", help: "Whether the engine answers: 1 or 0.", type: "gauge" } as const;
  const jobs = { name: "shipbell_jobs", help: "Declared jobs.", type: "gauge" } as const;
  const paused = { name: "shipbell_paused", help: "Whether all jobs are paused: 1 or 0.", type: "gauge" } as const;
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
    single(up, () => (engineDownBecause === undefined ? 1 : 0)),
    // Not known before the sources are read.
    single(jobs, () => (role.kind === "active" ? scheduler.jobs.size : undefined)),
    single(paused, () => (isPaused === undefined ? undefined : Number(isPaused))),
    single(waiting, () => startsWaiting),
    single(hanging, () => startsHanging),
    ...(scheduler.pools === undefined ? [] : [poolSlots(scheduler.pools)]),
    {
      name: "shipbell_starts_prepared_total",
      help: "Starts whose objects were prepared ahead of time, by whether they were used.",
      type: "counter",
      samples: () => [
        { labels: { used: "true" }, value: startsPrepared.used },
        { labels: { used: "false" }, value: startsPrepared.unused },
      ],
    },
    {
      name: "shipbell_problems",
      help: "Current problems, by source.",
      type: "gauge",
      samples: () => problemSamples(facts, errorsOf(scheduler)),
    },
    {
      name: "shipbell_warnings",
      help: "Definitions that are valid but probably not what was intended, by source.",
      type: "gauge",
      samples: () => problemSamples(facts, scheduler.problems.filter(isWarning)),
    },
    {
      name: "shipbell_labels_refused",
      help: "Currently refused labels, by source and reason.",
      type: "gauge",
      samples: () => refusalSamples(facts),
    },
  ];
}

function spanFamilies({ sent, dropped }: SpanCounts): readonly Family[] {
  return [
    {
      name: "shipbell_spans_sent_total",
      help: "Spans that the receiver of traces has taken.",
      type: "counter",
      samples: () => [{ labels: {}, value: sent }],
    },
    {
      name: "shipbell_spans_dropped_total",
      help: "Spans that the receiver of traces does not have, or may not have, by reason.",
      type: "counter",
      samples: () => Object.entries(dropped).map(([reason, value]) => ({ labels: { reason }, value })),
    },
  ];
}

/** A limit that was lowered leaves none free, and more used than there are. */
function poolSlots(pools: readonly PoolView[]): Family {
  return {
    name: "shipbell_pool_slots",
    help: "Slots of pools that are used and free, and attempts that wait for one.",
    type: "gauge",
    samples: () =>
      pools.flatMap(({ name: pool, limit, holders, waiting }) => [
        { labels: { pool, state: "used" }, value: holders.length },
        { labels: { pool, state: "free" }, value: Math.max(0, limit - holders.length) },
        { labels: { pool, state: "waiting" }, value: waiting.length },
      ]),
  };
}

function problemSamples({ sources }: MetricsFacts, problems: readonly ViewProblem[]): Sample[] {
  return [...sources, "scheduler"].map((source) => ({
    labels: { source },
    value: problems.filter((problem) => problem.source === source).length,
  }));
}

/** Only labels are refused, not the keys of schedule files. */
function refusalSamples({ scheduler, sources }: MetricsFacts): Sample[] {
  return sources
    .filter((source) => source !== "files")
    .flatMap((source) => {
      const refused = scheduler.problems.filter(
        (problem) => problem.source === source && problem.refused !== undefined,
      );
      return REFUSAL_REASONS.map((reason) => ({
        labels: { source, reason },
        value: refused.filter((problem) => problem.refused === reason).length,
      }));
    });
}
