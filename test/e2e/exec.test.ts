import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND, scheduleFile } from "./schedules.ts";

const INSTANCE = "exec";
const { docker } = engineAt(inject("dockerHost"));

let folder: TestFolder;
let scheduler: SchedulerProcess;
const made: string[] = [];

beforeAll(async () => {
  folder = await TestFolder.make();
  await folder.writeSchedules("jobs: {}\n");
  scheduler = new SchedulerProcess({ dockerHost: inject("dockerHost"), folder, args: ["--instance", INSTANCE] });
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
  const id = await docker("run", "--detach", "--init", "--name", name, ...labels, ...options, "busybox", "sleep", "600");
  made.push(name);
  return id;
}

/** The processes of the container, by their commands. */
const processesOf = async (container: string) => (await docker("top", container, "-o", "args")).split("\n").slice(1);

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
});
void shipbell;
void processesOf;
void scheduleFile;
