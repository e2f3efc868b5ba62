import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { describeRemains, purgeRemains } from "../../../src/cli/commands/purge.ts";
import { runCli } from "../../../src/cli/run-cli.ts";
import { systemClock } from "../../../src/clock.ts";
import { containerParts } from "../../../src/engines/containers/parts.ts";
import type { Docker } from "../../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../../src/engines/docker/docker-events.ts";
import type { Labels } from "../../../src/engines/docker/specs/run-labels.ts";
import { type Engine, EngineUnavailable, type OwnObject } from "../../../src/engines/engine.ts";
import type { InstanceRemains, Remains } from "../../../src/engines/remains.ts";
import {
  counterConfigName,
  damagedConfigName,
  instanceConfigName,
} from "../../../src/engines/swarm/ledger/ledger-configs.ts";
import { swarmParts } from "../../../src/engines/swarm/parts.ts";
import { tryLock } from "../../../src/ledger/sqlite/instance-lock.ts";
import { fakeDockerHost } from "../../support/fake-docker-host.ts";

function remainsOf(names: readonly string[], removed: string[]): Remains {
  return {
    words: ["thing", "things"],
    items: names.map((name) => ({ name, remove: async () => void removed.push(name) })),
  };
}

async function purging(remains: readonly Remains[], given: { isAgreed?: boolean; answer?: string } = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const { isAgreed = false, answer } = given;
  const terminal = {
    out: (text: string) => void out.push(text),
    err: (text: string) => void err.push(text),
  };
  const asked = answer === undefined ? undefined : async () => answer;
  const agreement = isAgreed ? "given" : asked;
  const exitCode = await purgeRemains({ where: "here", remains }, { instance: "ours", agreement, terminal });
  return { exitCode, out, err };
}

describe("a purge", () => {
  test("says what it removes, and does it when the answer is yes", async () => {
    const removed: string[] = [];
    const { exitCode, out, err } = await purging([remainsOf(["a"], removed), remainsOf([], removed)], {
      answer: "yes",
    });
    expect({ exitCode, out, err }).toEqual({
      exitCode: 0,
      out: ["this is left of instance ours, and is removed from", "here:", "  1 thing (a)", "removed"],
      err: [],
    });
    expect(removed).toEqual(["a"]);
  });

  test.each(["", "y", "no", "YES"])('removes nothing when the answer is "%s"', async (answer) => {
    const removed: string[] = [];
    const { exitCode, err } = await purging([remainsOf(["a"], removed)], { answer });
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: ['shipbell: nothing was removed: the answer was not "yes"'],
    });
    expect(removed).toEqual([]);
  });

  test("removes nothing where nobody can be asked, unless --yes says so", async () => {
    const removed: string[] = [];
    const remains = [remainsOf(["a"], removed)];
    const { exitCode, err } = await purging(remains);
    expect({ exitCode, err }).toEqual({
      exitCode: 2,
      err: ["shipbell: nothing was removed: there is no terminal to ask on; --yes says that it may be done"],
    });
    expect(removed).toEqual([]);
    expect((await purging(remains, { isAgreed: true })).exitCode).toBe(0);
    expect(removed).toEqual(["a"]);
  });

  test("asks nobody when nothing is left", async () => {
    expect(await purging([remainsOf([], [])])).toEqual({
      exitCode: 0,
      out: ["nothing of instance ours is left in here"],
      err: [],
    });
  });

  test("removes all of one kind before it begins with the next, one after the other", async () => {
    const removed: string[] = [];
    const many = Array.from({ length: 20 }, (_, i) => `a${i}`);
    await purging([remainsOf(many, removed), remainsOf(["b"], removed)], { isAgreed: true });
    expect(removed.at(-1)).toBe("b");
    expect(removed.slice(0, -1).toSorted()).toEqual(many.toSorted());
  });

  test("tells each that cannot be removed, removes all others of its kind, and leaves the next kinds for another purge", async () => {
    const removed: string[] = [];
    const items = Array.from({ length: 20 }, (_, index) => ({
      name: `a${index}`,
      remove: async () => {
        if (index % 10 === 0) throw new Error("it is in use");
        removed.push(`a${index}`);
      },
    }));
    const { exitCode, out, err } = await purging([{ words: ["thing", "things"], items }, remainsOf(["b"], removed)], {
      isAgreed: true,
    });
    expect(exitCode).toBe(1);
    expect(out).not.toContain("removed");
    expect(err).toEqual([
      "shipbell: thing a0 cannot be removed: it is in use",
      "shipbell: thing a10 cannot be removed: it is in use",
      "shipbell: not all of it is removed; purge goes on from there when it is repeated",
    ]);
    expect(removed).toHaveLength(18);
    expect(removed).not.toContain("b");
  });

  test("begins no other when the engine does not answer", async () => {
    const begun: string[] = [];
    const items = Array.from({ length: 20 }, (_, index) => ({
      name: `a${index}`,
      remove: () => {
        begun.push(`a${index}`);
        return Promise.reject(new EngineUnavailable("no answer"));
      },
    }));
    await expect(purging([{ words: ["thing", "things"], items }], { isAgreed: true })).rejects.toThrow("no answer");
    expect(begun).toHaveLength(8);
  });

  test("names a few, and how many of them are running", () => {
    const items = ["a", "b", "c", "d", "e", "f"].map((name, i) => ({
      name,
      ...(i > 3 && { note: "running" }),
      remove: async () => {},
    }));
    expect(describeRemains({ words: ["container", "containers"], items })).toBe(
      "6 containers (a, b, c, d, e, …), 2 of them running",
    );
  });
});

