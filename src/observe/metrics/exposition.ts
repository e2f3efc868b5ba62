import { type Metric, Registry } from "prom-client";

/**
 * All series of one metric name, made when they are asked for and kept nowhere: ten series for each of 10,000 jobs
 * would otherwise hold a hundred megabytes between two scrapes.
 */
export interface Family {
  /** As Prometheus' text format has it: a counter's ends with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "summary";
  readonly samples: () => Iterable<Sample>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Where it is not the family's own: `…_sum`, `…_count`. */
  readonly metricName?: string;
}

export const textFormat = Registry.PROMETHEUS_CONTENT_TYPE;
export const openMetricsFormat = Registry.OPENMETRICS_CONTENT_TYPE;
export type ExpositionFormat = typeof textFormat | typeof openMetricsFormat;

/** A family that a registry knows, and whether there is more of it to come. */
export interface FamilyReader {
  readonly name: string;
  /** True until all samples were given out. */
  hasMore(): boolean;
}

/** So many samples at a time: a piece of some 50 KB, made in about a millisecond. */
const samplesAtOnce = 500;

/**
 * Gives the family to a registry that lives for one scrape. prom-client asks a metric for nothing but its name and
 * `get()`; here each `get()` gives the next samples. In OpenMetrics it puts a counter's `_total` back where it belongs.
 */
export function registerFamily(registry: Registry<ExpositionFormat>, family: Family): FamilyReader {
  const isCut = registry.contentType === openMetricsFormat && family.type === "counter";
  const name = isCut ? family.name.replace(/_total$/, "") : family.name;
  const rest = Iterator.from(family.samples());
  let next = rest.next();
  const take = () => {
    const values: PromSample[] = [];
    for (; !next.done && values.length < samplesAtOnce; next = rest.next()) {
      values.push({ ...next.value, sharedLabels: noLabels });
    }
    return values;
  };
  const metric = { name, get: async () => ({ name, help: family.help, type: family.type, values: take() }) };
  registry.registerMetric(metric as unknown as Metric);
  return { name, hasMore: () => !next.done };
}

interface PromSample extends Sample {
  readonly sharedLabels: Readonly<Record<string, string>>;
}

/** One for all: prom-client keeps a note of each such object that it meets. */
const noLabels = {};

/** A family of one series without labels; none while there is no value. */
export function single(family: Omit<Family, "samples">, value: () => number | undefined): Family {
  return {
    ...family,
    *samples() {
      const found = value();
      if (found !== undefined) yield { labels: {}, value: found };
    },
  };
}
