import { once } from "node:events";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import { type AddressInfo, createServer } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/clock.ts";
import type { OutgoingRequest } from "../../src/notify/channel.ts";
import { LONGEST_POST_MS, post } from "../../src/notify/post.ts";
import type { Sent } from "../../src/notify/sent.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { selfSigned } from "./certificate.ts";
import { Receiver, status } from "./receiver.ts";

const NEVER = new AbortController().signal;
const SECRET = "T0KEN-in-the-path";

let receiver: Receiver;
beforeEach(async () => {
  receiver = await Receiver.listen();
});
afterEach(() => receiver[Symbol.asyncDispose]());

const request = (url: string): OutgoingRequest => ({
  by: "http",
  method: "POST",
  url,
  headers: { "content-type": "application/json" },
  body: '{"text":"füüf"}',
});

const send = (url = `${receiver.url}/${SECRET}?${SECRET}`, clock: Pick<typeof systemClock, "now"> = systemClock) =>
  post(request(url), { clock, signal: NEVER });

describe("what arrives", () => {
  it("is the request, whole, with its length in bytes", async () => {
    expect(await send()).toEqual({ result: "delivered", because: "200", answer: "ok" });
    expect(receiver.received).toEqual([
      expect.objectContaining({
        method: "POST",
        path: `/${SECRET}?${SECRET}`,
        body: '{"text":"füüf"}',
        headers: expect.objectContaining({ "content-length": "17", "content-type": "application/json" }),
      }),
    ]);
  });

  it("says who sends it, unless the operator says otherwise", async () => {
    await send();
    expect(receiver.received[0]?.headers["user-agent"]).toMatch(/^shipbell\/\d+\.\d+\.\d+/);
    const own = { ...request(receiver.url), headers: { "User-Agent": "ours" } };
    await post(own, { clock: systemClock, signal: NEVER });
    expect(receiver.received[1]?.headers["user-agent"]).toBe("ours");
  });

  it("is taken with any 2xx, and its first line is kept for who asked for a test", async () => {
    receiver.answers((_, response) => response.writeHead(202).end("taken\nmore\n"));
    expect(await send()).toEqual({ result: "delivered", because: "202", answer: "taken" });
    receiver.answers((_, response) => response.writeHead(204).end());
    expect(await send()).toEqual({ result: "delivered", because: "204" });
  });

  it("goes through a proxy where the environment names one", async () => {
    const env = { HTTP_PROXY: receiver.url };
    const sent = await post(request("http://hooks.example/x"), { clock: systemClock, signal: NEVER, env });
    expect(sent.result).toBe("delivered");
    expect(receiver.received[0]?.path).toBe("http://hooks.example/x");
  });

  it.each([
    ["without a scheme", (host: string) => host],
    ["in capitals", (host: string) => `HTTP://${host}`],
  ])("takes a proxy that is written %s, as curl does", async (_, write) => {
    const env = { HTTP_PROXY: write(new URL(receiver.url).host) };
    const sent = await post(request("http://hooks.example/x"), { clock: systemClock, signal: NEVER, env });
    expect(sent.result).toBe("delivered");
    expect(receiver.received[0]?.path).toBe("http://hooks.example/x");
  });

  it.each(["socks5://127.0.0.1:1", "nota url", "http://user:%zz@127.0.0.1", "http://"])(
    "is not sent past a proxy that cannot be read (%s), unless it needs none",
    async (proxy) => {
      const env = { HTTP_PROXY: proxy, https_proxy: proxy };
      const because = "HTTP_PROXY or HTTPS_PROXY names no http:// or https:// proxy";
      for (const url of [receiver.url, receiver.url.replace("http:", "https:")])
        expect(await post(request(url), { clock: systemClock, signal: NEVER, env })).toEqual({
          result: "again",
          because,
        });
      expect(receiver.received).toEqual([]);
      const parts = { clock: systemClock, signal: NEVER, env: { ...env, NO_PROXY: "127.0.0.1" } };
      expect((await post(request(receiver.url), parts)).result).toBe("delivered");
    },
  );

  it("goes to no receiver whose certificate nobody vouches for, whatever Node's variable says", async () => {
    const server = createTlsServer(selfSigned("localhost"), (_, response) => response.end("ok")).listen(0, "127.0.0.1");
    await once(server, "listening");
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    try {
      const sent = await send(`https://localhost:${(server.address() as AddressInfo).port}/`);
      expect(sent).toEqual({ result: "again", because: "its certificate is self-signed" });
    } finally {
      vi.unstubAllEnvs();
      server.close();
    }
  });

  it("goes to a host that has only an address of IPv6 or only one of IPv4", async () => {
    const { port } = new URL(receiver.url);
    // localhost has both, and the receiver listens on one of them.
    expect((await send(`http://localhost:${port}/`)).result).toBe("delivered");
  });
});