const object = (id: string, running: boolean): OwnObject => ({
  id,
  name: `${id}-name`,
  job: "backup",
  run: "r",
  attempt: 1,
  trigger: "schedule",
  scheduledAt: new Date(0),
  definition: "d",
  inert: false,
  running,
});

/** An engine with two objects, and who was removed. */
function engine(removed: string[]) {
  return {
    list: async () => [object("1", true), object("2", false)],
    remove: async (id: string) => void removed.push(id),
  };
}

/** What every part of an engine is given, with an engine that answers so. */
function partsOf(call: Docker["call"], stateDir = "") {
  const docker = { host: "unix:///fake", call } as Docker;
  return { docker, events: new DockerEvents(docker, systemClock), clock: systemClock, instance: "ours", stateDir };
}

/** A Swarm with these configs, secrets and networks, that says what was removed. */
function swarmOf(objects: Readonly<Record<string, readonly object[]>>, removed: string[]): Docker["call"] {
  return async ({ method, path }) => {
    if (method === "GET") return { status: 200, headers: {}, body: objects[path] ?? [] };
    removed.push(path.split("/").at(-1) ?? "");
    return { status: 204, headers: {}, body: undefined };
  };
}

describe("in a Swarm, what is left", () => {
  test("is run services, then records, that of the instance, those set aside, the counter, and at last what files declare", async () => {
    const removed: string[] = [];
    const config = (ID: string, Name: string, labels: Labels) => ({
      ...{ ID, Version: { Index: 1 } },
      Spec: { Name, Labels: { "shipbell.instance": "ours", ...labels } },
    });
    const configs = [
      config("p1", "ours-one", { "shipbell.job": "one", "shipbell.page": "{}" }),
      config("p2", "ours-two", { "shipbell.job": "two", "shipbell.page": "{}" }),
      config("d", damagedConfigName("ours", "one", "{"), { "shipbell.job": "one", "shipbell.damaged-page": "{" }),
      config("c", counterConfigName("ours"), { "shipbell.generation": "1" }),
      config("i", instanceConfigName("ours"), { "shipbell.instance-record": "{}" }),
    ];
    const networks = [{ Id: "n", Name: "shop" }];
    const found = await swarmParts.findRemains(
      partsOf(swarmOf({ "/configs": configs, "/networks": networks }, removed)),
      engine(removed) as unknown as Engine,
    );
    const { where, remains } = found as InstanceRemains;
    expect(where).toBe("the Swarm of unix:///fake");
    expect(remains.map(describeRemains)).toEqual([
      "2 run services (1-name, 2-name), 1 of them running",
      "2 records of jobs (ours-one, ours-two)",
      expect.stringMatching(/^1 record of the instance \(ours-instance\.\..*\)$/),
      "0 records of pools ()",
      expect.stringMatching(/^1 damaged record that was set aside \(ours-one\.\..*\)$/),
      expect.stringMatching(/^1 counter of generations \(ours-generation\.\..*\)$/),
      "0 secrets ()",
      expect.stringMatching(/^5 configs/),
      "1 network (shop)",
    ]);
    await purging(remains.slice(0, 6), { isAgreed: true });
    expect(removed).toEqual(["1", "2", "p1", "p2", "i", "d", "c"]);
  });
});

