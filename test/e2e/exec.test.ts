import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, scheduleFile } from "./schedules.ts";

const INSTANCE = "exec";
const { docker } = engineAt(testEngine());

let folder: TestFolder;
let scheduler: SchedulerProcess;
const made: string[] = [];

beforeAll(async () => {
  folder = await TestFolder.make();
  await folder.writeSchedules("jobs: {}\n");
  scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args: ["--instance", INSTANCE] });
  await scheduler.until("engine-up");
});

/** What declares jobs must not be seen by other tests' schedulers. */
afterEach(async () => {
  await folder.writeSchedules("jobs: {}\n");
  if (made.length > 0) await docker("rm", "--force", ...made.splice(0));
});

afterAll(async () => {
  await scheduler[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

type Keys = Readonly<Record<string, string>>;

/** A container that runs, with jobs by labels: each of them is due every second, and runs its command in it. */
async function running(name: string, jobs: Readonly<Record<string, Keys>> = {}, ...options: string[]): Promise<string> {
  const labels = Object.entries(jobs).flatMap(([job, keys]) =>
    Object.entries({ schedule: EVERY_SECOND, launch: "exec", ...keys }).flatMap(([key, value]) => [
      "--label",
      `shipbell.jobs.${job}.${key}=${value}`,
    ]),
  );
  const id = await docker(
    "run",
    "--detach",
    "--init",
    "--name",
    name,
    ...labels,
    ...options,
    "busybox",
    "sleep",
    "600",
  );
  made.push(name);
  return id;
}

/** Runs a command of shipbell next to the scheduler. */
const command = (...args: string[]) =>
  shipbell([...args, "--docker-host", testEngine(), "--state-dir", folder.stateDir, "--instance", INSTANCE]);

const YEARLY = "0 0 1 1 *";

/** As soon as the scheduler knows the jobs. */
async function startByHand(...jobs: string[]): Promise<void> {
  const isKnown = (job: string) => scheduler.all("jobs-changed").some(({ added }) => (added as string[]).includes(job));
  await eventually(`${jobs}`, () => jobs.every(isKnown) || undefined);
  await Promise.all(jobs.map(async (job) => expect(await command("run", job)).toMatchObject({ code: 0 })));
}

/** The processes of the container, by their commands. */
const processesOf = (container: string) => docker("top", container, "-o", "pid,args");

describe("a job with launch: exec", () => {
  it("runs its command inside the container that declares it, with user, folder and variables, and its exit code counts", async () => {
    const script = 'echo "$(hostname) $(id -u) $(pwd) $COLOUR $OWN $SHIPBELL_JOB"; echo oops >&2; exit 3';
    const id = await running(
      "exec-shop",
      {
        report: { command: "touch /tmp/was-here" },
        fails: {
          command: `sh -c '${script}'`,
          user: "33",
          working_dir: "/tmp",
          "environment.COLOUR": "blue sky",
        },
        absent: { command: "no-such-command" },
        lost: { command: "true", working_dir: "/no/such/folder" },
      },
      ...["--env", "OWN=its own"],
    );
    const failed = await scheduler.until("run-finished", { job: "exec-shop.fails" });
    expect(failed).toMatchObject({ outcome: "failed", exitCode: 3, container: "exec-shop", trigger: "schedule" });
    const output = scheduler.all("job-output", { run: failed.run });
    expect(output.map(({ stream, line }) => `${stream}: ${line}`).sort()).toEqual([
      "stderr: oops",
      `stdout: ${id.slice(0, 12)} 33 /tmp blue sky its own exec-shop.fails`,
    ]);
    const succeeded = await scheduler.until("run-finished", { job: "exec-shop.report" });
    expect(succeeded).toMatchObject({ outcome: "succeeded", exitCode: 0 });
    expect(await docker("exec", "exec-shop", "ls", "/tmp")).toBe("was-here");
    const rejected = { outcome: "rejected", reason: "start-failed" };
    const absent = await scheduler.until("run-finished", { job: "exec-shop.absent" });
    expect(absent).toMatchObject({ ...rejected, detail: expect.stringContaining("no-such-command") });
    const lost = await scheduler.until("run-finished", { job: "exec-shop.lost" });
    expect(lost).toMatchObject({ ...rejected, detail: expect.stringContaining("/no/such/folder") });
  });

  it("shows its lines while it runs, and its next occurrence meanwhile is skipped", { tags: "full" }, async () => {
    await running("exec-live", { slow: { command: "sh -c 'echo begun; until [ -e /tmp/end ]; do sleep 0.1; done'" } });
    const { run } = await scheduler.until("job-output", { job: "exec-live.slow", line: "begun" });
    await scheduler.until("occurrence-skipped", { job: "exec-live.slow", reason: "still-running" });
    expect(scheduler.all("run-finished", { run })).toEqual([]);
    await docker("exec", "exec-live", "touch", "/tmp/end");
    expect(await scheduler.until("run-finished", { run })).toMatchObject({ outcome: "succeeded" });
  });

  it("is ended at its timeout with all that it has started, by TERM or, where that is ignored, by KILL", async () => {
    const ignores = `sh -c "trap '' TERM; echo deaf; sleep 101 & sleep 102; sleep 103; true"`;
    await running("exec-timeout", {
      obeys: { schedule: YEARLY, command: "sh -c 'sleep 104 & sleep 105; true'", timeout: "1s" },
      ignores: { schedule: YEARLY, command: ignores, timeout: "1s", stop_grace_period: "1s", user: "33" },
    });
    await startByHand("exec-timeout.obeys", "exec-timeout.ignores");
    const [obeys, ignored] = await Promise.all(
      ["obeys", "ignores"].map((name) => scheduler.until("run-finished", { job: `exec-timeout.${name}` })),
    );
    expect(obeys).toMatchObject({ outcome: "timed-out", exitCode: 143 });
    expect(ignored).toMatchObject({ outcome: "timed-out", exitCode: 137 });
    expect(ignored?.durationMs).toBeGreaterThanOrEqual(2000);
    expect(await processesOf("exec-timeout")).not.toMatch(/sleep 10/);
    // The engine keeps none of it.
    expect((await command("logs", String(ignored?.run))).stdout).toBe("deaf\n");
  });

  it("is ended when it is cancelled", { tags: "full" }, async () => {
    await running("exec-cancel", { long: { command: "sleep 106" } });
    const { run } = await scheduler.until("run-started", { job: "exec-cancel.long" });
    expect(await command("cancel", String(run))).toMatchObject({ code: 0 });
    expect(await scheduler.until("run-finished", { run })).toMatchObject({ outcome: "cancelled", exitCode: 143 });
    expect(await processesOf("exec-cancel")).not.toContain("sleep 106");
  });

  it("is lost, and says so, when its container is restarted or removed meanwhile", async () => {
    const lost = { outcome: "lost", reason: "shut-down" };
    await running("exec-restarted", { long: { command: "sleep 107" } });
    await running("exec-removed", { long: { command: "sleep 108" } });
    const runs = await Promise.all(
      ["restarted", "removed"].map((name) => scheduler.until("run-started", { job: `exec-${name}.long` })),
    );
    await Promise.all([docker("restart", "--time", "0", "exec-restarted"), docker("rm", "--force", "exec-removed")]);
    const [restarted, removed] = await Promise.all(runs.map(({ run }) => scheduler.until("run-finished", { run })));
    expect(restarted).toMatchObject({ ...lost, detail: "its container ended while it ran" });
    expect(removed).toMatchObject({ ...lost, detail: expect.stringMatching(/its container (ended|was removed)/) });
  });
});

describe("a job with launch: exec whose container does not run", () => {
  it("is skipped, for that reason, and is run again when the container does", async () => {
    await running("exec-stopped", { often: { command: "true" } });
    await scheduler.until("run-finished", { job: "exec-stopped.often" });
    const job = { job: "exec-stopped.often", reason: "container-not-running" };
    for (const [stop, resume, detail] of [
      [["pause"], ["unpause"], "container exec-stopped is paused"],
      [["stop", "--time", "0"], ["start"], "container exec-stopped is exited"],
    ] as const) {
      await docker(...stop, "exec-stopped");
      await scheduler.until("occurrence-skipped", { ...job, detail });
      await docker(...resume, "exec-stopped");
      await scheduler.until("run-finished", { job: job.job, outcome: "succeeded" }, { after: scheduler.log.length });
    }
    const skipped = scheduler.all("occurrence-skipped", job).length;
    const series = `shipbell_occurrences_skipped_total{job_name="${job.job}",reason="${job.reason}"}`;
    expect(await scheduler.metric(series)).toBe(skipped);
  });

  it("waits for it within its starting_deadline, and is missed after that", { tags: "full" }, async () => {
    await folder.writeSchedules(
      scheduleFile({
        "exec-waits": { ...ofService("exec-db"), starting_deadline: "1h", overlap: "forbid" },
        "exec-too-late": { ...ofService("exec-db"), starting_deadline: "1s" },
      }),
    );
    await scheduler.until("occurrence-missed", { job: "exec-too-late", reason: "too-late" });
    expect(scheduler.all("occurrence-skipped", { job: "exec-waits" })).toEqual([]);
    await ofCompose("exec-db-1", "exec-db");
    const started = await scheduler.until("run-started", { job: "exec-waits" });
    expect(started).toMatchObject({ trigger: "schedule", container: "exec-db-1" });
    expect(started.delayMs).toBeGreaterThanOrEqual(1000);
  });

  it("is found again by its Compose service when that has another container", { tags: "full" }, async () => {
    await folder.writeSchedules(
      scheduleFile({ "exec-service": { ...ofService("exec-web"), project: "exec", command: "hostname" } }),
    );
    const old = await ofCompose("exec-web-1", "exec-web");
    const first = await scheduler.until("job-output", { job: "exec-service" });
    await docker("rm", "--force", "exec-web-1");
    const next = await ofCompose("exec-web-2", "exec-web");
    const other = await scheduler.until("job-output", { job: "exec-service", container: "exec-web-2" });
    expect([first.line, other.line]).toEqual([old.slice(0, 12), next.slice(0, 12)]);
  });

  it("is a problem of its definition when it has a timeout and its container has no shell", {
    tags: "full",
  }, async () => {
    await running("exec-no-shell", { later: { command: "true", schedule: YEARLY, timeout: "1m" } });
    await docker("exec", "exec-no-shell", "rm", "/bin/sh");
    await startByHand("exec-no-shell.later");
    const finished = await scheduler.until("run-finished", { job: "exec-no-shell.later" });
    expect(finished).toMatchObject({
      outcome: "rejected",
      reason: "bad-definition",
      detail: expect.stringContaining("container exec-no-shell has no sh"),
    });
  });
});

describe("a scheduler that is killed while a job with launch: exec runs", () => {
  it("is followed by one that tells how it ended, and that some of its output was not read", async () => {
    await using own = await TestFolder.make();
    const script = "echo $SHIPBELL_RUN >>/tmp/ran; until [ -e /tmp/end ]; do echo on; sleep 0.1; done; exit 5";
    const command = ["sh", "-c", script.replaceAll("$", "$$$$")];
    await running("exec-killed");
    await own.writeSchedules(
      scheduleFile({ "exec-kill": { schedule: EVERY_SECOND, launch: "exec", container: "exec-killed", command } }),
    );
    const open = () =>
      new SchedulerProcess({
        dockerHost: testEngine(),
        folder: own,
        args: ["--instance", "exec-kill", "--sources", "files"],
      });
    await using first = open();
    const { run } = await first.until("job-output", { line: "on" });
    await first.kill();
    await using next = open();
    await next.until("run-taken-up", { run });
    await docker("exec", "exec-killed", "touch", "/tmp/end");
    expect(await next.until("run-finished", { run })).toMatchObject({ outcome: "failed", exitCode: 5 });
    expect(next.all("output-dropped", { run })).toMatchObject([{ reason: "unread" }]);
    const ran = (await docker("exec", "exec-killed", "cat", "/tmp/ran")).split("\n");
    expect(ran.filter((each) => each === run)).toEqual([run]);
  });
});

const ofService = (service: string) => ({ schedule: EVERY_SECOND, launch: "exec", service, command: "true" });

/** As Compose would make it. */
function ofCompose(name: string, service: string): Promise<string> {
  const labels = { project: "exec", service, "container-number": "1", oneoff: "False" };
  const options = Object.entries(labels).flatMap(([key, value]) => ["--label", `com.docker.compose.${key}=${value}`]);
  return running(name, {}, ...options);
}
