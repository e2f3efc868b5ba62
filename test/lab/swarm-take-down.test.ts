// @module-tag full
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { engineFiles, hostFiles } from "./engine-files.ts";
import { readRecord } from "./lab-folder.ts";
import { withLock } from "./machine/lock.ts";
import { networkOf } from "./machine/network.ts";
import { endProcesses, processesOf } from "./machine/processes.ts";
import { controlGroupFolders, mountsUnder } from "./machine/remnants.ts";
import { runCommand } from "./machine/run-command.ts";
import { openSwarm, type SwarmRecord, startSwarm } from "./swarm.ts";
import { takeDownLeftovers } from "./take-down.ts";

/** What there is on the machine of a Swarm, by kind. A namespace lives as long as a process in it. */
async function tracesOf(record: SwarmRecord) {
  const { folder, controlGroup } = engineFiles(record);
  const marks = [engineFiles(record), ...record.hosts.map(({ name }) => hostFiles(record, name))];
  const links = await runCommand("ip", ["-brief", "link"]);
  const { bridge, number } = networkOf(record.network);
  return {
    processes: marks.flatMap(({ mark }) => processesOf(mark, controlGroup)).length,
    mounts: mountsUnder(folder).length,
    controlGroups: controlGroupFolders(controlGroup).length,
    bridge: links.includes(bridge),
    links: links.split("\n").filter((line) => line.startsWith(`shipbell${number}-`)).length,
    rules: (await runCommand("iptables-save", [])).split("\n").filter((line) => line.includes(bridge)).length,
    folder: existsSync(folder),
  };
}

const nothing = {
  processes: 0,
  mounts: 0,
  controlGroups: 0,
  bridge: false,
  links: 0,
  rules: 0,
  folder: false,
};
const whatHostsHave = { mounts: 0, bridge: true, links: 2, rules: 3, folder: true };

async function startByAnother(): Promise<{ owner: ChildProcess; record: SwarmRecord }> {
  const owner = fork(join(import.meta.dirname, "abandoned-swarm.ts"));
  onTestFinished(() => void owner.kill("SIGKILL"));
  const [record] = await once(owner, "message");
  return { owner, record };
}

const lab = (...args: string[]) => runCommand(process.execPath, [join(import.meta.dirname, "main.ts"), ...args]);

test("what a killed owner leaves is taken down by the next start, whatever state its hosts are in", async () => {
  const { owner, record } = await startByAnother();
  await expect(tracesOf(record)).resolves.toMatchObject(whatHostsHave);
  const [m1, w1] = openSwarm(record).hosts;
  m1?.freeze();
  await w1?.killEngine();
  owner.kill("SIGKILL");
  await once(owner, "exit");
  await withLock("up", takeDownLeftovers);
  await expect(tracesOf(record)).resolves.toEqual(nothing);
});

test("a take-down leaves nothing, also of hosts that are off or cut off, and a second has nothing to do", async () => {
  const swarm = await startSwarm({ managers: 1, workers: 2 });
  await swarm.workers[0]?.kill();
  await swarm.workers[1]?.cut();
  await swarm.takeDown();
  await expect(tracesOf(swarm.record)).resolves.toEqual(nothing);
  await swarm.takeDown();
});

test("lab up gives a Swarm that outlives the command, whole again after a host was lost, and lab down ends it", async () => {
  const up = () => lab("up", "--managers", "1", "--workers", "1", "--name", "stays-s", "busybox");
  const lines = await up();
  onTestFinished(() => lab("down", "--name", "stays-s").then(() => {}));
  const record = (await readRecord("stays-s")) as SwarmRecord;
  expect(lines.split("\n")[0]).toBe(`DOCKER_HOST=unix://${hostFiles(record, "m1").socket}`);
  expect(lines.split("\n").map((line) => line.split("\t")[0])).toEqual([expect.any(String), "m1", "w1"]);
  const { mark, controlGroup } = hostFiles(record, "w1");
  await endProcesses(() => processesOf(mark, controlGroup));
  await expect(up()).resolves.toBe(lines);
  await expect(lab("status")).resolves.toContain("stays-s\tuntil down\tDOCKER_HOST=");
  await expect(lab("up", "--name", "stays-s")).rejects.toThrow(`"stays-s" is in use for a lab swarm`);
  await lab("down", "--name", "stays-s");
  await expect(tracesOf(record)).resolves.toEqual(nothing);
});
