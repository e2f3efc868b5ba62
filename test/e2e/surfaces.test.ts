import { describe, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { PATIENCE_MS } from "../support/patience.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";

const { docker } = engineAt(testEngine());
const NEVER = "0 0 1 1 *";

/** Runs a command of the instance next to its scheduler, which it finds on the loopback address as with `docker exec`. */
async function nextTo(scheduler: SchedulerProcess, folder: TestFolder, instance: string, ...args: string[]) {
  const { host } = new URL(await scheduler.url("/"));
  const settings = ["--state-dir", folder.stateDir, "--engine", "container", "--docker-host", testEngine()];
  return await shipbell([...args, ...settings, "--instance", instance, "--listen", host]);
}

function start(folder: TestFolder, instance: string): SchedulerProcess {
  return new SchedulerProcess({ dockerHost: testEngine(), folder, args: ["--instance", instance] });
}

interface Listed {
  readonly job: string;
  readonly standing: string;
  readonly nextRunAt?: string;
}

describe("log, metrics, ls, explain, run and problems say the same", () => {
  it("of a job that vanishes from its file while a label elsewhere cannot be read: it is removed, after a restart too", async ({
    expect,
  }) => {
    const instance = "one-answer";
    await using folder = await TestFolder.make();
    const [stays, goes] = ["one-answer-stays", "one-answer-goes"];
    const job = { schedule: NEVER, image: "busybox", command: "true" };
    await folder.writeSchedules(scheduleFile({ [stays]: job, [goes]: job }));
    let scheduler = start(folder, instance);
    const labels = ["--label", `shipbell.instance=${instance}`, "--label", "shipbell.shedule=@daily"];
    const label = "container one-answer-broken";
    try {
      await scheduler.until("jobs-changed", { jobs: 2 });
      await docker("create", "--name", "one-answer-broken", ...labels, "busybox", "true");
      await scheduler.until("problem", { source: "containers" });
      await scheduler.stop();
      await folder.writeSchedules(scheduleFile({ [stays]: job }));
      scheduler = start(folder, instance);
      await scheduler.until("jobs-changed", { jobs: 1 });

      const listed = JSON.parse(
        (await nextTo(scheduler, folder, instance, "ls", "--format", "json")).stdout,
      ) as Listed[];
      const explained = await nextTo(scheduler, folder, instance, "explain", goes);
      const run = await nextTo(scheduler, folder, instance, "run", goes);
      expect(listed).toMatchObject([{ job: stays, standing: "declared" }]);
      expect(await scheduler.metric(`shipbell_job_unsure{job_name="${goes}"}`)).toBeUndefined();
      expect(await scheduler.metric(`shipbell_job_next_run_timestamp_seconds{job_name="${goes}"}`)).toBeUndefined();
      expect(explained.stdout).toContain("No source declares it");
      expect(explained.stdout).not.toContain("due next");
      expect(run).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("no source declares") });

      const problems = await nextTo(scheduler, folder, instance, "problems");
      expect(problems.code).toBe(1);
      expect(problems.stdout).toContain(`${label}, label shipbell.shedule: `);

      await docker("rm", "--force", "one-answer-broken");
      await scheduler.until("problem-solved");
      expect(await nextTo(scheduler, folder, instance, "problems")).toMatchObject({
        code: 0,
        stdout: "1 job, 0 problems, 0 warnings\n",
      });
    } finally {
      await docker("rm", "--force", "one-answer-broken");
      await scheduler[Symbol.asyncDispose]();
    }
  });

  it("of a job whose own label cannot be read, and never could by this scheduler: it is not sure, and not started", async ({
    expect,
  }) => {
    const [instance, name] = ["unsure-answer", "unsure-answer"];
    await using folder = await TestFolder.make();
    await folder.writeSchedules(scheduleFile({ other: { schedule: NEVER, image: "busybox", command: "true" } }));
    const create = (label: string) =>
      docker("create", "--name", name, "--label", `shipbell.instance=${instance}`, "--label", label, "busybox", "true");
    let scheduler = start(folder, instance);
    try {
      await create(`shipbell.schedule=${NEVER}`);
      const nextRun = () => scheduler.metric(`shipbell_job_next_run_timestamp_seconds{job_name="${name}"}`);
      await expect.poll(nextRun, { timeout: PATIENCE_MS }).toBeDefined();
      await scheduler.stop();
      await docker("rm", "--force", name);
      await create(`shipbell.shedule=${NEVER}`);
      scheduler = start(folder, instance);
      await scheduler.until("problem", { source: "containers" });
      await scheduler.until("jobs-changed", { jobs: 1 });

      expect(await scheduler.metric(`shipbell_job_unsure{job_name="${name}"}`)).toBe(1);
      expect(await nextRun()).toBeUndefined();
      const ls = await nextTo(scheduler, folder, instance, "ls");
      expect(ls.stdout).toMatch(new RegExp(`^${name} .* not started .* unsure$`, "m"));
      const { stdout } = await nextTo(scheduler, folder, instance, "explain", name);
      expect(stdout).toContain(
        `It is not sure that it is still declared, because this cannot be read: container ${name}, label shipbell.shedule: `,
      );
      expect(stdout).not.toContain("due next");
      expect(await nextTo(scheduler, folder, instance, "run", name)).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringContaining(`it is not sure that ${name} is still declared`),
      });
      expect((await nextTo(scheduler, folder, instance, "problems")).stdout).toContain(
        `Not started, for they may no longer be declared: ${name}.`,
      );
    } finally {
      await docker("rm", "--force", name);
      await scheduler[Symbol.asyncDispose]();
    }
  });

  it("of a file that breaks: its jobs are kept, and its problem is quoted with its place", async ({ expect }) => {
    const instance = "kept-answer";
    await using folder = await TestFolder.make();
    const good = `jobs:\n  kept-answer:\n    image: busybox\n    schedule: "${NEVER}"\n    command: "true"\n`;
    await folder.writeSchedules(good);
    await using scheduler = start(folder, instance);
    await scheduler.until("jobs-changed", { jobs: 1 });
    await folder.writeSchedules(good.replace("image", "imge"));
    const { at } = await scheduler.until("problem");
    await scheduler.until("definitions-kept");

    const ls = await nextTo(scheduler, folder, instance, "ls");
    expect(ls.stdout.split("\n")[1]).toMatch(/^kept-answer .* kept$/);
    expect(ls.stderr).toMatch(/^shipbell: \d problems?: see "shipbell problems"\n$/);
    const explained = (await nextTo(scheduler, folder, instance, "explain", instance)).stdout.replaceAll(/\s+/g, "");
    expect(explained).toContain(`itgoesonasitwaslastread:${at}:unknownkey"imge"`);
    const problems = await nextTo(scheduler, folder, instance, "problems", "--format", "json");
    expect(problems.code).toBe(1);
    expect(JSON.parse(problems.stdout)).toMatchObject({ role: "active", kept: [instance] });
    expect(JSON.parse(problems.stdout).problems).toContainEqual(
      expect.objectContaining({ severity: "error", source: "files", at, message: 'unknown key "imge"' }),
    );
    expect((await scheduler.get("/scheduler")).status).toBe(404);
  });

  it("of a scheduler that is not there", async ({ expect }) => {
    const instance = "silent-answer";
    await using folder = await TestFolder.make();
    await folder.writeSchedules(scheduleFile({ [instance]: { schedule: NEVER, image: "busybox", command: "true" } }));
    await using scheduler = start(folder, instance);
    await scheduler.until("jobs-changed", { jobs: 1 });
    expect((await nextTo(scheduler, folder, instance, "ls")).stderr).toBe("");
    await scheduler.stop();
    expect((await nextTo(scheduler, folder, instance, "ls")).stderr).toMatch(
      /^shipbell: no scheduler answers here, so this is only what the ledger says \(none that listens on .* is on this machine/,
    );
    const explained = (await nextTo(scheduler, folder, instance, "explain", instance)).stdout;
    expect(explained).toContain("No scheduler says whether it is carried out");
    expect(await nextTo(scheduler, folder, instance, "problems")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^shipbell: no scheduler answers here: /),
    });
  });
});
