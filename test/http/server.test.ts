import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { Gate } from "../../src/http/access/gate.ts";
import { serveCommands } from "../../src/http/command-server.ts";
import { createRoutes, type RouteParts } from "../../src/http/routes.ts";
import { CannotListen, type Listening, listen } from "../../src/http/server.ts";
import { Readers } from "../../src/http/sharing/readers.ts";
import { commandSocket } from "../../src/settings/settings.ts";
import { aClock } from "../support/a-clock.ts";
import { aWorld } from "../support/a-world.ts";
import { FakeClock } from "../support/fake-clock.ts";

/** What it waits for is over at once. */
const hurriedClock = aClock({ now: () => new Date(), wait: () => Promise.resolve() });
const stops: AbortController[] = [];

afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

interface Served extends Listening {
  readonly url: string;
  readonly stop: AbortController;
  readonly errors: unknown[];
}

async function serve(parts: Partial<RouteParts> = {}): Promise<Served> {
  const stop = new AbortController();
  stops.push(stop);
  const errors: unknown[] = [];
  const routes = createRoutes({
    clock: systemClock,
    gate: new Gate({ clock: systemClock, rules: () => undefined, onFailedSignIn() {}, onStrangeProxy() {} }),
    onAsked: () => {},
    pages: "on",
    world: async () => aWorld(),
    stopping: stop.signal,
    scrape: () => ({ contentType: "text/plain; version=0.0.4", chunks: pieces("a 1\n", "b 2\n") }),
    readers: new Readers(systemClock),
    health: () => ({ ok: true }),
    readiness: () => ({ engine: { ok: true } }),
    onError: (error) => errors.push(error),
    ...parts,
  });
  const listening = await listen({ host: "127.0.0.1", port: 0 }, routes, { clock: hurriedClock, signal: stop.signal });
  return { ...listening, url: `http://127.0.0.1:${listening.address.port}`, stop, errors };
}

async function* pieces(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

async function get(url: string, options: RequestInit = {}) {
  const response = await fetch(url, options);
  return { status: response.status, type: response.headers.get("content-type"), body: await response.text() };
}

test("/metrics answers with the scrape, and hands over what the scraper accepts", async () => {
  const accepted: (string | undefined)[] = [];
  const { url } = await serve({
    scrape: (accept) => {
      accepted.push(accept);
      return { contentType: "text/plain; version=0.0.4", chunks: pieces("a 1\n", "b 2\n") };
    },
  });
  const answer = await get(`${url}/metrics?x=1`, { headers: { accept: "application/openmetrics-text" } });
  expect(answer).toEqual({ status: 200, type: "text/plain; version=0.0.4", body: "a 1\nb 2\n" });
  expect(accepted).toEqual(["application/openmetrics-text"]);
});

test("/healthz follows the check", async () => {
  const reasons = [undefined, "the loop has not turned for 130 s"];
  const { url } = await serve({ health: () => toCheck(reasons.shift()) });
  expect(await get(`${url}/healthz`)).toMatchObject({ status: 200, body: "ok\n" });
  expect(await get(`${url}/healthz`)).toMatchObject({ status: 503, body: "the loop has not turned for 130 s\n" });
});

function toCheck(reason: string | undefined) {
  return reason === undefined ? { ok: true } : { ok: false, reason };
}

describe("/readyz", () => {
  test("is 200 when all checks pass", async () => {
    const { url } = await serve({ readiness: () => ({ engine: { ok: true }, ledger: { ok: true } }) });
    const { status, type, body } = await get(`${url}/readyz`);
    expect([status, type]).toEqual([200, "application/json"]);
    expect(JSON.parse(body)).toEqual({ ready: true, checks: { engine: { ok: true }, ledger: { ok: true } } });
  });

  test("is 503 when one does not, and says which and why", async () => {
    const checks = { engine: { ok: false, reason: "connect ENOENT" }, ledger: { ok: true } };
    const { url } = await serve({ readiness: () => checks });
    const { status, body } = await get(`${url}/readyz`);
    expect(status).toBe(503);
    expect(JSON.parse(body)).toEqual({ ready: false, checks });
  });
});

describe("what the scheduler knows", () => {
  const socket = commandSocket({ port: 8494, host: `test-${process.pid}` });
  const scheduler = () => pieces('{"form":1}\n');
  const open = () => {
    const stop = new AbortController();
    stops.push(stop);
    return { stop, ...{ clock: hurriedClock, signal: stop.signal, scheduler, onError: () => {} } };
  };

  test("is told to commands in the same network namespace, until it stops", async () => {
    const { stop, ...parts } = open();
    const { closed } = await serveCommands(socket, parts);
    expect(await askSocket(socket)).toEqual({ status: 200, body: '{"form":1}\n' });
    stop.abort();
    await closed;
    await expect(askSocket(socket)).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  test("is not told where others come, whatever a request says of itself", async () => {
    const { url } = await serve();
    for (const host of ["localhost", "127.0.0.1:8494", "shipbell.example"])
      expect(await getPlainly(url, "/scheduler", { host })).toMatchObject({ status: 404 });
  });

  test("is told by one of two schedulers that listen at the same address", async () => {
    await serveCommands(socket, open());
    const second = serveCommands(socket, open());
    await expect(second).rejects.toThrow(/^cannot listen on @shipbell\/test-\d+:8494: another process does/);
  });
});

function askSocket(socketPath: string) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const asked = request("http://localhost/scheduler", { socketPath, agent: false }, async (response) => {
      resolve({ status: response.statusCode, body: await text(response) });
    });
    asked.once("error", reject).end();
  });
}

