import { setImmediate } from "node:timers/promises";
import { type Metric, Registry } from "prom-client";

/**
 * All series of one metric name, made when they are asked for and not kept: ten series for each of 10,000 jobs would
 * otherwise hold a hundred megabytes between two scrapes.
 */
export interface Family {
  /** As in Prometheus' text format: the name of a counter ends with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "summary";
  readonly samples: () => Iterable<Sample>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Where it differs from the family's name: `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** Returns a family of one series without labels, or of none while there is no value. */
export function single(family: Omit<Family, "samples">, value: () => number | undefined): Family {
  return {
    ...family,
    *samples() {
      const found = value();
      if (found !== undefined) yield { labels: {}, value: found };
    },
  };
}

const textFormat = Registry.PROMETHEUS_CONTENT_TYPE;
const openMetricsFormat = Registry.OPENMETRICS_CONTENT_TYPE;
export type ExpositionFormat = typeof textFormat | typeof openMetricsFormat;

/** Returns the format that the scraper prefers, of the two that we speak; the text format when it does not say. */
export function chooseFormat(accept: string | undefined): ExpositionFormat {
  const ranges = (accept ?? "").split(",").map(parseRange);
  const openMetrics = weightOf(ranges, (range) => range.type === "application/openmetrics-text" && isVersion1(range));
  const text = weightOf(ranges, ({ type }) => type === "text/plain" || type === "text/*" || type === "*/*");
  return openMetrics > 0 && openMetrics >= text ? openMetricsFormat : textFormat;
}

interface MediaRange {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** `application/openmetrics-text;version=1.0.0;q=0.75` */
function parseRange(text: string): MediaRange {
  const [type = "", ...parameters] = text.split(";").map((part) => part.trim().toLowerCase());
  const pairs = parameters.map((parameter): [string, string] => {
    const [name = "", value = ""] = parameter.split("=").map((part) => part.trim().replaceAll('"', ""));
    return [name, value];
  });
  return { type, parameters: new Map(pairs) };
}

function weightOf(ranges: readonly MediaRange[], isMeant: (range: MediaRange) => boolean): number {
  const weights = ranges.filter(isMeant).map(({ parameters }) => Number(parameters.get("q") ?? 1));
  return Math.max(0, ...weights.filter((weight) => !Number.isNaN(weight)));
}

function isVersion1({ parameters }: MediaRange): boolean {
  return (parameters.get("version") ?? "1").startsWith("1");
}

/** A metric that a registry knows, and whether more of its samples are to come. */
export interface FamilyReader {
  readonly name: string;
  /** True until all samples have been given out. */
  hasMore(): boolean;
}

/**
 * Yields an exposition in pieces. Nothing is registered before the first piece is asked for, so a scraper that waits for
 * its turn holds no memory. The event loop turns between two pieces, so that a scrape of many jobs delays no start.
 */
export async function* render(
  format: ExpositionFormat,
  register: (registry: Registry<ExpositionFormat>) => readonly FamilyReader[],
): AsyncGenerator<string, void, void> {
  // Each scrape has a registry of its own: prom-client cannot change a registry's format there and back.
  const registry = new Registry<ExpositionFormat>();
  registry.setContentType(format);
  for (const { name, hasMore } of register(registry)) {
    yield `${await registry.getSingleMetricAsString(name)}\n`;
    while (hasMore()) {
      await setImmediate();
      yield withoutHead(await registry.getSingleMetricAsString(name));
    }
  }
  if (registry.contentType === openMetricsFormat) yield "# EOF\n";
}

/** prom-client writes HELP and TYPE above every piece; the formats allow them once. */
function withoutHead(piece: string): string {
  const afterHelp = piece.indexOf("\n") + 1;
  return `${piece.slice(piece.indexOf("\n", afterHelp) + 1)}\n`;
}

/** How many samples make a piece: some 50 KB, made in about a millisecond. */
const samplesAtOnce = 500;

/**
 * Gives the family to a registry that lives for one scrape. prom-client asks a metric only for its name and for `get()`;
 * here, each `get()` returns the next samples. In OpenMetrics, it adds a counter's `_total` to the names of its samples.
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

/** One object for all samples: prom-client remembers each such object that it meets. */
const noLabels = {};
