import type { Problem } from "../job/problem.ts";
import { shownAddress } from "../job/shown-address.ts";
import type { Sampler } from "../job/trace.ts";
import { didYouMean } from "./parse-values.ts";
import type { Environment } from "./setting.ts";

/** Where spans are sent, and which. Read from the variables that OpenTelemetry has set down for all programs, and from no others. */
export interface TraceSettings {
  /** Spans are posted there as it stands. */
  readonly url: string;
  /** They may hold secrets. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long one request may take. */
  readonly timeoutMs: number;
  readonly protocol: TraceProtocol;
  /** What the spans say of the scheduler. */
  readonly resource: Readonly<Record<string, string>>;
  readonly sampler: Sampler;
}

export const TRACE_PROTOCOLS = ["http/protobuf", "http/json"] as const;
export type TraceProtocol = (typeof TRACE_PROTOCOLS)[number];

/** One of OpenTelemetry's variables, for those who look at the settings. */
export interface TraceVariable {
  readonly name: string;
  readonly describe: string;
  readonly default: string;
  /** Only whether it is set may be shown. */
  readonly isSecret?: true;
}

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const OF_TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

/** Those that are read. Of `OTEL_EXPORTER_OTLP_…` there is a form for traces alone, which comes first. */
export const TRACE_VARIABLES: readonly TraceVariable[] = [
  {
    name: ENDPOINT,
    describe: "Receiver of OTLP over HTTP; /v1/traces is appended",
    default: "none: no traces",
  },
  { name: OF_TRACES, describe: "Receiver of traces, with its whole path", default: "that of all signals" },
  {
    name: "OTEL_EXPORTER_OTLP_HEADERS",
    describe: "Headers of each request: NAME=VALUE, with commas; values are percent-encoded",
    default: "none",
    isSecret: true,
  },
  { name: "OTEL_EXPORTER_OTLP_TIMEOUT", describe: "Longest time of one request, in milliseconds", default: "10000" },
  {
    name: "OTEL_EXPORTER_OTLP_PROTOCOL",
    describe: `How spans are written: ${TRACE_PROTOCOLS.join(", ")}`,
    default: "http/protobuf",
  },
  { name: "OTEL_SERVICE_NAME", describe: "Name of the scheduler in traces", default: "shipbell" },
  {
    name: "OTEL_RESOURCE_ATTRIBUTES",
    describe: "What all spans say of the scheduler: NAME=VALUE, with commas",
    default: "none",
  },
  { name: "OTEL_TRACES_SAMPLER", describe: "Which runs are traced", default: "parentbased_always_on" },
  { name: "OTEL_TRACES_SAMPLER_ARG", describe: "For the samplers by ratio: 0 to 1", default: "1" },
  { name: "OTEL_TRACES_EXPORTER", describe: "none turns traces off", default: "otlp" },
  { name: "OTEL_SDK_DISABLED", describe: "true turns traces off", default: "false" },
];

/** One of them as it is set here. */
interface TraceVariableFound {
  readonly variable: TraceVariable;
  /** The name that it has here; `default` where it is not set. */
  readonly at: string;
  /** What may be shown of it. */
  readonly text?: string;
  /** Why it does not hold as it stands. */
  readonly wrong?: string;
}

/** Returns all of them for display, wrong ones included. */
export function findTraceVariables(env: Environment): readonly TraceVariableFound[] {
  const { warnings } = readTraces(env);
  return TRACE_VARIABLES.map((variable) => {
    const found = formsOf(variable.name).find((at) => textOf(env, at) !== undefined);
    if (found === undefined) return { variable, at: "default" };
    const wrong = warnings.find(({ at }) => at === found)?.message;
    return { variable, at: found, text: shownValue(variable, env[found] ?? ""), ...(wrong !== undefined && { wrong }) };
  });
}

/** The form for traces alone comes first; that of the endpoint has a row of its own. */
function formsOf(name: string): readonly string[] {
  return name === ENDPOINT || name === OF_TRACES ? [name] : [name.replace("_OTLP_", "_OTLP_TRACES_"), name];
}

