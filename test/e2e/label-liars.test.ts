import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, TestFolder } from "./scheduler-process.ts";
import { EVERY_SECOND } from "./schedules.ts";

/** What an object's labels say of other objects is not believed: docs/security.md has the table. */
const { docker, api } = engineAt(testEngine());
const id = `liars-${randomUUID().slice(0, 8)}`;
/** Only this test's scheduler reads labels that begin so. */
const prefix = `com.example.${id}`;
const [shop1, shop2] = [`${id}-shop-db-1`, `${id}-shop-db-2`];

let folder: TestFolder;
let scheduler: SchedulerProcess;

type Labels = Readonly<Record<string, string>>;

const labelsOf = (labels: Labels) => Object.entries(labels).flatMap(([key, value]) => ["--label", `${key}=${value}`]);

/** As Compose labels the container of that number of the service db. */
const asDb = (number: string): Labels => ({
  "com.docker.compose.project": `${id}-shop`,
  "com.docker.compose.service": "db",
  "com.docker.compose.container-number": number,
  "com.docker.compose.oneoff": "False",
});

/** A job that is due each second, and leaves a file of this name where its command runs. */
const job = (name: string, leaves: string, launch = "exec"): Labels => ({
  [`${prefix}.jobs.${name}.schedule`]: EVERY_SECOND,
  [`${prefix}.jobs.${name}.launch`]: launch,
  [`${prefix}.jobs.${name}.command`]: `touch /scratch/${leaves}`,
});

async function container(verb: "run" | "create", name: string, labels: Labels, ...options: string[]): Promise<void> {
  const begin = verb === "run" ? ["run", "--detach", "--init"] : ["create", "--init"];
  await docker(
    ...begin,
    "--name",
    name,
    ...labelsOf(labels),
    ...options,
    "--volume",
    "/scratch",
    "busybox",
    "sleep",
    "600",
  );
}

const filesIn = async (name: string) => (await docker("exec", name, "ls", "/scratch")).split("\n").sort();

const nameOf = (claim: string) => (claim === "as-a-replacement" ? `0123456789ab_${id}-x` : `${id}-${claim}`);

beforeAll(async () => {
  folder = await TestFolder.make();
  const args = ["--instance", id, "--sources", "containers", "--label-prefix", prefix];
  scheduler = new SchedulerProcess({ dockerHost: testEngine(), folder, args });
  await scheduler.until("engine-up");
});

afterAll(async () => {
  await scheduler[Symbol.asyncDispose]();
  // On some engines the removal of a paused container leaves its processes.
  await docker("unpause", nameOf("paused"));
  const lists = [`label=liars=${id}`, `label=shipbell.instance=${id}`].map((filter) =>
    docker("ps", "--all", "--quiet", "--filter", filter),
  );
  const all = (await Promise.all(lists)).flatMap((list) => list.split("\n")).filter((each) => each !== "");
  await docker("rm", "--force", "--volumes", ...new Set(all));
  await folder[Symbol.asyncDispose]();
});

describe("a command that a label declares", () => {
  it("runs in no other container, whatever its own claims to be, and each container of a scaled service runs its own", async () => {
    for (const [name, number] of [
      [shop1, "1"],
      [shop2, "2"],
    ] as const)
      await container("run", name, { ...asDb(number), ...job("dump", `own-${number}`) });

    const claims: Readonly<Record<string, Labels>> = {
      created: asDb("1"),
      exited: asDb("1"),
      paused: asDb("1"),
      running: asDb("1"),
      "wrong-number": asDb("7"),
      "no-number": { "com.docker.compose.project": `${id}-shop`, "com.docker.compose.service": "db" },
      "no-project": { "com.docker.compose.service": "db" },
      "as-a-replacement": { ...asDb("1"), "com.docker.compose.replace": shop1 },
      "as-a-run": { ...asDb("1"), "shipbell.job": `${shop1}.dump`, "shipbell.instance": id },
    };
    for (const [claim, labels] of Object.entries(claims)) {
      const runs = ["exited", "paused", "running"].includes(claim);
      const all = { ...labels, ...job("dump", `of-${claim}`), ...job("more", `more-${claim}`) };
      await container(runs ? "run" : "create", nameOf(claim), all);
    }
    await docker("kill", nameOf("exited"));
    await docker("pause", nameOf("paused"));
    // It claims to be what Compose replaces the first one by: it stands for a name that no container has.
    const jobOf = (claim: string) => `${claim === "as-a-replacement" ? `${id}-x` : nameOf(claim)}.dump`;

    for (const claim of Object.keys(claims).filter((each) => each !== "running"))
      for (let times = 1; times <= 2; times++)
        await scheduler.until(
          "occurrence-skipped",
          { job: jobOf(claim), reason: "container-not-running" },
          { after: times === 1 ? 0 : scheduler.log.length },
        );
    await scheduler.until("run-finished", { job: jobOf("running"), outcome: "succeeded" });
    for (const name of [shop1, shop2])
      await scheduler.until("run-finished", { job: `${name}.dump`, outcome: "succeeded", container: name });
    expect(await filesIn(shop1)).toEqual(["own-1"]);
    expect(await filesIn(shop2)).toEqual(["own-2"]);
    expect(await filesIn(nameOf("running"))).toEqual(["more-running", "of-running"]);
  });

  it("does not run in the container that takes the name, where that declares another one of the same job, or cannot be read", async () => {
    const [first, second] = [`${id}-first`, `${id}-second`];
    for (const [name, launch] of [
      [first, "exec"],
      [second, "run"],
    ] as const) {
      await container(launch === "exec" ? "run" : "create", name, job("dump", "of-a-liar", launch));
      await scheduler.until("run-finished", { job: `${name}.dump`, outcome: "succeeded" });
      const own = { [`${prefix}.jobs.dump.command`]: "touch /scratch/own" };
      await container("run", `${name}-next`, { ...own, [`${prefix}.jobs.dump.schedul`]: "@daily" });
      // At once for the scheduler, which is stopped meanwhile: the liar's job is then kept as it was read last, since
      // the new container's labels cannot be read.
      process.kill(scheduler.pid, "SIGSTOP");
      for (const [from, to] of [
        [name, `${name}-before`],
        [`${name}-next`, name],
      ] as const)
        expect(await api("POST", `/containers/${from}/rename?name=${to}`)).toMatchObject({ status: 204 });
      process.kill(scheduler.pid, "SIGCONT");
      const isKept = () => scheduler.all("definitions-kept").some(({ jobs }) => `${jobs}`.includes(`${name}.dump`));
      await eventually(`${name} is kept`, () => isKept() || undefined);
      await docker("rm", "--force", "--volumes", `${name}-before`);
    }
    // Of the time before, some of the liar's runs are in its own container.
    const after = scheduler.log.length;
    await scheduler.until("occurrence-skipped", { job: `${first}.dump`, reason: "container-not-running" }, { after });
    const refused = { job: `${second}.dump`, outcome: "rejected", reason: "template-missing" };
    const { detail } = await scheduler.until("run-finished", refused, { after });
    expect(detail).toBe(`there is no container ${second} that declares this job`);
    for (const name of [first, second]) expect(await docker("exec", name, "ls", "/scratch")).toBe("");
  });
});
