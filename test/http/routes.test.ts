import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, it, test } from "vitest";
import { hashPassword } from "../../src/http/access/passwords.ts";
import { hashToken } from "../../src/http/access/tokens.ts";
import type { Answer } from "../../src/http/answer.ts";
import type { Body, Route, RouteRequest } from "../../src/http/route.ts";
import { aWorld } from "../support/a-world.ts";
import { pieces, type SendOptions, serveRoutes } from "./served.ts";

const servers: { stop: () => Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map(({ stop }) => stop()));
});

type Served = Awaited<ReturnType<typeof serveRoutes>>;

async function served(
  options: Parameters<typeof serveRoutes>[0] & { readonly routes?: readonly Route[] } = {},
): Promise<Served> {
  const { routes = [], ...rest } = options;
  const of = (prefix: string) => async () =>
    routes.filter(({ path }) => path.startsWith("/api") === (prefix === "api"));
  const server = await serveRoutes({ tables: { api: of("api"), web: of("web") }, ...rest });
  servers.push(server);
  return server;
}

function plain(body: string): Answer {
  return { status: 200, contentType: "text/plain", body };
}

/** Answers with what a route gets to see. */
function echo(path: string, more: Partial<Route> = {}): Route {
  const answer = ({ params, root, query, by, caller, signIn }: RouteRequest) =>
    plain(JSON.stringify({ params, root, query: [...query], by, caller, signIn }));
  return { method: "GET", path, role: "none", answer, ...more };
}

async function echoed(server: Served, path: string, options?: SendOptions) {
  const { status, body } = await server.send("GET", path, options);
  return status === 200 ? JSON.parse(body) : { status };
}

describe("an address", () => {
  const routes = [echo("/"), echo("/jobs/:job"), echo("/jobs/:job/run"), echo("/api/v1/"), echo("/api/v1/runs/:run")];

  it.each([
    ["/", {}, "./"],
    ["/jobs/backup", { job: "backup" }, "../"],
    ["/jobs/shop_db.1/run", { job: "shop_db.1" }, "../../"],
    ["/jobs/b%61ckup", { job: "backup" }, "../"],
    ["/api/v1/", {}, "../../"],
    ["/api/v1/runs/backup-20261118t030000z", { run: "backup-20261118t030000z" }, "../../../"],
    ["http://shipbell:8494/jobs/backup", { job: "backup" }, "../"],
  ])("%s has parameters %j, and %s is its root", async (path, params, root) => {
    expect(await echoed(await served({ routes }), path)).toMatchObject({ params, root });
  });

  it("has a query", async () => {
    const { query } = await echoed(await served({ routes }), "/jobs/backup?hours=6&q=a%20b&q=%ff?");
    expect(query).toEqual([
      ["hours", "6"],
      ["q", "a b"],
      ["q", "\uFFFD?"],
    ]);
  });

  it.each([
    "/nothing",
    "/jobs/",
    "/jobs//run",
    "/jobs/../metrics",
    "/jobs/%2e%2e",
    "/jobs/.hidden",
    "/jobs/a%2fb",
    "/jobs/a%00b",
    "/jobs/%ff",
    "/jobs/%",
    "/jobs/a b",
    `/jobs/${"a".repeat(201)}`,
    "//evil.example/",
    "/api",
    "/API/v1/",
    "/metrics/x",
    "*",
    "ftp://a/b",
    "/\\evil.example",
  ])("%s is none", async (path) => {
    const server = await served({ routes });
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const [head] = await once(socket, "data");
    expect(String(head)).toMatch(/^HTTP\/1\.1 (404|400) /);
  });

  it.each([
    ["/jobs/backup/", "../backup"],
    ["/jobs/backup/?hours=6", "../backup?hours=6"],
    ["/api/v1", "./v1/"],
    ["/metrics/", "../metrics"],
    ["/healthz/?a=b%20c", "../healthz?a=b+c"],
  ])("%s has another spelling, and leads to it under any prefix", async (path, location) => {
    const answer = await (await served({ routes })).send("GET", path);
    expect([answer.status, answer.headers.location]).toEqual([308, location]);
  });

  it("answers HEAD as GET, and other methods with those that it has", async () => {
    const server = await served({ routes: [...routes, echo("/jobs/:job", { method: "POST", role: "operate" })] });
    expect(await server.send("HEAD", "/jobs/backup")).toMatchObject({ status: 200, body: "" });
    const refused = await server.send("DELETE", "/jobs/backup");
    expect([refused.status, refused.headers.allow]).toEqual([405, "GET, HEAD, POST"]);
    const options = await server.send("OPTIONS", "/metrics");
    expect([options.status, options.headers.allow, options.headers["access-control-allow-origin"]]).toEqual([
      405,
      "GET, HEAD",
      undefined,
    ]);
  });
});

