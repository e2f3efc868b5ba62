import { readFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openSqliteLedger } from "../../src/ledger/sqlite/sqlite-ledger.ts";
import { engineAt } from "../lab/engine-client.ts";
import { runCommand } from "../lab/machine/run-command.ts";
import { ensureShipbellImage, SHIPBELL_IMAGE } from "../lab/shipbell-image.ts";
import { testEngine } from "../lab/test-engine.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { amount } from "../support/full.ts";
import { eventually } from "./eventually.ts";

/**
 * The procedures of docs/operating.md as they stand there, run by a shell on a real engine: once as they are, and once
 * with each of their steps failing. Whatever fails, a scheduler runs afterwards.
 */
const engine = engineAt(testEngine());
const NEXT_IMAGE = "registry.example/shipbell:2";
/** With which one goes back to the one above. */
const NEWEST_IMAGE = "registry.example/shipbell:3";
const page = readFileSync(join(import.meta.dirname, "../../docs/operating.md"), "utf8");

/** The commands under a heading, with the engine's own socket, and without a port that another may have. */
function procedures(heading: string): string[] {
  const section = page.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/^```console\n(.*?)^```$/gms)].map(([, commands = ""]) =>
    commands
      .replaceAll("-v /var/run/docker.sock:", `-v ${engine.socketPath}:`)
      .replaceAll("-p 127.0.0.1:8494:8494", "-p 127.0.0.1::8494"),
  );
}

const [check = ""] = procedures("The command on a host");
const [create = "", changeOver = ""] = procedures("Upgrading on one host");
const [goBack = ""] = procedures("Going back");
const [backup = "", restore = ""] = procedures("Backups");

