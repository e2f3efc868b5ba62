import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { FindingShape } from "../../src/view/shapes/finding-shape.ts";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";

const { docker } = engineAt(testEngine());
const id = randomUUID().slice(0, 8);
const project = `shop${id}`;

const compose = (name: string) => `
name: ${name}
jobs:
  backup: &daily
    image: busybox
    command: "true"
    triggers: { schedule: [{ cron: "0 3 1 1 *" }] }
  report: *daily
  alone: *daily
`;

/** Runs a container as the engine's jobs extension does for Compose 5.8, with these options more. */
const runAsDocker = (job: string, ...options: readonly string[]) =>
  docker(
    ...["run", ...options, "--label", `com.docker.job.id=${id}`, "--label", `com.docker.job.run-id=${randomUUID()}`],
    ...["--label", `com.docker.compose.project=${project}`, "--label", `com.docker.compose.service=${job}`],
    ...["busybox", "true"],
  );

const message = (job: string) => `Docker's own scheduler starts this job, too, as ${project}.${job}: it runs twice`;

let folder: TestFolder;
beforeAll(async () => {
  folder = await TestFolder.make();
  await folder.writeSchedules(compose(project));
});
afterAll(async () => {
  const left = await docker("ps", "--all", "--quiet", "--filter", `label=com.docker.job.id=${id}`);
  await docker("rm", "--force", "--volumes", ...left.split("\n").filter((each) => each !== ""));
  await folder[Symbol.asyncDispose]();
});

it("a job of a Compose file that Docker's own scheduler starts, too, is told of until it is gone from one of the two", async () => {
  await runAsDocker("backup");
  await using scheduler = new SchedulerProcess({
    ...{ dockerHost: testEngine(), folder },
    args: ["--instance", `t${id}`],
  });
  await scheduler.until("problem", { job: "backup", detail: message("backup"), severity: "warning" });
  // Only its events tell of a container that is removed with its end, and they may not be read yet.
  await eventually("a warning of report", async () => {
    await runAsDocker("report", "--rm");
    return scheduler.all("problem", { job: "report", detail: message("report") })[0];
  });

  const { address } = await scheduler.until("scheduler-started");
  const env = {
    ...{ SHIPBELL_DOCKER_HOST: testEngine(), SHIPBELL_STATE_DIR: folder.stateDir, SHIPBELL_INSTANCE: `t${id}` },
    ...{ SHIPBELL_LISTEN: String(address), SHIPBELL_SCHEDULES: folder.schedules },
  };
  const listed = (await shipbell(["ls"], env)).stdout;
  expect(listed).toMatch(/^backup .* also in Docker *$/m);
  expect(listed).toMatch(/^report .* also in Docker *$/m);
  expect(listed).toMatch(/^alone .* - *$/m);
  expect((await shipbell(["explain", "backup"], env)).stdout).toContain(`${message("backup")}.`);
  const { code, stdout } = await shipbell(["problems"], env);
  expect({ code, stdout: stdout.replaceAll(/\s+/g, " ") }).toEqual({
    code: 0,
    stdout: expect.stringContaining(
      `warning: ${message("backup")} (take it out of the engine with "docker job rm ${project}.backup", or out of this file)`,
    ),
  });
  // The doctor sees what has a container, and asks the scheduler for the rest. Nothing is said twice.
  const examined = await shipbell(["doctor", "--format", "json"], env);
  const findings: readonly FindingShape[] = JSON.parse(examined.stdout);
  const about = (job: string) => findings.filter((finding) => finding.message === message(job));
  expect(about("backup")).toEqual([expect.objectContaining({ look: "jobs", severity: "warning" })]);
  expect(about("report")).toEqual([expect.objectContaining({ look: "jobs", severity: "warning" })]);

  await folder.writeSchedules(compose(`other${id}`));
  await scheduler.until("problem-solved", { job: "backup", detail: message("backup") });
  await scheduler.until("problem-solved", { job: "report", detail: message("report") });
  expect((await shipbell(["ls"], env)).stdout).not.toContain("also in Docker");
});

it("the doctor says it before the first start", async () => {
  await folder.writeSchedules(compose(project));
  const settings = [
    "--docker-host",
    testEngine(),
    "--schedules",
    folder.schedules,
    "--state-dir",
    `${folder.path}/new`,
  ];
  const { stdout } = await shipbell(["doctor", "--format", "json", ...settings, "--listen", "127.0.0.1:1"]);
  const findings: readonly FindingShape[] = JSON.parse(stdout);
  expect(findings.filter((finding) => finding.message === message("backup"))).toHaveLength(1);
});
