import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createParser } from "eventsource-parser";
import { describe, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { amount } from "../support/full.ts";
import { apiOf, outputLines } from "./api-client.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";

const NEVER = "0 0 1 1 *";
/** For as long as any of these tests takes. */
const SLEEP = ["sleep", "600"];

/** A scheduler whose API everyone may use, with these commands as jobs. */
async function setUp(commands: Readonly<Record<string, readonly string[]>>) {
  const folder = await TestFolder.make();
  const jobs = Object.entries(commands).map(([name, command]) => [
    name,
    { schedule: NEVER, image: "busybox", network_mode: "none", command, stop_grace_period: "1s" },
  ]);
  await folder.writeSchedules(JSON.stringify({ jobs: Object.fromEntries(jobs) }));
  const auth = join(folder.path, "auth.yml");
  await writeFile(auth, "anonymous: operate\n");
  const instance = `api-${randomUUID().slice(0, 6)}`;
  const open = async () => {
    const args = ["--instance", instance, "--sources", "files", "--http-auth", auth];
    const scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args });
    const api = apiOf(scheduler);
    await eventually("the jobs", async () => (await api("GET jobs/any")).status !== 503 || undefined);
    await eventually("the records", async () => {
      const { status, json } = await api("GET jobs");
      return (status === 200 && json.items.length === jobs.length) || undefined;
    });
    return { scheduler, api };
  };
  return { open, [Symbol.asyncDispose]: () => takeDown(instance, folder) };
}

/** Processes would outlive the test. */
async function takeDown(instance: string, folder: TestFolder): Promise<void> {
  const { docker } = engineAt(testEngine());
  const ids = (await docker("ps", "-aq", "--filter", `label=shipbell.instance=${instance}`))
    .split("\n")
    .filter(Boolean);
  if (ids.length > 0) await docker("rm", "--force", ...ids);
  await folder[Symbol.asyncDispose]();
}

const runOf = (location: string | null) => location?.split("/").at(-1) ?? "";

describe("a person steers a scheduler through its API", () => {
  it("starts a job, is refused a second run, cancels the first, pauses the job and resumes it", async () => {
    await using stage = await setUp({ sleep: SLEEP });
    const { scheduler, api } = await stage.open();
    await using _scheduler = scheduler;
    const started = await api("POST jobs/sleep/runs", { json: { reason: "a test" } });
    expect(started.status).toBe(202);
    const run = runOf(started.headers.get("location"));
    const refused = await api("POST jobs/sleep/runs");
    expect(refused).toMatchObject({ status: 409, json: { code: "still-running", run } });
    await eventually("that it runs", async () => (await api(`GET runs/${run}`)).json.state === "running" || undefined);
    expect((await api(`POST runs/${run}/cancel`, { json: { reason: "wrong day" } })).status).toBe(202);
    const ended = await eventually("its end", async () => {
      const { json } = await api(`GET runs/${run}`);
      return json.state === "ended" ? json : undefined;
    });
    expect(ended).toMatchObject({
      outcome: { kind: "cancelled" },
      by: { via: "api" },
      reason: "a test",
      stoppingReason: "wrong day",
    });
    const { json, headers } = await api("POST jobs/sleep/pause", { json: { until: "1h", reason: "new disk" } });
    expect(json.paused).toMatchObject({ scope: "job", reason: "new disk" });
    const match = { headers: { "if-match": headers.get("etag") ?? "" } };
    expect((await api("POST jobs/sleep/resume", match)).json.paused).toBeUndefined();
    expect((await api("POST jobs/sleep/pause", match)).json.code).toBe("changed");
    // What is logged before an answer may be read after it.
    await scheduler.until("asked", { what: "resume" });
    const asked = scheduler.all("asked").map(({ what }) => what);
    expect(asked).toEqual(["run", "run", "cancel", "pause", "resume"]);
  });

  it("waits for the outcome of a run", async () => {
    await using stage = await setUp({ seven: ["sh", "-c", "sleep 1; exit 7"] });
    const { scheduler, api } = await stage.open();
    await using _scheduler = scheduler;
    const { status, json } = await api("POST jobs/seven/runs?wait=2m");
    expect([status, json.outcome]).toEqual([200, { kind: "failed", exitCode: 7, oom: false }]);
  });
});