let folder: string;
beforeAll(async () => {
  await ensureShipbellImage([engine]);
  for (const image of [NEXT_IMAGE, NEWEST_IMAGE]) await engine.docker("tag", SHIPBELL_IMAGE, image);
});
afterAll(() => engine.docker("rmi", NEXT_IMAGE, NEWEST_IMAGE));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-procedures-"));
  await mkdir(join(folder, "schedules"));
  const hello = 'jobs:\n  hello:\n    schedule: "0 0 1 1 *"\n    image: busybox\n    command: "true"\n';
  await writeFile(join(folder, "schedules/hello.yml"), hello);
  await writeFile(join(folder, "docker"), SHIM);
  await chmod(join(folder, "docker"), 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Has a scheduler run on the host before each test of the group, as the first procedure leaves it. */
function nextToAScheduler(): void {
  beforeEach(async () => {
    const first = create.replace("--name shipbell-next", "--name shipbell").replaceAll(NEXT_IMAGE, SHIPBELL_IMAGE);
    expect(await run(first)).toMatchObject({ code: 0 });
    await engine.docker("start", "shipbell");
    await untilHealthy("shipbell");
  });

  afterEach(async () => {
    const all = await engine.docker("ps", "--all", "--quiet", "--filter", "name=^shipbell(-next)?$");
    if (all !== "") await engine.docker("rm", "--force", ...all.split("\n"));
    await engine.docker("volume", "rm", "--force", "shipbell-ledger");
  });
}

/** Docker's own command, but for the call of that number, which fails; nothing is to be pulled. */
const SHIM = `#!/bin/sh
echo "$*" >>"$CALLS"
if [ "$(wc -l <"$CALLS")" = "$FAILING" ]; then echo "step $FAILING fails" >&2; exit 1; fi
if [ "$1" = pull ]; then exit 0; fi
PATH=$REAL_PATH exec docker "$@"
`;

interface Ran {
  readonly code: number;
  readonly calls: readonly string[];
  readonly stderr: string;
}

/** Runs the commands in the folder, as an operator who pastes them into a shell. */
async function run(commands: string, failing = 0): Promise<Ran> {
  const calls = join(folder, "calls");
  await writeFile(calls, "");
  const { PATH = "" } = process.env;
  const env = {
    ...process.env,
    DOCKER_HOST: engine.dockerHost,
    CALLS: calls,
    FAILING: String(failing),
    REAL_PATH: PATH,
    PATH: `${folder}:${PATH}`,
  };
  const script = `cd '${folder}'\n${commands}`;
  const ended = await runCommand("sh", ["-c", script], { env }).then(
    () => ({ code: 0, stderr: "" }),
    (error: Error) => ({ code: 1, stderr: error.message }),
  );
  const made = (await readFile(calls, "utf8")).split("\n").filter((line) => line !== "");
  return { ...ended, calls: made };
}

function untilHealthy(name: string): Promise<string> {
  const health = () => engine.docker("exec", name, "shipbell", "health").catch(() => undefined);
  return eventually(`${name} is healthy`, health);
}

/** The names and images of the schedulers that run. */
async function running(): Promise<string[]> {
  const list = await engine.docker("ps", "--filter", "name=^shipbell(-next)?$", "--format", "{{.Names}} {{.Image}}");
  return list.split("\n").filter((line) => line !== "");
}

it("finds the procedures, with their steps", () => {
  const found = [check, create, changeOver, goBack, backup, restore];
  expect(found.map((each) => each.length > 0)).toEqual(found.map(() => true));
});

describe("a check without a scheduler", () => {
  it("says that all is well, or that it is not", async () => {
    expect(await run(check)).toMatchObject({ code: 0 });
    await writeFile(join(folder, "schedules/hello.yml"), "jobs: [\n");
    expect(await run(check)).toMatchObject({ code: 1 });
  });
});

describe("an upgrade on one host", () => {
  nextToAScheduler();
  const upgraded = [`shipbell ${NEXT_IMAGE}`];

  it("ends with the new scheduler alone, under the old one's name", async () => {
    expect(await run(create)).toMatchObject({ code: 0 });
    expect(await running()).toEqual([`shipbell ${SHIPBELL_IMAGE}`]);
    expect(await run(changeOver)).toMatchObject({ code: 0 });
    expect(await running()).toEqual(upgraded);
    await untilHealthy("shipbell");
    expect(await engine.docker("exec", "shipbell", "shipbell", "ls")).toContain("hello");
  });

  it.each(amount({ usual: [2], full: [1, 2] }))(
    "stops nothing when step %d of what is made before fails",
    async (failing) => {
      await run(create, failing);
      expect(await running()).toEqual([`shipbell ${SHIPBELL_IMAGE}`]);
    },
  );

  it.each(amount({ usual: [2], full: [1, 2, 3, 4, 5] }))(
    "leaves one scheduler running when step %d fails",
    async (failing) => {
      await run(create);
      const { code, calls } = await run(changeOver, failing);
      expect(calls.length).toBeGreaterThanOrEqual(failing);
      const [only, ...others] = await running();
      expect(others).toEqual([]);
      await untilHealthy(only?.split(" ")[0] ?? "");
      if (code === 0) expect([only]).toEqual(upgraded);
    },
  );

  it("goes back to the old scheduler when the new one is not well", { tags: "full" }, async () => {
    await run(create.replace("-e SHIPBELL_TIMEZONE=Europe/Berlin", "-e SHIPBELL_TIMEZONE=Nowhere"));
    const impatient = changeOver.replace("timeout 60", "timeout 5");
    expect(impatient).not.toBe(changeOver);
    expect(await run(impatient)).toMatchObject({ code: 1 });
    expect(await running()).toEqual([`shipbell ${SHIPBELL_IMAGE}`]);
    await untilHealthy("shipbell");
  });
});

describe("the way back on one host", () => {
  nextToAScheduler();

  it("ends with the older scheduler alone, on the ledger in its form", async () => {
    await run(create);
    expect(await run(goBack)).toMatchObject({
      code: 0,
      calls: expect.arrayContaining([expect.stringContaining("downgrade --to 0.2.0")]),
    });
    expect(await running()).toEqual([`shipbell ${NEXT_IMAGE}`]);
    await untilHealthy("shipbell");
    expect(await engine.docker("exec", "shipbell", "shipbell", "ls")).toContain("hello");
  });

  it.each([1, 2, 3, 4, 5, 6])("leaves one scheduler running when step %d fails", { tags: "full" }, async (failing) => {
    await run(create);
    const { calls } = await run(goBack, failing);
    expect(calls.length).toBeGreaterThanOrEqual(failing);
    const [only, ...others] = await running();
    expect(others).toEqual([]);
    await untilHealthy(only?.split(" ")[0] ?? "");
  });
});

describe("a backup", () => {
  nextToAScheduler();

  it("is a ledger with the jobs' records, and the scheduler is not stopped for it", async () => {
    const startedAt = await engine.docker("inspect", "--format", "{{.State.StartedAt}}", "shipbell");
    expect(await run(backup)).toMatchObject({ code: 0 });
    expect(await jobsIn(join(folder, "ledger.db"))).toEqual(["hello"]);
    expect(await engine.docker("inspect", "--format", "{{.State.StartedAt}}", "shipbell")).toBe(startedAt);
  });

  it("that fails leaves the one before as it is, and the scheduler too", { tags: "full" }, async () => {
    await writeFile(join(folder, "ledger.db"), "the one before");
    expect(await run(backup, 1)).toMatchObject({ code: 1 });
    expect(await readFile(join(folder, "ledger.db"), "utf8")).toBe("the one before");
    expect(await running()).toEqual([`shipbell ${SHIPBELL_IMAGE}`]);
  });

  it("is had back: what happened since is forgotten", async () => {
    await run(backup);
    await engine.docker("exec", "shipbell", "shipbell", "pause", "hello");
    expect(await run(restore)).toMatchObject({ code: 0 });
    await untilHealthy("shipbell");
    expect(await engine.docker("exec", "shipbell", "shipbell", "ls")).not.toContain("paused");
  });

  it.each(amount({ usual: [3], full: [1, 2, 3, 4] }))(
    "leaves a scheduler running when step %d of having it back fails",
    async (failing) => {
      await run(backup);
      await engine.docker("exec", "shipbell", "shipbell", "pause", "hello");
      const { code, calls } = await run(restore, failing);
      expect(calls.length).toBeGreaterThanOrEqual(failing);
      await untilHealthy("shipbell");
      const list = await engine.docker("exec", "shipbell", "shipbell", "ls");
      // Either it is as it was, or it is had back; and the exit code says which.
      expect(list.includes("paused")).toBe(code !== 0);
      expect(await jobsIn(join(folder, "ledger.db"))).toEqual(["hello"]);
    },
  );
});

/** A copy of the copy is read: to open it would write next to it. */
async function jobsIn(file: string): Promise<string[]> {
  const stateDir = await mkdtemp(join(tmpdir(), "shipbell-copy-"));
  try {
    await writeFile(join(stateDir, "ledger.db"), await readFile(file));
    const ledger = openSqliteLedger(stateDir, new FakeClock(new Date()));
    const { records } = await ledger.load();
    ledger.close();
    return [...records.keys()];
  } finally {
    await rm(stateDir, { recursive: true });
  }
}
