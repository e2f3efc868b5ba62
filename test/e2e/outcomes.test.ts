import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Outcome } from "../../src/ledger/record.ts";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { onThisMachine } from "../support/slowdown.ts";
import { type ExpectedEnd, expectTold } from "./expect-outcome.ts";
import { readRecord } from "./read-record.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { onceAt, scheduleFile } from "./schedules.ts";

/** A job that runs once, and how that ends. */
interface Case extends ExpectedEnd {
  /** Its keys in the schedule file; `$$` is a `$`. */
  readonly keys: Readonly<Record<string, unknown>>;
  /** What happens to it while it runs. */
  readonly meddle?: (container: string) => Promise<unknown>;
}

const docker = engineAt(testEngine()).docker;
const sh = (script: string) => ["sh", "-c", script];
const rejected = (reason: "registry-unreachable" | "bad-definition" | "start-failed"): Outcome => ({
  kind: "rejected",
  reason,
  message: expect.any(String),
});

const cases: Readonly<Record<string, Case>> = {
  "exit code 0 is a success": {
    job: "well",
    keys: { command: "true" },
    outcome: { kind: "succeeded", exitCode: 0 },
    tookMs: [0, 5000],
  },
  "exit code 3 is a failure": {
    job: "three",
    keys: { command: sh("exit 3") },
    outcome: { kind: "failed", exitCode: 3, oom: false },
    tookMs: [0, 5000],
  },
  "exit code 3 is a success where the job says so": {
    job: "three-is-well",
    keys: { command: sh("exit 3"), success_exit_codes: [0, 3] },
    outcome: { kind: "succeeded", exitCode: 3 },
    tookMs: [0, 5000],
  },
  "exit code 0 is a failure where the job does not name it": {
    job: "zero-is-not",
    keys: { command: "true", success_exit_codes: 3 },
    outcome: { kind: "failed", exitCode: 0, oom: false },
    tookMs: [0, 5000],
  },
  "a process that a signal ends is a failure with 128 and the signal's number": {
    job: "kills-itself",
    keys: { command: sh("kill -9 $$$$") },
    outcome: { kind: "failed", exitCode: 137, oom: false },
    tookMs: [0, 5000],
  },
  "a process that is killed from outside is a failure, and not for want of memory": {
    job: "killed",
    keys: { command: "sleep 120" },
    meddle: (container) => docker("kill", "--signal", "KILL", container),
    outcome: { kind: "failed", exitCode: 137, oom: false },
    tookMs: [0, 20_000],
  },
  "a command that does not exist is rejected in the words of the init process": {
    job: "nope",
    keys: { command: "nope" },
    outcome: rejected("start-failed"),
    words: /^exec nope failed: No such file or directory$/,
  },
  "a command that does not exist is rejected in the engine's words where there is no init process": {
    job: "nope-without-init",
    keys: { command: "nope", init: false },
    outcome: rejected("start-failed"),
    words: /exec: "nope": executable file not found in \$PATH/,
  },
  "a command that may not be executed is rejected": {
    job: "not-executable",
    keys: { command: "/etc/passwd" },
    outcome: rejected("start-failed"),
    words: /^exec \/etc\/passwd failed: Permission denied$/,
  },
  "a command that a shell does not find is the shell's failure": {
    job: "shell-finds-nothing",
    keys: { command: sh("nope") },
    outcome: { kind: "failed", exitCode: 127, oom: false },
    tookMs: [0, 5000],
  },
  "an image that is nowhere is rejected in the engine's words": {
    job: "no-image",
    // Nothing listens on port 1.
    keys: { image: "127.0.0.1:1/nowhere:1", command: "true" },
    outcome: rejected("registry-unreachable"),
    words: /127\.0\.0\.1:1.*connection refused/,
  },
  "a folder to be mounted that is not there is rejected": {
    job: "no-folder",
    keys: { command: "true", volumes: ["/no/such/folder:/data"] },
    outcome: rejected("bad-definition"),
    words: /bind source path does not exist: \/no\/such\/folder \(\/no\/such\/folder is a path of the host/,
  },
  "a network that is not there is rejected": {
    job: "no-network",
    keys: { command: "true", networks: ["no-such-network"] },
    outcome: rejected("start-failed"),
    words: /network no-such-network not found/,
  },
  "a process that takes too long and obeys the stop signal has timed out": {
    job: "obeys",
    keys: { command: sh("trap 'exit 5' TERM; sleep 120 & wait"), timeout: "2s", stop_grace_period: "60s" },
    outcome: { kind: "timed-out", exitCode: 5 },
    tookMs: [2000, 20_000],
  },
  "one that ignores it is killed after the grace period, and has timed out": {
    job: "stubborn",
    keys: { command: sh("trap '' TERM; sleep 120"), timeout: "1s", stop_grace_period: "3s" },
    outcome: { kind: "timed-out", exitCode: 137 },
    tookMs: [4000, 25_000],
  },
  "a container that is removed while it runs is lost": {
    job: "removed",
    keys: { command: "sleep 120" },
    meddle: (container) => docker("rm", "--force", container),
    outcome: { kind: "lost", reason: "object-removed" },
  },
};

/** By then the edit that says so is in effect. */
const IN_EFFECT_MS = 5000;

let folder: TestFolder;
let scheduler: SchedulerProcess;

beforeAll(async () => {
  folder = await TestFolder.make();
  await folder.writeSchedules(scheduleFile({ later: { schedule: "0 0 1 1 *", image: "busybox" } }));
  const args = ["--instance", "outcomes", "--sources", "files"];
  scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args });
  await scheduler.until("engine-up");
  const schedule = onceAt(new Date(Date.now() + onThisMachine(IN_EFFECT_MS)));
  const jobs = Object.values(cases).map(({ job, keys }) => [job, { schedule, image: "busybox", ...keys }]);
  await folder.writeSchedules(scheduleFile(Object.fromEntries(jobs)));
});

