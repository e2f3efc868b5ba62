import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { type Clock, systemClock } from "../../src/clock.ts";
import { connectDocker, type Docker } from "../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../src/engines/docker/docker-events.ts";
import {
  createConfig,
  findConfig,
  listConfigs,
  relabelConfig,
  removeConfig,
  type SwarmConfig,
} from "../../src/engines/swarm/ledger/config-calls.ts";
import { type ConfigLedger, openConfigLedger } from "../../src/engines/swarm/ledger/ledger.ts";
import { instanceConfigName, poolConfigName, recordConfigName } from "../../src/engines/swarm/ledger/ledger-configs.ts";
import { remainingConfigs } from "../../src/engines/swarm/ledger/remains.ts";
import { fitRecord } from "../../src/ledger/fit-record.ts";
import type { JobRecord } from "../../src/ledger/record.ts";
import { type EngineProxy, startEngineProxy } from "../lab/proxy.ts";
import { openSwarm } from "../lab/swarm.ts";
import { aJob, aRecord, at } from "../support/a-job.ts";
import { describeLedger } from "./ledger.contract.ts";

/** Managers of one Swarm. */
function managerHosts(): readonly [string, ...string[]] {
  const [first, ...others] = openSwarm(inject("swarm")).managers.map(({ dockerHost }) => dockerHost);
  if (first === undefined) throw new Error("the Swarm of this test run has no manager");
  return [first, ...others];
}

const docker = connectDocker({ host: managerHosts()[0] });

function openLedger(instance: string, through: Docker = docker, clock = systemClock): ConfigLedger {
  const events = new DockerEvents(through, clock);
  return openConfigLedger({ docker: through, events, instance, clock });
}

async function configsOf(instance: string): Promise<readonly SwarmConfig[]> {
  return listConfigs(docker, `shipbell.instance=${instance}`);
}

async function removeAll(instance: string): Promise<void> {
  await Promise.all((await configsOf(instance)).map(({ id }) => removeConfig(docker, id)));
}

/** No `-` in it, so that names are the plain ones. */
function aName(): string {
  return `t${randomUUID().replaceAll("-", "").slice(0, 12)}`;
}

async function configOf(instance: string, job: string): Promise<SwarmConfig> {
  const config = await findConfig(docker, recordConfigName(instance, job));
  if (config === undefined) throw new Error(`${instance} has no record of ${job}`);
  return config;
}

async function damage(instance: string, job: string, text: string): Promise<void> {
  const config = await configOf(instance, job);
  expect(await relabelConfig(docker, config, { ...config.labels, "shipbell.page": text })).toMatchObject({
    isClear: true,
  });
}

async function damageInstance(instance: string, text: string): Promise<void> {
  const config = await findConfig(docker, instanceConfigName(instance));
  if (config === undefined) throw new Error(`${instance} has no record`);
  const labels = { ...config.labels, "shipbell.instance-record": text };
  expect(await relabelConfig(docker, config, labels)).toMatchObject({ isClear: true });
}

async function damagePool(instance: string, pool: string, text: string): Promise<void> {
  const config = await findConfig(docker, poolConfigName(instance, pool));
  if (config === undefined) throw new Error(`${instance} has no record of the pool ${pool}`);
  const labels = { ...config.labels, "shipbell.pool-record": text };
  expect(await relabelConfig(docker, config, labels)).toMatchObject({ isClear: true });
}

describeLedger("the ledger in Swarm", {
  async fresh() {
    const instance = aName();
    let opened = 0;
    const open = () => {
      const hosts = managerHosts();
      return openLedger(instance, connectDocker({ host: hosts[opened++ % hosts.length] ?? hosts[0] }));
    };
    return {
      ledger: open(),
      another: async () => open(),
      damage: (job, text) => damage(instance, job, text),
      damagePool: (pool, text) => damagePool(instance, pool, text),
      damageInstance: (text) => damageInstance(instance, text),
      close: () => removeAll(instance),
    };
  },
});

