import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { traceOf } from "../../src/job/trace.ts";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { Receiver } from "../notify/receiver.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { apiOf } from "./api-client.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND } from "./schedules.ts";
import { spansOf } from "./sent-spans.ts";

const { docker } = engineAt(testEngine());
const INSTANCE = "traces";
const tracing = { instance: INSTANCE, sampler: { ratio: 1, heedsParent: true } };
const CALLER = { trace: "4bf92f3577b34da6a3ce929d0e0e4736", span: "00f067aa0ba902b7" };
const PRINTS = ["sh", "-c", "echo $$TRACEPARENT $$BAGGAGE"];
const HOST = "traces-host";

it("runs are sent as traces, and their processes are told the span that they are", async () => {
  await using receiver = await Receiver.listen((_, response) => response.end("{}"));
  await using folder = await TestFolder.make();
  const job = { schedule: "0 0 1 1 *", image: "busybox", network_mode: "none", command: PRINTS };
  const jobs = {
    told: job,
    own: { ...job, environment: { TRACEPARENT: "mine" } },
    inside: { schedule: "0 0 1 1 *", launch: "exec", container: HOST, command: PRINTS },
  };
  await folder.writeSchedules(JSON.stringify({ jobs }));
  const auth = join(folder.path, "auth.yml");
  await writeFile(auth, "anonymous: operate\n");
  await docker("run", "--detach", "--init", "--name", HOST, "busybox", "sleep", "3600");
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" };
  const args = ["--instance", INSTANCE, "--sources", "files", "--http-auth", auth];
  await using scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args, env });
  await using _host = { [Symbol.asyncDispose]: async () => void (await docker("rm", "--force", HOST)) };
  const api = apiOf(scheduler);
  await eventually("the records", async () => {
    const { status, json } = await api("GET jobs");
    return (status === 200 && json.items.length === 3) || undefined;
  });
  const start = async (name: string, headers: Readonly<Record<string, string>> = {}) => {
    const answer = await api(`POST jobs/${name}/runs`, { json: {}, headers });
    expect(answer.status).toBe(202);
    const { run, trace_id } = await scheduler.until("run-finished", { job: name, outcome: "succeeded" });
    const [line] = scheduler.all("job-output", { run });
    return { run: String(run), traceId: trace_id, printed: String(line?.line).trim() };
  };
  const caller = `00-${CALLER.trace}-${CALLER.span}-01`;
  const runs = {
    told: await start("told"),
    own: await start("own"),
    inside: await start("inside", { traceparent: caller, baggage: "user=jo" }),
  };
  const spans = await eventually("the spans", async () => {
    const sent = spansOf(receiver);
    return sent.filter(({ name }) => name === "attempt 1").length === 3 ? sent : undefined;
  });
  const attemptIn = (traceId: string, parentSpanId: string) =>
    spans.find((span) => span.name === "attempt 1" && span.traceId === traceId && span.parentSpanId === parentSpanId);

  const told = traceOf(tracing, { id: runs.told.run });
  expect(runs.told.traceId).toBe(told.traceId);
  expect(runs.told.printed).toBe(`00-${told.traceId}-${attemptIn(told.traceId, told.spanId)?.spanId}-01`);
  expect(spans.find(({ spanId }) => spanId === told.spanId)).toMatchObject({ name: "RUN told", traceId: told.traceId });
  expect(runs.own.printed).toBe("mine");

  const inside = spans.find(({ name }) => name === "RUN inside");
  expect(inside).toMatchObject({ traceId: CALLER.trace, parentSpanId: CALLER.span });
  const attempt = attemptIn(CALLER.trace, inside?.spanId ?? "");
  expect(runs.inside).toMatchObject({
    traceId: CALLER.trace,
    printed: `00-${CALLER.trace}-${attempt?.spanId}-01 user=jo`,
  });
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
});

it("a receiver that never answers delays no start, and stops no run", { tags: ["full"] }, async () => {
  await using receiver = await Receiver.listen(() => {});
  await using folder = await TestFolder.make();
  const job = { schedule: EVERY_SECOND, image: "busybox", network_mode: "none", command: ["true"] };
  await folder.writeSchedules(JSON.stringify({ jobs: { often: job } }));
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_TIMEOUT: "60000" };
  const args = ["--instance", "traces-hang", "--sources", "files"];
  await using scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args, env });
  const ended = () => scheduler.all("run-finished", { outcome: "succeeded" }).length;
  await eventually("twenty runs, with a receiver that has the first of them", () => ended() >= 20 || undefined);
  expect(receiver.received).toHaveLength(1);
  expect(scheduler.all("traces-failed")).toEqual([]);
  const delays = scheduler.all("run-started").map(({ delayMs }) => Number(delayMs));
  expect(delays.toSorted((a, b) => a - b)[Math.floor(delays.length / 2)]).toBeLessThan(onThisMachine(1000));
  expect(await scheduler.stop()).toBe(0);
});