describe("what a status means", () => {
  it.each([400, 401, 403, 404, 410, 413, 415])("%i is final", async (code) => {
    receiver.answers(status(code));
    expect(await send()).toMatchObject({ result: "final", because: String(code) });
  });

  it("404 may pass, since a proxy says so while it has no receiver; other answers do not", async () => {
    receiver.answers(status(404));
    expect(await send()).toMatchObject({ mayPass: true });
    receiver.answers(status(410));
    expect(await send()).not.toHaveProperty("mayPass");
  });

  it.each([408, 429, 500, 502, 503])("%i is tried again", async (code) => {
    receiver.answers(status(code));
    expect(await send()).toMatchObject({ result: "again", because: String(code) });
  });

  it("504 of a proxy may have been heard behind it", async () => {
    receiver.answers(status(504));
    expect(await send()).toMatchObject({ result: "perhaps", because: "504" });
  });

  it("a redirect is final and not followed, wherever it leads", async () => {
    receiver.answers(status(302, { location: "http://169.254.169.254/latest/meta-data/" }));
    expect(await send()).toMatchObject({ result: "final", because: "302, a redirect, which is not followed" });
    receiver.answers(status(307, { location: `${receiver.url}/elsewhere` }));
    expect(await send()).toMatchObject({ result: "final" });
    expect(receiver.received).toHaveLength(2);
  });
});

describe("Retry-After", () => {
  const now = new Date("2026-11-18T03:00:00Z");
  const waitsFor = async (code: number, retryAfter: string) => {
    receiver.answers(status(code, { "retry-after": retryAfter }));
    return ((await send(undefined, new FakeClock(now))) as Sent & { waitMs?: number }).waitMs;
  };

  it.each([
    ["in seconds", "120", 120_000],
    ["as a date", "Wed, 18 Nov 2026 03:02:00 GMT", 120_000],
    ["of a fraction of a second", "0.5", 500],
    ["in the past", "Wed, 18 Nov 2026 02:00:00 GMT", 0],
    ["of a day is an hour", "86400", 3_600_000],
    ["that is neither is ignored", "soon", undefined],
  ])("%s", async (_, text, ms) => {
    expect(await waitsFor(429, text)).toBe(ms);
    expect(await waitsFor(503, text)).toBe(ms);
  });

  it("is obeyed with 429 and 503 alone", async () => {
    expect(await waitsFor(500, "120")).toBeUndefined();
  });
});

