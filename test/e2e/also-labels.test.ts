import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { ensureShipbellImage, SHIPBELL_IMAGE } from "../lab/shipbell-image.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { SchedulerLog } from "./scheduler-log.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND } from "./schedules.ts";

const engine = engineAt(testEngine());
const { docker } = engine;
const id = randomUUID().slice(0, 8);
const [db, ofelia] = [`also-${id}-db`, `also-${id}-ofelia`];

/** As Ofelia has it: a command in the container, which another one of the same job does not wait for, and one that does. */
const OF_DB = {
  "ofelia.enabled": "true",
  "ofelia.job-exec.who.schedule": "@every 1s",
  "ofelia.job-exec.who.command": `sh -c 'echo "$WHO $(id -un)"'`,
  "ofelia.job-exec.alone.schedule": EVERY_SECOND,
  "ofelia.job-exec.alone.command": "sleep 3",
  "ofelia.job-exec.alone.no-overlap": "true",
};
const OF_OFELIA = {
  "ofelia.enabled": "true",
  "ofelia.service": "true",
  "ofelia.job-run.report.schedule": "@every 1s",
  "ofelia.job-run.report.image": "busybox",
  "ofelia.job-run.report.pull": "false",
  "ofelia.job-run.report.command": "echo reported",
  "ofelia.job-local.tidy.schedule": "@daily",
  "ofelia.job-local.tidy.command": "true",
};

const flags = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);

let folder: TestFolder;

beforeAll(async () => {
  folder = await TestFolder.make();
  await docker("run", "--detach", "--name", db, "--env", "WHO=shop", ...flags(OF_DB), "busybox", "sleep", "86400");
  await docker("tag", "busybox", "mcuadros/ofelia:latest");
});

afterAll(async () => {
  const runs = await docker("ps", "--all", "--quiet", "--filter", "label=shipbell.run");
  await docker("rm", "--force", "--volumes", db, ofelia, ...runs.split("\n").filter((each) => each !== ""));
  await docker("rmi", "mcuadros/ofelia:latest");
  await folder[Symbol.asyncDispose]();
});

const startOfelia = () =>
  docker("run", "--detach", "--name", ofelia, ...flags(OF_OFELIA), "mcuadros/ofelia", "sleep", "86400");

it("labels of Ofelia are carried out as they stand as soon as Ofelia is gone, and left to it when it comes back", async () => {
  await startOfelia();
  await using scheduler = new SchedulerProcess({
    ...{ dockerHost: testEngine(), folder },
    args: ["--instance", `t${id}`, "--sources", "containers", "--also-labels", "ofelia"],
  });
  const { reason } = await scheduler.until("standby");
  expect(reason).toBe(
    `Ofelia (container ${ofelia}) runs and carries out the same labels, so that each job would run twice; stop it, and this scheduler goes on by itself`,
  );
  expect(await scheduler.get("/readyz")).toMatchObject({ status: 503, text: expect.stringContaining(String(reason)) });
  expect(scheduler.all("run-started")).toEqual([]);
  await docker("rm", "--force", ofelia);

  await scheduler.until("active");
  await scheduler.until("job-output", { job: `${db}.who`, line: "shop root" });
  await scheduler.until("occurrence-skipped", { job: `${db}.alone`, reason: "still-running" });
  const { address } = await scheduler.until("scheduler-started");
  const env = {
    ...{ SHIPBELL_DOCKER_HOST: testEngine(), SHIPBELL_STATE_DIR: folder.stateDir },
    ...{ SHIPBELL_INSTANCE: `t${id}`, SHIPBELL_LISTEN: String(address) },
  };
  const explained = await shipbell(["explain", `${db}.alone`], env);
  expect(explained.stdout).toContain(
    `It is carried out as container ${db}, labels of ofelia say. In labels of shipbell: shipbell.jobs.alone.schedule: "${EVERY_SECOND}"; shipbell.jobs.alone.timezone: "UTC"; shipbell.jobs.alone.overlap: "forbid"; shipbell.jobs.alone.catch_up: "none"; shipbell.jobs.alone.launch: "exec"; shipbell.jobs.alone.command: "sleep 3"; shipbell.jobs.alone.user: "root".`,
  );
  expect((await shipbell(["ls"], env)).stdout).toMatch(/\.who .* labels of ofelia\n/);

  const at = scheduler.log.length;
  await startOfelia();
  await scheduler.until("problem", { at: `container ${ofelia}` }, { after: at });
  await scheduler.until("occurrence-skipped", { job: `${db}.who`, reason: "suspended" }, { after: at });
  // What it asks for concerns more than the container itself.
  await scheduler.until("problem", {
    at: `container ${ofelia}, label ofelia.job-run.report.schedule`,
    refused: "asks-for-more",
  });
  const back = scheduler.log.length;
  await docker("rm", "--force", ofelia);
  await scheduler.until("run-started", { job: `${db}.who` }, { after: back });
});

