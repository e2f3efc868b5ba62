import { randomUUID } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND } from "./schedules.ts";

const { docker } = engineAt(testEngine());
const id = randomUUID().slice(0, 8);
/** Only this test's schedulers read labels that begin so. */
const [prefix, otherPrefix] = [`com.example.a${id}`, `com.example.b${id}`];
const image = `trust-${id}`;
const [db, web] = [`trust-${id}-db`, `trust-${id}-web`];

const labels = (begin: string, keys: Record<string, string>) =>
  Object.entries(keys).flatMap(([key, value]) => ["--label", `${begin}.${key}=${value}`]);

let folder: TestFolder;
const containers: string[] = [];

async function create(...args: string[]): Promise<void> {
  containers.push(await docker("create", ...args));
}

/** A busybox with this text in /version, and another user than root. */
async function makeImage(version: string): Promise<void> {
  await writeFile(join(folder.path, "version"), version);
  const made = await docker("create", "busybox", "true");
  await docker("cp", join(folder.path, "version"), `${made}:/version`);
  await docker("commit", "--change", "USER 1000", made, image);
  await docker("rm", made);
}

const start = (begin: string, ...args: string[]) =>
  new SchedulerProcess({
    dockerHost: testEngine(),
    folder,
    args: ["--instance", `t${id}`, "--sources", "containers", "--label-prefix", begin, ...args],
  });

beforeAll(async () => {
  folder = await TestFolder.make();
  await makeImage("one");
  const process = { entrypoint: `sh -c 'echo "$(cat /version) $WHO $(pwd) $(id -u)"'`, working_dir: "/tmp" };
  const keys = { schedule: EVERY_SECOND, ...process, "environment.WHO": "label" };
  const both = [...labels(prefix, keys), ...labels(otherPrefix, { schedule: EVERY_SECOND })];
  await create("--name", db, "--env", "WHO=object", ...both, image, "false");
  await create("--name", web, ...labels(prefix, { schedule: EVERY_SECOND }), "busybox", "true");
  // Of an image that is not root: what its label asks for is more than it has.
  await create("--name", `${web}-root`, ...labels(prefix, { schedule: EVERY_SECOND, user: "root" }), image, "true");
});

afterAll(async () => {
  const runs = await docker("ps", "--all", "--quiet", "--filter", `label=shipbell.instance=t${id}`);
  await docker("rm", "--force", ...containers, ...runs.split("\n").filter((each) => each !== ""));
  await docker("rmi", "--force", image);
  await folder[Symbol.asyncDispose]();
});

it("labels change the process of the copy and not its rights, and a new image of the name applies at the next time", async () => {
  await using scheduler = start(prefix);
  await scheduler.until("job-output", { job: db, line: "one label /tmp 1000" });
  const refused = await scheduler.until("problem", { refused: "asks-for-more" });
  expect(refused).toMatchObject({
    at: `container ${web}-root, label ${prefix}.user`,
    detail: expect.stringContaining('this container runs as "1000"'),
  });
  await makeImage("two");
  await scheduler.until("job-output", { job: db, line: "two label /tmp 1000" });
  await scheduler.until("run-finished", { job: web });
  expect(
    scheduler
      .all("jobs-changed")
      .flatMap(({ added }) => added)
      .toSorted(),
  ).toEqual([db, web]);
});

it("a setting that refuses a job takes it away at the next start, and says so; the others go on", async () => {
  await using scheduler = start(prefix, "--allow-images", "busybox", "--allow-objects", `trust-${id}-*`);
  const refused = await scheduler.until("problem", { refused: "image-not-allowed" });
  expect(refused).toMatchObject({
    source: "containers",
    at: `container ${db}, label ${prefix}.schedule`,
    detail: `--allow-images does not allow the image "${image}"; allowed is what matches "busybox"`,
    hint: "remove its labels, or give --allow-images a pattern for it",
  });
  for (let times = 1; times <= 2; times++)
    await scheduler.until("run-finished", { job: web }, { after: scheduler.log.length });
  expect(scheduler.all("run-started", { job: db })).toEqual([]);
  const series = 'shipbell_labels_refused{source="containers",reason="image-not-allowed"}';
  // The other one of that image asks for more, too, and is not looked into.
  expect(await scheduler.metric(series)).toBe(2);
  expect(await scheduler.metric('shipbell_problems{source="containers"}')).toBe(2);
});

it("a scheduler with another prefix reads its own labels, and takes no run of the other one for a template", async () => {
  await using scheduler = start(otherPrefix);
  await scheduler.until("run-finished", { job: db, outcome: "failed" });
  expect(scheduler.all("problem")).toEqual([]);
  expect(scheduler.all("jobs-changed")).toMatchObject([{ added: [db] }]);
});
