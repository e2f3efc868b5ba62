import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ContainerInspect } from "../../src/engines/docker/containers.ts";
import type { OutputLine } from "../../src/engines/engine.ts";
import type { ComposeTemplate } from "../../src/job/job.ts";
import { AWKWARD_VALUE, bytesOf, printBytes } from "../fixtures/inputs.ts";
import { testEngine } from "../lab/test-engine.ts";
import { type ContainerHost, containerHost } from "./engine/container-host.ts";
import { anOrder, mustPrepare, mustStart, runToEnd, untilEnded } from "./engine/harness.ts";

/** What only a real Docker Engine can show: that what is sent to it means what it should. */
let host: ContainerHost;
beforeEach(() => {
  host = containerHost(testEngine(), randomUUID().slice(0, 8));
});
afterEach(() => host.close());

async function outputOf(template: ComposeTemplate): Promise<OutputLine[]> {
  const id = await mustStart(host.engine, anOrder(host, { does: "exit", code: 0 }, { template }));
  const lines: OutputLine[] = [];
  for await (const line of host.engine.logs(id, { tail: "all" }, new AbortController().signal)) lines.push(line);
  return lines;
}

const script = (text: string, change: Partial<ComposeTemplate> = {}): ComposeTemplate => ({
  ...host.template({ does: "exit", code: 0 }),
  command: ["sh", "-c", text],
  ...change,
});

async function inspect(id: string): Promise<ContainerInspect> {
  return (await host.docker.call({ method: "GET", path: `/containers/${id}/json` })).body as ContainerInspect;
}

describe("a container from Compose keys", () => {
  it("finds its environment, its user, its folder and its attempt", async () => {
    const template = script(
      "echo $GREETING, $SHIPBELL_JOB $SHIPBELL_ATTEMPT $SHIPBELL_TRIGGER $SHIPBELL_SCHEDULED_AT, $(id -u), $(pwd)",
      {
        environment: { GREETING: "a=b $HOME" },
        user: "1000",
        workingDir: "/tmp",
      },
    );
    const [line] = await outputOf(template);
    expect(line).toMatchObject({
      stream: "stdout",
      line: "a=b $HOME, backup 1 schedule 2026-11-18T03:00:00.000Z, 1000, /tmp",
    });
  });

  it("finds its inputs as they are, over its own variables and below those of the run and the scheduler", async () => {
    const values = ["INPUT", "OWN", "RUN", "SHIPBELL_JOB"].map(printBytes).join("; echo; ");
    const inputs = { INPUT: AWKWARD_VALUE, OWN: "input", RUN: "input" };
    const template = script(`${values}; echo; ls /tmp`, { environment: { OWN: "template" } });
    const order = anOrder(host, { does: "exit", code: 0 }, { template, inputs, environment: { RUN: AWKWARD_VALUE } });
    const id = await mustStart(host.engine, order);
    const expected = [AWKWARD_VALUE, "input", AWKWARD_VALUE, "backup"].map(bytesOf);
    const lines: string[] = [];
    for await (const { line } of host.engine.logs(id, { tail: "all" }, new AbortController().signal)) lines.push(line);
    expect(lines).toEqual(expected);
  });

  it("sees the files of a container whose volumes it has, and writes them where it may", async () => {
    const name = `${host.prefix}data`;
    const lender = await host.create(name, {
      Image: "busybox",
      Cmd: ["sh", "-c", "echo precious > /data/file"],
      Volumes: { "/data": {} },
      HostConfig: { NetworkMode: "none" },
    });
    await host.docker.call({ method: "POST", path: `/containers/${lender}/start` });
    await host.docker.call({ method: "POST", path: `/containers/${lender}/wait` });
    const [line, denied] = await outputOf(
      script("cat /data/file; touch /data/other 2>&1", { volumesFrom: [`${name}:ro`] }),
    );
    expect(line?.line).toBe("precious");
    expect(denied?.line).toContain("Read-only");
  });

  it("takes no volume of another container with it when it is removed", async () => {
    const name = `${host.prefix}data`;
    const lender = await host.create(name, {
      Image: "busybox",
      Volumes: { "/data": {} },
      HostConfig: { NetworkMode: "none" },
    });
    const volume = (await inspect(lender)).Mounts[0]?.Name ?? "";
    const id = await mustPrepare(
      host.engine,
      anOrder(host, { does: "exit", code: 0 }, { template: script("true", { volumesFrom: [name] }) }),
    );
    await host.docker.call({ method: "DELETE", path: `/containers/${lender}` });
    await host.engine.remove(id);
    const found = await host.docker.call({ method: "GET", path: `/volumes/${volume}` });
    expect(found.status).toBe(200);
    await host.docker.call({ method: "DELETE", path: `/volumes/${volume}` });
  });

  it("leaves no anonymous volume behind", async () => {
    const volumes = [{ type: "volume", target: "/scratch", readOnly: false }] as const;
    const id = await mustPrepare(
      host.engine,
      anOrder(host, { does: "exit", code: 0 }, { template: script("true", { volumes }) }),
    );
    const volume = (await inspect(id)).Mounts[0]?.Name ?? "";
    await host.engine.remove(id);
    expect((await host.docker.call({ method: "GET", path: `/volumes/${volume}` })).status).toBe(404);
  });

  it("is rejected when an init process does not find the command", async () => {
    const template = script("", { command: ["shipbell-no-such-command"], init: true });
    const state = await runToEnd(host.engine, anOrder(host, { does: "exit", code: 0 }, { template }));
    const message = "exec shipbell-no-such-command failed: No such file or directory";
    expect(state).toMatchObject({ end: { kind: "rejected", reason: "start-failed", message } });
  });
});

