import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attemptHeaders, childSpanId, readCallerTrace, type Sampler, traceOf } from "../../src/job/trace.ts";

const RUN = "backup-20261118t030000z";
const ALL: Sampler = { ratio: 1, heedsParent: true };
const tracing = { instance: "shop", sampler: ALL };
const sha = (text: string) => createHash("sha256").update(text).digest("hex");
const PARENT = { trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7" };
const header = (flags = "01") => `00-${PARENT.trace}-${PARENT.span}-${flags}`;

describe("IDs", () => {
  it("follow from instance and run by the formula that docs/traces.md gives", () => {
    const digest = sha(`shipbell/shop/${RUN}`);
    expect(traceOf(tracing, { id: RUN })).toEqual({
      traceId: digest.slice(0, 32),
      spanId: digest.slice(32, 48),
      isSampled: true,
    });
    expect(childSpanId(tracing, RUN, 2)).toBe(sha(`shipbell/shop/${RUN}/2`).slice(0, 16));
  });

  it("are those that are written down here, in every version", () => {
    expect(traceOf({ ...tracing, instance: "shipbell" }, { id: RUN })).toMatchObject({
      traceId: "cd1f272cb92b150b0603118e9bc6ea53",
      spanId: "ced2aaf1a6bf9b37",
    });
  });

  it("of a caller's trace are the caller's, and the run's span is below the caller's", () => {
    const own = traceOf(tracing, { id: RUN });
    expect(traceOf(tracing, { id: RUN, trace: { parent: header(), state: "a=1", baggage: "b=2" } })).toEqual({
      traceId: PARENT.trace,
      spanId: own.spanId,
      parentSpanId: PARENT.span,
      isSampled: true,
      state: "a=1",
      baggage: "b=2",
    });
  });

  it("are the run's own where what the record has of a caller cannot be read", () => {
    expect(traceOf(tracing, { id: RUN, trace: { parent: "01", state: "a=1" } })).toEqual(traceOf(tracing, { id: RUN }));
  });
});

describe("an attempt", () => {
  it("is told its own span, so that what it does is below it", () => {
    const { traceId } = traceOf(tracing, { id: RUN });
    expect(attemptHeaders(tracing, { id: RUN }, 2)).toEqual({
      traceparent: `00-${traceId}-${childSpanId(tracing, RUN, 2)}-01`,
    });
  });

  it("is told what the caller wants to be passed on", () => {
    const trace = { parent: header("00"), state: "a=1", baggage: "b=2" };
    expect(attemptHeaders(tracing, { id: RUN, trace }, 1)).toEqual({
      traceparent: `00-${PARENT.trace}-${childSpanId(tracing, RUN, 1)}-00`,
      tracestate: "a=1",
      baggage: "b=2",
    });
  });

  it("is told where its trace is not kept", () => {
    const never = { ...tracing, sampler: { ratio: 0, heedsParent: true } };
    expect(attemptHeaders(never, { id: RUN }, 1).traceparent).toMatch(/-00$/);
  });
});

describe("sampling", () => {
  it.each<[string, Sampler, string | undefined, boolean]>([
    ["everything is kept", ALL, undefined, true],
    ["nothing is kept", { ratio: 0, heedsParent: true }, undefined, false],
    ["a caller's trace is kept as the caller says", { ratio: 0, heedsParent: true }, "01", true],
    ["a caller's trace is left out as the caller says", ALL, "00", false],
    ["other flags of a caller mean nothing here", ALL, "02", false],
    ["a sampler that does not heed callers keeps all", { ratio: 1, heedsParent: false }, "00", true],
    ["a sampler that does not heed callers keeps none", { ratio: 0, heedsParent: false }, "01", false],
  ])("%s", (_, sampler, flags, isSampled) => {
    const trace = flags === undefined ? undefined : { parent: header(flags) };
    expect(traceOf({ ...tracing, sampler }, { id: RUN, trace }).isSampled).toBe(isSampled);
  });

  it("keeps about as many runs as the ratio says, and with a higher ratio those of a lower one", () => {
    const kept = (ratio: number) =>
      new Set(
        Array.from({ length: 4000 }, (_, i) => `run-${i}`).filter(
          (id) => traceOf({ ...tracing, sampler: { ratio, heedsParent: true } }, { id }).isSampled,
        ),
      );
    const [quarter, half] = [kept(0.25), kept(0.5)];
    expect(quarter.size).toBeGreaterThan(880);
    expect(quarter.size).toBeLessThan(1120);
    expect(half.size).toBeGreaterThan(1860);
    expect(half.size).toBeLessThan(2140);
    expect([...quarter].filter((id) => !half.has(id))).toEqual([]);
  });
});

describe("a caller's headers", () => {
  it.each<[string, Parameters<typeof readCallerTrace>[0], ReturnType<typeof readCallerTrace>]>([
    ["a parent alone", { traceparent: header() }, { parent: header() }],
    [
      "all three",
      { traceparent: header("00"), tracestate: "a=1,b=2", baggage: "user=jo" },
      { parent: header("00"), state: "a=1,b=2", baggage: "user=jo" },
    ],
    ["none", {}, undefined],
    ["no parent, which the others are nothing without", { tracestate: "a=1", baggage: "b=2" }, undefined],
    ["a trace of zeros", { traceparent: `00-${"0".repeat(32)}-${PARENT.span}-01` }, undefined],
    ["a span of zeros", { traceparent: `00-${PARENT.trace}-${"0".repeat(16)}-01` }, undefined],
    ["upper-case digits", { traceparent: header().toUpperCase() }, undefined],
    ["more than version 00 has", { traceparent: `${header()}-more` }, undefined],
    ["a later version, which may say more", { traceparent: `cc${header().slice(2)}-more` }, { parent: header() }],
    ["the version that there will never be", { traceparent: `ff${header().slice(2)}` }, undefined],
    [
      "a state of a tenant's key, with spaces and an empty member",
      { traceparent: header(), tracestate: "0t@v_1=a/b+c , ,k=v" },
      { parent: header(), state: "0t@v_1=a/b+c , ,k=v" },
    ],
    ["a state that is too long", { traceparent: header(), tracestate: `a=${"b".repeat(511)}` }, { parent: header() }],
    ...["garbage no equals", "a=1,garbage", "A=1", "=1", "a=1=2", ",", "", Array(33).fill("a=1").join(",")].map(
      (tracestate): [string, Parameters<typeof readCallerTrace>[0], ReturnType<typeof readCallerTrace>] => [
        `a state that cannot be read: ${tracestate}`,
        { traceparent: header(), tracestate },
        { parent: header() },
      ],
    ),
    ["a baggage with what no header has", { traceparent: header(), baggage: "a=\u00e4\n" }, { parent: header() }],
  ])("are read: %s", (_, headers, read) => expect(readCallerTrace(headers)).toEqual(read));

  it("never fail, whatever they are", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (traceparent, tracestate) => {
        readCallerTrace({ traceparent, tracestate });
      }),
    );
  });
});
