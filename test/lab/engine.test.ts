import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { PATIENCE_MS } from "../support/patience.ts";
import { type LabEngine, startEngine, type UpRecord } from "./engine.ts";
import { engineFiles } from "./engine-files.ts";
import { ensureImages } from "./images.ts";
import { readRecord } from "./lab-folder.ts";
import { networkOf } from "./machine/network.ts";
import { processesOf } from "./machine/processes.ts";
import { controlGroupFolders, mountsUnder } from "./machine/remnants.ts";
import { runCommand } from "./machine/run-command.ts";
import { until } from "./machine/until.ts";

const engines: LabEngine[] = [];

afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.takeDown();
});

async function startOne(options?: Parameters<typeof startEngine>[0]): Promise<LabEngine> {
  const engine = await startEngine(options);
  engines.push(engine);
  await ensureImages(engine, ["busybox:latest"]);
  return engine;
}

/** Gives an engine all that leaves traces on the machine: a container that runs, a network of its own, a port. */
async function makeTraces(engine: LabEngine): Promise<void> {
  await engine.docker("network", "create", "inside");
  await engine.docker("network", "create", "--subnet", "198.18.77.0/24", "chosen");
  await engine.docker(
    "run",
    "--detach",
    "--network",
    "inside",
    "--publish",
    "127.0.0.1::80",
    "busybox",
    "sleep",
    "600",
  );
  await engine.docker("run", "--detach", "--network", "chosen", "busybox", "sleep", "600");
}

/** What there is on the machine of an engine, by kind. */
async function tracesOf(record: UpRecord) {
  const { folder, mark, controlGroup } = engineFiles(record);
  const network = networkOf(record.network);
  const links = await runCommand("ip", ["-brief", "address", "show", "type", "bridge"]);
  const rules = (await runCommand("iptables-save", [])).split("\n").filter((line) => line.includes(network.bridge));
  return {
    processes: processesOf(mark, controlGroup).length,
    mounts: mountsUnder(folder).length,
    controlGroups: controlGroupFolders(controlGroup).length,
    bridge: links.includes(network.bridge),
    bridgesMade: links
      .split("\n")
      .filter((line) => new RegExp(` 10.${network.number}.[1-9]`).test(line) || line.includes(" 198.18.77.")).length,
    rules: rules.length,
    folder: existsSync(folder),
  };
}

const nothingRuns = { processes: 0, mounts: 0, controlGroups: 0, bridgesMade: 0, folder: false };
const nothing = { ...nothingRuns, bridge: false, rules: 0 };

test("two engines at once run containers and know nothing of each other", async () => {
  const [one, other] = await Promise.all([startOne(), startOne()]);
  await expect(one.docker("run", "--name", "same", "busybox", "echo", "one")).resolves.toBe("one");
  await expect(other.docker("run", "--name", "same", "busybox", "echo", "other")).resolves.toBe("other");
  await expect(one.docker("ps", "--all", "--quiet").then((text) => text.split("\n"))).resolves.toHaveLength(1);
});

test("containers of a network find each other by name, and the machine reaches a published port", {
  tags: "full",
}, async () => {
  const engine = await startOne();
  await engine.docker("network", "create", "inside");
  const serve = "echo hello > /tmp/index.html; exec httpd -f -p 80 -h /tmp";
  await engine.docker(
    "run",
    "-d",
    "--name",
    "web",
    "--network",
    "inside",
    "-p",
    "127.0.0.1::80",
    "busybox",
    "sh",
    "-c",
    serve,
  );
  const readByName = () =>
    engine.docker("run", "--rm", "--network", "inside", "busybox", "wget", "-qO-", "http://web/");
  await until(async () => (await readByName().catch(() => "")) === "hello", AbortSignal.timeout(PATIENCE_MS));
  const address = await engine.docker("port", "web", "80");
  await expect(fetch(`http://${address}/`).then((answer) => answer.text())).resolves.toBe("hello\n");
});

test("a take-down leaves nothing", async () => {
  const engine = await startOne();
  await makeTraces(engine);
  const before = await tracesOf(engine.record);
  for (const count of Object.values(before)) expect(count).toBeTruthy();
  await engine.takeDown();
  await expect(tracesOf(engine.record)).resolves.toEqual(nothing);
});

test("an engine that is killed keeps its data, and comes back", { tags: "full" }, async () => {
  const engine = await startOne();
  await engine.docker("run", "--detach", "--stop-timeout", "1", "--name", "kept", "busybox", "sleep", "600");
  await engine.kill();
  await expect(engine.isUp()).resolves.toBe(false);
  expect(engine.processes().map(({ name }) => name)).toContain("sleep");
  await engine.start();
  await expect(engine.docker("ps", "--all", "--format", "{{.Names}}")).resolves.toBe("kept");
});

test("what a killed owner leaves is taken down by the next start, under the same name too", {
  tags: "full",
}, async () => {
  const { owner, record } = await startByAnother("abandoned");
  owner.kill("SIGKILL");
  await once(owner, "exit");
  await expect(tracesOf(record)).resolves.toMatchObject({
    folder: true,
    bridge: true,
    bridgesMade: 1,
    rules: 3,
  });
  await startOne(); // it may get the same network
  await expect(tracesOf(record)).resolves.toMatchObject(nothingRuns);
  await expect(startOne({ name: "abandoned" }).then((next) => next.docker("ps", "--all", "--quiet"))).resolves.toBe("");
});

test("the engine of a living owner stays, and its name is taken", { tags: "full" }, async () => {
  const engine = await startOne({ name: "taken" });
  const { owner } = await startByAnother("abandoned");
  await expect(engine.isUp()).resolves.toBe(true);
  await expect(startEngine({ name: "taken" })).rejects.toThrow(`"taken" is up already, for process ${process.pid}`);
  owner.kill("SIGKILL");
});

test("lab up gives an engine that outlives the command, again after a kill -9, and lab down ends it", {
  tags: "full",
}, async () => {
  const dockerHost = `DOCKER_HOST=unix://${engineFiles({ id: "", name: "stays" }).socket}`;
  await expect(lab("up", "--name", "stays", "busybox")).resolves.toBe(dockerHost);
  await expect(lab("up", "--name", "stays", "busybox")).resolves.toBe(dockerHost);
  for (const { pid, name } of processesOfRecord(await recordOf("stays")))
    if (name === "dockerd") process.kill(pid, "SIGKILL");
  await expect(lab("up", "--name", "stays", "busybox")).resolves.toBe(dockerHost);
  await expect(lab("status")).resolves.toContain(`stays\tuntil down\t${dockerHost}`);
  const record = await recordOf("stays");
  expect(processesOfRecord(record)).toHaveLength(2);
  await lab("down", "--name", "stays");
  await expect(tracesOf(record)).resolves.toEqual(nothing);
});

const lab = (...args: string[]) => runCommand(process.execPath, [join(import.meta.dirname, "main.ts"), ...args]);

async function startByAnother(name: string): Promise<{ owner: ChildProcess; record: UpRecord }> {
  const owner = fork(join(import.meta.dirname, "abandoned-engine.ts"), [name]);
  const [record] = await once(owner, "message");
  return { owner, record };
}

async function recordOf(name: string): Promise<UpRecord> {
  const record = await readRecord(name);
  return { ...record, network: record.network ?? Number.NaN };
}

function processesOfRecord(record: UpRecord) {
  const { mark, controlGroup } = engineFiles(record);
  return processesOf(mark, controlGroup);
}
