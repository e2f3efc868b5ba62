import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openSwarm } from "../lab/swarm.ts";
import { declaringFile, expectedLines, linesOf, writeBesides } from "./declared.ts";
import { eventually } from "./eventually.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";

const NAME = "declared";
const swarm = openSwarm(inject("swarm"));
const manager = swarm.hosts.find(({ name }) => name === "m1");
const worker = swarm.hosts.find(({ name }) => name === "w1");
if (manager === undefined || worker === undefined) throw new Error("this test needs a manager and a worker");

let folder: TestFolder;
let scheduler: SchedulerProcess;
let flags: readonly string[];
let writePassword: (password: string) => Promise<void>;

beforeAll(async () => {
  folder = await TestFolder.make();
  writePassword = await writeBesides(folder);
  await folder.writeSchedules(declaringFile(NAME, { placement: { constraints: ["node.hostname == w1"] } }));
  const { dockerHost } = manager;
  scheduler = new SchedulerProcess({ dockerHost, folder, args: ["--instance", NAME, "--sources", "files"] });
  flags = ["--instance", NAME, "--state-dir", folder.stateDir, "--docker-host", dockerHost];
  await scheduler.until("jobs-changed");
});

afterAll(async () => {
  await scheduler?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const own = (what: string) => manager.docker(what, "ls", "--quiet", "--filter", `name=${NAME}-`);

describe("what a schedule file declares, on a Swarm", () => {
  it("is made before the first run, and found in it, on whatever node that is", async () => {
    // Its own network, and the node's way out.
    expect(await linesOf(NAME, flags)).toEqual([...expectedLines(NAME, "first"), "2"]);
    expect((await own("secret")).split("\n")).toHaveLength(2);
    expect(await manager.docker("network", "inspect", `${NAME}-network`, "--format", "{{.Driver}}")).toBe("overlay");
  });

  it("is there already in the next, which has the secret's file as it is then; the old secret is gone", async () => {
    const before = (await own("secret")).split("\n");
    await writePassword("second");
    expect(await linesOf(NAME, flags)).toEqual([...expectedLines(NAME, "second"), "there before", "2"]);
    const after = (await own("secret")).split("\n");
    expect(after).toHaveLength(2);
    expect(after.filter((id) => before.includes(id))).toHaveLength(1);
  });

  it("shows nothing of its secrets in names and labels", async () => {
    // What the job itself prints is in its record, as ever; here it prints its secrets.
    const label = ["--quiet", "--filter", "label=shipbell.stored"];
    const [secrets, configs] = await Promise.all([own("secret"), manager.docker("config", "ls", ...label)]);
    const shown = [
      await manager.docker("secret", "inspect", ...secrets.split("\n")),
      await manager.docker("config", "inspect", ...configs.split("\n")),
    ];
    expect(shown.join("\n")).not.toMatch(/a token|second/);
  });

  it("is purged, except for volumes: they hold data of users", async () => {
    expect(await scheduler.stop()).toBe(0);
    expect(await shipbell(["purge", "--yes", ...flags])).toMatchObject({ code: 0 });
    expect([await own("secret"), await own("config"), await own("network")]).toEqual(["", "", ""]);
    expect(await worker.docker("volume", "ls", "--quiet", "--filter", `name=${NAME}-`)).toBe(`${NAME}-volume`);
    // Its last container may be on its way out still.
    const isRemoved = () => worker.docker("volume", "rm", `${NAME}-volume`).catch(() => undefined);
    expect(await eventually("nothing uses the volume", isRemoved)).toBe(`${NAME}-volume`);
  });
});