it("by import, the same labels in a Compose file become jobs that run alike", async () => {
  const service = {
    container_name: db,
    labels: Object.fromEntries(Object.entries(OF_DB).map(([key, value]) => [key, value.replaceAll("$", "$$$$")])),
  };
  const file = join(folder.path, "compose.json");
  await writeFile(file, JSON.stringify({ services: { db: service } }));
  const imported = await shipbell(["import", "ofelia", "--flavour", "mcuadros", "--timezone", "UTC", file]);
  expect(imported.code).toBe(0);
  const read = ["import", "ofelia", "--flavour", "mcuadros", "--timezone", "UTC", "--from-engine"];
  const fromEngine = await shipbell(read, { SHIPBELL_DOCKER_HOST: testEngine() });
  const jobsOf = (text: string) => {
    const jobs = text.slice(text.indexOf("jobs:\n") + "jobs:\n".length).replaceAll(/^ *#.*\n/gm, "");
    return jobs
      .split(/\n(?=\n)/)
      .map((job) => job.trim())
      .toSorted();
  };
  expect(jobsOf(fromEngine.stdout)).toEqual(jobsOf(imported.stdout));
  await folder.writeSchedules(imported.stdout);
  await using scheduler = new SchedulerProcess({
    ...{ dockerHost: testEngine(), folder },
    args: ["--instance", `i${id}`, "--sources", "files"],
  });
  await scheduler.until("job-output", { job: "who", line: "shop root" });
  await scheduler.until("occurrence-skipped", { job: "alone", reason: "still-running" });
});

it("in place of Ofelia's image, the container's own labels start containers", { tags: ["full"] }, async () => {
  await ensureShipbellImage([engine]);
  const socket = testEngine().replace("unix://", "");
  await docker(
    ...["run", "--detach", "--name", ofelia, "--volume", `${socket}:/var/run/docker.sock`, "--user", "0"],
    ...[
      "--env",
      "SHIPBELL_ALSO_LABELS=ofelia",
      "--env",
      `SHIPBELL_INSTANCE=o${id}`,
      "--env",
      "SHIPBELL_ENGINE=container",
    ],
    ...[...flags(OF_OFELIA), SHIPBELL_IMAGE],
  );
  const log = new SchedulerLog();
  const line = await eventually("a run of a label of its own", async () => {
    for (const each of (await docker("logs", ofelia)).split("\n").slice(log.lines.length)) log.add(each);
    return log.all("job-output", { job: `${ofelia}.report` })[0];
  });
  expect(line).toMatchObject({ line: "reported" });
  expect(log.all("problem", { at: `container ${ofelia}, label ofelia.job-local.tidy.schedule` })).toHaveLength(1);
  expect(log.all("problem", { refused: "asks-for-more" })).toEqual([]);
});

it("by import, labels of deck-chores are read where they are", async () => {
  const labels = { "deck-chores.greet.command": "echo hi", "deck-chores.greet.cron": "* * * * * * * */10" };
  const container = `also-${id}-deck`;
  await docker("run", "--detach", "--name", container, ...flags(labels), "busybox", "sleep", "86400");
  try {
    const read = ["import", "deck-chores", "--timezone", "UTC", "--from-engine", "--format", "json"];
    const { stdout } = await shipbell(read, { SHIPBELL_DOCKER_HOST: testEngine() });
    expect(JSON.parse(stdout).jobs).toContainEqual(
      expect.objectContaining({
        name: "greet",
        definition: expect.objectContaining({ container, command: ["echo", "hi"], schedule: "*/10 * * * * *" }),
      }),
    );
  } finally {
    await docker("rm", "--force", container);
  }
});
