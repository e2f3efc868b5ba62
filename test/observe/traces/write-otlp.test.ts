import { describe, expect, it } from "vitest";
import type { Span } from "../../../src/observe/traces/span.ts";
import { otlpWriter } from "../../../src/observe/traces/write-otlp.ts";
import { at } from "../../support/a-job.ts";

const span: Span = {
  traceId: "4bf92f3577b34da6a3ce929d0e0e4736",
  spanId: "00f067aa0ba902b7",
  parentSpanId: "1111111111111111",
  state: "a=1",
  name: "RUN backup",
  kind: "server",
  startAt: new Date("2026-11-18T03:00:00.123Z"),
  endAt: new Date("2026-11-18T03:00:01Z"),
  attributes: { "cicd.pipeline.name": "backup", "shipbell.exit_code": 137, digests: ["a", "b"] },
  events: [{ name: "shipbell.skipped", at: at("03:00:01"), attributes: { "shipbell.count": 2 } }],
  links: [{ traceId: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", spanId: "bbbbbbbbbbbbbbbb" }],
  error: "failed with exit code 137",
};
const ok: Span = { ...span, spanId: "2222222222222222", name: "wait", kind: "internal" };
const { error: _error, ...without } = ok;
const options = { resource: { "service.name": "shipbell" }, version: "1.2.3" };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

describe("spans in OTLP's JSON", () => {
  it("are what its specification says, byte for byte", () => {
    const { contentType, write } = otlpWriter({ protocol: "http/json", ...options });
    expect(contentType).toBe("application/json");
    const { resourceSpans } = JSON.parse(text(write([span, without])));
    expect(resourceSpans).toHaveLength(1);
    const [{ resource, scopeSpans }] = resourceSpans;
    expect(resource.attributes).toEqual([{ key: "service.name", value: { stringValue: "shipbell" } }]);
    expect(scopeSpans[0].scope).toMatchObject({ name: "shipbell", version: "1.2.3" });
    expect(scopeSpans[0].spans).toMatchObject([
      {
        traceId: span.traceId,
        spanId: span.spanId,
        parentSpanId: span.parentSpanId,
        traceState: "a=1",
        name: "RUN backup",
        kind: 2,
        startTimeUnixNano: "1794970800123000000",
        endTimeUnixNano: "1794970801000000000",
        attributes: [
          { key: "cicd.pipeline.name", value: { stringValue: "backup" } },
          { key: "shipbell.exit_code", value: { intValue: 137 } },
          { key: "digests", value: { arrayValue: { values: [{ stringValue: "a" }, { stringValue: "b" }] } } },
        ],
        events: [
          {
            name: "shipbell.skipped",
            timeUnixNano: "1794970801000000000",
            attributes: [{ key: "shipbell.count", value: { intValue: 2 } }],
          },
        ],
        links: [{ traceId: span.links[0]?.traceId, spanId: span.links[0]?.spanId }],
        status: { code: 2, message: "failed with exit code 137" },
      },
      { spanId: without.spanId, name: "wait", kind: 1, status: { code: 0 } },
    ]);
  });

  it("are refused in part by an answer that says so", () => {
    const { readRefused } = otlpWriter({ protocol: "http/json", ...options });
    const answer = (value: string) => readRefused(new TextEncoder().encode(value));
    const refused = (count: string) => `{"partialSuccess":{"rejectedSpans":${count},"errorMessage":"too old"}}`;
    expect(answer(refused('"2"'))).toBe(2);
    expect(answer(refused("2"))).toBe(2);
    for (const fine of ["", "{}", '{"partialSuccess":{}}', "<html>", "ok"]) expect(answer(fine)).toBe(0);
    for (const none of [
      '"x"',
      "{}",
      "-5",
      '"-5"',
      "null",
      "[5]",
      "true",
      "0.5",
      "1e99",
      '"1e3"',
      `"${"9".repeat(40)}"`,
    ])
      expect([none, answer(refused(none))]).toEqual([none, 0]);
  });
});

describe("spans in OTLP's protobuf", () => {
  it("have their fields under the numbers of its definition", () => {
    const { contentType, write } = otlpWriter({ protocol: "http/protobuf", ...options });
    expect(contentType).toBe("application/x-protobuf");
    const resourceSpans = fields(write([span]))[1]?.[0] as Uint8Array;
    const scopeSpans = fields(resourceSpans)[2]?.[0] as Uint8Array;
    const found = fields(fields(scopeSpans)[2]?.[0] as Uint8Array);
    const hex = (field: number) => Buffer.from(found[field]?.[0] as Uint8Array).toString("hex");
    expect([hex(1), hex(2), hex(4)]).toEqual([span.traceId, span.spanId, span.parentSpanId]);
    expect(text(found[3]?.[0] as Uint8Array)).toBe("a=1");
    expect(text(found[5]?.[0] as Uint8Array)).toBe("RUN backup");
    expect([found[6], found[7], found[8]]).toEqual([[2n], [1794970800123000000n], [1794970801000000000n]]);
    expect(found[9]).toHaveLength(3);
    const status = fields(found[15]?.[0] as Uint8Array);
    expect([text(status[2]?.[0] as Uint8Array), status[3]]).toEqual(["failed with exit code 137", [2n]]);
  });

  it("are refused in part by an answer that says so", () => {
    const { readRefused } = otlpWriter({ protocol: "http/protobuf", ...options });
    expect(readRefused(Uint8Array.of(0x0a, 0x03, 0x08, 0xac, 0x02))).toBe(300);
    const minusOne = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
    expect(readRefused(Uint8Array.of(0x0a, 0x0b, 0x08, ...minusOne))).toBe(0);
    expect(readRefused(Uint8Array.of())).toBe(0);
    expect(readRefused(new TextEncoder().encode("<html>"))).toBe(0);
  });
});

/** Reads one message of protobuf by the rules of its encoding alone: by number, what each field has. */
function fields(bytes: Uint8Array): Record<number, (bigint | Uint8Array)[]> {
  const found: Record<number, (bigint | Uint8Array)[]> = {};
  let at = 0;
  const take = (length: number) => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const fixed = (length: number) => BigInt(`0x${Buffer.from(take(length)).reverse().toString("hex")}`);
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const [byte = 0] = take(1);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const read: Readonly<Record<number, () => bigint | Uint8Array>> = {
    0: varint,
    1: () => fixed(8),
    2: () => take(Number(varint())),
    5: () => fixed(4),
  };
  while (at < bytes.length) {
    const key = Number(varint());
    const value = read[key & 7]?.();
    if (value === undefined) throw new Error(`wire type ${key & 7}`);
    found[key >> 3] = [...(found[key >> 3] ?? []), value];
  }
  return found;
}
