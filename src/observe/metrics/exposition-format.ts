import { type ExpositionFormat, openMetricsFormat, textFormat } from "./exposition.ts";

/** The format that the scraper likes best, of the two that we speak; the text format when it does not say. */
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