it("an answer may take its time: only a connection on which nobody waits is ended", async () => {
  const sockets: Socket[] = [];
  const timeouts: (number | undefined)[] = [];
  const slow = echo("/slow", {
    answer: () => {
      timeouts.push(sockets[0]?.timeout);
      return plain("ok");
    },
  });
  const server = await served({ routes: [slow], onRequest: ({ socket }) => sockets.push(socket) });
  await server.send("GET", "/slow");
  expect(timeouts).toEqual([0]);
});

describe("what a client is told", () => {
  it.each([
    ["/nothing", { accept: "text/html,*/*" }, /^text\/html/],
    ["/nothing", {}, /^text\/plain/],
    ["/api/nothing", {}, /^application\/problem\+json/],
    ["/api/nothing", { accept: "text/html,application/xhtml+xml" }, /^text\/html/],
  ])("of %s, asked with %j, is %s", async (path, headers, type) => {
    const { status, headers: sent } = await (await served()).send("GET", path, { headers });
    expect([status, sent["content-type"]]).toEqual([404, expect.stringMatching(type)]);
  });

  it("of a fault of ours is that there was one, and the log has the rest", async () => {
    const fault = new Error("secret");
    const broken = echo("/broken", { answer: () => Promise.reject(fault) });
    const server = await served({ routes: [broken] });
    const { status, body } = await server.send("GET", "/broken");
    expect({ status, body, errors: server.errors }).toEqual({
      status: 500,
      body: "The scheduler could not answer this. Its log says why.\n",
      errors: [fault],
    });
  });

  it.each(["/", "/nothing", "/metrics", "/healthz", "/api/x", "/static/0/icon.svg"])(
    "at %s has headers that keep browsers from harm",
    async (path) => {
      const { headers } = await (await served({ routes: [echo("/")] })).send("GET", path);
      expect(headers).toMatchObject({
        "content-security-policy":
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
      });
    },
  );

  it.each([
    ["localhost:8494", {}, "same-origin"],
    ["[::1]:8494", {}, "same-origin"],
    ["cron.lan", { "x-forwarded-proto": "https" }, "same-origin"],
    ["cron.lan", {}, undefined],
  ])(
    "asked for as %s %o, has the header that browsers ignore on plain HTTP, with a warning, only where they do not",
    async (host, headers, expected) => {
      const server = await served({ routes: [echo("/")] });
      const answer = await server.send("GET", "/", { headers: { host, ...headers } });
      expect(answer.headers["cross-origin-opener-policy"]).toBe(expected);
    },
  );

  it("without pages is only what the system tells", async () => {
    const server = await served({ routes: [echo("/"), echo("/api/v1/")], parts: { pages: "off" } });
    const statusOf = async (path: string) => (await server.send("GET", path)).status;
    const paths = ["/", "/api/v1/", "/static/0/icon.svg", "/sign-in", "/metrics", "/healthz", "/readyz"];
    expect(await Promise.all(paths.map(statusOf))).toEqual([404, 404, 404, 404, 200, 200, 200]);
  });
});

