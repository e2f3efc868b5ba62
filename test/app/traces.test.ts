import { afterEach, beforeEach, expect, it } from "vitest";
import { AppState } from "../../src/app/state.ts";
import { AppTraces } from "../../src/app/traces.ts";
import { systemClock } from "../../src/clock.ts";
import { traceOf } from "../../src/job/trace.ts";
import { recordEnd } from "../../src/ledger/changes/attempts.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { createRunEvents, type RunEvent } from "../../src/observe/run-events.ts";
import type { TraceSettings } from "../../src/settings/settings.ts";
import { eventually } from "../e2e/eventually.ts";
import { Receiver, status } from "../notify/receiver.ts";
import { aRecord, aRun, at } from "../support/a-job.ts";

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.listen((_, response) => response.end("{}"));
});
afterEach(() => receiver[Symbol.asyncDispose]());

function start(change: Partial<TraceSettings> = {}) {
  const events = createRunEvents();
  const told: RunEvent[] = [];
  events.on((event) => told.push(event));
  const state = new AppState({ clock: systemClock, instance: "shop" });
  const settings: TraceSettings = {
    url: `${receiver.url}/v1/traces`,
    headers: { "api-key": "hunter2" },
    timeoutMs: 10_000,
    protocol: "http/json",
    resource: { "service.name": "cron" },
    sampler: { ratio: 1, heedsParent: true },
    ...change,
  };
  const traces = new AppTraces({ instance: "shop", traces: settings, clock: systemClock, events, state });
  const recording = Promise.withResolvers<void>();
  const ended = traces.run(recording.promise);
  const stop = async () => {
    recording.resolve();
    await ended;
  };
  return { traces, state, told, stop, recording, ended };
}

/** A run of the job ends, by a swap of this scheduler. */
function endRun(traces: AppTraces, id: string): void {
  const before: JobRecord = aRecord(at("12:00"), {
    runs: [
      aRun(at("12:00"), {
        id,
        attempts: [{ number: 1, objectName: `${id}-1`, objectId: id, boundAt: at("12:00:01") }],
      }),
    ],
  });
  const end = {
    outcome: { kind: "succeeded", exitCode: 0 },
    startedAt: at("12:00:02"),
    finishedAt: at("12:05"),
  } as const;
  traces.open("container").recordWon(before, recordEnd(before, { run: id, number: 1 }, end) as JobRecord);
}

it("posts the spans of a run to the receiver, with its headers, and counts them", async () => {
  const { traces, state, stop } = start();
  endRun(traces, "backup-1");
  await stop();
  const [request] = receiver.received;
  expect(request).toMatchObject({
    method: "POST",
    path: "/v1/traces",
    headers: expect.objectContaining({ "api-key": "hunter2", "content-type": "application/json" }),
  });
  const [{ resource, scopeSpans }] = JSON.parse(request?.body ?? "").resourceSpans;
  const told = Object.fromEntries(resource.attributes.map(({ key, value }: Attribute) => [key, value.stringValue]));
  expect(told).toMatchObject({ "service.name": "cron", "shipbell.instance": "shop" });
  const { traceId, spanId } = traceOf(traces.tracing, { id: "backup-1" });
  expect(scopeSpans[0].spans).toMatchObject([
    { name: "RUN backup", traceId, spanId },
    { name: "wait", parentSpanId: spanId },
    { name: "attempt 1", parentSpanId: spanId },
  ]);
  expect(state.spans?.()).toEqual({ sent: 3, dropped: { "queue-full": 0, refused: 0, unanswered: 0 } });
});

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}

it.each([
  ["that refuses them", status(400), { refused: 3 }, "400"],
  ["that has a fault, and may have them", status(500), { unanswered: 3 }, "500"],
  [
    "that refuses some",
    (_: unknown, response: Response) => response.end('{"partialSuccess":{"rejectedSpans":"1"}}'),
    { refused: 1 },
    "some spans are refused",
  ],
  [
    "that refuses some, and says at length why",
    (_: unknown, response: Response) =>
      response.end(JSON.stringify({ partialSuccess: { rejectedSpans: 1, errorMessage: "too old ".repeat(2000) } })),
    { refused: 1 },
    "some spans are refused",
  ],
] as const)("counts what is not taken by a receiver %s, and sends it once", async (_, answer, dropped, cause) => {
  receiver.answers(answer as Parameters<Receiver["answers"]>[0]);
  const { traces, state, told, stop } = start();
  endRun(traces, "backup-1");
  await stop();
  expect(receiver.received).toHaveLength(1);
  expect(state.spans?.().dropped).toMatchObject(dropped);
  expect(told).toEqual([{ event: "traces-failed", cause }]);
});

interface Response {
  end(text: string): void;
}

it("gives a receiver that hangs no more than the timeout, and delays nothing for it", async () => {
  receiver.answers(() => {});
  const { traces, state, told, stop } = start({ timeoutMs: 50 });
  endRun(traces, "backup-1");
  await eventually("the end of the try", async () => (told.length > 0 ? told : undefined));
  expect(told).toEqual([{ event: "traces-failed", cause: "timeout" }]);
  expect(state.spans?.().dropped.unanswered).toBe(3);
  await stop();
});

it("says once that spans cannot be made, however many runs that is", async () => {
  const { traces, told, stop } = start();
  const record = aRecord(at("12:00"), { totals: null as never });
  const made = traces.open("container");
  made.recordWon(aRecord(at("12:00")), record);
  made.recordWon(aRecord(at("12:00")), record);
  expect(told).toEqual([{ event: "traces-failed", cause: expect.stringMatching(/^spans cannot be made: /) }]);
  await stop();
});

it("ends as well where recording fails", async () => {
  const { traces, recording, ended } = start();
  endRun(traces, "backup-1");
  recording.reject(new Error("broken"));
  await ended;
  expect(receiver.received).toHaveLength(1);
});

it("names the trace of a run, also of one that is not known", () => {
  const { traces, stop } = start();
  expect(traces.traceOf("backup", "backup-1")).toEqual(traceOf(traces.tracing, { id: "backup-1" }));
  return stop();
});
