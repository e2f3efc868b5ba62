import { afterEach, describe, expect, it } from "vitest";
import { connectDocker } from "../../../src/engines/docker/connect.ts";
import { prepareService } from "../../../src/engines/swarm/prepare-service.ts";
import { composeService } from "../../../src/engines/swarm/service-spec.ts";
import type { TraceHeaders } from "../../../src/job/trace.ts";
import { anAttemptOrder, aTemplate } from "../../support/a-job.ts";
import { type FakeDockerHost, fakeDockerHost } from "../../support/fake-docker-host.ts";

let host: FakeDockerHost;
afterEach(() => host.close());

const stored = { secrets: new Map(), configs: new Map() };

/** One scheduler has prepared a service, and another one prepares the same attempt. */
interface Prepared {
  readonly before: TraceHeaders | undefined;
  readonly now: TraceHeaders | undefined;
  readonly own?: Readonly<Record<string, string>>;
  /** What the service has instead, if it is not a scheduler's. */
  readonly forged?: Readonly<Record<string, string>>;
}

async function prepareAgain({ before, now, own = {}, forged = own }: Prepared) {
  const order = (environment: Readonly<Record<string, string>>, trace: TraceHeaders | undefined) =>
    anAttemptOrder({ template: aTemplate({ environment }), ...(trace && { trace }) });
  const first = order(forged, before);
  const Spec = composeService("shipbell", first, { template: aTemplate({ environment: forged }), stored });
  host = await fakeDockerHost((request, response) => {
    const isFirst = host.requests.filter((request) => request.startsWith("POST")).length === 1;
    if (request.method === "POST")
      response.writeHead(isFirst ? 409 : 201).end('{"ID":"s2","message":"name conflicts"}');
    else
      response
        .writeHead(200)
        .end(JSON.stringify({ ID: "s1", Version: { Index: 1 }, CreatedAt: "2026-11-18T03:00:00Z", Spec }));
  });
  return prepareService({ docker: connectDocker({ host: host.host }), instance: "shipbell" }, order(own, now));
}

const FIRST: TraceHeaders = { traceparent: "00-a-b-01" };
const OTHER: TraceHeaders = { traceparent: "00-a-b-00", tracestate: "k=v", baggage: "b={{.ID}}" };

describe("a service that another scheduler has prepared for the attempt is used", () => {
  it.each<[string, Prepared]>([
    ["where neither traces", { before: undefined, now: undefined }],
    ["where only the other one traces", { before: OTHER, now: undefined }],
    ["where only this one traces", { before: undefined, now: OTHER }],
    ["where they do not trace alike", { before: FIRST, now: OTHER }],
    ["where the job has a trace of its own", { before: FIRST, now: undefined, own: { TRACEPARENT: "mine" } }],
    ["where the job has a baggage of its own", { before: OTHER, now: undefined, own: { BAGGAGE: "mine" } }],
  ])("%s", async (_, prepared) => {
    expect(await prepareAgain(prepared)).toEqual({ kind: "prepared", objectId: "s1", objectName: "backup-1" });
  });
});

describe("a service that runs another process is not used", () => {
  it.each<[string, Prepared]>([
    ["whatever its trace", { before: FIRST, now: FIRST, own: { A: "1" }, forged: { A: "2" } }],
    [
      "also where that is the trace which the job has itself",
      { before: undefined, now: FIRST, own: { TRACEPARENT: "mine" }, forged: { TRACEPARENT: "another" } },
    ],
  ])("%s", async (_, prepared) => {
    expect(await prepareAgain(prepared)).toMatchObject({ kind: "prepared", objectId: "s2" });
  });
});