const record = (job: string, change: Partial<JobRecord> = {}) => aRecord(at("12:00"), change, aJob({ name: job }));
const moved = (current: JobRecord | undefined): JobRecord | undefined =>
  current === undefined || current.cursor >= at("12:05") ? undefined : { ...current, cursor: at("12:05") };
const countOne = (current: JobRecord | undefined): JobRecord => {
  const before = current ?? record("backup");
  const { sum, count } = before.totals.runSeconds;
  return { ...before, totals: { ...before.totals, runSeconds: { sum: sum + 1, count: count + 1 } } };
};

describe("the ledger in Swarm", () => {
  let instance: string;
  let proxy: EngineProxy;
  /** Through the proxy, which may lose its answers. */
  let ledger: ConfigLedger;
  /** Past the proxy. */
  let other: ConfigLedger;

  beforeEach(async () => {
    instance = aName();
    proxy = await startEngineProxy(managerHosts()[0].replace(/^unix:\/\//, ""));
    ledger = openLedger(instance, connectDocker({ host: proxy.dockerHost }));
    other = openLedger(instance);
  });
  afterEach(async () => {
    await proxy.close();
    await removeAll(instance);
  });

  const create = { method: "POST", path: /\/configs\/create/ };
  const update = { method: "POST", path: /\/configs\/\w+\/update/ };
  const read = { method: "GET", path: /\/configs\/[^?]/ };
  const list = { method: "GET", path: /\/configs\?/ };

  it("has won a new record whose answer was lost, and wrote it once", async () => {
    const rule = proxy.when(create).cutAnswer();
    expect(await ledger.update("backup", (current) => (current ? undefined : record("backup")))).toEqual({
      result: "won",
      record: record("backup"),
    });
    await rule.reached;
    expect(await other.read("backup")).toEqual(record("backup"));
    expect(await configsOf(instance)).toHaveLength(1);
  });

  it("has won a change whose answer was lost, and made it once", async () => {
    await ledger.update("backup", countOne);
    const rule = proxy.when(update).cutAnswer();
    expect((await ledger.update("backup", countOne)).result).toBe("won");
    await rule.reached;
    expect((await other.read("backup"))?.totals.runSeconds.count).toBe(2);
  });

  it("makes a change whose request was lost, and one that arrives twice, once", async () => {
    await ledger.update("backup", countOne);
    const lost = proxy.when(update).cutRequest();
    expect((await ledger.update("backup", countOne)).result).toBe("won");
    await lost.reached;
    const doubled = proxy.when(update).double("second");
    expect((await ledger.update("backup", countOne)).result).toBe("won");
    await doubled.reached;
    expect((await other.read("backup"))?.totals.runSeconds.count).toBe(3);
  });

  it("asks again in the record as others left it, when it lost and the answer, too, was lost", async () => {
    await ledger.update("backup", () => record("backup"));
    const held = proxy.when(update).holdRequest();
    const swap = ledger.update("backup", moved);
    await held.reached;
    expect((await other.update("backup", moved)).result).toBe("won");
    held.cut();
    expect(await swap).toEqual({ result: "lost", record: record("backup", { cursor: at("12:05") }) });
  });

  it("says unknown when there is neither an answer nor anything to read, and is right again afterwards", async () => {
    await ledger.update("backup", countOne);
    const times = 1_000;
    // The record of the instance, and the job's.
    proxy.when({ ...read, times: 2 }).pass();
    proxy.when({ ...read, times }).cutRequest();
    proxy.when(update).cutAnswer();
    proxy.when({ ...update, times }).cutRequest();
    const hasty = openLedger(instance, connectDocker({ host: proxy.dockerHost }), hastyClock());
    expect(await hasty.update("backup", countOne)).toEqual({ result: "unknown" });
    proxy.removeRules();
    expect((await other.read("backup"))?.totals.runSeconds.count).toBe(2);
    expect((await hasty.update("backup", countOne)).result).toBe("won");
    expect((await other.read("backup"))?.totals.runSeconds.count).toBe(3);
  });

  it("says unknown when no request is ever answered and the record is seen not to change", async () => {
    await ledger.update("backup", countOne);
    proxy.when({ ...update, times: 1_000 }).answer(500, { message: "no leader" });
    const hasty = openLedger(instance, connectDocker({ host: proxy.dockerHost }), hastyClock());
    expect(await hasty.update("backup", countOne)).toEqual({ result: "unknown" });
    expect((await other.read("backup"))?.totals.runSeconds.count).toBe(1);
  });

  it("asks again in the record as it stands before it says that there is nothing to do", async () => {
    await ledger.update("backup", () => record("backup", { cursor: at("12:05") }));
    // From now on it knows a version, and need not read before it writes.
    await ledger.read("backup");
    await other.update("backup", () => record("backup"));
    expect((await ledger.update("backup", moved)).result).toBe("won");
  });

  it("needs one request for a change while it watches, and none of its own changes wakes", async () => {
    const stop = new AbortController();
    const wakes: (string | undefined)[] = [];
    const listed = proxy.when(list).pass();
    const woken = new Promise<void>((resolve) =>
      ledger.watch((job) => {
        wakes.push(job);
        resolve();
      }, stop.signal),
    );
    await listed.reached;
    await ledger.update("mine", () => record("mine", { cursor: at("11:00") }));
    // The event that this makes asks for a look.
    await proxy.when(read).pass().reached;
    const asked = proxy.requests.length;
    await ledger.update("mine", moved);
    // At most once a second the instance's record is read, too.
    const others = proxy.requests.slice(asked).filter(({ path }) => !path.includes("-instance.."));
    expect(others[0]?.path).toMatch(update.path);
    await other.update("theirs", () => record("theirs"));
    await woken;
    // Read in its turn: after the look that its own event asked for.
    await ledger.read("mine");
    stop.abort();
    expect(wakes).toEqual(["theirs"]);
  });

  it("wakes for each record that was changed, made or removed while its events could not be heard", async () => {
    for (const job of ["changed", "same", "removed"]) await ledger.update(job, () => record(job));
    await ledger.update("removed", (current) => current && { ...current, closedAt: at("12:01") });
    await ledger.load();
    const stop = new AbortController();
    const wakes: (string | undefined)[] = [];
    const woken = new Promise<void>((resolve) =>
      ledger.watch((job) => {
        wakes.push(job);
        if (wakes.length === 3) resolve();
      }, stop.signal),
    );
    await proxy.when(list).pass().reached;
    await proxy.down();
    await other.update("changed", moved);
    await other.update("made", () => record("made"));
    await other.remove("removed");
    await proxy.up();
    await woken;
    await ledger.load();
    stop.abort();
    expect(wakes.toSorted()).toEqual(["changed", "made", "removed"]);
  });

  it("keeps instances apart, also those whose names run into their jobs'", async () => {
    const twin = `${instance}-b`;
    const neighbour = openLedger(twin);
    try {
      await ledger.update("b-c", () => record("b-c"));
      expect(await neighbour.read("c")).toBeUndefined();
      await neighbour.update("c", () => record("c"));
      expect([...(await ledger.load()).records.keys()]).toEqual(["b-c"]);
      expect([...(await neighbour.load()).records.keys()]).toEqual(["c"]);
    } finally {
      await removeAll(twin);
    }
  });

  it("touches no foreign config that has a record's name", async () => {
    const name = recordConfigName(instance, "backup");
    await createConfig(docker, name, { some: "label" });
    const theirs = await findConfig(docker, name);
    try {
      await expect(ledger.update("backup", () => record("backup"))).rejects.toThrow(`there is a config ${name}`);
      await expect(ledger.read("backup")).rejects.toThrow(`there is a config ${name}`);
      await expect(ledger.remove("backup")).rejects.toThrow(`there is a config ${name}`);
      expect((await ledger.load()).records.size).toBe(0);
      expect(await findConfig(docker, name)).toEqual(theirs);
    } finally {
      await removeConfig(docker, theirs?.id ?? "");
    }
  });

  it("keeps one copy of a damaged record, which is never read as a record nor removed", async () => {
    const text = '{"schema":1,"job":"backup"}';
    await ledger.update("backup", () => record("backup"));
    await damage(instance, "backup", text);
    await ledger.load();
    expect(await ledger.read("backup")).toBeUndefined();
    expect(
      await other.update("backup", (current) => current ?? record("backup", { closedAt: at("12:01") })),
    ).toMatchObject({ result: "won" });
    await other.remove("backup");
    const left = await configsOf(instance);
    expect(left.map(({ labels }) => labels["shipbell.damaged-page"])).toEqual([text]);
    expect(await ledger.load()).toEqual({ records: new Map(), unreadable: [] });
  });

  it("gives a closed record to a caller that comes before it is removed", async () => {
    const closed = record("backup", { closedAt: at("12:01") });
    await ledger.update("backup", () => closed);
    const given: (JobRecord | undefined)[] = [];
    await other.update("backup", (current) => void given.push(current));
    expect(given).toEqual([closed]);
  });

  it("gives no generation twice to those who ask at once through several managers", async () => {
    const ledgers = managerHosts().map((host) => openLedger(instance, connectDocker({ host })));
    const asked = Array.from({ length: 12 }, (_, i) => (ledgers[i % ledgers.length] ?? ledger).nextGeneration());
    const taken = await Promise.all([...asked, other.nextGeneration()]);
    expect(taken.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 13 }, (_, i) => i + 1));
    proxy.when(update).cutAnswer();
    expect(await ledger.nextGeneration()).toBe(14);
  });

  it("tells what is left of it, and takes nothing else for its own", async () => {
    for (const job of ["backup", "broken"]) await ledger.update(job, () => record(job));
    await damage(instance, "broken", "{");
    await ledger.load();
    await ledger.nextGeneration();
    await ledger.updateInstance(() => ({ schema: 1, paused: { since: at("12:00") } }));
    await ledger.updatePool("db", () => ({ schema: 1, slots: [] }));
    // With our labels, and under a name that we would not give.
    const copied = { "shipbell.instance": instance, "shipbell.job": "backup", "shipbell.page": "{}" };
    await createConfig(docker, `${instance}.copy`, copied);
    const remains = (await remainingConfigs(docker, instance)).map(({ items }) =>
      items.map(({ name }) => name).toSorted(),
    );
    const [own, pool, damaged, counter] = [
      expect.stringMatching(/-instance\.\./),
      expect.stringMatching(/-pool-db\.\./),
      expect.stringContaining(`${instance}-broken..`),
      expect.stringMatching(/-generation\.\./),
    ];
    expect(remains).toEqual([[`${instance}-backup`, `${instance}-broken`], [own], [pool], [damaged], [counter]]);
  });

  it("keeps a record of nearly 64 KB, and refuses a larger one, so that the record stays as it was", async () => {
    // What can give way is not on it.
    const large = (kilobytes: number) =>
      fitRecord(record("backup", { paused: { since: at("11:00"), reason: "x".repeat(kilobytes * 1024) } })).record;
    const swap = await ledger.update("backup", () => large(63));
    expect(swap).toEqual({ result: "won", record: large(63) });
    await expect(ledger.update("backup", () => large(64))).rejects.toThrow("the record of backup has");
    expect(await other.read("backup")).toEqual(large(63));
  });
});

/** A clock that lets no time pass by waiting. */
function hastyClock(): Clock {
  return { ...systemClock, wait: () => Promise.resolve() };
}