describe("several networks", () => {
  const networks = ["front", "back"].map((name) => `shipbell-contract-${name}`);
  beforeEach(async () => {
    for (const Name of networks) await host.docker.call({ method: "POST", path: "/networks/create", body: { Name } });
  });
  afterEach(async () => {
    await host.close();
    for (const name of networks) await host.docker.call({ method: "DELETE", path: `/networks/${name}` });
  });

  it("are all joined before the container counts as prepared", async () => {
    const order = anOrder(host, { does: "exit", code: 0 }, { template: script("true", { networks }) });
    const id = await mustPrepare(host.engine, order);
    expect(Object.keys((await inspect(id)).NetworkSettings.Networks ?? {}).sort()).toEqual([...networks].sort());
    expect(await mustPrepare(host.engine, order)).toBe(id);
    expect(await host.engine.activate({ id, name: order.objectName })).toEqual({ kind: "activated" });
    expect(await untilEnded(host.engine, id)).toMatchObject({ end: { exitCode: 0 } });
  });

  it("are joined by a repeated prepare when a crash came between", async () => {
    const order = anOrder(host, { does: "exit", code: 0 }, { template: script("true", { networks }) });
    const id = await mustPrepare(host.engine, order);
    const [, second = ""] = networks;
    await host.docker.call({
      method: "POST",
      path: `/networks/${second}/disconnect`,
      body: { Container: id, Force: true },
    });
    expect(Object.keys((await inspect(id)).NetworkSettings.Networks ?? {})).not.toContain(second);
    expect(await mustPrepare(host.engine, order)).toBe(id);
    expect(Object.keys((await inspect(id)).NetworkSettings.Networks ?? {})).toContain(second);
  });
});

describe("output", () => {
  it("has the last line, though it has no end", async () => {
    const lines = await outputOf(script("echo one; sleep 0.2; printf two; printf three >&2"));
    expect(lines.map(({ line }) => line).sort()).toEqual(["one", "three", "two"]);
  });

  it("is put together from the pieces of a long line, and cut at 16 KB", async () => {
    const lines = await outputOf(
      script("head -c 40000 /dev/zero | tr '\\0' x; echo; echo é; head -c 16384 /dev/zero | tr '\\0' y; echo"),
    );
    expect(lines.map(({ line }) => line)).toEqual([`${"x".repeat(16_384)}…[cut]`, "é", "y".repeat(16_384)]);
  });
});
