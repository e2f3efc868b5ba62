import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ExecTemplate } from "../../src/job/job.ts";
import { engineAt } from "../lab/engine-client.ts";
import { type EngineProxy, startEngineProxy } from "../lab/proxy.ts";
import { testEngine } from "../lab/test-engine.ts";
import { anAttemptOrder } from "../support/a-job.ts";
import { type ContainerHost, containerHost } from "./engine/container-host.ts";
import { anOrder, mustPrepare, mustStart, stateOf, untilItPrints } from "./engine/harness.ts";

/** A real engine behind a proxy that is in trouble with one object: all else goes on as if nothing were. */
let proxy: EngineProxy;
let host: ContainerHost;

beforeEach(async () => {
  proxy = await startEngineProxy(engineAt(testEngine()).socketPath);
  host = containerHost(proxy.dockerHost, randomUUID().slice(0, 8));
});
afterEach(async () => {
  proxy.removeRules();
  await proxy.up();
  await host.close();
  await proxy.close();
});

const ALWAYS = 1000;
const trouble = (status?: number) =>
  expect.objectContaining({ name: "EngineTrouble", ...(status !== undefined && { status }) });
const run = (name: string) => ({ run: `${host.prefix}${name}` });
const anyOf = (name: string, verb = "") => new RegExp(`^/containers/[^/]*${name}[^/]*${verb}`);

describe("trouble with one container", () => {
  it("is no trouble with the engine, nor with another container: list, look, stop, remove, greet", async () => {
    const { engine } = host;
    const bad = await mustStart(engine, anOrder(host, { does: "wait" }, run("bad")));
    const good = await mustStart(engine, anOrder(host, { does: "wait" }, run("good")));
    await untilItPrints(engine, good);
    for (const [method, verb] of [
      ["GET", "/json"],
      ["POST", "/stop"],
      ["DELETE", ""],
    ] as const)
      proxy.when({ method, path: anyOf(bad, verb), times: ALWAYS }).answer(500, { message: "device or resource busy" });
    const seen = await engine.look([bad, good]);
    expect(seen.get(bad)).toEqual({ phase: "unclear", trouble: trouble(500) });
    expect(seen.get(good)).toMatchObject({ phase: "running" });
    await expect(engine.stop(bad, 0)).rejects.toEqual(trouble(500));
    await expect(engine.remove(bad)).rejects.toEqual(trouble(500));
    await engine.stop(good, 0);
    await engine.remove(good);
    expect(await stateOf(engine, good)).toBeUndefined();
    expect((await engine.list()).map(({ id }) => id)).toEqual([bad]);
    await expect(engine.greet()).resolves.toMatchObject({ apiVersion: expect.any(String) });
  });

  it("that cannot be made or started is of its own", async () => {
    const { engine } = host;
    proxy.when({ method: "POST", path: /create\?.*bad/, times: 1 }).answer(500, { message: "no space left" });
    await expect(engine.prepare(anOrder(host, { does: "wait" }, run("bad")))).rejects.toEqual(trouble(500));
    const order = anOrder(host, { does: "wait" }, run("bad"));
    const id = await mustPrepare(engine, order);
    proxy.when({ method: "POST", path: /bad.*\/start/, times: 1 }).answer(500, { message: "no space left" });
    await expect(engine.activate({ id, name: order.objectName })).rejects.toEqual(trouble(500));
    expect(await engine.activateAgain(id)).toEqual({ kind: "activated" });
  });

  it("whose requests are forbidden is rejected, and says which request", async () => {
    const { engine } = host;
    proxy.when({ method: "POST", path: /create\?.*bad/, times: 1 }).answer(403, "no");
    expect(await engine.prepare(anOrder(host, { does: "wait" }, run("bad")))).toMatchObject({
      kind: "rejected",
      reason: "forbidden",
      message: expect.stringMatching(/POST \/containers\/create is forbidden .*socket proxy/),
    });
    const order = anOrder(host, { does: "wait" }, run("bad"));
    const id = await mustPrepare(engine, order);
    proxy.when({ method: "POST", path: /bad.*\/start/, times: 1 }).answer(403, "no");
    expect(await engine.activate({ id, name: order.objectName })).toMatchObject({
      kind: "rejected",
      reason: "forbidden",
    });
  });

  it("whose connection breaks is of its own, while the engine answers others", async () => {
    const { engine } = host;
    const id = await mustStart(engine, anOrder(host, { does: "wait" }, run("bad")));
    proxy.when({ method: "POST", path: anyOf(id, "/stop"), times: 1 }).cutRequest();
    await expect(engine.stop(id, 0)).rejects.toEqual(trouble());
  });

  it("is an engine that is down, where it does not answer whether it is there", async () => {
    const { engine } = host;
    const id = await mustStart(engine, anOrder(host, { does: "wait" }, run("bad")));
    await proxy.down();
    const down = expect.objectContaining({ name: "EngineUnavailable" });
    await expect(engine.look([id])).rejects.toEqual(down);
    await expect(engine.greet()).rejects.toEqual(down);
    await proxy.up();
    expect(await stateOf(engine, id)).toMatchObject({ phase: "running" });
  });
});

