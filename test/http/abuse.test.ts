import { once } from "node:events";
import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAuthFile } from "../../src/http/access/auth-file.ts";
import { isCrossOrigin } from "../../src/http/access/cross-origin.ts";
import { mayBeOurName } from "../../src/http/access/host-check.ts";
import { hashToken } from "../../src/http/access/tokens.ts";
import { Fault } from "../../src/http/fault.ts";
import { findRoute, readAddress, rootOf } from "../../src/http/router.ts";
import { cutWhenUnread } from "../../src/http/streams/cut-when-unread.ts";
import { at } from "../support/a-job.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { serveRoutes } from "./served.ts";

const ROUTES = ["/", "/jobs/:job", "/jobs/:job/run", "/api/v1/", "/static/:hash/:name"].map((path) => ({
  method: "GET" as const,
  path,
}));

describe("whatever a client sends", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "/",
      "//",
      "..",
      ".",
      "%2e",
      "%2f",
      "%00",
      "%",
      "?",
      "#",
      "\\",
      "jobs",
      "api",
      "v1",
      "http://x",
      ":job",
    ),
    fc.string({ maxLength: 10, unit: "binary" }),
  );
  const target = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));

  it("as an address leads to a route with names alone, elsewhere on this server, or nowhere", () => {
    fc.assert(
      fc.property(target, (text) => {
        const address = readAddress(text);
        try {
          const match = findRoute(ROUTES, "GET", address);
          if (match.kind === "route")
            for (const value of Object.values(match.params)) expect(value).toMatch(/^[\w-][\w.-]*$/);
          else {
            const from = URL.parse(address.path, "http://here/");
            if (from?.host === "here") expect(new URL(match.location, from).host).toBe("here");
          }
          expect(rootOf(address.path)).toMatch(/^(\.\/|(\.\.\/)+)$/);
        } catch (error) {
          expect(error).toBeInstanceOf(Fault);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("as headers is judged, and takes no time", () => {
    const value = fc.oneof(
      fc.string({ maxLength: 200, unit: "binary" }),
      fc.constantFrom("null", "http://", "https://[", "a:b:c", "[::1", "😀"),
    );
    fc.assert(
      fc.property(value, value, value, value, (origin, host, site, type) => {
        const headers = { origin, host, "sec-fetch-site": site, "content-type": type };
        expect(typeof isCrossOrigin(headers)).toBe("boolean");
        expect(typeof mayBeOurName(host)).toBe("boolean");
      }),
      { numRuns: 2000 },
    );
    expect(mayBeOurName("1".repeat(100_000))).toBe(true);
  });

  it("as a file of users is read or refused with its place, and never anything else", () => {
    const word = fc.constantFrom(
      "anonymous",
      "users",
      "tokens",
      "proxy",
      "from",
      "roles",
      ":",
      ": ",
      "\n",
      "  ",
      "- ",
      "{",
      "}",
      "[",
      "]",
      "&a",
      "*a",
      "<<",
      "!!x",
      '"',
      "'",
      "#",
      "|",
      "read",
      "\t",
      "\u0000",
      "__proto__",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 8 })), { maxLength: 30 }), (words) => {
        const read = parseAuthFile(words.join(""), "auth.yml");
        if ("problems" in read) for (const { at } of read.problems) expect(at).toMatch(/^auth\.yml(:\d+:\d+)?$/);
        else expect(["none", "status", "read", "operate"]).toContain(read.rules.anonymous);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a server that is asked strangely", () => {
  let server: Awaited<ReturnType<typeof serveRoutes>>;
  beforeAll(async () => {
    server = await serveRoutes({ auth: `tokens:\n  a: {sha256: ${hashToken("sb_a")}, role: read}` });
  });
  afterAll(() => server.stop());

  it.each([
    ["a head that is too large", `GET / HTTP/1.1\r\nHost: x\r\nA: ${"a".repeat(20_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ["an address that is too long", `GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, /^HTTP\/1\.1 431 /],
    [
      "an address that is as long as can be",
      `GET /${"a/".repeat(7000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      /^HTTP\/1\.1 404 /,
    ],
    [
      "a query that is as long as can be",
      `GET /healthz?${"a&".repeat(7000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      /^HTTP\/1\.1 200 /,
    ],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "two lengths",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
      /^HTTP\/1\.1 400 /,
    ],
    [
      "a length and pieces",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1\.1 400 /,
    ],
    ["no HTTP", "\u0016\u0003\u0001\u0002\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "a token that is no text",
      "GET /metrics HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \u00ff\u00fe\r\n\r\n",
      /^HTTP\/1\.1 200 /,
    ],
    [
      "a password that is no base64",
      "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ????\r\n\r\n",
      /^HTTP\/1\.1 200 /,
    ],
    ["another method", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", /^HTTP\/1\.1 400 /],
    [
      "an upgrade",
      "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      /^HTTP\/1\.1 200 /,
    ],
  ])("answers %s, and lives on", async (_, sent, answer) => {
    const socket = connect(server.port, "127.0.0.1").on("error", () => {});
    socket.write(sent, "latin1");
    expect(String((await once(socket, "data"))[0])).toMatch(answer);
    socket.destroy();
    expect((await server.send("GET", "/healthz")).status).toBe(200);
    expect(server.errors).toEqual([]);
  });
});

describe("a reader of a stream", () => {
  async function* twoPieces() {
    yield "one";
    yield "two";
  }

  it("that does not take a piece for ten seconds is cut off, and one that does is not", async () => {
    const clock = new FakeClock(at("12:00"));
    let cuts = 0;
    const read = () => cutWhenUnread(twoPieces(), { clock, cut: () => cuts++, mayRead: () => true });
    const quick = read();
    await quick.next();
    await clock.advance(9000);
    await quick.next();
    await clock.advance(9000);
    await quick.next();
    await clock.advance(60_000);
    expect(cuts).toBe(0);
    const slow = read();
    await slow.next();
    await clock.advance(10_000);
    expect(cuts).toBe(1);
    await slow.return();
  });
});

describe("a connection that sends many requests and reads no answer", () => {
  const serveLarge = async () => {
    const counts = { worked: 0 };
    const answer = () => {
      counts.worked++;
      return { status: 200, contentType: "text/plain", body: "x".repeat(4_000_000) };
    };
    const route = { method: "GET", path: "/large", role: "none", answer } as const;
    const server = await serveRoutes({ tables: { api: async () => [], web: async () => [route] } });
    return { server, counts };
  };
  const GET = "GET /large HTTP/1.1\r\nHost: here\r\n\r\n";

  it("has one of them worked out, and the others when it reads", async () => {
    const { server, counts } = await serveLarge();
    const socket = connect(server.port, "127.0.0.1");
    socket.pause();
    socket.write(GET.repeat(20));
    await expect.poll(() => counts.worked).toBeGreaterThan(0);
    await server.send("GET", "/healthz");
    expect(counts.worked).toBeLessThan(4);
    let length = 0;
    socket.on("data", (data) => {
      length += data.length;
    });
    socket.resume();
    await expect.poll(() => length).toBeGreaterThan(80_000_000);
    expect(counts.worked).toBe(20);
    socket.destroy();
    await server.stop();
  }, 30_000);

  it("is cut off when it sends very many", async () => {
    const { server, counts } = await serveLarge();
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    const closed = once(socket, "close");
    socket.pause();
    socket.write(GET.repeat(40));
    socket.resume();
    await closed;
    expect(counts.worked).toBeLessThan(4);
    await server.stop();
  });
});
