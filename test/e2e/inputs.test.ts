import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AWKWARD_VALUE, bytesOf, printBytes } from "../fixtures/inputs.ts";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND } from "./schedules.ts";

/** The values that people give, from the command to the process; `test/contracts` has the same for services. */
const INSTANCE = "inputs";
const { docker } = engineAt(testEngine());

/** Prints the values as bytes, and what a shell that ran one of them would have left behind. */
const SCRIPT = `${["NOTE", "SIZE"].map(printBytes).join("; echo; ")}; echo; ls -A /tmp`;
const inputs = { NOTE: { required: true }, SIZE: { type: "choice", options: ["small", "large"], default: "small" } };
const labels = {
  command: `sh -c '${SCRIPT.replaceAll("'", "'\\''")}'`,
  "inputs.NOTE.required": "true",
  "inputs.SIZE.type": "choice",
  "inputs.SIZE.options": "small,large",
  "inputs.SIZE.default": "small",
};

let folder: TestFolder;
let scheduler: SchedulerProcess;

beforeAll(async () => {
  folder = await TestFolder.make();
  // What a file has in place of a dollar sign.
  const command = ["sh", "-c", SCRIPT.replaceAll("$", "$$$$")];
  const jobs = {
    compose: { image: "busybox", network_mode: "none", command, inputs },
    exec: { launch: "exec", container: "inputs-host", command, inputs },
    scheduled: {
      ...{ image: "busybox", network_mode: "none", command, schedule: EVERY_SECOND },
      inputs: { ...inputs, NOTE: { default: AWKWARD_VALUE.replaceAll("$", "$$$$") } },
    },
  };
  await folder.writeSchedules(JSON.stringify({ jobs }));
  await docker("run", "--detach", "--init", "--name", "inputs-host", "busybox", "sleep", "3600");
  const labelled = Object.entries(labels).flatMap(([key, value]) => ["--label", `shipbell.${key}=${value}`]);
  await docker("create", "--name", "inputs-labelled", "--network", "none", ...labelled, "busybox");
  scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args: ["--instance", INSTANCE] });
  const known = () => scheduler.all("jobs-changed").flatMap(({ added }) => added as string[]);
  await eventually(
    "the jobs",
    () => ["compose", "exec", "inputs-labelled"].every((job) => known().includes(job)) || undefined,
  );
});

afterAll(async () => {
  await scheduler[Symbol.asyncDispose]();
  await docker("rm", "--force", "inputs-host", "inputs-labelled");
  await folder[Symbol.asyncDispose]();
});

const command = (...args: string[]) =>
  shipbell([...args, "--docker-host", testEngine(), "--state-dir", folder.stateDir, "--instance", INSTANCE]);

describe("what is given to a run", () => {
  it.each(["compose", "exec", "inputs-labelled"])(
    "arrives byte for byte in the process, and is never run: %s",
    async (job) => {
      const ran = await command("run", job, "--input", `NOTE=${AWKWARD_VALUE}`, "-i", "SIZE=large", "--wait");
      expect(ran).toMatchObject({ code: 0, stdout: `${bytesOf(AWKWARD_VALUE)}\n${bytesOf("large")}\n` });
      const { stdout } = await command("runs", job, "--format", "json");
      expect(JSON.parse(stdout)).toMatchObject([{ trigger: "manual", inputs: { NOTE: AWKWARD_VALUE, SIZE: "large" } }]);
    },
  );

  it("is refused by the scheduler where the command knows none, and nothing is started", async () => {
    const refused = await command("run", "compose", "-i", "SIZE=huge", "-i", "LD_PRELOAD=/tmp/x.so", "--wait");
    expect(refused).toMatchObject({ code: 125, stdout: "", stderr: expect.stringContaining("(bad-input)") });
    const { detail } = await scheduler.until("run-refused", { job: "compose", reason: "bad-input" });
    expect(detail).toBe(
      "LD_PRELOAD is unknown: the job has NOTE and SIZE; NOTE is required: it must be a line of at most 200 characters; " +
        'SIZE must be small or large, not "huge"',
    );
  });

  it("is the defaults where the schedule starts the job", async () => {
    const { run } = await scheduler.until("run-finished", { job: "scheduled", outcome: "succeeded" });
    const lines = scheduler.all("job-output", { run }).map(({ line }) => line);
    expect(lines).toEqual([bytesOf(AWKWARD_VALUE), bytesOf("small")]);
  });
});
