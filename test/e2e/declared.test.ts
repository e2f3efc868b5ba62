import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { declaringFile, expectedLines, linesOf, writeBesides } from "./declared.ts";
import { SchedulerProcess, shipbell, TestFolder } from "./scheduler-process.ts";

const NAME = "declared";
const dockerHost = testEngine();
const { docker } = engineAt(dockerHost);

let folder: TestFolder;
let scheduler: SchedulerProcess;
let flags: readonly string[];
let writePassword: (password: string) => Promise<void>;

beforeAll(async () => {
  folder = await TestFolder.make();
  writePassword = await writeBesides(folder);
  await folder.writeSchedules(declaringFile(NAME));
  scheduler = new SchedulerProcess({ dockerHost, folder, args: ["--instance", NAME, "--sources", "files"] });
  flags = ["--instance", NAME, "--state-dir", folder.stateDir, "--docker-host", dockerHost];
  await scheduler.until("jobs-changed");
});

afterAll(async () => {
  await scheduler?.[Symbol.asyncDispose]();
  await docker("volume", "rm", "--force", `${NAME}-volume`);
  await folder[Symbol.asyncDispose]();
});

describe("what a schedule file declares, as a container", () => {
  it("is made before the first run, and found in it", async () => {
    expect(await linesOf(NAME, flags)).toEqual([...expectedLines(NAME, "first"), "1"]);
    const labels = '{{index .Labels "team"}} {{index .Labels "shipbell.instance"}}';
    expect(await docker("volume", "inspect", `${NAME}-volume`, "--format", labels)).toBe(`shop ${NAME}`);
    expect(await docker("network", "inspect", `${NAME}-network`, "--format", labels)).toBe(`shop ${NAME}`);
  });

  it("is there already in the next, which has the secret's file as it is then", async () => {
    await writePassword("second");
    expect(await linesOf(NAME, flags)).toEqual([...expectedLines(NAME, "second"), "there before", "1"]);
  });

  it("shows nothing of its secrets in the log, in the record and in labels", async () => {
    const containers = await docker("ps", "--all", "--quiet", "--filter", `label=shipbell.instance=${NAME}`);
    const shown = [await docker("inspect", ...containers.split("\n")), JSON.stringify(await scheduler.log)].join("\n");
    const told = shown.replaceAll(/"line":"(?:a token|first|second)"/g, "");
    expect(told).not.toMatch(/a token|first|second/);
  });

  it("is purged, except for volumes: they hold data of users", async () => {
    expect(await scheduler.stop()).toBe(0);
    expect(await shipbell(["purge", "--yes", ...flags])).toMatchObject({ code: 0 });
    const named = ["--quiet", "--filter", `name=${NAME}-`];
    expect(await docker("network", "ls", ...named)).toBe("");
    expect(await docker("volume", "ls", ...named)).toBe(`${NAME}-volume`);
  });
});