function shownValue({ name, isSecret }: TraceVariable, text: string): string {
  if (isSecret) return "set, and not shown";
  return name.endsWith("_ENDPOINT") ? shownAddress(text) : text.trim();
}

interface TracesRead {
  /** Absent where no traces are sent. */
  readonly traces?: TraceSettings;
  /** What cannot be used, and what holds in its place: wrong variables of observers stop no job. */
  readonly warnings: readonly Problem[];
}

/** Reads them. As for every program, an empty variable counts as not set. */
export function readTraces(env: Environment): TracesRead {
  const warnings: Problem[] = [];
  const warn = (at: string, message: string, hint?: string) => {
    warnings.push({ at, message, ...(hint !== undefined && { hint }), severity: "warning" });
  };
  const reader = { env, warn };
  const [endpoint, base] = [textOf(env, OF_TRACES), textOf(env, ENDPOINT)];
  if ((endpoint ?? base) === undefined || isOff(reader)) return { warnings };
  const url = endpoint === undefined ? readUrl(reader, ENDPOINT, true) : readUrl(reader, OF_TRACES, false);
  if (url === undefined) return { warnings };
  const traces: TraceSettings = {
    url,
    headers: readHeaders(reader),
    timeoutMs: readTimeout(reader),
    protocol: readProtocol(reader),
    resource: readResource(reader),
    sampler: readSampler(reader),
  };
  warnOfUnread(reader);
  return { traces, warnings };
}

/** What may be shown of where spans go: an address may have a secret in it. */
export function shownTraces({ url }: Pick<TraceSettings, "url">): string {
  return shownAddress(url);
}

interface Reader {
  readonly env: Environment;
  readonly warn: (at: string, message: string, hint?: string) => void;
}