afterAll(async () => {
  await scheduler[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe.concurrent("the outcome of a run", () => {
  for (const [name, one] of Object.entries(cases)) {
    it(name, async () => {
      const { job } = one;
      if (one.meddle) await meddle(job, one.meddle);
      const line = await scheduler.until("run-finished", { job });
      await expectTold({ line, record: await readRecord(folder, job), scheduler }, one);
    });
  }
});

/**
 * Again and again, since a busy engine does not always hear of it (and then says 137 as of any other kill): the truth
 * must come, and nothing else but "unknown" may come instead of it.
 */
describe.concurrent("a run that needs more memory than it may have", () => {
  const greedy = { image: "busybox", schedule: "*/3 * * * * *", mem_limit: "16m" };
  it.for([
    { of: "whose process is killed", job: "hungry", exitCode: 137, command: "tail /dev/zero", instead: "unknown" },
    {
      of: "of which only a child is killed",
      job: "hungry-child",
      exitCode: 7,
      command: sh("tail /dev/zero; exit 7"),
      instead: false,
    },
  ])("$of is a failure for want of memory", async ({ job, exitCode, command, instead }) => {
    await using folder = await TestFolder.make();
    await folder.writeSchedules(scheduleFile({ [job]: { ...greedy, command } }));
    const args = ["--instance", job, "--sources", "files"];
    await using scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args });
    const told = await scheduler.until("run-finished", { oom: true });
    expect(told).toMatchObject({ job, outcome: "failed", exitCode });
    for (const line of scheduler.all("run-finished")) expect(line).toMatchObject({ outcome: "failed", exitCode });
    expect([true, instead]).toEqual(expect.arrayContaining(scheduler.all("run-finished").map(({ oom }) => oom)));
    const { runs } = await readRecord(folder, job);
    expect(runs.map(({ outcome }) => outcome)).toContainEqual({ kind: "failed", exitCode, oom: true });
  });
});

/** Waits until the process runs, and does something to it. */
async function meddle(job: string, act: (container: string) => Promise<unknown>): Promise<void> {
  const { container } = await scheduler.until("run-started", { job });
  await act(String(container));
}
