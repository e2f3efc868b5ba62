import { expect, test } from "vitest";
import { EngineUnavailable } from "../../../src/engines/engine.ts";
import { createLog } from "../../../src/observe/log/log.ts";
import type { RunEvent } from "../../../src/observe/run-events.ts";
import type { LogLevel } from "../../../src/settings/settings.ts";

const scheduledAt = new Date("2026-11-18T03:00:00Z");
const output = {
  job: "backup",
  run: "backup-20261118t030000z",
  attempt: 1,
  scheduledAt,
  objectKind: "container",
  objectName: "backup-1",
} as const;
const ref = { ...output, trigger: "schedule" } as const;
const refFields = {
  job: "backup",
  run: "backup-20261118t030000z",
  attempt: 1,
  scheduledAt: "2026-11-18T03:00:00.000Z",
  container: "backup-1",
};

/** The lines that an event makes, without their time, which is ISO. */
function lines(event: RunEvent, level: LogLevel = "info"): Record<string, unknown>[] {
  const texts: string[] = [];
  createLog(level, { write: (text) => texts.push(text) }).onEvent(event);
  return texts.map((text) => {
    const { time, ...fields } = JSON.parse(text) as Record<string, unknown>;
    expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    return fields;
  });
}

test("a line has its level as a word, its event, the run, and a sentence", () => {
  expect(lines({ event: "run-started", ...ref, objectId: "0ab", delayMs: 312 })).toEqual([
    {
      level: "info",
      event: "run-started",
      ...refFields,
      trigger: "schedule",
      containerId: "0ab",
      delayMs: 312,
      msg: "backup: started (schedule, after 0.3 s)",
    },
  ]);
});

test("lines of runs name their trace where there are traces", () => {
  const texts: string[] = [];
  const log = createLog("info", { write: (text) => texts.push(text) }, (job, run) => `trace of ${job} ${run}`);
  log.onEvent({ event: "run-started", ...ref, delayMs: 312 });
  log.onEvent({ event: "job-output", ...output, stream: "stdout", line: "one", at: new Date() });
  log.onEvent({ event: "active" });
  log.onEvent({ event: "asked", what: "pause", job: "backup", via: "api" });
  const named = texts.map((text) => (JSON.parse(text) as { readonly trace_id?: string }).trace_id);
  const trace = `trace of backup ${ref.run}`;
  expect(named).toEqual([trace, trace, undefined, undefined]);
});

test("a start that the engine refused does not read like one that happened", () => {
  const rejected = { reason: "pull-failed", message: "nothing new for 300 s" } as const;
  expect(lines({ event: "run-started", ...ref, delayMs: 312, rejected })).toMatchObject([
    {
      rejected: "pull-failed",
      detail: "nothing new for 300 s",
      msg: "backup: could not be started (schedule, after 0.3 s)",
    },
  ]);
});

test("a job's output is logged line by line, without a second copy in msg", () => {
  const at = new Date("2026-11-18T03:00:01.5Z");
  expect(lines({ event: "job-output", ...output, stream: "stderr", line: '100% "done"', at })).toEqual([
    {
      level: "info",
      event: "job-output",
      ...refFields,
      stream: "stderr",
      line: '100% "done"',
      at: "2026-11-18T03:00:01.500Z",
    },
  ]);
});

test("a job's line has the time when it was printed, any other line the time when it was logged", () => {
  const texts: string[] = [];
  const log = createLog("info", { write: (text) => texts.push(text) });
  const at = new Date("2026-11-18T03:00:01.5Z");
  log.onEvent({ event: "job-output", ...output, stream: "stdout", line: "one", at });
  log.onEvent({ event: "run-taken-up", ...ref });
  const [line, other] = texts.map((text) => (JSON.parse(text) as { readonly time: string }).time);
  expect(line).toBe(at.toISOString());
  expect(Date.parse(other ?? "")).toBeGreaterThan(at.getTime());
});

test("a failure is a warning, with its outcome in flat fields", () => {
  const outcome = { kind: "failed", exitCode: 137, oom: true } as const;
  const image = { name: "busybox:1", digest: "sha256:01", id: "sha256:02" };
  const usage = { cpuMs: 2100, peakMemoryBytes: 107_479_040 };
  expect(lines({ event: "run-finished", ...ref, outcome, durationMs: 65_000, node: "w1", image, usage })).toEqual([
    {
      level: "warn",
      event: "run-finished",
      ...refFields,
      trigger: "schedule",
      outcome: "failed",
      exitCode: 137,
      oom: true,
      durationMs: 65_000,
      node: "w1",
      image: "busybox:1",
      imageDigest: "sha256:01",
      imageId: "sha256:02",
      cpuMs: 2100,
      peakMemoryBytes: 107_479_040,
      msg: "backup: failed with exit code 137 (out of memory) after 1 min 5 s",
    },
  ]);
});

test("the engine's own words are in detail", () => {
  const outcome = { kind: "rejected", reason: "image-missing", message: "No such image: %s" } as const;
  expect(lines({ event: "run-finished", ...ref, outcome })[0]).toMatchObject({
    level: "warn",
    outcome: "rejected",
    reason: "image-missing",
    detail: "No such image: %s",
    msg: "backup: rejected, image-missing: No such image: %s",
  });
});