function textOf(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

/** The variable's form for traces alone, or the one for all signals. */
function forTraces(env: Environment, what: string): { readonly at: string; readonly text: string } | undefined {
  for (const at of [`OTEL_EXPORTER_OTLP_TRACES_${what}`, `OTEL_EXPORTER_OTLP_${what}`]) {
    const text = textOf(env, at);
    if (text !== undefined) return { at, text };
  }
  return undefined;
}

interface Unread {
  readonly message: string;
  readonly hint: string;
  /** Values that change nothing. */
  readonly fine?: RegExp;
}

const noCertificate: Unread = {
  message: "is not read: shipbell shows a receiver no certificate of its own",
  hint: "give a token in OTEL_EXPORTER_OTLP_HEADERS, or send to a Collector that has the certificate",
};

/** By what comes after `OTEL_EXPORTER_OTLP_` or `OTEL_EXPORTER_OTLP_TRACES_`. */
const UNREAD_OF_OTLP: Readonly<Record<string, Unread>> = {
  CERTIFICATE: { message: "is not read", hint: "name the file with your authority in NODE_EXTRA_CA_CERTS" },
  CLIENT_KEY: noCertificate,
  CLIENT_CERTIFICATE: noCertificate,
  COMPRESSION: { message: "is not read: spans are sent as they are", hint: "leave it out", fine: /^none$/i },
};

/** These say nothing about traces. */
const OF_METRICS_OR_LOGS = /^OTEL_(?:METRICS?|LOGS?|BLRP|EXEMPLARS?|EXPORTER_(?:OTLP_METRICS|OTLP_LOGS|PROMETHEUS))_/;
const OF_BATCHES = /^OTEL_BSP_/;

const PROPAGATORS = "OTEL_PROPAGATORS";
const UNREAD_PROPAGATORS: Unread = {
  message: "is not read: jobs are told their trace in the form of W3C, and callers tell theirs in it",
  hint: "write tracecontext,baggage, or leave it out",
  fine: /^(?:tracecontext|baggage)(?:\s*,\s*(?:tracecontext|baggage))*$/i,
};

/** Warns of variables that would change something for other programs. */
function warnOfUnread({ env, warn }: Reader): void {
  const found = Object.entries(UNREAD_OF_OTLP).map(([what, unread]) => ({ ...forTraces(env, what), unread }));
  const propagators = { at: PROPAGATORS, text: textOf(env, PROPAGATORS), unread: UNREAD_PROPAGATORS };
  for (const { at, text, unread } of [...found, propagators])
    if (at !== undefined && text !== undefined && !unread.fine?.test(text)) warn(at, unread.message, unread.hint);
  const known = new Set([
    ...TRACE_VARIABLES.flatMap(({ name }) => formsOf(name)),
    ...Object.keys(UNREAD_OF_OTLP).flatMap((what) => formsOf(`OTEL_EXPORTER_OTLP_${what}`)),
    PROPAGATORS,
  ]);
  for (const at of Object.keys(env)) {
    if (!at.startsWith("OTEL_") || known.has(at) || OF_METRICS_OR_LOGS.test(at) || textOf(env, at) === undefined)
      continue;
    if (OF_BATCHES.test(at))
      warn(at, "is not read: when spans are sent, and how many wait, cannot be chosen", "leave it out");
    else warn(at, "is not read", didYouMean(at, known).hint);
  }
}

function isOff({ env, warn }: Reader): boolean {
  const disabled = textOf(env, "OTEL_SDK_DISABLED")?.toLowerCase() ?? "false";
  if (disabled !== "true" && disabled !== "false")
    warn("OTEL_SDK_DISABLED", `"${disabled}" is neither true nor false, and is taken for false`, "write true or false");
  const written = textOf(env, "OTEL_TRACES_EXPORTER") ?? "otlp";
  const exporter = written.toLowerCase();
  if (exporter !== "otlp" && exporter !== "none")
    warn("OTEL_TRACES_EXPORTER", `"${written}" is not known, and is taken for otlp; allowed are otlp and none`);
  return disabled === "true" || exporter === "none";
}

function readUrl({ env, warn }: Reader, at: string, isBase: boolean): string | undefined {
  const url = URL.parse(textOf(env, at) ?? "");
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const example = `http://collector:4318${isBase ? "" : "/v1/traces"}`;
    warn(at, "is not an address that begins with http:// or https://: no traces are sent", `write ${example}`);
    return undefined;
  }
  if (url.port === "4317")
    warn(at, "names port 4317, where receivers as a rule speak gRPC, which shipbell does not", "try port 4318");
  if (!isBase) return url.href;
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/traces`;
  return url.href;
}

/** The names of headers by HTTP's rules, and values that a header can have. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Those that say how a request is sent or written, which is not the operator's to say: no receiver could read it then. */
const HEADERS_OF_HTTP =
  /^(?:connection|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade|expect|content-(?:length|encoding|type))$/i;

function readHeaders({ env, warn }: Reader): Readonly<Record<string, string>> {
  const found = forTraces(env, "HEADERS");
  if (found === undefined) return {};
  const pairs = readPairs(found.text).flatMap((pair) =>
    pair !== undefined && HEADER_NAME.test(pair[0]) && HEADER_VALUE.test(pair[1]) ? [pair] : [],
  );
  if (pairs.length < found.text.split(",").filter((item) => item.trim() !== "").length)
    warn(
      found.at,
      "has something that is not NAME=VALUE, which is left out (it is not shown here, since it may be a secret)",
      "write api-key=abc,x-tenant=1; a comma in a value is %2C",
    );
  const refused = pairs.filter(([name]) => HEADERS_OF_HTTP.test(name)).map(([name]) => name.toLowerCase());
  if (refused.length > 0)
    warn(found.at, `has ${refused.join(", ")}, which says how a request is sent, and is left out`, "leave it out");
  return Object.fromEntries(
    pairs.filter(([name]) => !HEADERS_OF_HTTP.test(name)).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** Undefined in place of what is no pair. */
function readPairs(text: string): (readonly [name: string, value: string] | undefined)[] {
  return text
    .split(",")
    .filter((item) => item.trim() !== "")
    .map((item) => {
      const at = item.indexOf("=");
      const value = decoded(item.slice(at + 1).trim());
      const name = decoded(item.slice(0, Math.max(0, at)).trim());
      return name === undefined || name === "" || value === undefined ? undefined : [name, value];
    });
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

const DEFAULT_TIMEOUT_MS = 10_000;
const LONGEST_TIMEOUT_MS = 60_000;

function readTimeout({ env, warn }: Reader): number {
  const found = forTraces(env, "TIMEOUT");
  if (found === undefined) return DEFAULT_TIMEOUT_MS;
  const ms = /^\d{1,9}$/.test(found.text) ? Number(found.text) : 0;
  if (ms >= 1 && ms <= LONGEST_TIMEOUT_MS) return ms;
  const allowed = `milliseconds, from 1 to ${LONGEST_TIMEOUT_MS}`;
  warn(found.at, `"${found.text}" is not a number of ${allowed}: ${DEFAULT_TIMEOUT_MS} holds`);
  return DEFAULT_TIMEOUT_MS;
}

function readProtocol({ env, warn }: Reader): TraceProtocol {
  const found = forTraces(env, "PROTOCOL");
  const written = found?.text.toLowerCase() ?? TRACE_PROTOCOLS[0];
  const known = TRACE_PROTOCOLS.find((protocol) => protocol === written);
  if (known !== undefined) return known;
  warn(
    found?.at ?? "",
    `"${found?.text}" is not spoken: http/protobuf is used; allowed are ${TRACE_PROTOCOLS.join(" and ")}`,
    ...(written === "grpc" ? ["write http/protobuf, with port 4318 in the endpoint"] : []),
  );
  return TRACE_PROTOCOLS[0];
}

function readResource({ env, warn }: Reader): Readonly<Record<string, string>> {
  const at = "OTEL_RESOURCE_ATTRIBUTES";
  const pairs = readPairs(textOf(env, at) ?? "");
  // By OpenTelemetry's rule: what cannot be read as a whole is left out as a whole.
  const isRead = !pairs.includes(undefined);
  if (!isRead)
    warn(
      at,
      "has something that is not NAME=VALUE: all of it is left out",
      "write team=infra,deployment.environment.name=prod",
    );
  const given = isRead ? Object.fromEntries(pairs.flatMap((pair) => (pair === undefined ? [] : [pair]))) : {};
  const name = textOf(env, "OTEL_SERVICE_NAME") ?? (given["service.name"] || "shipbell");
  return { ...given, "service.name": name };
}

const SAMPLERS = ["always_on", "always_off", "traceidratio"] as const;
const PARENT_BASED = "parentbased_";

function readSampler({ env, warn }: Reader): Sampler {
  const at = "OTEL_TRACES_SAMPLER";
  const written = textOf(env, at) ?? "parentbased_always_on";
  const name = written.toLowerCase();
  const heedsParent = name.startsWith(PARENT_BASED);
  const kind = SAMPLERS.find((sampler) => sampler === (heedsParent ? name.slice(PARENT_BASED.length) : name));
  switch (kind) {
    case "always_on":
      return { ratio: 1, heedsParent };
    case "always_off":
      return { ratio: 0, heedsParent };
    case "traceidratio":
      return { ratio: readRatio({ env, warn }), heedsParent };
    default: {
      const all = [...SAMPLERS, ...SAMPLERS.map((sampler) => PARENT_BASED + sampler)];
      const wrong = `"${written}" is not known: parentbased_always_on holds; allowed are ${all.join(", ")}`;
      warn(at, wrong, didYouMean(name, all).hint);
      return { ratio: 1, heedsParent: true };
    }
  }
}

function readRatio({ env, warn }: Reader): number {
  const at = "OTEL_TRACES_SAMPLER_ARG";
  const text = textOf(env, at) ?? "1";
  const ratio = /^\+?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  if (ratio >= 0 && ratio <= 1) return ratio;
  warn(at, `"${text}" is not a ratio from 0 to 1: 1 holds`, "write 0.25 for a quarter of all runs");
  return 1;
}
