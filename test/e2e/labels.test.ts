import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, scheduleFile } from "./schedules.ts";

const INSTANCE = "labels";
const { docker, api } = engineAt(testEngine());

/** What is compared of a container. */
interface Inspected {
  readonly Id: string;
  readonly Name: string;
  readonly State: { readonly Status: string; readonly StartedAt: string };
  readonly Config: {
    readonly Env: string[];
    readonly User: string;
    readonly WorkingDir: string;
    readonly Labels: Record<string, string>;
  };
  readonly HostConfig: Record<string, unknown>;
  readonly NetworkSettings: { readonly Networks: Record<string, unknown> };
}

async function inspect(container: string): Promise<Inspected> {
  return (await api<Inspected>("GET", `/containers/${container}/json`)).json;
}

/** Options that label an object for a job of its own, or for one of several. */
const labels = (keys: Record<string, string>, prefix = "shipbell.") =>
  Object.entries(keys).flatMap(([key, value]) => ["--label", `${prefix}${key}=${value}`]);

const made: string[] = [];

/** By `docker create`, or `docker run --detach`; gone at the end of the test. */
async function make(...args: string[]): Promise<string> {
  const id = await docker(...args);
  made.push(id);
  return id;
}

const create = (...args: string[]) => make("create", ...args);
const runDetached = (...args: string[]) => make("run", "--detach", ...args);

let folder: TestFolder;
let scheduler: SchedulerProcess;

beforeAll(async () => {
  folder = await TestFolder.make();
  await folder.writeSchedules(scheduleFile({ "labels-from-file": { schedule: "0 0 1 1 *", image: "busybox" } }));
  scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args: ["--instance", INSTANCE] });
  await scheduler.until("engine-up");
});

/** What declares jobs must not be seen by other tests' schedulers. */
afterEach(async () => {
  for (const id of made.splice(0)) await docker("rm", "--force", id);
});