describe("what is not known", () => {
  it("a broken connection after everything was sent may have been heard", async () => {
    receiver.answers((_, response) => response.destroy());
    expect(await send()).toEqual({ result: "perhaps", because: "connection closed" });
  });

  it.each([
    [
      "an upgrade that nobody asked for",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n",
    ],
    ["an upgrade and an end", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "end"],
    ["hints without an answer", "HTTP/1.1 103 Early Hints\r\n\r\n", "end"],
    ["no HTTP", "220 mail.example.org ESMTP\r\n", "end"],
  ])("%s is no answer, and ends it", async (_, said, then = "") => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => (then === "end" ? socket.end(said) : socket.write(said)));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const sent = await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    expect(sent).toMatchObject({ result: "perhaps" });
    server.close();
  });

  it("silence ends after 10 s and may have been heard", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const reached = new Promise<void>((resolve) => receiver.answers(() => resolve()));
      const sending = send();
      await reached;
      await vi.advanceTimersByTimeAsync(LONGEST_POST_MS - 1);
      expect(await Promise.race([sending, "still waiting"])).toBe("still waiting");
      await vi.advanceTimersByTimeAsync(1);
      expect(await sending).toEqual({ result: "perhaps", because: "timeout" });
    } finally {
      vi.useRealTimers();
    }
  });

  it("a host that accepts and says nothing of TLS has heard nothing", async () => {
    const mute = createServer((socket) => socket.once("data", () => socket.end())).listen(0, "127.0.0.1");
    await once(mute, "listening");
    const { port } = mute.address() as AddressInfo;
    expect(await send(`https://127.0.0.1:${port}/`)).toEqual({
      result: "again",
      because: "connection closed before TLS was set up",
    });
    mute.close();
  });

  it("an endless body is read to 4 KB, and the status counts", async () => {
    let written = 0;
    receiver.answers((_, response) => {
      response.writeHead(200);
      const more = () => {
        if (response.destroyed) return;
        written += 1024;
        response.write("x".repeat(1024), () => setImmediate(more));
      };
      more();
    });
    const sent = await send();
    expect(sent).toMatchObject({ result: "delivered", because: "200" });
    expect(sent.answer).toHaveLength(4096);
    // What the system had taken in before the connection was closed.
    expect(written).toBeLessThan(64 * 1024 * 1024);
  });

  it("giving up ends it at once", async () => {
    const stopping = new AbortController();
    receiver.answers(() => stopping.abort());
    const sent = await post(request(receiver.url), { clock: systemClock, signal: stopping.signal });
    expect(sent).toEqual({ result: "perhaps", because: "stopped" });
  });
});

describe("a cause", () => {
  it("of a closed port is named, without address or secret", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, "close");
    const sent = await send(`http://user:${SECRET}@127.0.0.1:${port}/${SECRET}?${SECRET}`);
    expect(sent).toEqual({ result: "again", because: "connection refused" });
  });

  it("of a port that speaks something else", async () => {
    expect(await send(receiver.url.replace("http:", "https:"))).toEqual({
      result: "again",
      because: "it does not speak TLS",
    });
    const mail = createServer((socket) => socket.on("error", () => {}).end("220 mail.example.org ESMTP\r\n"));
    mail.listen(0, "127.0.0.1");
    await once(mail, "listening");
    const { because } = await send(`http://127.0.0.1:${(mail.address() as AddressInfo).port}/`);
    expect(because).toBe("it does not speak HTTP");
    mail.close();
  });

  it("of a name that does not exist", async () => {
    expect(await send(`http://hooks.invalid/${SECRET}`)).toMatchObject({
      result: "again",
      because: expect.stringMatching(/^host not found/),
    });
  });

  it("never has a word of the answer", async () => {
    receiver.answers(status(500));
    expect((await send()).because).toBe("500");
  });

  it("of an address that is none is no crash", async () => {
    expect(await send("not an address")).toMatchObject({ result: "again", because: "ERR_INVALID_URL" });
  });

  describe("of a certificate", () => {
    let tls: TlsServer;
    const certificate = selfSigned("hooks.example");
    const usual = getCACertificates();
    beforeEach(async () => {
      tls = createTlsServer(certificate, (_, response) => response.end("ok")).listen(0, "127.0.0.1");
      await once(tls, "listening");
    });
    afterEach(() => {
      setDefaultCACertificates(usual);
      tls.close();
    });
    const sendTls = () => send(`https://127.0.0.1:${(tls.address() as AddressInfo).port}/${SECRET}`);

    it("that nobody vouches for", async () => {
      expect(await sendTls()).toEqual({ result: "again", because: "its certificate is self-signed" });
    });

    it("for another name", async () => {
      setDefaultCACertificates([...usual, certificate.cert]);
      expect(await sendTls()).toEqual({ result: "again", because: "its certificate is for another name" });
    });
  });
});
