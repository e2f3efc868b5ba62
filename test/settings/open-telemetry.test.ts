import { describe, expect, it } from "vitest";
import { formatProblem } from "../../src/job/problem.ts";
import { findTraceVariables, readTraces, shownTraces, type TraceSettings } from "../../src/settings/open-telemetry.ts";
import type { Environment } from "../../src/settings/setting.ts";

const BASE = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318" };
const SECRET = "hunter2";

const read = (env: Environment) => readTraces({ ...BASE, ...env });
const traces = (env: Environment = {}) => read(env).traces as TraceSettings;
const warnings = (env: Environment) =>
  read(env).warnings.map((problem) => formatProblem(problem).replace(": warning: ", ": "));

describe("traces are off", () => {
  it.each<[string, Environment]>([
    ["without an endpoint", {}],
    ["with an empty endpoint", { OTEL_EXPORTER_OTLP_ENDPOINT: " " }],
    ["with other variables alone", { OTEL_SERVICE_NAME: "cron", OTEL_TRACES_SAMPLER: "nonsense" }],
    ["where the SDK is disabled", { ...BASE, OTEL_SDK_DISABLED: "TRUE" }],
    ["where there is no exporter of traces", { ...BASE, OTEL_TRACES_EXPORTER: "none" }],
    ["where there is no exporter of traces, in capitals", { ...BASE, OTEL_TRACES_EXPORTER: "NONE" }],
  ])("%s", (_, env) => expect(readTraces(env)).toEqual({ warnings: [] }));
});