afterAll(async () => {
  await scheduler[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

describe("a container that was created and not started", () => {
  it("is the template of its runs: they have its environment, volume, user, folder and network, and it stays as it is", async () => {
    const [volume, network] = [`labels-${randomUUID()}`, `labels-${randomUUID()}`];
    await docker("network", "create", network);
    const script =
      'echo "$WHERE $(id -u) $(pwd) $(cat from-me) $SHIPBELL_JOB"; echo was-here > "$SHIPBELL_RUN"; hostname -i';
    const onVolume = ["run", "--rm", "--volume", `${volume}:/data`, "busybox"];
    await docker(...onVolume, "sh", "-c", "echo kept > /data/from-me; chmod 777 /data");
    const template = await create(
      ...["--name", "labels-template", "--env", "WHERE=here", "--volume", `${volume}:/data`, "--user", "33"],
      ...["--workdir", "/data", "--network", network, "--memory", "64m", ...labels({ schedule: EVERY_SECOND })],
      ...["busybox", "sh", "-c", script],
    );
    const before = await inspect(template);
    const finished = await scheduler.until("run-finished", { job: "labels-template" });
    expect(finished).toMatchObject({ outcome: "succeeded", exitCode: 0, trigger: "schedule" });
    const output = scheduler.all("job-output", { run: finished.run }).map(({ line }) => line);
    expect(output[0]).toBe("here 33 /data kept labels-template");
    const run = await inspect(String(finished.container));
    expect(run.Id).not.toBe(template);
    expect(Object.keys(run.NetworkSettings.Networks)).toEqual([network]);
    expect(run.HostConfig.Memory).toBe(64 * 1024 * 1024);
    expect(run.Config).toMatchObject({ User: "33", WorkingDir: "/data" });
    const files = await docker(...onVolume, "ls", "/data");
    expect(files.split("\n")).toContain(String(finished.run));
    expect(await inspect(template)).toEqual(before);
    expect(before.State).toMatchObject({ Status: "created", StartedAt: expect.stringMatching(/^0001/) });
  });

  it("takes its job away when it is removed, and its runs are never taken for templates", async () => {
    const changes = changesFromNow();
    await create("--name", "labels-goes", ...labels({ schedule: EVERY_SECOND }), "busybox", "true");
    const { container } = await scheduler.until("run-finished", { job: "labels-goes" });
    const { Config } = await inspect(String(container));
    expect(Config.Labels).toMatchObject({ "shipbell.job": "labels-goes", "shipbell.instance": INSTANCE });
    expect(Config.Labels).not.toHaveProperty(["shipbell.schedule"]);
    await scheduler.until("run-finished", { job: "labels-goes" }, { after: scheduler.log.length });
    const beforeRemoval = scheduler.log.length;
    await docker("rm", "labels-goes");
    const { time: removedAt } = await scheduler.until("jobs-changed", {}, { after: beforeRemoval });
    expect(changes()).toMatchObject({ added: ["labels-goes"], removed: ["labels-goes"] });
    const after = scheduler.log.length;
    // The ended runs are still there, and the labels are read again.
    await create("--name", "labels-later", ...labels({ schedule: EVERY_SECOND }), "busybox", "true");
    await scheduler.until("run-finished", { job: "labels-later" }, { after });
    await scheduler.until("run-finished", { job: "labels-later" }, { after: scheduler.log.length });
    // What had begun before the removal goes on to its end.
    const begun = scheduler.log
      .slice(after)
      .filter(({ job, event }) => job === "labels-goes" && event === "run-started")
      .filter(({ scheduledAt }) => String(scheduledAt) > String(removedAt));
    expect(begun).toEqual([]);
    expect(changes()).toMatchObject({ added: ["labels-goes", "labels-later"], removed: ["labels-goes"] });
  });
});

describe("a running container", () => {
  it("has jobs with names and commands of their own run next to it, and continues to run", async () => {
    const first = { schedule: EVERY_SECOND, command: 'echo "one"' };
    const second = { schedule: EVERY_SECOND, command: "sh -c 'echo $WHERE; exit 4'", success_exit_codes: "4" };
    const both = [...labels(first, "shipbell.jobs.first."), ...labels(second, "shipbell.jobs.second.")];
    const shop = await runDetached("--name", "labels-shop", "--env", "WHERE=shop", ...both, "busybox", "sleep", "600");
    const before = await inspect(shop);
    const one = await scheduler.until("run-finished", { job: "labels-shop.first" });
    const other = await scheduler.until("run-finished", { job: "labels-shop.second" });
    expect(one).toMatchObject({ outcome: "succeeded", exitCode: 0 });
    expect(other).toMatchObject({ outcome: "succeeded", exitCode: 4 });
    expect(scheduler.all("job-output", { run: one.run })).toMatchObject([{ line: "one" }]);
    expect(scheduler.all("job-output", { run: other.run })).toMatchObject([{ line: "shop" }]);
    expect((await inspect(shop)).State).toEqual(before.State);
    expect((await inspect(shop)).Config).toEqual(before.Config);
  });

  it("is a problem when its job has no command, since that would start a second copy of it", async () => {
    const yearly = labels({ schedule: "0 0 1 1 *" });
    const daemon = await runDetached("--name", "labels-daemon", ...yearly, "busybox", "sleep", "600");
    const problem = await scheduler.until("problem", { at: "container labels-daemon, label shipbell.schedule" });
    expect(problem).toMatchObject({
      source: "containers",
      detail: expect.stringContaining("would start a second copy of it"),
      hint: expect.stringContaining("shipbell.command"),
    });
    await docker("rm", "--force", daemon);
    await scheduler.until("problem-solved", { at: problem.at });
  });
});

/** The jobs that came and went since this was called, whatever became of those of other tests. */
function changesFromNow() {
  const from = scheduler.log.length;
  const isOther = (name: string) => name === "labels-template";
  const names = (key: "added" | "removed") =>
    scheduler.log
      .slice(from)
      .filter(({ event }) => event === "jobs-changed")
      .flatMap((line) => line[key] as string[])
      .filter((name) => !isOther(name));
  return () => ({ added: names("added"), removed: names("removed") });
}
