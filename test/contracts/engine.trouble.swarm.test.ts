import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, inject, it } from "vitest";
import { engineAt } from "../lab/engine-client.ts";
import { type EngineProxy, startEngineProxy } from "../lab/proxy.ts";
import { openSwarm } from "../lab/swarm.ts";
import { anOrder, mustPrepare, mustStart, stateOf, untilItPrints, untilRunning } from "./engine/harness.ts";
import { type SwarmTestHost, swarmHost } from "./engine/swarm-host.ts";

/** A manager of a real Swarm behind a proxy that is in trouble with one service: all else goes on as if nothing were. */
const swarm = openSwarm(inject("swarm"));
let proxy: EngineProxy;
let host: SwarmTestHost;

beforeEach(async () => {
  proxy = await startEngineProxy(engineAt((await swarm.leader()).dockerHost).socketPath);
  host = swarmHost(proxy.dockerHost, randomUUID().slice(0, 8));
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
const about = (id: string, verb = "") => new RegExp(`^/services/${id}${verb}(\\?|$)`);
/** Of what runs and prints the managers hear a moment later. */
async function start(name: string): Promise<string> {
  const id = await mustStart(host.engine, anOrder(host, { does: "wait" }, run(name)));
  expect(await untilRunning(host.engine, id)).toMatchObject({ phase: "running" });
  return id;
}

describe("trouble with one service", () => {
  it("is no trouble with the Swarm, nor with another service: list, look, stop, remove, greet", async () => {
    const { engine } = host;
    const [bad, good] = [await start("bad"), await start("good")];
    for (const [method, verb] of [
      ["GET", ""],
      ["POST", "/update"],
      ["DELETE", ""],
    ] as const)
      proxy.when({ method, path: about(bad, verb), times: ALWAYS }).answer(500, { message: "rpc error: busy" });
    await expect(engine.stop(bad, 0)).rejects.toEqual(trouble(500));
    await expect(engine.remove(bad)).rejects.toEqual(trouble(500));
    const seen = await engine.look([bad, good]);
    expect(seen.get(good)).toMatchObject({ phase: "running" });
    await engine.stop(good, 0);
    await engine.remove(good);
    expect(await stateOf(engine, good)).toBeUndefined();
    expect((await engine.list()).map(({ id }) => id)).toEqual([bad]);
    await expect(engine.greet()).resolves.toMatchObject({ apiVersion: expect.any(String) });
  });

  it("that cannot be made or started is of its own, and can be started later", async () => {
    const { engine } = host;
    proxy.when({ method: "POST", path: /^\/services\/create/, times: 1 }).answer(500, { message: "rpc error: busy" });
    await expect(engine.prepare(anOrder(host, { does: "wait" }, run("bad")))).rejects.toEqual(trouble(500));
    const order = anOrder(host, { does: "wait" }, run("bad"));
    const id = await mustPrepare(engine, order);
    proxy
      .when({ method: "POST", path: about(id, "/update"), times: ALWAYS })
      .answer(500, { message: "rpc error: busy" });
    await expect(engine.activate({ id, name: order.objectName })).rejects.toEqual(trouble(500));
    proxy.removeRules();
    expect(await engine.activateAgain(id)).toEqual({ kind: "activated" });
  });

  it("whose requests are forbidden is rejected, and says which request", async () => {
    const { engine } = host;
    proxy.when({ method: "POST", path: /^\/services\/create/, times: 1 }).answer(403, "no");
    expect(await engine.prepare(anOrder(host, { does: "wait" }, run("bad")))).toMatchObject({
      kind: "rejected",
      reason: "forbidden",
      message: expect.stringMatching(/POST \/services\/create is forbidden .*socket proxy/),
    });
    const order = anOrder(host, { does: "wait" }, run("bad"));
    const id = await mustPrepare(engine, order);
    proxy.when({ method: "POST", path: about(id, "/update"), times: ALWAYS }).answer(403, "no");
    expect(await engine.activate({ id, name: order.objectName })).toMatchObject({
      kind: "rejected",
      reason: "forbidden",
    });
  });

  it("whose connection breaks is of its own, while the engine answers others", async () => {
    const { engine } = host;
    const id = await start("bad");
    proxy.when({ method: "POST", path: about(id, "/update"), times: 1 }).cutRequest();
    await expect(engine.stop(id, 0)).rejects.toEqual(trouble());
    expect(await stateOf(engine, id)).toMatchObject({ phase: "running" });
  });

  it("whose log does not come is of its own: the engine answers for the others", async () => {
    const { engine } = host;
    const [bad, good] = [await start("bad"), await start("good")];
    proxy.when({ method: "GET", path: about(bad, "/logs"), times: ALWAYS }).answer(500, { message: "rpc error: busy" });
    await expect(untilItPrints(engine, bad)).rejects.toEqual(trouble(500));
    await untilItPrints(engine, good);
  });

  it("is an engine that is down, where it does not answer whether it is there", async () => {
    const { engine } = host;
    const id = await start("bad");
    await proxy.down();
    const down = expect.objectContaining({ name: "EngineUnavailable" });
    await expect(engine.look([id])).rejects.toEqual(down);
    await expect(engine.greet()).rejects.toEqual(down);
    await proxy.up();
    expect(await stateOf(engine, id)).toMatchObject({ phase: "running" });
  });
});