it("checks a schedule file, and serves its own document", async () => {
  await using stage = await setUp({ sleep: SLEEP });
  const { scheduler, api } = await stage.open();
  await using _scheduler = scheduler;
  const response = await fetch(await scheduler.url("/api/v1/check"), {
    method: "POST",
    headers: { "content-type": "application/yaml" },
    body: "jobs:\n  a:\n    schedule: '@daily'\n    imge: busybox\n",
  });
  expect(await response.json()).toMatchObject({
    jobs: 0,
    problems: [{ line: 4, column: 5, hint: "did you mean image?" }],
  });
  const { status, json } = await api("GET openapi.json");
  expect([status, json.openapi]).toEqual([200, "3.1.1"]);
});

const FORMS = ["text/plain", "application/x-ndjson", "text/event-stream"];
const LINES = amount({ usual: 5000, full: 100_000 });

it(`${LINES} lines are the same as text, NDJSON and events, while the run prints them and afterwards`, async () => {
  const script = `i=1; while [ $$i -le ${LINES} ]; do echo "line $$i"; i=$$((i+1)); [ $$((i % 1000)) = 0 ] && sleep 0.1; done; exit 0`;
  await using stage = await setUp({ print: ["sh", "-c", script] });
  const { scheduler, api } = await stage.open();
  await using _scheduler = scheduler;
  const { headers } = await api("POST jobs/print/runs");
  const output = `GET runs/${runOf(headers.get("location"))}/output`;
  const expected = Array.from({ length: LINES }, (_, index) => `line ${index + 1}`);
  const followed = await Promise.all(FORMS.map((accept) => api(`${output}?follow=1`, { accept })));
  for (const answer of followed) expect(outputLines(answer)).toEqual(expected);
  const afterwards = await Promise.all(FORMS.map((accept) => api(output, { accept })));
  for (const answer of afterwards) expect(outputLines(answer)).toEqual(expected);
});

it("a scheduler that is killed after a start was asked for: the same key asks for the same run, and it runs once", async () => {
  await using stage = await setUp({ sleep: SLEEP });
  const key = { headers: { "idempotency-key": "deploy-42" } };
  const { scheduler, api } = await stage.open();
  // The answer may be on its way, or the scheduler gone before it.
  const asked = api("POST jobs/sleep/runs", key).catch(() => undefined);
  await eventually("that it is asked for", () => scheduler.all("asked").length > 0 || undefined);
  await scheduler.kill();
  await asked;
  const next = await stage.open();
  await using _next = next.scheduler;
  const again = await next.api("POST jobs/sleep/runs", key);
  expect(again.status).toBe(202);
  const { items } = (await next.api("GET runs")).json;
  expect(items.map(({ run }: { run: string }) => run)).toEqual([again.json.run]);
  expect((await next.api("POST jobs/sleep/runs", key)).json.run).toBe(again.json.run);
});

it("what changes is told as it happens, and a reader that comes back misses nothing", async () => {
  await using stage = await setUp({ sleep: SLEEP });
  const { scheduler, api } = await stage.open();
  await using _scheduler = scheduler;
  const first = await readEvents(scheduler, {}, async () => void (await api("POST jobs/sleep/runs")));
  expect(first.names).toContain("run");
  const { items } = (await api("GET runs?active=1")).json;
  await api(`POST runs/${items[0].run}/cancel`);
  await eventually("its end", async () => (await api("GET runs?active=1")).json.items.length === 0 || undefined);
  const second = await readEvents(scheduler, { "last-event-id": first.id }, async () => {});
  expect(second.last).toMatchObject({ job: "sleep", run: items[0].run, active: false, outcome: "cancelled" });
});

/** Opens the stream, does something, and reads until a run was told of. */
async function readEvents(
  scheduler: SchedulerProcess,
  headers: Readonly<Record<string, string>>,
  act: () => Promise<void>,
) {
  const left = new AbortController();
  const response = await fetch(await scheduler.url("/api/v1/events?topics=jobs"), { headers, signal: left.signal });
  const names: string[] = [];
  let id = "";
  let last: unknown;
  const parser = createParser({
    onEvent: (event) => {
      names.push(event.event ?? "");
      id = event.id ?? id;
      if (event.event === "run") last = JSON.parse(event.data);
    },
  });
  await act();
  for await (const chunk of response.body ?? []) {
    parser.feed(new TextDecoder().decode(chunk));
    if (last !== undefined) break;
  }
  left.abort();
  return { names, id, last };
}