describe("with containers, what is left", () => {
  let stateDir: string;
  beforeEach(() => {
    stateDir = mkdtempSync(join(tmpdir(), "shipbell-purge-"));
  });
  afterEach(() => rmSync(stateDir, { recursive: true }));

  test("is containers, then the ledger with its lock; other files of the folder stay", async () => {
    const removed: string[] = [];
    for (const file of ["ledger.db", "ledger.db-wal", "lock.db", "holder.json", "mine.txt"])
      writeFileSync(join(stateDir, file), "");
    const nothing: Docker["call"] = async () => ({ status: 200, headers: {}, body: [] });
    const found = await containerParts.findRemains(partsOf(nothing, stateDir), engine(removed) as unknown as Engine);
    const { where, remains, release } = found as InstanceRemains;
    expect(where).toBe(`unix:///fake and ${stateDir}`);
    expect(remains.map(describeRemains)).toEqual([
      "2 containers (1-name, 2-name), 1 of them running",
      `1 ledger (${stateDir})`,
      "0 networks ()",
    ]);
    await purging(remains, { isAgreed: true });
    release();
    expect(removed).toEqual(["1", "2"]);
    expect(readdirSync(stateDir)).toEqual(["mine.txt"]);
  });

  /** The command line, on an engine without containers. */
  async function shipbellPurge(flags: readonly string[], typed?: string) {
    const out: string[] = [];
    const err: string[] = [];
    const host = await fakeDockerHost((_request, response) => response.writeHead(200).end("[]"));
    const terminal = {
      env: {},
      isTerminal: false,
      readFile: () => "",
      outBytes: async () => {},
      out: (text: string) => void out.push(text),
      err: (text: string) => void err.push(text),
      ...(typed !== undefined && { input: Readable.from([typed]) }),
    };
    const settings = ["--docker-host", host.host, "--state-dir", stateDir, "--engine", "container"];
    const exitCode = await runCli(["purge", ...settings, ...flags], terminal);
    await host.close();
    return { exitCode, out, err };
  }

  test("is not touched while a scheduler has the lock", async () => {
    const lock = tryLock(stateDir, new Date(0));
    writeFileSync(join(stateDir, "ledger.db"), "");
    expect(await shipbellPurge(["--yes"])).toEqual({
      exitCode: 1,
      out: [],
      err: [`shipbell: a scheduler has the lock of ${stateDir}; stop it first`],
    });
    expect(existsSync(join(stateDir, "ledger.db"))).toBe(true);
    lock?.release();
    expect((await shipbellPurge(["--yes"])).exitCode).toBe(0);
    expect(readdirSync(stateDir)).toEqual([]);
  });

  test.each([
    ["yes\n", 0, []],
    ["no\n", 1, ["ledger.db"]],
    ["", 1, ["ledger.db"]],
  ])("goes when somebody types yes: %j", async (typed, exitCode, left) => {
    writeFileSync(join(stateDir, "ledger.db"), "");
    const done = await shipbellPurge([], typed);
    expect(done.exitCode).toBe(exitCode);
    expect(done.err[0]).toBe('Remove all this? Only "yes" does it.');
    expect(existsSync(join(stateDir, "ledger.db"))).toBe(left.length > 0);
  });

  test("is nothing where no scheduler was, and then no file is made", async () => {
    expect(await shipbellPurge([])).toMatchObject({
      exitCode: 0,
      out: [expect.stringMatching(/^nothing of instance shipbell is left/)],
    });
    expect(readdirSync(stateDir)).toEqual([]);
  });
});
