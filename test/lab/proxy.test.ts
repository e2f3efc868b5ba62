import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request as httpRequest, type IncomingMessage, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { askEngine } from "./engine-api.ts";
import { type EngineProxy, startEngineProxy } from "./proxy.ts";

/** A server in an engine's place that remembers what reached it. */
let folder: string;
let engine: Server;
let seen: string[];
let proxy: EngineProxy;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shipbell-test-"));
  seen = [];
  engine = createServer(async (request, response) => {
    seen.push(`${request.method} ${request.url} ${await text(request)}`);
    if (request.url === "/events") response.writeHead(200).write("first\n");
    else response.writeHead(201, { "content-type": "application/json" }).end(JSON.stringify({ number: seen.length }));
  });
  engine.on("upgrade", (request, socket, early) => {
    if (request.url === "/missing") return socket.end("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
    socket.write("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
    socket
      .on("data", (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()))
      .on("end", () => socket.end("bye"));
    return socket.unshift(early);
  });
  await once(engine.listen(join(folder, "engine.sock")), "listening");
  proxy = await startEngineProxy(join(folder, "engine.sock"));
});

afterEach(async () => {
  await proxy.close();
  engine.closeAllConnections();
  engine.close();
  await rm(folder, { recursive: true });
});

const ask = (method: string, path: string, body?: unknown) => askEngine(proxy.socketPath, method, path, body);
const create = { method: "POST", path: /^\/containers\/create/ };

test("without rules a request and its answer pass unchanged, and are in the log without the API version", async () => {
  await expect(ask("POST", "/v1.41/containers/create?name=a", { Image: "x" })).resolves.toEqual({
    status: 201,
    json: { number: 1 },
  });
  expect(seen).toEqual(['POST /v1.41/containers/create?name=a {"Image":"x"}']);
  expect(proxy.requests).toEqual([
    {
      method: "POST",
      path: "/containers/create?name=a",
      status: 201,
      requestBytes: 13,
      answerBytes: 12,
      end: "answered",
    },
  ]);
});

test("a held request reaches the engine when it is released", async () => {
  const rule = proxy.when(create).holdRequest();
  const answer = ask("POST", "/v1.41/containers/create", {});
  await expect(rule.reached).resolves.toMatchObject({ method: "POST", path: "/containers/create" });
  expect(seen).toEqual([]);
  rule.release();
  await expect(answer).resolves.toMatchObject({ status: 201 });
});

test("a held request reaches the engine even when its client is dead by then", async () => {
  const rule = proxy.when(create).holdRequest();
  const client = new AbortController();
  const answer = askEngine(proxy.socketPath, "POST", "/containers/create", {}, client.signal);
  await rule.reached;
  client.abort();
  await expect(answer).rejects.toThrow();
  const arrived = once(engine, "request");
  rule.release();
  await arrived;
});

test("a held answer is one that the engine has given", async () => {
  const rule = proxy.when(create).holdAnswer();
  const answer = ask("POST", "/containers/create", {});
  await expect(rule.reached).resolves.toMatchObject({ status: 201, end: "open" });
  expect(seen).toHaveLength(1);
  rule.release();
  await expect(answer).resolves.toMatchObject({ status: 201 });
});

test("what is held can be cut", async () => {
  const rule = proxy.when(create).holdAnswer();
  const answer = ask("POST", "/containers/create", {});
  await rule.reached;
  rule.cut();
  await expect(answer).rejects.toThrow("socket hang up");
});

test("a cut request never reaches the engine", async () => {
  const rule = proxy.when(create).cutRequest();
  await expect(ask("POST", "/containers/create", {})).rejects.toThrow("socket hang up");
  await expect(rule.reached).resolves.toMatchObject({ end: "cut" });
  expect(seen).toEqual([]);
});

test("a cut answer is lost, but the engine did what was asked", async () => {
  const rule = proxy.when(create).cutAnswer();
  await expect(ask("POST", "/containers/create", {})).rejects.toThrow("socket hang up");
  await expect(rule.reached).resolves.toMatchObject({ status: 201, end: "cut" });
  expect(seen).toHaveLength(1);
});

test.each(["first", "second"] as const)(
  "a doubled request is done twice, and the client gets the %s answer",
  async (which) => {
    const rule = proxy.when(create).double(which);
    await expect(ask("POST", "/containers/create", {})).resolves.toMatchObject({
      json: { number: which === "first" ? 1 : 2 },
    });
    await rule.reached;
    expect(seen).toEqual(["POST /containers/create {}", "POST /containers/create {}"]);
    expect(proxy.requests.map(({ status }) => status)).toEqual([201, 201]);
  },
);

test("a delayed request comes after its time, and is the same", async () => {
  const askedAt = performance.now();
  proxy.when({ path: /slow/ }).delay(50);
  await ask("GET", "/slow");
  // A timer may be a millisecond early.
  expect(performance.now() - askedAt).toBeGreaterThanOrEqual(49);
  expect(seen).toEqual(["GET /slow "]);
});

test("the proxy can answer in the engine's place", async () => {
  proxy.when(create).answer(500, { message: "no leader" });
  await expect(ask("POST", "/containers/create", {})).resolves.toEqual({ status: 500, json: { message: "no leader" } });
  expect(seen).toEqual([]);
});

test("a rule takes as many requests as it says, and those of its method and path only", async () => {
  proxy.when({ ...create, times: 2 }).answer(409, {});
  const asked = [
    ask("GET", "/containers/create"),
    ask("POST", "/other"),
    ...[1, 2, 3].map(() => ask("POST", "/containers/create")),
  ];
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([201, 201, 201, 409, 409]);
});

test("an answer without end streams, and its engine side closes with its client", async () => {
  const leaving = new AbortController();
  const engineSide = once(engine, "request").then(([, response]) => once(response, "close"));
  const asked = httpRequest({ socketPath: proxy.socketPath, path: "/events", signal: leaving.signal }).end();
  asked.on("error", () => {});
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  expect(String((await once(answer, "data"))[0])).toBe("first\n");
  leaving.abort();
  await engineSide;
});

test("an upgraded connection passes both ways, with the body before it and each end by itself", async () => {
  const asked = httpRequest({ socketPath: proxy.socketPath, method: "POST", path: "/exec/start", headers: upgrade });
  asked.end("body ");
  const [, socket, early] = await once(asked, "upgrade");
  socket.end("stdin");
  expect(early + (await text(socket))).toBe("BODY STDINbye");
});

test("an upgrade that is refused is an ordinary answer", async () => {
  const asked = httpRequest({ socketPath: proxy.socketPath, path: "/missing", headers: upgrade }).end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  expect([answer.statusCode, await text(answer)]).toEqual([404, "no"]);
});

test("an engine that goes away breaks what is open, refuses what is new, and may come back", async () => {
  proxy.when({ path: /held/ }).holdRequest();
  const open = ask("GET", "/events");
  await once(engine, "request");
  await Promise.all([proxy.down(), expect(open).rejects.toThrow()]);
  await expect(ask("GET", "/containers/json")).rejects.toThrow("ENOENT");
  await proxy.up();
  await expect(ask("GET", "/containers/json")).resolves.toMatchObject({ status: 201 });
});

test("an engine that is not there is a connection that breaks", async () => {
  engine.close();
  await expect(ask("GET", "/containers/json")).rejects.toThrow("socket hang up");
  expect(proxy.requests).toMatchObject([{ end: "failed" }]);
});

const upgrade = { connection: "Upgrade", upgrade: "tcp" };
