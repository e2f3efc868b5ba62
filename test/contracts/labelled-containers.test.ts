import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LabelledContainers } from "../../src/engines/containers/labelled-containers.ts";
import { DEFAULT_LABEL_RULES } from "../../src/job/label-rules.ts";
import { testEngine } from "../lab/test-engine.ts";
import { type ContainerHost, containerHost } from "./engine/container-host.ts";
import { anOrder, mustStart, untilEnded } from "./engine/harness.ts";

const never = new AbortController().signal;
const body = { Image: "busybox", Cmd: ["sleep", "1000"], HostConfig: { NetworkMode: "none", Init: true } };
let host: ContainerHost;
let labelled: LabelledContainers;
beforeEach(() => {
  host = containerHost(testEngine(), randomUUID().slice(0, 8));
  labelled = new LabelledContainers(host.docker, host.events, DEFAULT_LABEL_RULES);
});
afterEach(() => host.close());

/** Of this test: the engine may have others. */
const list = async () => (await labelled.list(never)).filter(({ name }) => name.startsWith(host.prefix));

describe("labelled containers", () => {
  it("are those with labels of ours, running or not, and how they are", async () => {
    const labels = { "shipbell.jobs.dump.schedule": "@hourly", team: "blue" };
    const name = `${host.prefix}db`;
    const id = await host.create(name, { ...body, Labels: labels, StopTimeout: 3 });
    const expected = {
      kind: "container",
      id,
      name,
      version: id,
      labels,
      image: "busybox",
      user: "",
      mayBecomeAnyone: true,
      stopGracePeriodMs: 3000,
      createdAt: expect.any(Date),
    };
    expect(await list()).toEqual([{ ...expected, running: false }]);
    await host.docker.call({ method: "POST", path: `/containers/${id}/start` });
    expect(await list()).toEqual([{ ...expected, running: true }]);
  });

  it("are neither our own runs nor containers without our labels", async () => {
    await host.makeForeign(`${host.prefix}foreign`);
    const template = { ...host.template({ does: "exit", code: 0 }), labels: { "shipbell.schedule": "@hourly" } };
    await untilEnded(host.engine, await mustStart(host.engine, anOrder(host, { does: "exit", code: 0 }, { template })));
    expect(await list()).toEqual([]);
  });

  it.each<[string, (id: string) => Promise<unknown>]>([
    ["starts", (id) => host.docker.call({ method: "POST", path: `/containers/${id}/start` })],
    [
      "is renamed",
      (id) =>
        host.docker.call({ method: "POST", path: `/containers/${id}/rename`, query: { name: `${host.prefix}new` } }),
    ],
    ["is removed", (id) => host.docker.call({ method: "DELETE", path: `/containers/${id}` })],
  ])("wake when one of them %s", async (_name, change) => {
    const id = await host.create(`${host.prefix}db`, { ...body, Labels: { "shipbell.schedule": "@hourly" } });
    const watching = new AbortController();
    let wake: () => void = () => {};
    const woken = () =>
      new Promise<void>((resolve) => {
        wake = resolve;
      });
    const begun = woken();
    labelled.watch(() => wake(), watching.signal);
    await begun;
    const changed = woken();
    await change(id);
    await changed;
    watching.abort();
  });
});
