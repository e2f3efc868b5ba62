// @module-tag full
import { randomUUID } from "node:crypto";
import { expect, inject, it, vi } from "vitest";
import { traceOf } from "../../src/job/trace.ts";
import { openSwarm } from "../lab/swarm.ts";
import { Receiver } from "../notify/receiver.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess } from "./scheduler-process.ts";
import { onceAt, scheduleFile } from "./schedules.ts";
import { spansOf } from "./sent-spans.ts";
import { SwarmStage } from "./swarm-stage.ts";

const RUNS = 20;

vi.setConfig({ testTimeout: 900_000 });

const swarm = openSwarm(inject("swarm"));

it("two schedulers, of which one is killed, send no span twice, and tell each process the same", async () => {
  await using stage = await SwarmStage.on(`trace-${randomUUID().slice(0, 4)}`, swarm);
  await using receiver = await Receiver.listen((_, response) => response.end("{}"));
  const begin = Date.now() + 20_000;
  const jobs = Array.from({ length: RUNS }, (_, n) => [
    `${stage.job}-${n}`,
    {
      image: "busybox",
      command: ["sh", "-c", "echo $$TRACEPARENT"],
      schedule: onceAt(new Date(begin + n * 1000)),
      catch_up: "all",
    },
  ]);
  await stage.folder.writeSchedules(scheduleFile(Object.fromEntries(jobs)));
  const args = ["--engine", "swarm", "--instance", stage.instance, "--sources", "files"];
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" };
  const open = (dockerHost: string) => new SchedulerProcess({ dockerHost, folder: stage.folder, args, env });
  await using killed = open(stage.proxy.dockerHost);
  await using other = open(stage.otherProxy.dockerHost);
  const ended = () =>
    new Set([killed, other].flatMap((scheduler) => scheduler.all("run-finished")).map(({ job }) => job));
  await eventually("some runs", () => ended().size >= RUNS / 4 || undefined, 300_000);
  await killed.kill();
  await using next = open(stage.proxy.dockerHost);
  const all = () => [killed, other, next];
  // Of a run that the killed scheduler ended, and did not tell, nobody says so.
  const known = () =>
    new Set(
      all()
        .flatMap((scheduler) => scheduler.all("run-finished"))
        .map(({ job }) => job),
    );
  await eventually("the other runs", () => known().size >= RUNS - 2 || undefined, 600_000);
  for (const scheduler of [other, next]) expect(await scheduler.stop()).toBe(0);

  const spans = spansOf(receiver);
  expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
  const roots = spans.filter(({ name }) => name.startsWith("RUN "));
  expect(spans).toHaveLength(3 * roots.length);
  expect(roots.length).toBeGreaterThan(RUNS / 2);
  const tracing = { instance: stage.instance, sampler: { ratio: 1, heedsParent: true } };
  const printed = all().flatMap((scheduler) => scheduler.all("job-output"));
  for (const { run, line, trace_id } of printed) {
    const { traceId } = traceOf(tracing, { id: String(run) });
    expect(trace_id).toBe(traceId);
    expect(String(line).trim()).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
    const attempt = spans.find((span) => span.traceId === traceId && span.name === "attempt 1");
    if (attempt !== undefined) expect(String(line)).toContain(attempt.spanId);
  }
  expect(printed.length).toBeGreaterThan(RUNS / 2);
});