describe("trouble with one command in a running container", () => {
  let container: string;
  let id: string;
  const call = (verb: string) => host.docker.call({ method: "POST", path: `/containers/${id}/${verb}` });
  const prepare = (change: Partial<ExecTemplate> = {}) => {
    const within = { container, mustDeclareJobs: false };
    const template: ExecTemplate = {
      ...{ kind: "exec", within, command: ["sleep", "60"], environment: {}, needsShell: false },
      ...change,
    };
    return host.engine.prepare(anAttemptOrder({ template }));
  };
  const mustPrepareExec = async () => {
    const prepared = await prepare();
    if (prepared.kind !== "prepared") throw new Error(JSON.stringify(prepared));
    return { id: prepared.objectId, name: prepared.objectName };
  };

  beforeEach(async () => {
    container = `${host.prefix}db`;
    const HostConfig = { NetworkMode: "none", Init: true };
    id = await host.create(container, { Image: "busybox", Cmd: ["sleep", "1000"], HostConfig });
    await call("start");
  });

  it.each([
    ["makes it", "POST", /^\/containers\/[^/]+\/exec/],
    ["tells how it is", "GET", /^\/exec\//],
    ["starts it", "POST", /^\/exec\/[^/]+\/start/],
  ])("is rejected where what %s is forbidden", async (_name, method, path) => {
    proxy.when({ method, path, times: ALWAYS }).answer(403, "no");
    const prepared = await prepare();
    const answer =
      prepared.kind === "prepared"
        ? await host.engine.activate({ id: prepared.objectId, name: prepared.objectName })
        : prepared;
    expect(answer).toMatchObject({ kind: "rejected", reason: "forbidden" });
  });

  it("is rejected when its container was removed, or was paused, before it was started", async () => {
    const paused = await mustPrepareExec();
    await call("pause");
    expect(await host.engine.activate(paused)).toMatchObject({ kind: "rejected", reason: "container-not-running" });
    expect(await prepare({ needsShell: true })).toMatchObject({ kind: "not-ready", reason: "container-not-running" });
    await call("unpause");
    const removed = await mustPrepareExec();
    await host.docker.call({ method: "DELETE", path: `/containers/${id}`, query: { force: true } });
    expect(await host.engine.activate(removed)).toMatchObject({ kind: "rejected", reason: "container-not-running" });
    expect(await host.engine.activateAgain(removed.id)).toEqual({ kind: "activated" });
  });

  it("is unclear while the engine does not say how it is, and the next one's state is reported", async () => {
    const [bad, good] = [await mustPrepareExec(), await mustPrepareExec()];
    await host.engine.activate(bad);
    await host.engine.activate(good);
    const execId = bad.id.split("-").at(-1);
    proxy.when({ method: "GET", path: new RegExp(`^/exec/${execId}`), times: ALWAYS }).answer(500, { message: "busy" });
    const seen = await host.engine.look([bad.id, good.id]);
    expect(seen.get(bad.id)).toEqual({ phase: "unclear", trouble: trouble(500) });
    expect(seen.get(good.id)).toMatchObject({ phase: "running" });
  });
});
