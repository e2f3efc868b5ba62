import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ObjectState, Prepared } from "../../src/engines/engine.ts";
import type { ExecTemplate } from "../../src/job/job.ts";
import { eventually } from "../e2e/eventually.ts";
import { testEngine } from "../lab/test-engine.ts";
import { anAttemptOrder } from "../support/a-job.ts";
import { type ContainerHost, containerHost } from "./engine/container-host.ts";

/** What is special about attempts that are commands in a running container; `test/e2e/exec.test.ts` has the rest. */
let host: ContainerHost;
let container: string;
let id: string;
beforeEach(async () => {
  host = containerHost(testEngine(), randomUUID().slice(0, 8));
  container = `${host.prefix}db`;
  id = await host.create(container, {
    Image: "busybox",
    Cmd: ["sleep", "1000"],
    HostConfig: { NetworkMode: "none", Init: true },
  });
  await call("start");
});
afterEach(() => host.close());

const call = (verb: string) => host.docker.call({ method: "POST", path: `/containers/${id}/${verb}` });

function prepare(script: string, change: Partial<ExecTemplate> = {}, job = "backup"): Promise<Prepared> {
  const template: ExecTemplate = {
    kind: "exec",
    within: { container, mustDeclareJobs: false },
    command: ["sh", "-c", script],
    environment: {},
    needsShell: false,
    ...change,
  };
  return host.engine.prepare(anAttemptOrder({ job, template }));
}

async function prepared(script: string): Promise<{ readonly id: string; readonly name: string }> {
  const answer = await prepare(script);
  if (answer.kind !== "prepared") throw new Error(JSON.stringify(answer));
  return { id: answer.objectId, name: answer.objectName };
}

const look = async (objectId: string) => (await host.engine.look([objectId])).get(objectId);

function untilEnded(objectId: string): Promise<ObjectState> {
  return eventually("its end", async () => {
    const state = await look(objectId);
    return state?.phase === "ended" ? state : undefined;
  });
}

async function linesOf(objectId: string, signal = new AbortController().signal): Promise<string[]> {
  const lines: string[] = [];
  for await (const { line } of host.engine.logs(objectId, { tail: "all" }, signal)) lines.push(line);
  return lines;
}