describe("a body", () => {
  const bodies: Body[] = [];
  const post: Route = {
    ...echo("/api/v1/post"),
    method: "POST",
    answer: async ({ body }) => {
      bodies.push(await body());
      return plain("ok");
    },
  };
  const JSON_TYPE = { "content-type": "application/json" };

  it("is JSON, a form, YAML, or not there", async () => {
    const server = await served({ routes: [post] });
    const same = { "sec-fetch-site": "same-origin" };
    bodies.length = 0;
    await server.send("POST", "/api/v1/post", { headers: JSON_TYPE, body: '{"a":"ö"}' });
    const form = { ...same, "content-type": "application/x-www-form-urlencoded; charset=utf-8" };
    await server.send("POST", "/api/v1/post", { headers: form, body: "a=b&a=%C3%B6+c" });
    await server.send("POST", "/api/v1/post", {
      headers: { ...same, "content-type": "application/yaml" },
      body: "a: b",
    });
    await server.send("POST", "/api/v1/post", { headers: same });
    expect(bodies).toEqual([
      { kind: "json", value: { a: "ö" } },
      { kind: "form", fields: new URLSearchParams("a=b&a=ö c") },
      { kind: "text", text: "a: b" },
      { kind: "none" },
    ]);
  });

  it.each([
    ["too large, as its head says", { headers: JSON_TYPE, body: "x".repeat(16_385) }, 413],
    [
      "too large, bit by bit",
      { headers: { ...JSON_TYPE, "transfer-encoding": "chunked" }, body: "x".repeat(2_000_000) },
      413,
    ],
    ["of another type", { headers: { "content-type": "text/plain", "sec-fetch-site": "none" }, body: "a" }, 415],
    ["of no type", { headers: { "sec-fetch-site": "none" }, body: "a" }, 415],
    [
      "of several parts",
      { headers: { "content-type": "multipart/form-data; boundary=x", "sec-fetch-site": "none" }, body: "a" },
      415,
    ],
    ["no JSON", { headers: JSON_TYPE, body: "{" }, 400],
    ["no UTF-8", { headers: JSON_TYPE, body: Buffer.from([0x22, 0xff, 0x22]) }, 400],
  ])("that is %s is refused", async (_, options, status) => {
    const server = await served({ routes: [post] });
    const answer = await server.send("POST", "/api/v1/post", options).catch(() => ({ status }));
    expect(answer.status).toBe(status);
    expect(server.errors).toEqual([]);
    expect((await server.send("POST", "/api/v1/post", { headers: JSON_TYPE, body: "1" })).status).toBe(200);
  });

  it("whose client goes away is no fault of ours", async () => {
    const begun = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const waits: Route = {
      ...post,
      answer: async ({ body, gone }) => {
        gone.addEventListener("abort", () => ended.resolve());
        begun.resolve();
        await body();
        return plain("never");
      },
    };
    const server = await served({ routes: [waits] });
    const socket = connect(server.port, "127.0.0.1");
    socket.write(
      "POST /api/v1/post HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{",
    );
    await begun.promise;
    socket.destroy();
    await ended.promise;
    expect((await server.send("GET", "/healthz")).status).toBe(200);
    expect(server.errors).toEqual([]);
  });

  it("that nobody reads does not pile up, and the connection goes on", async () => {
    const server = await served({ routes: [{ ...post, answer: () => plain("ok") }] });
    const socket = connect(server.port, "127.0.0.1");
    const body = "x".repeat(1_000_000);
    const head = `POST /api/v1/post HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    socket.write(head + body);
    await once(socket, "data");
    socket.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(String((await once(socket, "data"))[0])).toContain("200 OK");
    socket.destroy();
  });
});

describe("signing in", () => {
  const routes = [
    echo("/", { role: "status" }),
    echo("/secret", { role: "read" }),
    echo("/api/v1/x", { role: "read" }),
  ];
  const HTML = { accept: "text/html" };

  async function withUsers(anonymous = "status") {
    const hash = await hashPassword("correct horse");
    return served({
      routes,
      auth: `anonymous: ${anonymous}\nusers:\n  ops: {password: "${hash}", role: operate}\n  eve: {password: "${hash}", role: status}\n`,
    });
  }
  const basic = (name: string, password = "correct horse") => ({
    ...HTML,
    authorization: `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`,
  });

  it("is asked for where anonymous callers may not be: pages of people, the API of programs", async () => {
    const server = await withUsers();
    const page = await server.send("GET", "/secret", { headers: HTML });
    expect([page.status, page.headers["www-authenticate"]]).toEqual([401, 'Basic realm="shipbell", charset="UTF-8"']);
    const api = await server.send("GET", "/api/v1/x");
    expect([api.status, api.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    const stream = await server.send("GET", "/api/v1/x", { headers: { accept: "text/event-stream" } });
    expect(stream.headers["www-authenticate"]).toBe(page.headers["www-authenticate"]);
    expect(JSON.parse(api.body)).toMatchObject({ status: 401, code: "not-signed-in" });
  });

  it("is offered where they may, and leads back", async () => {
    const server = await withUsers();
    expect(await echoed(server, "/")).toMatchObject({ caller: { role: "status" }, signIn: "./sign-in" });
    expect((await server.send("GET", "/sign-in", { headers: HTML })).status).toBe(401);
    const back = (to: string) => server.send("GET", `/sign-in?to=${encodeURIComponent(to)}`, { headers: basic("ops") });
    const leads = async (to: string) => {
      const { status, headers } = await back(to);
      return [status, headers.location];
    };
    expect(await leads("jobs/backup?hours=6")).toEqual([303, "./jobs/backup?hours=6"]);
    expect(await leads("?q=a%20b&zone=UTC")).toEqual([303, "./?q=a%20b&zone=UTC"]);
    for (const to of [
      "?q=\u20ac",
      "?q=\u0001",
      "?q=a b",
      "//evil.example",
      "https://evil.example",
      "\\evil",
      "/jobs",
      "a\r\nX: y",
      "javascript:alert(1)",
    ])
      expect(await leads(to)).toEqual([303, "./"]);
    expect(await echoed(server, "/", { headers: basic("ops") })).toMatchObject({
      caller: { name: "ops", role: "operate" },
    });
    expect(await echoed(server, "/", { headers: basic("ops") })).not.toHaveProperty("signIn");
  });

  it("with a wrong password is refused everywhere except where nobody is asked", async () => {
    const server = await withUsers();
    const wrong = { headers: basic("ops", "wrong") };
    expect((await server.send("GET", "/", wrong)).status).toBe(401);
    expect((await server.send("GET", "/healthz", wrong)).status).toBe(200);
    expect(server.failed).toEqual([{ peer: "127.0.0.1", name: "ops", count: 1 }]);
  });

  it("does not help where the role is too low", async () => {
    const server = await withUsers();
    const { status, body } = await server.send("GET", "/secret", { headers: basic("eve") });
    expect([status, body]).toEqual([403, expect.stringContaining("eve has the role status")]);
  });

  it("is not offered where there is no user", async () => {
    const server = await served({ routes });
    expect(await echoed(server, "/")).not.toHaveProperty("signIn");
    const { status, headers } = await server.send("GET", "/secret", { headers: HTML });
    expect([status, headers["www-authenticate"]]).toEqual([401, "Bearer"]);
  });

  it("is needed for the metrics if the file says so, and a token will do", async () => {
    const auth = `metrics: read\ntokens:\n  prometheus: {sha256: ${hashToken("sb_x")}, role: read}`;
    const server = await served({ auth });
    expect((await server.send("GET", "/metrics")).status).toBe(401);
    expect((await server.send("GET", "/metrics", { headers: { authorization: "Bearer sb_x" } })).status).toBe(200);
    server.setAuth("metrics: open");
    expect((await server.send("GET", "/metrics")).status).toBe(200);
  });
});

describe("another site, in the browser of somebody who has signed in", () => {
  it("changes nothing, whatever the browser says of it", async () => {
    let changed = 0;
    const change: Route = {
      method: "POST",
      path: "/api/v1/change",
      role: "operate",
      answer: ({ noteAsked }) => {
        changed++;
        noteAsked({ what: "run", job: "backup", run: "backup-1" });
        return plain("ok");
      },
    };
    const hash = await hashPassword("correct horse");
    const server = await served({
      routes: [change],
      auth: `users:\n  ops: {password: "${hash}", role: operate}`,
      publicUrl: "https://cron.example/x/",
    });
    const authorization = `Basic ${Buffer.from("ops:correct horse").toString("base64")}`;
    const form = { authorization, "content-type": "application/x-www-form-urlencoded", accept: "text/html" };
    const post = async (headers: Record<string, string>) =>
      (await server.send("POST", "/api/v1/change", { headers: { ...form, ...headers }, body: "a=b" })).status;
    expect(await post({ "sec-fetch-site": "cross-site", origin: "https://evil.example" })).toBe(403);
    expect(await post({ origin: "https://evil.example" })).toBe(403);
    expect(await post({ origin: "null" })).toBe(403);
    expect(await post({})).toBe(403);
    expect(await post({ "content-type": "text/plain" })).toBe(403);
    expect([changed, server.asked]).toEqual([0, []]);
    expect(await post({ "sec-fetch-site": "same-origin" })).toBe(200);
    expect(await post({ origin: "https://cron.example" })).toBe(200);
    expect(await post({ "content-type": "application/json" })).toBe(200);
    expect(server.asked.map(({ by }) => by)).toEqual([
      { via: "page", name: "ops" },
      { via: "page", name: "ops" },
      { via: "api", name: "ops" },
    ]);
  });

  it("reads nothing under a name of its own", async () => {
    const server = await served({ routes: [echo("/", { role: "status" })], auth: "anonymous: read" });
    expect((await server.send("GET", "/", { headers: { host: "evil.example" } })).status).toBe(421);
    expect((await server.send("GET", "/", { headers: { host: `127.0.0.1:${server.port}` } })).status).toBe(200);
    expect((await server.send("GET", "/healthz", { headers: { host: "evil.example" } })).status).toBe(200);
  });
});

describe("streams", () => {
  const open = new Set<symbol>();
  async function* ticks({ gone }: Pick<RouteRequest, "gone">): AsyncGenerator<string> {
    const self = Symbol("stream");
    open.add(self);
    try {
      yield ": begin\n\n";
      await new Promise<void>((resolve) => gone.addEventListener("abort", () => resolve()));
      yield "event: bye\n\n";
    } finally {
      open.delete(self);
    }
  }
  const stream: Route = {
    ...echo("/api/v1/events"),
    answer: (request) => ({ status: 200, contentType: "text/event-stream", stream: "events", body: ticks(request) }),
  };

  function openStream(port: number, path = "/api/v1/events"): Socket {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    return socket;
  }

  test("are 64 at once: the others are told to ask again, and places are free again when readers go", async () => {
    const server = await served({ routes: [stream] });
    const sockets = Array.from({ length: 200 }, () => openStream(server.port));
    const heads = await Promise.all(sockets.map(async (socket) => String((await once(socket, "data"))[0])));
    const refused = heads.filter((head) => head.startsWith("HTTP/1.1 503"));
    expect([heads.filter((head) => head.startsWith("HTTP/1.1 200")).length, refused.length]).toEqual([64, 136]);
    expect(refused[0]).toMatch(/\r\nRetry-After: 30\r\n/);
    expect((await server.send("GET", "/healthz")).status).toBe(200);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => open.size).toBe(0);
    const again = openStream(server.port);
    expect(String((await once(again, "data"))[0])).toMatch(/^HTTP\/1\.1 200 .*X-Accel-Buffering: no/s);
    again.destroy();
    expect(server.errors).toEqual([]);
  });

  test("of outputs are 20 of them, so that who follows outputs keeps nobody from the events", async () => {
    const output: Route = {
      ...echo("/api/v1/runs/:run/output"),
      answer: (request) => ({ status: 200, contentType: "text/plain", stream: "output", body: ticks(request) }),
    };
    const server = await served({ routes: [stream, output] });
    const heads = async (count: number, path?: string) => {
      const sockets = Array.from({ length: count }, () => openStream(server.port, path));
      const all = await Promise.all(sockets.map(async (socket) => String((await once(socket, "data"))[0])));
      return { sockets, statuses: all.map((head) => Number(head.slice(9, 12))) };
    };
    const outputs = await heads(30, "/api/v1/runs/a/output");
    expect(Map.groupBy(outputs.statuses, String).get("200")).toHaveLength(20);
    expect(new Set(outputs.statuses)).toEqual(new Set([200, 503]));
    const refused = await server.send("GET", "/api/v1/runs/a/output");
    expect(JSON.parse(refused.body)).toMatchObject({
      code: "too-many-streams",
      detail: expect.stringMatching(/^20 clients follow outputs/),
    });
    const events = await heads(44);
    expect(new Set(events.statuses)).toEqual(new Set([200]));
    expect((await heads(1)).statuses).toEqual([503]);
    for (const socket of [...outputs.sockets, ...events.sockets]) socket.destroy();
    await expect.poll(() => open.size).toBe(0);
    expect((await heads(1, "/api/v1/runs/a/output")).statuses).toEqual([200]);
    expect(server.errors).toEqual([]);
  });

  test("may be silent for as long as they say, where nothing can be sent in between", async () => {
    const sockets: Socket[] = [];
    const quiet: Route = {
      ...stream,
      answer: (request) => ({
        status: 200,
        contentType: "text/plain",
        stream: "events",
        longestSilenceMs: 3_600_000,
        body: ticks(request),
      }),
    };
    const server = await served({ routes: [quiet], onRequest: ({ socket }) => sockets.push(socket) });
    const socket = openStream(server.port);
    await once(socket, "data");
    expect(sockets.map(({ timeout }) => timeout)).toEqual([3_600_000]);
    socket.destroy();
  });

  test("end with a farewell when the scheduler stops", async () => {
    const server = await served({ routes: [stream] });
    const socket = openStream(server.port);
    const received: string[] = [];
    socket.on("data", (data) => received.push(String(data)));
    await expect.poll(() => received.join("")).toContain(": begin");
    const closed = once(socket, "close");
    await server.stop();
    await closed;
    expect(received.join("")).toContain("event: bye");
  });

  test("end when it is said again who may do what", async () => {
    const next = Promise.withResolvers<void>();
    const twice: Route = {
      ...stream,
      answer: () => ({
        status: 200,
        contentType: "text/event-stream",
        stream: "events",
        body: (async function* () {
          yield "one\n";
          await next.promise;
          yield "two\n";
        })(),
      }),
    };
    const server = await served({ routes: [twice], auth: "anonymous: read" });
    const asked = server.send("GET", "/api/v1/events");
    await expect.poll(() => server.send("GET", "/healthz").then(({ status }) => status)).toBe(200);
    server.setAuth("anonymous: none");
    next.resolve();
    expect((await asked).body).toBe("one\n");
  });

  test("end also when that is said before they begin", async () => {
    const slow: Route = {
      ...stream,
      answer: () => {
        server.setAuth("anonymous: none");
        return { status: 200, contentType: "text/event-stream", stream: "events", body: pieces("one\n") };
      },
    };
    const server = await served({ routes: [slow], auth: "anonymous: read" });
    expect((await server.send("GET", "/api/v1/events")).body).toBe("");
  });
});

test("nothing is worked out for a client that has left while it waited for its turn; what it asked to change is changed", async () => {
  const turn = Promise.withResolvers<void>();
  const asked: string[] = [];
  const note = (method: Route["method"]): Route => ({
    ...echo("/api/v1/jobs"),
    method,
    answer: () => {
      asked.push(method);
      return plain("done\n");
    },
  });
  const world = async () => {
    await turn.promise;
    return aWorld();
  };
  const left: Promise<unknown>[] = [];
  const server = await served({
    routes: [note("GET"), note("POST")],
    auth: "anonymous: operate",
    parts: { world },
    onRequest: ({ socket }) => left.push(once(socket, "close")),
  });
  for (const method of ["GET", "POST"]) {
    const socket = connect(server.port, "127.0.0.1").on("error", () => {});
    socket.write(
      `${method} /api/v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n`,
    );
    await expect.poll(() => left.length).toBe(method === "GET" ? 1 : 2);
    socket.destroy();
  }
  await Promise.all(left);
  turn.resolve();
  await expect.poll(() => asked).toEqual(["POST"]);
  expect(server.errors).toEqual([]);
});

test("a program whose request could be a form of another site is told what to send", async () => {
  const change: Route = { ...echo("/api/v1/jobs"), method: "POST" };
  const server = await served({ routes: [change], auth: "anonymous: operate" });
  const { status, body } = await server.send("POST", "/api/v1/jobs", {});
  expect([status, JSON.parse(body).detail]).toEqual([
    403,
    "cross-origin request refused: a form of another site could have sent it; send Content-Type: application/json, or a token as Authorization: Bearer.",
  ]);
});

test("where nobody can sign in, nobody is told to", async () => {
  const server = await served({ routes: [{ ...echo("/jobs"), role: "operate" }] });
  const { status, body } = await server.send("GET", "/jobs");
  expect([status, body]).toEqual([
    401,
    "This needs the role operate. This scheduler has no users yet: its operator names them in the file of --http-auth.\n",
  ]);
});