describe("the endpoint", () => {
  it.each<[string, Environment, string]>([
    ["of all signals gets the path of traces", {}, "http://collector:4318/v1/traces"],
    [
      "may have a path of its own before it",
      { OTEL_EXPORTER_OTLP_ENDPOINT: "https://otlp.example/otlp/" },
      "https://otlp.example/otlp/v1/traces",
    ],
    [
      "of traces comes first, and stays as it is",
      { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://otlp.example/x?key=1" },
      "https://otlp.example/x?key=1",
    ],
  ])("%s", (_, env, url) => expect(traces(env).url).toBe(url));

  it("is shown without what may be a secret", () => {
    const url = `https://jo:${SECRET}@otlp.example/${SECRET}?key=${SECRET}`;
    expect(shownTraces(traces({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: url }))).toBe("https://otlp.example/…");
  });
});

it("has the defaults of OpenTelemetry", () => {
  expect(read({})).toEqual({
    warnings: [],
    traces: {
      url: "http://collector:4318/v1/traces",
      headers: {},
      timeoutMs: 10_000,
      protocol: "http/protobuf",
      resource: { "service.name": "shipbell" },
      sampler: { ratio: 1, heedsParent: true },
    },
  });
});

describe("values", () => {
  it.each<[string, Environment, Partial<TraceSettings>]>([
    [
      "headers, percent-encoded",
      { OTEL_EXPORTER_OTLP_HEADERS: "Api-Key=a%2Cb%3D%3D , x-tenant=1," },
      { headers: { "api-key": "a,b==", "x-tenant": "1" } },
    ],
    [
      "a value with = in it",
      { OTEL_EXPORTER_OTLP_HEADERS: "authorization=Basic YQ==" },
      { headers: { authorization: "Basic YQ==" } },
    ],
    [
      "headers of traces alone, which take the place of the others",
      { OTEL_EXPORTER_OTLP_HEADERS: "a=1", OTEL_EXPORTER_OTLP_TRACES_HEADERS: "b=2" },
      { headers: { b: "2" } },
    ],
    ["a timeout", { OTEL_EXPORTER_OTLP_TIMEOUT: "2500" }, { timeoutMs: 2500 }],
    [
      "a timeout of traces alone",
      { OTEL_EXPORTER_OTLP_TIMEOUT: "2500", OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "1" },
      { timeoutMs: 1 },
    ],
    ["a protocol", { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }, { protocol: "http/json" }],
    [
      "a resource",
      { OTEL_RESOURCE_ATTRIBUTES: "service.name=cron,team=a%20b" },
      { resource: { "service.name": "cron", team: "a b" } },
    ],
    [
      "a name, which comes before the one in the resource",
      { OTEL_RESOURCE_ATTRIBUTES: "service.name=cron", OTEL_SERVICE_NAME: "bell" },
      { resource: { "service.name": "bell" } },
    ],
    ["a protocol in capitals", { OTEL_EXPORTER_OTLP_PROTOCOL: "HTTP/JSON" }, { protocol: "http/json" }],
    [
      "a resource with an empty name, which is none",
      { OTEL_RESOURCE_ATTRIBUTES: "service.name=,team=a" },
      { resource: { "service.name": "shipbell", team: "a" } },
    ],
    [
      "a sampler in capitals",
      { OTEL_TRACES_SAMPLER: "PARENTBASED_ALWAYS_OFF" },
      { sampler: { ratio: 0, heedsParent: true } },
    ],
    ...(
      [
        ["1e-3", 0.001],
        ["0.", 0],
        ["1.0", 1],
        ["2.5E-1", 0.25],
        ["0", 0],
      ] as const
    ).map(([text, ratio]): [string, Environment, Partial<TraceSettings>] => [
      `a ratio of ${text}`,
      { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: text },
      { sampler: { ratio, heedsParent: false } },
    ]),
    [
      "no compression, and the form of W3C, which is what there is",
      { OTEL_EXPORTER_OTLP_COMPRESSION: "none", OTEL_PROPAGATORS: "tracecontext, baggage" },
      {},
    ],
    ["always_on", { OTEL_TRACES_SAMPLER: "always_on" }, { sampler: { ratio: 1, heedsParent: false } }],
    ["always_off", { OTEL_TRACES_SAMPLER: "always_off" }, { sampler: { ratio: 0, heedsParent: false } }],
    [
      "parentbased_always_off",
      { OTEL_TRACES_SAMPLER: "parentbased_always_off" },
      { sampler: { ratio: 0, heedsParent: true } },
    ],
    [
      "traceidratio",
      { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: ".25" },
      { sampler: { ratio: 0.25, heedsParent: false } },
    ],
    [
      "a ratio without its argument",
      { OTEL_TRACES_SAMPLER: "parentbased_traceidratio" },
      { sampler: { ratio: 1, heedsParent: true } },
    ],
  ])("are read: %s", (_, env, expected) => {
    expect(traces(env)).toMatchObject(expected);
    expect(warnings(env)).toEqual([]);
  });
});

describe("a wrong value is a warning that says where, what is allowed and what holds", () => {
  it.each<[string, Environment, string]>([
    [
      "an endpoint that is no address",
      { OTEL_EXPORTER_OTLP_ENDPOINT: `collector:4318/${SECRET}` },
      "OTEL_EXPORTER_OTLP_ENDPOINT: is not an address that begins with http:// or https://: no traces are sent (write http://collector:4318)",
    ],
    [
      "the port of gRPC",
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4317" },
      "OTEL_EXPORTER_OTLP_ENDPOINT: names port 4317, where receivers as a rule speak gRPC, which shipbell does not (try port 4318)",
    ],
    [
      "headers that are none",
      { OTEL_EXPORTER_OTLP_HEADERS: `${SECRET}, a=1` },
      "OTEL_EXPORTER_OTLP_HEADERS: has something that is not NAME=VALUE, which is left out (it is not shown here, since it may be a secret) (write api-key=abc,x-tenant=1; a comma in a value is %2C)",
    ],
    [
      "a header that would be two",
      { OTEL_EXPORTER_OTLP_TRACES_HEADERS: `a=${SECRET}%0d%0ab: c` },
      "OTEL_EXPORTER_OTLP_TRACES_HEADERS: has something that is not NAME=VALUE, which is left out (it is not shown here, since it may be a secret) (write api-key=abc,x-tenant=1; a comma in a value is %2C)",
    ],
    [
      "headers that say how a request is sent",
      { OTEL_EXPORTER_OTLP_HEADERS: `Transfer-Encoding=chunked,api-key=${SECRET},content-length=1` },
      "OTEL_EXPORTER_OTLP_HEADERS: has transfer-encoding, content-length, which says how a request is sent, and is left out (leave it out)",
    ],
    [
      "an authority in its own variable",
      { OTEL_EXPORTER_OTLP_CERTIFICATE: "/ca.pem" },
      "OTEL_EXPORTER_OTLP_CERTIFICATE: is not read (name the file with your authority in NODE_EXTRA_CA_CERTS)",
    ],
    ...["OTEL_EXPORTER_OTLP_CLIENT_KEY", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE"].map(
      (name): [string, Environment, string] => [
        `a certificate of the scheduler's own: ${name}`,
        { [name]: "/client.pem" },
        `${name}: is not read: shipbell shows a receiver no certificate of its own (give a token in OTEL_EXPORTER_OTLP_HEADERS, or send to a Collector that has the certificate)`,
      ],
    ),
    [
      "compression",
      { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" },
      "OTEL_EXPORTER_OTLP_COMPRESSION: is not read: spans are sent as they are (leave it out)",
    ],
    ...["OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_MAX_QUEUE_SIZE"].map((name): [string, Environment, string] => [
      `when spans are sent: ${name}`,
      { [name]: "1000" },
      `${name}: is not read: when spans are sent, and how many wait, cannot be chosen (leave it out)`,
    ]),
    [
      "a name that is misspelt",
      { OTEL_TRACES_SAMPLER_ARGS: "0.1" },
      'OTEL_TRACES_SAMPLER_ARGS: is not read (did you mean "OTEL_TRACES_SAMPLER_ARG"?)',
    ],
    [
      "what other programs limit in spans",
      {
        OTEL_SPAN_EVENT_COUNT_LIMIT: "10",
        OTEL_METRICS_EXPORTER: "none",
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://a",
      },
      "OTEL_SPAN_EVENT_COUNT_LIMIT: is not read",
    ],
    [
      "another form of traces",
      { OTEL_PROPAGATORS: "b3,tracecontext" },
      "OTEL_PROPAGATORS: is not read: jobs are told their trace in the form of W3C, and callers tell theirs in it (write tracecontext,baggage, or leave it out)",
    ],
    [
      "a timeout with a unit",
      { OTEL_EXPORTER_OTLP_TIMEOUT: "10s" },
      'OTEL_EXPORTER_OTLP_TIMEOUT: "10s" is not a number of milliseconds, from 1 to 60000: 10000 holds',
    ],
    [
      "gRPC",
      { OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" },
      'OTEL_EXPORTER_OTLP_PROTOCOL: "grpc" is not spoken: http/protobuf is used; allowed are http/protobuf and http/json (write http/protobuf, with port 4318 in the endpoint)',
    ],
    [
      "a resource that cannot be read",
      { OTEL_RESOURCE_ATTRIBUTES: "team=a,b" },
      "OTEL_RESOURCE_ATTRIBUTES: has something that is not NAME=VALUE: all of it is left out (write team=infra,deployment.environment.name=prod)",
    ],
    [
      "a sampler that is not known",
      { OTEL_TRACES_SAMPLER: "parentbased_always_om" },
      'OTEL_TRACES_SAMPLER: "parentbased_always_om" is not known: parentbased_always_on holds; allowed are always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio (did you mean "parentbased_always_on"?)',
    ],
    [
      "a ratio above 1",
      { OTEL_TRACES_SAMPLER: "traceidratio", OTEL_TRACES_SAMPLER_ARG: "25" },
      'OTEL_TRACES_SAMPLER_ARG: "25" is not a ratio from 0 to 1: 1 holds (write 0.25 for a quarter of all runs)',
    ],
    [
      "neither true nor false",
      { OTEL_SDK_DISABLED: "yes" },
      'OTEL_SDK_DISABLED: "yes" is neither true nor false, and is taken for false (write true or false)',
    ],
    [
      "an exporter that is not known",
      { OTEL_TRACES_EXPORTER: "zipkin" },
      'OTEL_TRACES_EXPORTER: "zipkin" is not known, and is taken for otlp; allowed are otlp and none',
    ],
  ])("%s", (_, env, warning) => {
    expect(warnings(env)).toEqual([warning]);
    expect(warning).not.toContain(SECRET);
    expect(read(env).warnings[0]?.severity).toBe("warning");
  });
});

it("headers that say how a request is sent are left out, and the others are not", () => {
  const env = { OTEL_EXPORTER_OTLP_HEADERS: "Transfer-Encoding=chunked,api-key=a,content-encoding=gzip" };
  expect(traces(env).headers).toEqual({ "api-key": "a" });
});

it("warns of nothing that is not read where traces are off", () => {
  expect(readTraces({ OTEL_EXPORTER_OTLP_CERTIFICATE: "/ca.pem", OTEL_PROPAGATORS: "b3" }).warnings).toEqual([]);
});

describe("the variables, for those who look at the settings", () => {
  const shown = (env: Environment) =>
    Object.fromEntries(
      findTraceVariables(env).map(({ variable: { name }, at, text }) => [name, text && `${text} (${at})`]),
    );

  it("are shown as they are, and secrets not at all", () => {
    const found = shown({
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `https://jo:${SECRET}@otlp.example/${SECRET}`,
      OTEL_EXPORTER_OTLP_HEADERS: `key=${SECRET}`,
      OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: "50",
      OTEL_TRACES_SAMPLER: "wrong",
    });
    expect(found).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: undefined,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "https://otlp.example/… (OTEL_EXPORTER_OTLP_TRACES_ENDPOINT)",
      OTEL_EXPORTER_OTLP_HEADERS: "set, and not shown (OTEL_EXPORTER_OTLP_HEADERS)",
      OTEL_EXPORTER_OTLP_TIMEOUT: "50 (OTEL_EXPORTER_OTLP_TRACES_TIMEOUT)",
      OTEL_TRACES_SAMPLER: "wrong (OTEL_TRACES_SAMPLER)",
    });
    expect(JSON.stringify(found)).not.toContain(SECRET);
  });
});