test.each<[string, string, RunEvent, string]>([
  [
    "a success",
    "info",
    { event: "run-finished", ...ref, outcome: { kind: "succeeded", exitCode: 0 }, durationMs: 3200 },
    "backup: succeeded after 3.2 s",
  ],
  [
    "a lost run",
    "warn",
    { event: "run-finished", ...ref, outcome: { kind: "lost", reason: "object-removed" } },
    "backup: lost, object-removed",
  ],
  [
    "a timeout",
    "warn",
    { event: "run-finished", ...ref, outcome: { kind: "timed-out" }, durationMs: 60_000 },
    "backup: timed out after 1 min",
  ],
  [
    "a skip",
    "info",
    { event: "occurrence-skipped", job: "backup", reason: "still-running", scheduledAt, count: 1 },
    "backup: skipped 1 occurrence, still-running: 2026-11-18T03:00:00.000Z",
  ],
  [
    "a gap",
    "warn",
    {
      event: "occurrence-missed",
      job: "backup",
      reason: "gap",
      scheduledAt,
      through: new Date("2026-11-19T03:00:00Z"),
      count: 25,
    },
    "backup: missed 25 occurrences, gap: 2026-11-18T03:00:00.000Z to 2026-11-19T03:00:00.000Z",
  ],
  [
    "dropped output",
    "warn",
    { event: "output-dropped", ...output, lines: 7, reason: "too-fast" },
    "backup: it prints too fast: 7 lines not logged",
  ],
  [
    "a problem",
    "warn",
    { event: "problem", source: "files", at: "a.yml:1:2", message: "unknown key", hint: 'did you mean "x"?' },
    'a.yml:1:2: unknown key (did you mean "x"?)',
  ],
  [
    "an engine that is gone",
    "error",
    { event: "engine-down", cause: "connect ENOENT" },
    "Docker Engine does not answer: connect ENOENT",
  ],
  [
    "a failed pull",
    "warn",
    {
      event: "pull-finished",
      job: "backup",
      run: "backup-1",
      image: "x:1",
      durationMs: 10,
      rejected: { reason: "image-missing", message: "denied" },
    },
    "backup: cannot pull x:1: denied",
  ],
  [
    "changed jobs",
    "info",
    { event: "jobs-changed", jobs: 3, added: ["a", "b"], changed: [], removed: ["c"] },
    "3 jobs (2 added, 0 changed, 1 removed)",
  ],
])("%s is logged as %s", (_, level, event, msg) => {
  expect(lines(event)[0]).toMatchObject({ level, msg, event: event.event });
});

test("a failed pass is logged with all causes, and with a stack when the fault is ours", () => {
  const cause = new Error("swap of backup", { cause: new Error("disk is full") });
  expect(lines({ event: "pass-failed", cause })[0]).toMatchObject({
    level: "error",
    cause: "swap of backup: disk is full",
    stack: expect.stringContaining("Error: swap of backup"),
    msg: "scheduling failed and will be repeated: swap of backup: disk is full",
  });
});

test("an engine that does not answer gets no stack", () => {
  const [line] = lines({ event: "pass-failed", job: "backup", cause: new EngineUnavailable("no answer in 30 s") });
  expect(line).not.toHaveProperty("stack");
});

test("a message that repeats its cause is written once", () => {
  const cause = new Error("cannot write: disk is full", { cause: new Error("disk is full") });
  expect(lines({ event: "pass-failed", cause })[0]).toMatchObject({ cause: "cannot write: disk is full" });
});

test("the attempt of a run is below info, and what is below the level is not written", () => {
  const event: RunEvent = { event: "attempt-finished", ...ref, outcome: { kind: "succeeded", exitCode: 0 } };
  expect(lines(event)).toEqual([]);
  expect(lines(event, "debug")).toHaveLength(1);
  expect(lines({ event: "engine-down", cause: "x" }, "silent")).toEqual([]);
});

test("a long list of names is cut, so that log stores accept the line", () => {
  const added = Array.from({ length: 25 }, (_, i) => `job-${i}`);
  const [line] = lines({ event: "jobs-changed", jobs: 25, added, changed: [], removed: [] });
  expect(line?.added).toEqual([...added.slice(0, 20), "and 5 more"]);
});

test("a failed answer is not a failed pass", () => {
  expect(lines({ event: "answer-failed", path: "/metrics", cause: new Error("out of memory") })[0]).toMatchObject({
    level: "error",
    event: "answer-failed",
    path: "/metrics",
    cause: "out of memory",
    msg: "GET /metrics could not be answered: out of memory",
  });
});

test.each([
  [{ reason: "too-fast", lines: 1200 }, "backup: it prints too fast: 1200 lines not logged"],
  [{ reason: "too-fast" }, "backup: it prints too fast: only the latest lines of each second are logged"],
  [{ reason: "unread" }, "backup: the end of its output could not be read"],
] as const)("output that is not logged for %o says so", (dropped, sentence) => {
  expect(lines({ event: "output-dropped", ...output, ...dropped })).toMatchObject([{ level: "warn", msg: sentence }]);
});
