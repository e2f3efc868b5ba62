import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, connect as dial, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ExecTemplate } from "../../src/job/job.ts";
import { engineAt } from "../lab/engine-client.ts";
import { testEngine } from "../lab/test-engine.ts";
import { anAttemptOrder } from "../support/a-job.ts";
import { type ContainerHost, containerHost } from "./engine/container-host.ts";

/** Passes bytes between a client and a real engine, and closes one of the two ways before, or without, the other. */
type Pass = (client: Socket, engine: Socket) => void;

let direct: ContainerHost;
let container: string;
const closing: (() => Promise<void>)[] = [];

beforeEach(async () => {
  direct = containerHost(testEngine(), randomUUID().slice(0, 8));
  closing.push(() => direct.close());
  container = `${direct.prefix}db`;
  const HostConfig = { NetworkMode: "none", Init: true };
  const id = await direct.create(container, { Image: "busybox", Cmd: ["sleep", "1000"], HostConfig });
  await direct.docker.call({ method: "POST", path: `/containers/${id}/start` });
});
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Returns an engine behind such a proxy; `onEnd` hears that the engine has sent all of the command's output. */
async function behind(pass: Pass, onEnd: () => void): Promise<ContainerHost["engine"]> {
  const folder = await mkdtemp(join(tmpdir(), "shipbell-half-"));
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const engine = dial({ path: engineAt(testEngine()).socketPath, allowHalfOpen: true });
    for (const socket of [client, engine]) sockets.add(socket.on("error", () => {}));
    client.on("data", (bytes) => isStart(bytes) && engine.on("end", onEnd));
    pass(client, engine);
  });
  const socket = join(folder, "docker.sock");
  await once(server.listen(socket), "listening");
  closing.push(async () => {
    for (const each of sockets) each.destroy();
    server.close();
    await once(server, "close");
    await rm(folder, { recursive: true });
  });
  const host = containerHost(`unix://${socket}`, randomUUID().slice(0, 8));
  closing.push(() => host.close());
  return host.engine;
}

const isStart = (bytes: Buffer) => /^POST \S*\/exec\/\S+\/start/m.test(bytes.toString("latin1"));

test.each<[string, Pass]>([
  [
    "ends the way to the engine with the request",
    (client, engine) => {
      client.on("data", (bytes) => {
        engine.write(bytes);
        if (isStart(bytes)) engine.end();
      });
      engine.pipe(client);
    },
  ],
  [
    "keeps the end of the answer to itself",
    (client, engine) => {
      client.pipe(engine);
      engine.pipe(client, { end: false });
    },
  ],
])("a command's last line without a newline comes through a proxy that %s", async (_name, pass) => {
  const enough = new AbortController();
  const { promise: isSent, resolve: sent } = Promise.withResolvers<void>();
  const engine = await behind(pass, sent);
  // What the engine has sent is on its way within this process. A run gives it 5 s.
  const giveUp = async () => {
    await isSent;
    for (let turn = 0; turn < 20; turn++) await nextTurn();
    enough.abort();
  };
  const template: ExecTemplate = {
    ...{ kind: "exec", within: { container, mustDeclareJobs: false }, environment: {}, needsShell: false },
    command: ["sh", "-c", "echo one; sleep 0.3; printf unended"],
  };
  const prepared = await engine.prepare(anAttemptOrder({ template }));
  if (prepared.kind !== "prepared") throw new Error(JSON.stringify(prepared));
  const { objectId: id, objectName: name } = prepared;
  expect(await engine.activate({ id, name })).toEqual({ kind: "activated" });
  const lines: string[] = [];
  for await (const { line } of engine.logs(id, { tail: "all" }, enough.signal)) {
    lines.push(line);
    if (line === "one") void giveUp();
  }
  expect(lines).toEqual(["one", "unended"]);
});
