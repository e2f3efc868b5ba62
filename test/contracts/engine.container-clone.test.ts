import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContainerInspect } from "../../src/engines/docker/containers.ts";
import type { CloneTemplate } from "../../src/job/job.ts";
import { testEngine } from "../lab/test-engine.ts";
import { type ContainerHost, containerHost } from "./engine/container-host.ts";
import { anOrder, mustPrepare, runToEnd } from "./engine/harness.ts";

let host: ContainerHost;
let name: string;
beforeEach(() => {
  host = containerHost(testEngine(), randomUUID().slice(0, 8));
  name = `${host.prefix}template`;
});
afterEach(() => host.close());

async function inspect(id: string): Promise<ContainerInspect> {
  return (await host.docker.call({ method: "GET", path: `/containers/${id}/json` })).body as ContainerInspect;
}

function cloneOf(id: string, change: Partial<CloneTemplate> = {}) {
  const template: CloneTemplate = { kind: "clone", of: { kind: "container", name, version: id }, ...change };
  return anOrder(host, { does: "exit", code: 0 }, { template });
}

const labels = {
  "shipbell.schedule": "@hourly",
  "com.docker.compose.project": "shop",
  "com.docker.compose.service": "db",
  team: "blue",
};

describe("a copy of a labelled container", () => {
  it("runs the command of one that is stopped, with all that it has but its place in the world", async () => {
    const id = await host.create(name, {
      Image: "busybox",
      Cmd: ["sh", "-c", "test $COLOUR = green && test -e /scratch && exit 7"],
      Env: ["COLOUR=green", "SHIPBELL_JOB=mine"],
      Labels: labels,
      ExposedPorts: { "80/tcp": {} },
      Healthcheck: { Test: ["CMD", "false"] },
      HostConfig: {
        NetworkMode: "none",
        PortBindings: { "80/tcp": [{ HostPort: "0" }] },
        RestartPolicy: { Name: "always" },
        AutoRemove: false,
        Memory: 64 * 1024 * 1024,
        Tmpfs: { "/scratch": "" },
        CapDrop: ["NET_RAW"],
      },
    });
    const clone = await inspect(await mustPrepare(host.engine, { ...cloneOf(id), environment: { DEPTH: "3" } }));
    expect(clone.Config.Labels).toMatchObject({ team: "blue", "shipbell.job": "backup" });
    expect(
      Object.keys(clone.Config.Labels ?? {}).filter(
        (key) => key.startsWith("com.docker") || key === "shipbell.schedule",
      ),
    ).toEqual([]);
    expect(clone.Config.Env).toEqual(expect.arrayContaining(["COLOUR=green", "DEPTH=3", "SHIPBELL_JOB=backup"]));
    expect(clone.Config.Env).not.toContain("SHIPBELL_JOB=mine");
    expect(clone.Config).toMatchObject({ Hostname: clone.Id.slice(0, 12), Healthcheck: { Test: ["NONE"] } });
    expect(clone.Config.ExposedPorts ?? {}).toEqual({});
    expect(clone.HostConfig).toMatchObject({
      RestartPolicy: { Name: "no" },
      PortBindings: {},
      Memory: 64 * 1024 * 1024,
      CapDrop: ["NET_RAW"],
    });
    expect(await runToEnd(host.engine, cloneOf(id))).toMatchObject({ end: { kind: "exited", exitCode: 7 } });
  });

  it("runs another command next to one that runs, on the same data, named or not", async () => {
    const id = await host.create(name, {
      Image: "busybox",
      Cmd: ["sh", "-c", "echo precious > /data/file; echo more > /named/file; sleep 1000"],
      Labels: labels,
      Volumes: { "/data": {} },
      HostConfig: { NetworkMode: "none", Init: true, Binds: [`${name}:/named`] },
    });
    await host.docker.call({ method: "POST", path: `/containers/${id}/start` });
    const command = [
      "sh",
      "-c",
      "until grep -q more /named/file; do sleep 0.05; done; grep -q precious /data/file && exit 5",
    ];
    expect(await runToEnd(host.engine, cloneOf(id, { command }))).toMatchObject({
      end: { kind: "exited", exitCode: 5 },
    });
    for (const own of await host.engine.list()) await host.engine.remove(own.id);
    const volumes = (await inspect(id)).Mounts.map((mount) => mount.Name);
    expect(volumes).toHaveLength(2);
    for (const volume of volumes)
      expect((await host.docker.call({ method: "GET", path: `/volumes/${volume}` })).status).toBe(200);
    await host.close();
    await host.docker.call({ method: "DELETE", path: `/volumes/${name}` });
  });

  it("is on the networks of its template, under no name of it", async () => {
    const networks = ["clone-front", "clone-back"].map((each) => `shipbell-contract-${each}`);
    for (const Name of networks) await host.docker.call({ method: "POST", path: "/networks/create", body: { Name } });
    const [front = "", back = ""] = networks;
    const EndpointsConfig = { [front]: { Aliases: ["db"] } };
    const id = await host.create(name, {
      Image: "busybox",
      Cmd: ["true"],
      Labels: labels,
      HostConfig: { NetworkMode: front },
      NetworkingConfig: { EndpointsConfig },
    });
    await host.docker.call({
      method: "POST",
      path: `/networks/${back}/connect`,
      body: { Container: id, EndpointConfig: { Aliases: ["db"] } },
    });
    const clone = await inspect(await mustPrepare(host.engine, cloneOf(id)));
    const joined = clone.NetworkSettings.Networks ?? {};
    expect(Object.keys(joined).sort()).toEqual([...networks].sort());
    expect(Object.values(joined).flatMap(({ Aliases }) => Aliases ?? [])).not.toContain("db");
    expect(await runToEnd(host.engine, cloneOf(id))).toMatchObject({ end: { exitCode: 0 } });
    await host.close();
    for (const network of networks) await host.docker.call({ method: "DELETE", path: `/networks/${network}` });
  });

  it("is refused when a container of that name no longer declares a job", async () => {
    await host.makeForeign(name);
    expect(await host.engine.prepare(cloneOf("another"))).toMatchObject({
      kind: "rejected",
      reason: "template-missing",
    });
  });

  it("is made from the container that has taken the place of the one that was read, if that declares this job", async () => {
    await host.create(name, { Image: "busybox", Cmd: ["true"], Labels: labels, HostConfig: { NetworkMode: "none" } });
    const orders = { ours: cloneOf("another"), liars: cloneOf("another", { command: ["cat", "/run/secrets/key"] }) };
    expect(await host.engine.prepare({ ...orders.ours, job: name })).toMatchObject({ kind: "prepared" });
    const refused = { reason: "template-missing", message: `there is no container ${name} that declares this job` };
    expect(await host.engine.prepare({ ...orders.ours, job: `${name}.other` })).toMatchObject(refused);
    expect(await host.engine.prepare({ ...orders.liars, job: name })).toMatchObject(refused);
  });
});

describe("a container with a terminal", () => {
  it("is read, too: its output comes without frames", async () => {
    const id = await host.create(name, {
      Image: "busybox",
      Cmd: ["sh", "-c", "echo one; echo two >&2"],
      Tty: true,
      Labels: labels,
      HostConfig: { NetworkMode: "none" },
    });
    const own = await mustPrepare(host.engine, cloneOf(id));
    await host.engine.activate({ id: own, name: own });
    const lines: string[] = [];
    for await (const { stream, line } of host.engine.logs(own, { tail: "all" }, new AbortController().signal))
      lines.push(`${stream} ${line}`);
    expect(lines).toEqual(["stdout one", "stdout two"]);
  });
});