describe("a command in a running container", () => {
  it("is inert when it is prepared, is called after its container, and is in no list", async () => {
    const object = await prepared("touch /tmp/ran");
    expect(object.name).toBe(container);
    expect(await look(object.id)).toEqual({ phase: "inert" });
    expect((await host.engine.list()).map((each) => each.id)).not.toContain(object.id);
  });

  it("is started once, however often it is requested, and by any scheduler", async () => {
    const object = await prepared("echo ran >>/tmp/ran; cat /tmp/ran");
    const { execId } = /(?<execId>[0-9a-f]{64})$/.exec(object.id)?.groups ?? {};
    await Promise.all([1, 2, 3].map(() => host.engine.activate(object)));
    await untilEnded(object.id);
    expect(await host.engine.activateAgain(object.id)).toEqual({ kind: "activated" });
    const start = { method: "POST", path: `/exec/${execId}/start`, body: { Detach: true } } as const;
    expect((await host.docker.call(start)).status).toBe(409);
    const counting = await prepared("cat /tmp/ran");
    await host.engine.activate(counting);
    expect(await linesOf(counting.id)).toEqual(["ran"]);
  });

  it("has its exit code and its lines, whose times are ours, even where they begin with a time", async () => {
    const object = await prepared("echo 2001-01-01T00:00:00Z first; printf unfinished >&2; exit 7");
    const before = Date.now();
    expect(await host.engine.activate(object)).toEqual({ kind: "activated" });
    const lines = [];
    for await (const line of host.engine.logs(object.id, { tail: "all" }, new AbortController().signal))
      lines.push(line);
    expect(lines.map(({ line }) => line).sort()).toEqual(["2001-01-01T00:00:00Z first", "unfinished"]);
    expect(Math.min(...lines.map(({ at }) => at.getTime()))).toBeGreaterThanOrEqual(before);
    expect(await untilEnded(object.id)).toMatchObject({ end: { kind: "exited", exitCode: 7, oom: false } });
  });

  it("that was withdrawn before it began is gone", async () => {
    const object = await prepared("true");
    await host.engine.withdraw(object.id);
    await host.engine.remove(object.id);
    expect(await look(object.id)).toBeUndefined();
  });

  it("cannot be prepared while the container is paused, has ended, or is not there", async () => {
    const reason = { kind: "not-ready", reason: "container-not-running" };
    await call("pause");
    expect(await prepare("true")).toEqual({ ...reason, message: `container ${container} is paused` });
    await call("unpause");
    const before = await prepared("true");
    await call("kill");
    await eventually("its end", async () => (await prepare("true")).kind === "not-ready" || undefined);
    expect(await prepare("true")).toEqual({ ...reason, message: `container ${container} is exited` });
    const within = { container: `${container}-2`, mustDeclareJobs: false };
    expect(await prepare("true", { within })).toEqual({ ...reason, message: `there is no container ${container}-2` });
    // The engine has forgotten it: whether it ran cannot be known.
    expect(await look(before.id)).toMatchObject({ phase: "ended", end: { kind: "shut-down" } });
  });

  it("is not run in a container that has taken the name of one with jobs, and has none", async () => {
    const answer = await prepare("true", { within: { container, mustDeclareJobs: true } });
    expect(answer).toMatchObject({ message: `there is no container ${container} that declares this job` });
  });

  it("of a schedule file runs in no container that claims another's place in its Compose service", async () => {
    const project = `${host.prefix}shop`;
    const start = async (name: string, number: string) => {
      const entries = Object.entries({ project, service: "db", "container-number": number });
      const Labels = Object.fromEntries(entries.map(([key, value]) => [`com.docker.compose.${key}`, value]));
      const body = {
        Image: "busybox",
        Cmd: ["sleep", "1000"],
        Labels,
        HostConfig: { NetworkMode: "none", Init: true },
      };
      const other = await host.create(`${host.prefix}${name}`, body);
      await host.docker.call({ method: "POST", path: `/containers/${other}/start` });
      return `${host.prefix}${name}`;
    };
    const within = { compose: { service: "db", project }, mustDeclareJobs: false };
    const [second, first] = [await start("db-2", "2"), await start("db-1", "1")];
    // Compose gives no such numbers.
    for (const number of ["0", "-1", "x"]) await start(`liar-${number}`, number);
    expect(await prepare("true", { within })).toMatchObject({ kind: "prepared", objectName: first });
    const liar = await start("liar-1", "1");
    const message = expect.stringContaining("both claim to be the same container of the Compose service db");
    expect(await prepare("true", { within })).toMatchObject({ kind: "rejected", reason: "bad-definition", message });
    expect(await prepare("true", { within: { container: second, mustDeclareJobs: false } })).toMatchObject({
      objectName: second,
    });
    expect(await host.exists(liar)).toBe(true);
  });

  it("runs as another user only where a schedule file says so, or the container is root's anyway", async () => {
    const name = `${host.prefix}app`;
    const body = { Image: "busybox", Cmd: ["sleep", "1000"], HostConfig: { NetworkMode: "none" } };
    for (const [own, user, answer] of [
      ["1000", "0", { kind: "rejected", reason: "not-allowed" }],
      ["1000", "1000", { kind: "prepared" }],
      ["root", "1000", { kind: "prepared" }],
    ] as const) {
      const keys = { schedule: "@hourly", launch: "exec", command: "sh -c true", user };
      const labels = Object.entries(keys).map(([key, value]) => [`shipbell.jobs.a.${key}`, value]);
      const other = await host.create(`${name}-${own}-${user}`, {
        ...body,
        User: own,
        Labels: Object.fromEntries(labels),
      });
      await host.docker.call({ method: "POST", path: `/containers/${other}/start` });
      const within = { container: `${name}-${own}-${user}`, mustDeclareJobs: true };
      expect(await prepare("true", { within, user }, `${within.container}.a`)).toMatchObject(answer);
      expect(await prepare("true", { within: { ...within, mustDeclareJobs: false }, user })).toMatchObject({
        kind: "prepared",
      });
    }
  });

  it("goes on when its reader is gone, and ends with its own exit code, whatever the engine makes of that", async () => {
    const [silent, loud] = [await prepared("sleep 1; exit 4"), await prepared(printing("echo"))];
    await Promise.all([startUnread(silent), startUnread(loud)]);
    expect(await look(loud.id)).toMatchObject({ phase: "running" });
    await openGate();
    expect(await untilEnded(loud.id)).toMatchObject({ end: { kind: "exited", exitCode: 4 } });
    expect(await untilEnded(silent.id)).toMatchObject({ end: { kind: "exited", exitCode: 4 } });
    await expect(linesOf(loud.id)).rejects.toThrow("once, to the scheduler that started it");
  });

  // Some engines say 126 of it while it runs, others lose nothing.
  it("is seen to run while it prints to readers that are gone, and never ends with an exit code of the engine's own", async () => {
    const loud = await prepared(printing("echo; echo >&2; echo >>/tmp/printed"));
    await startUnread(loud);
    await eventually("ten lines that no reader took", async () => (await linesPrinted()) >= 10 || undefined);
    expect(await look(loud.id)).toMatchObject({ phase: "running" });
    await openGate();
    const { end } = (await untilEnded(loud.id)) as ObjectState & { readonly phase: "ended" };
    expect(end).toMatchObject(end.kind === "exited" ? { exitCode: 4 } : { kind: "exit-unknown" });
  });
});

/** Prints until the gate is open. */
const printing = (what: string) => `until [ -e /tmp/gate ]; do ${what}; sleep 0.1; done; exit 4`;
const openGate = async () => host.engine.activate(await prepared("touch /tmp/gate"));

async function linesPrinted(): Promise<number> {
  const counting = await prepared("cat /tmp/printed");
  await host.engine.activate(counting);
  return (await linesOf(counting.id)).length;
}

/** Its starter is gone at once. */
async function startUnread(object: { readonly id: string; readonly name: string }): Promise<void> {
  const gone = new AbortController();
  await host.engine.activate(object);
  const reading = linesOf(object.id, gone.signal);
  gone.abort();
  await reading;
}