/** As a command does: `fetch` sends the headers of a browser. */
function getPlainly(url: string, path: string, headers: Record<string, string> = {}) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const asked = request(`${url}${path}`, { headers }, async (response) => {
      resolve({ status: response.statusCode, body: await text(response) });
    });
    asked.once("error", reject).end();
  });
}

test("/ links the other routes", async () => {
  const { url } = await serve();
  const { status, body } = await get(`${url}/`);
  expect(status).toBe(200);
  for (const name of ["metrics", "healthz", "readyz"]) expect(body).toContain(`href="./${name}"`);
});

test.each(["/", "/metrics", "/healthz", "/readyz"])("HEAD %s is the head of GET, without a body", async (path) => {
  const { url } = await serve();
  const asked = await get(`${url}${path}`);
  expect(await get(`${url}${path}`, { method: "HEAD" })).toEqual({ ...asked, body: "" });
});

test("other routes are 404, other methods 405", async () => {
  const { url } = await serve();
  expect((await get(`${url}/nothing`)).status).toBe(404);
  expect((await get(`${url}/nothing`, { method: "POST" })).status).toBe(404);
  const response = await fetch(`${url}/metrics`, { method: "POST", body: "x".repeat(100_000) });
  expect([response.status, response.headers.get("allow"), await response.text()]).toEqual([
    405,
    "GET, HEAD",
    "only GET and HEAD\n",
  ]);
});

test("half an answer does not look like a whole one, and the server lives on", async () => {
  const fault = new Error("no route");
  const { url, errors } = await serve({
    scrape: () => ({ contentType: "text/plain", chunks: failing(fault) }),
  });
  await expect(get(`${url}/metrics`)).rejects.toThrow();
  expect(errors).toEqual([fault]);
  expect((await get(`${url}/healthz`)).status).toBe(200);
});

async function* failing(fault: Error): AsyncGenerator<string> {
  yield "a 1\n";
  throw fault;
}

test("a reader that goes away in the midst ends the scrape, and is no error", async () => {
  const ended = Promise.withResolvers<void>();
  const { address, errors } = await serve({
    scrape: () => ({ contentType: "text/plain", chunks: endless(ended.resolve) }),
  });
  const socket = connect(address.port, address.host);
  socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  await once(socket, "data");
  socket.destroy();
  await ended.promise;
  expect(errors).toEqual([]);
});

async function* endless(onEnd: () => void): AsyncGenerator<string> {
  try {
    for (;;) yield "x".repeat(65_536);
  } finally {
    onEnd();
  }
}

describe("clients that do not read", () => {
  const UNREAD = 200;

  test("hold eight answers in memory at most, and keep neither a scraper nor a health check from theirs", async () => {
    let [open, most, asked] = [0, 0, 0];
    const [allAsked, scraperAsked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    async function* route(): AsyncGenerator<string> {
      most = Math.max(most, ++open);
      try {
        for (let piece = 0; piece < 100; piece++) yield "x".repeat(65_536);
      } finally {
        open--;
      }
    }
    const clock = new FakeClock(new Date());
    const { url, address } = await serve({
      scrape: (accept) => {
        if (accept === "text/plain") scraperAsked.resolve();
        else if (++asked === UNREAD) allAsked.resolve();
        return { contentType: "text/plain", chunks: route() };
      },
      readers: new Readers(clock),
    });
    const sockets = Array.from({ length: UNREAD }, () => {
      const socket = connect(address.port, address.host).on("error", () => {});
      socket.pause();
      socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
      return socket;
    });
    await allAsked.promise;
    const scraped = get(`${url}/metrics`, { headers: { accept: "text/plain" } });
    await scraperAsked.promise;
    expect((await get(`${url}/healthz`)).status).toBe(200);
    await clock.advance(6000);
    expect((await scraped).body).toHaveLength(6_553_600);
    expect(most).toBe(8);
    for (const socket of sockets) socket.destroy();
  });

  test("are cut, the oldest first, when there are too many of them", async () => {
    const { url, address } = await serve();
    const sockets = Array.from({ length: 300 }, () => connect(address.port, address.host).on("error", () => {}));
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    const isCut = once(sockets[0] as Socket, "close");
    expect((await get(`${url}/healthz`)).status).toBe(200);
    await isCut;
    for (const socket of sockets) socket.destroy();
  });
});

describe("listening", () => {
  test("on an address that is in use fails with what to do", async () => {
    const { address } = await serve();
    const again = listen(address, () => {}, { clock: hurriedClock, signal: new AbortController().signal });
    await expect(again).rejects.toThrow(CannotListen);
    await expect(again).rejects.toThrow(
      `cannot listen on 127.0.0.1:${address.port}: another process does; choose another with --listen`,
    );
  });

  test("ends at the abort, although connections are kept alive and an answer goes on", async () => {
    const { stop, closed, address } = await serve({
      scrape: () => ({ contentType: "text/plain", chunks: endless(() => {}) }),
    });
    const kept = connect(address.port, address.host);
    kept.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(kept, "data");
    const reading = connect(address.port, address.host);
    reading.on("error", () => {});
    reading.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    await once(reading, "data");
    reading.pause();
    stop.abort();
    await closed;
    await expect(fetch(`http://127.0.0.1:${address.port}/`)).rejects.toThrow();
  });
});
