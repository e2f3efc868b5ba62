import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { AttemptOrder, End, ObjectState } from "../../../src/engines/engine.ts";
import { RequestCarrier } from "../../../src/engines/request/request-carrier.ts";
import type { HttpTemplate } from "../../../src/job/job.ts";
import { causeOf } from "../../../src/send-request.ts";
import { selfSigned } from "../../notify/certificate.ts";
import { Receiver, status } from "../../notify/receiver.ts";
import { anAttemptOrder, at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { untilItSucceeds } from "../../support/until-it-succeeds.ts";

const NEVER = new AbortController().signal;
const SECRET = "T0KEN-in-the-path";

let receiver: Receiver;
let folder: string;
let carrier: RequestCarrier;
let scheduler: AbortController;
let wakes: (string | undefined)[];

beforeEach(async () => {
  receiver = await Receiver.listen();
  folder = await mkdtemp(join(tmpdir(), "request-"));
  scheduler = new AbortController();
  carrier = aCarrier();
  wakes = [];
  carrier.watch((job) => wakes.push(job), scheduler.signal);
});
afterEach(async () => {
  scheduler.abort();
  await receiver[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

function aCarrier(): RequestCarrier {
  return new RequestCarrier({ clock: systemClock, env: {} });
}

function anOrder(change: Partial<HttpTemplate> = {}, order: Partial<AttemptOrder> = {}): AttemptOrder {
  const template: HttpTemplate = {
    kind: "http",
    url: `${receiver.url}/${SECRET}?${SECRET}`,
    method: "GET",
    headers: {},
    expect: [{ from: 200, to: 299 }],
    ...change,
  };
  return anAttemptOrder({ job: "clean", run: "clean-20261118t030000z", template, ...order });
}

async function prepared(order: AttemptOrder): Promise<{ readonly id: string; readonly name: string }> {
  const answer = await carrier.prepare(order);
  if (answer.kind !== "prepared") throw new Error(JSON.stringify(answer));
  return { id: answer.objectId, name: answer.objectName };
}

const look = async (id: string, from = carrier): Promise<ObjectState | undefined> => (await from.look([id])).get(id);

function untilEnded(id: string): Promise<End> {
  return untilItSucceeds(async () => {
    const state = await look(id);
    if (state?.phase !== "ended") throw new Error(`it is ${state?.phase}`);
    return state.end;
  });
}

async function send(change: Partial<HttpTemplate> = {}, order: Partial<AttemptOrder> = {}) {
  const object = await prepared(anOrder(change, order));
  expect(await carrier.activate(object)).toEqual({ kind: "activated" });
  const lines: string[] = [];
  for await (const { line } of carrier.logs(object.id, { tail: "all" }, NEVER)) lines.push(line);
  return { id: object.id, end: await untilEnded(object.id), lines };
}

const SUCCEEDED: End = { kind: "exited", exitCode: 0, oom: false };
const failed = (exitCode: number, message: string): End => ({ kind: "exited", exitCode, oom: false, message });

/** Each connection is given to `take` once something has come in. */
async function listen(take: (socket: Socket) => void): Promise<{ readonly url: string; readonly close: () => void }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => take(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}

describe("what arrives", () => {
  it("is the request as it is declared, with the run that it is for", async () => {
    const headers = { "X-Own": { text: "value" } };
    expect((await send({ method: "PUT", headers, body: '{"ü": 1}' })).end).toEqual(SUCCEEDED);
    expect(receiver.received).toEqual([
      {
        method: "PUT",
        path: `/${SECRET}?${SECRET}`,
        body: '{"ü": 1}',
        headers: expect.objectContaining({
          "user-agent": expect.stringMatching(/^shipbell\/\d+\.\d+\.\d+/),
          accept: "*/*",
          "content-type": "application/json",
          "content-length": "9",
          "x-own": "value",
          "idempotency-key": "clean-20261118t030000z",
          "shipbell-job": "clean",
          "shipbell-run": "clean-20261118t030000z",
          "shipbell-attempt": "1",
          "shipbell-scheduled-at": "2026-11-18T03:00:00.000Z",
          "shipbell-trigger": "schedule",
        }),
      },
    ]);
  });

  it("is the same request again in a further attempt, by its key", async () => {
    await send({}, { attempt: 1, objectName: "clean-1" });
    await send({}, { attempt: 2, objectName: "clean-2" });
    expect(receiver.received.map(({ headers }) => [headers["idempotency-key"], headers["shipbell-attempt"]])).toEqual([
      ["clean-20261118t030000z", "1"],
      ["clean-20261118t030000z", "2"],
    ]);
  });

  it("has headers from files as these are when the attempt is prepared, and the author's own ones above ours", async () => {
    const file = join(folder, "token");
    await writeFile(file, "Bearer one\n");
    const headers = { Authorization: { file }, Accept: { text: "text/csv" }, "User-Agent": { text: "ours" } };
    await send({ headers }, { objectName: "clean-1" });
    await writeFile(file, "Bearer two\n");
    await send({ headers }, { objectName: "clean-2" });
    expect(
      receiver.received.map(({ headers }) => [headers.authorization, headers.accept, headers["user-agent"]]),
    ).toEqual([
      ["Bearer one", "text/csv", "ours"],
      ["Bearer two", "text/csv", "ours"],
    ]);
  });

  it("tells the receiver its place in the trace, unless the author names another one", async () => {
    const trace = { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`, tracestate: "ours=1" };
    await send({}, { objectName: "clean-1", trace });
    expect(receiver.received[0]?.headers).toMatchObject(trace);
    await send({ headers: { Traceparent: { text: "other" } } }, { objectName: "clean-2", trace });
    expect(receiver.received[1]?.headers).toMatchObject({ traceparent: "other" });
    expect(receiver.received[1]?.headers).not.toHaveProperty("tracestate");
  });

  it("has no body and says nothing of one with GET", async () => {
    await send();
    expect(receiver.received[0]).toMatchObject({ method: "GET", body: "" });
    expect(Object.keys(receiver.received[0]?.headers ?? {})).not.toContain("content-length");
  });
});

describe("how it ends", () => {
  it.each<[number, HttpTemplate["expect"], End]>([
    [200, [{ from: 200, to: 299 }], SUCCEEDED],
    [204, [{ from: 200, to: 299 }], SUCCEEDED],
    [404, [{ from: 200, to: 299 }], failed(22, "status 404")],
    [503, [{ from: 200, to: 299 }], failed(22, "status 503")],
    [200, [{ from: 404, to: 404 }], failed(22, "status 200")],
    [
      404,
      [
        { from: 200, to: 204 },
        { from: 404, to: 410 },
      ],
      SUCCEEDED,
    ],
    [304, [{ from: 304, to: 304 }], SUCCEEDED],
  ])("with status %i where %j are expected", async (code, wanted, end) => {
    receiver.answers(status(code));
    expect((await send({ expect: wanted })).end).toEqual(end);
    expect(wakes).toEqual(["clean"]);
  });

  it.each([
    ["https://login.example.org/in?token=T0KEN", "https://login.example.org/…"],
    ["/elsewhere/T0KEN", "http://127.0.0.1:PORT/…"],
  ])("with a redirect to %s: it is not followed, and nothing is said of its path", async (location, shown) => {
    receiver.answers(status(302, { location }));
    const { end } = await send();
    const target = shown.replace("PORT", new URL(receiver.url).port);
    expect(end).toEqual(failed(22, `status 302, a redirect to ${target}, which is not followed`));
    expect(receiver.received).toHaveLength(1);
  });

  it("with what the connection says, where there is no answer, and never with the address", async () => {
    const { url } = receiver;
    const closed = createServer();
    closed.listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, "close");
    expect((await send({ url: `http://127.0.0.1:${port}/${SECRET}` })).end).toEqual(failed(7, "connection refused"));
    expect((await send({ url: `${url.replace("http:", "https:")}/${SECRET}` })).end).toMatchObject({
      exitCode: 35,
      message: "it does not speak TLS",
    });
  });

  it.each<[string, (socket: Socket) => unknown, End]>([
    ["closes the connection", (socket) => socket.end(), failed(52, "connection closed")],
    ["resets the connection", (socket) => socket.resetAndDestroy(), failed(56, "connection reset")],
    ["speaks something else", (socket) => socket.end("220 ready\r\n"), failed(8, "it does not speak HTTP")],
    [
      "says too much before its answer",
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nA: ${"a".repeat(20_000)}\r\n\r\n`),
      failed(56, "the headers of its answer are longer than 16 KB"),
    ],
  ])("with a receiver that %s", async (_what, take, end) => {
    const server = await listen(take);
    expect((await send({ url: server.url })).end).toEqual(end);
    server.close();
  });

  it.each<[string, Record<string, unknown>, number]>([
    ["is not reached", { code: "EHOSTUNREACH", syscall: "connect" }, 7],
    ["is not reached, for a reason of its own", { code: "EADDRNOTAVAIL", syscall: "connect" }, 7],
    ["is no longer reached once it was", { code: "EHOSTUNREACH", syscall: "read" }, 56],
    ["broke off for a reason that has no words here", { code: "EWHATEVER", syscall: "write" }, 56],
    ["failed for a reason that has no words here", { code: "ERR_WHATEVER" }, 56],
    ["has a certificate that was taken back", { code: "CERT_REVOKED" }, 60],
  ])("as one that may have been sent, unless it cannot have been: %s", (_what, error, exitCode) => {
    expect(causeOf(error)).toMatchObject({ exitCode });
  });

  it("with the answer that broke off, whatever its status", async () => {
    receiver.answers((_, response) => {
      response.writeHead(200, { "content-length": 100 }).write("half of", () => response.destroy());
    });
    const { end, lines } = await send();
    expect(end).toEqual(failed(18, "the answer broke off after status 200 (connection closed)"));
    expect(lines).toEqual(["HTTP/1.1 200 OK", "half of"]);
  });

  it.each(["", "content-length: 100\r\n"])(
    "with the answer that is reset, also where it does not say its length (%j)",
    async (head) => {
      let broken = () => {};
      const server = await listen((socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${head}\r\nstep 1\n`);
        // As soon as it has been read.
        broken = () => socket.resetAndDestroy();
      });
      const object = await prepared(anOrder({ url: server.url }));
      await carrier.activate(object);
      for await (const { line } of carrier.logs(object.id, { tail: "all" }, NEVER)) if (line === "step 1") broken();
      expect(await untilEnded(object.id)).toEqual(
        failed(18, "the answer broke off after status 200 (connection reset)"),
      );
      server.close();
    },
  );

  it.each<["TLSv1.2" | "TLSv1.3", RegExp]>([
    ["TLSv1.3", /^it wants a certificate of its clients, and shipbell has none$/],
    ["TLSv1.2", /^TLS failed \(.* handshake failure\)$/],
  ])("with a receiver that wants a certificate (%s)", async (maxVersion, message) => {
    const { key, cert } = selfSigned("localhost");
    const server = createTlsServer({ key, cert, ca: cert, requestCert: true, maxVersion }, (_, response) =>
      response.end(),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, cert);
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    expect((await send({ url, caFile })).end).toEqual(failed(35, expect.stringMatching(message)));
    server.close();
  });

  it("with a certificate that only ca_file vouches for", async () => {
    const { key, cert } = selfSigned("localhost");
    const server = createTlsServer({ key, cert }, (_, response) => response.end("ok"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, cert);
    try {
      expect((await send({ url })).end).toEqual(failed(60, "its certificate is self-signed"));
      expect((await send({ url, caFile })).end).toEqual(SUCCEEDED);
      // Of a bundle all count, with whatever stands between them.
      await writeFile(caFile, `# ours\n${selfSigned("elsewhere").cert}\n# theirs\n${cert}`);
      expect((await send({ url, caFile })).end).toEqual(SUCCEEDED);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

describe("what is kept of the answer", () => {
  it("is its status and its lines, the last one also without an end", async () => {
    receiver.answers((_, response) => response.writeHead(201).end("one\r\ntwo\n\nthree"));
    expect((await send()).lines).toEqual(["HTTP/1.1 201 Created", "one", "two", "", "three"]);
  });

  it("is no more than 1 MB of it; the rest is read to its end all the same", async () => {
    const line = `${"x".repeat(1023)}\n`;
    const isWhole = Promise.withResolvers<boolean>();
    receiver.answers((_, response) => {
      response.writeHead(200).once("close", () => isWhole.resolve(response.writableFinished));
      const more = (times: number) =>
        void (times === 0 ? response.end() : response.write(line.repeat(64), () => more(times - 1)));
      more(48);
    });
    const { end, lines } = await send();
    expect(await isWhole.promise).toBe(true);
    expect(end).toEqual(SUCCEEDED);
    expect(lines).toHaveLength(1 + 1024 + 1);
    expect(lines.at(-1)).toBe("shipbell: the answer is longer than 1 MB, and the rest of it is not kept");
  });

  it.each<[string, number | "all", number]>([
    ["all of it", "all", 50_001],
    ["its end", 5, 5],
  ])("may be very many lines, and reading %s lets others work", async (_what, tail, count) => {
    receiver.answers((_, response) => response.end("\n".repeat(50_000)));
    const object = await prepared(anOrder());
    await carrier.activate(object);
    await untilEnded(object.id);
    let turns = 0;
    const turn = () => {
      turns++;
      immediate = setImmediate(turn);
    };
    let immediate = setImmediate(turn);
    let lines = 0;
    for await (const _ of carrier.logs(object.id, { tail }, NEVER)) lines++;
    clearImmediate(immediate);
    expect(lines).toBe(count);
    expect(turns).toBeGreaterThanOrEqual(25);
  });

  it("can be read while it comes, by several, from its end and behind a place", async () => {
    let answer: (text: string) => void = () => {};
    receiver.answers((_, response) => {
      response.writeHead(200);
      answer = (text) => (text === "" ? response.end() : response.write(text));
      answer("one\ntwo\n");
    });
    const object = await prepared(anOrder());
    await carrier.activate(object);
    const reading = carrier.logs(object.id, { tail: "all" }, NEVER)[Symbol.asyncIterator]();
    const next = async () => (await reading.next()).value?.line;
    expect([await next(), await next(), await next()]).toEqual(["HTTP/1.1 200 OK", "one", "two"]);
    const linesNow = async (tail: number | "all") => {
      const lines = [];
      for await (const line of carrier.logs(object.id, { tail, follow: false }, NEVER)) lines.push(line);
      return lines;
    };
    expect((await linesNow(2)).map(({ line }) => line)).toEqual(["one", "two"]);
    expect(await linesNow(0)).toEqual([]);
    const [, one] = await linesNow("all");
    const after = { from: "", stdout: { time: one?.time ?? "", lines: 1 } };
    const behind = [];
    for await (const { line, stream } of carrier.logs(object.id, { tail: "all", after, follow: false }, NEVER))
      if (stream === "stdout") behind.push(line);
    expect(behind).toEqual(["two"]);
    answer("three\n");
    expect(await next()).toBe("three");
    answer("");
    expect(await next()).toBeUndefined();
    await untilEnded(object.id);
    // It has been read to its end for the record.
    await expect(linesNow("all")).rejects.toThrow("the answer is in the record of its run");
  });
});

describe("an attempt", () => {
  it("is inert when it is prepared, the same when it is prepared again, and in no list", async () => {
    const object = await prepared(anOrder());
    expect(await look(object.id)).toEqual({ phase: "inert" });
    expect(await prepared(anOrder())).toEqual(object);
    expect(await prepared(anOrder({}, { objectName: "other" }))).not.toEqual(object);
    expect(await carrier.list()).toEqual([]);
    expect(carrier.owns(object.id)).toBe(true);
    expect(receiver.received).toEqual([]);
  });

  it("that was prepared and not started is forgotten after a while", async () => {
    const clock = new FakeClock(at("12:00"));
    const own = new RequestCarrier({ clock, env: {} });
    const prepare = async (objectName: string) => {
      const answer = await own.prepare(anOrder({}, { objectName }));
      return answer.kind === "prepared" ? answer.objectId : "";
    };
    const [one, two] = [await prepare("one"), await prepare("two")];
    await clock.advance(600_000);
    expect(await prepare("two")).toBe(two);
    await clock.advance(600_000);
    const three = await prepare("three");
    expect([await look(one, own), await look(two, own), await look(three, own)]).toEqual([
      undefined,
      { phase: "inert" },
      { phase: "inert" },
    ]);
  });

  it("is sent once, however often that is asked for", async () => {
    const object = await prepared(anOrder());
    await Promise.all([1, 2, 3].map(() => carrier.activate(object)));
    await carrier.activateAgain(object.id);
    await untilEnded(object.id);
    await carrier.activateAgain(object.id);
    expect(receiver.received).toHaveLength(1);
  });

  it("that was withdrawn is gone, and never sent; one that runs stays", async () => {
    receiver.answers(() => {});
    const object = await prepared(anOrder());
    await carrier.withdraw(object.id);
    expect(await look(object.id)).toBeUndefined();
    expect(await carrier.activate(object)).toMatchObject({ kind: "rejected", reason: "start-failed" });
    expect(await carrier.activateAgain(object.id)).toEqual({ kind: "activated" });
    const other = await prepared(anOrder());
    await carrier.activate(other);
    await untilItSucceeds(() => expect(receiver.received).toHaveLength(1));
    await carrier.withdraw(other.id);
    expect(await look(other.id)).toMatchObject({ phase: "running" });
    expect(receiver.received).toHaveLength(1);
  });

  it("that is told to stop ends at once, whether it waits for an answer or for the rest of one", async () => {
    receiver.answers((_, response) => {
      if (receiver.received.length === 2) response.writeHead(200).write("begun\n");
    });
    for (const [index, objectName] of ["silent", "endless"].entries()) {
      const object = await prepared(anOrder({}, { objectName }));
      await carrier.activate(object);
      const lines = carrier.logs(object.id, { tail: "all" }, NEVER)[Symbol.asyncIterator]();
      await untilItSucceeds(() => expect(receiver.received).toHaveLength(index + 1));
      if (objectName === "endless") expect((await lines.next()).value?.line).toBe("HTTP/1.1 200 OK");
      await carrier.stop(object.id);
      expect(await untilEnded(object.id)).toMatchObject({ kind: "shut-down" });
    }
  });

  it("is given up with the scheduler", async () => {
    receiver.answers(() => {});
    const object = await prepared(anOrder());
    await carrier.activate(object);
    scheduler.abort();
    expect(await untilEnded(object.id)).toMatchObject({ kind: "shut-down" });
  });

  it("that is prepared, or was, when the scheduler ends is not sent any more", async () => {
    const before = await prepared(anOrder({}, { objectName: "before" }));
    scheduler.abort();
    const after = await prepared(anOrder({}, { objectName: "after" }));
    await prepared(anOrder({}, { objectName: "before" }));
    for (const object of [before, after]) {
      expect(await carrier.activate(object)).toEqual({
        kind: "rejected",
        reason: "start-failed",
        message: "the scheduler ended before the request was sent",
      });
      await carrier.activateAgain(object.id);
      expect(await look(object.id)).toEqual({ phase: "inert" });
    }
    expect(receiver.received).toEqual([]);
  });

  it("of a scheduler that is gone is lost for the next one, and is not judged by a command next to it", async () => {
    receiver.answers(() => {});
    const object = await prepared(anOrder());
    await carrier.activate(object);
    const command = aCarrier();
    expect(await look(object.id, command)).toMatchObject({
      phase: "unclear",
      trouble: { message: "it is a request, of which only the scheduler that sends it knows more" },
    });
    const reading = command.logs(object.id, { tail: "all" }, NEVER)[Symbol.asyncIterator]();
    await expect(reading.next()).rejects.toThrow("read once, by the scheduler that has sent it");
    const next = aCarrier();
    next.watch(() => {}, scheduler.signal);
    expect(await look(object.id, next)).toMatchObject({ phase: "ended", end: { kind: "exit-unknown" } });
    await next.activateAgain(object.id);
    await next.stop(object.id);
    await next.remove(object.id);
    await untilItSucceeds(() => expect(receiver.received).toHaveLength(1));
  });

  it.each<[string, Partial<HttpTemplate>, Partial<AttemptOrder>, string]>([
    [
      "variables from an operator",
      {},
      { environment: { DAY: SECRET } },
      "launch: http sends the request as it is declared, and takes no variables (DAY)",
    ],
    [
      "a header's file that is not there",
      { headers: { Authorization: { file: "/nowhere/token" } } },
      {},
      "the header Authorization needs the file /nowhere/token, which cannot be read (ENOENT)",
    ],
    [
      "a header's file that is a folder",
      { headers: { Authorization: { file: "/tmp" } } },
      {},
      "the header Authorization needs the file /tmp, which is no file",
    ],
    [
      "certificates that are not there",
      { caFile: "/nowhere/ca.pem" },
      {},
      "ca_file names the file /nowhere/ca.pem, which cannot be read (ENOENT)",
    ],
  ])("with %s is rejected before it is bound", async (_what, template, order, message) => {
    expect(await carrier.prepare(anOrder(template, order))).toEqual({
      ...{ kind: "rejected", reason: "bad-definition", message },
    });
  });

  it.each([
    ["nothing", ""],
    ["a word", "hello"],
    ["a key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"],
    ["a certificate that is broken", "-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n"],
  ])("with %s for certificates is rejected", async (_what, text) => {
    const caFile = join(folder, "ca.pem");
    await writeFile(caFile, text);
    const message = `ca_file names the file ${caFile}, which has no certificate (PEM)`;
    expect(await carrier.prepare(anOrder({ caFile }))).toEqual({ kind: "rejected", reason: "bad-definition", message });
  });

  it("with certificates of which one is broken is rejected: those after it would not count", async () => {
    const caFile = join(folder, "ca.pem");
    const { cert } = selfSigned("localhost");
    const message = (number: number) =>
      `ca_file names the file ${caFile}, of which certificate ${number} of 3 is broken (PEM)`;
    const broken = "-----BEGIN CERTIFICATE-----\nhello\n-----END CERTIFICATE-----\n";
    const unended = `${cert.slice(0, cert.indexOf("-----END"))}\n`;
    for (const [texts, number] of [
      [[cert, broken, cert], 2],
      [[unended, cert, cert], 1],
      [[cert, cert, unended], 3],
    ] as const) {
      await writeFile(caFile, texts.join("\n"));
      expect(await carrier.prepare(anOrder({ caFile }))).toMatchObject({ kind: "rejected", message: message(number) });
    }
  });

  it("reads its files side by side, so that those that never answer take the time of one", async () => {
    const open = new Set<() => void>();
    let most = 0;
    const after = (ms: number, act: () => void) => {
      const clear = systemClock.after(ms, act);
      open.add(clear);
      most = Math.max(most, open.size);
      return () => {
        open.delete(clear);
        clear();
      };
    };
    const own = new RequestCarrier({ clock: { ...systemClock, after }, env: {} });
    const file = join(folder, "token");
    const caFile = join(folder, "ca.pem");
    await writeFile(file, "value");
    await writeFile(caFile, selfSigned("localhost").cert);
    const order = anOrder({ headers: { One: { file }, Two: { file }, Three: { text: "value" } }, caFile });
    expect(await own.prepare(order)).toMatchObject({ kind: "prepared" });
    expect([most, open.size]).toEqual([3, 0]);
  });

  it("with a file of several lines, or a long one, is rejected without a word of it", async () => {
    const file = join(folder, "token");
    const order = anOrder({ headers: { Authorization: { file } } });
    await writeFile(file, `${SECRET}\nX-Other: yes`);
    const several = `the header Authorization needs the file ${file}, which must have one line of ASCII characters`;
    expect(await carrier.prepare(order)).toMatchObject({ kind: "rejected", message: several });
    await writeFile(file, SECRET.repeat(1000));
    const long = `the header Authorization needs the file ${file}, which has more than 4096 bytes`;
    expect(await carrier.prepare(order)).toMatchObject({ kind: "rejected", message: long });
  });
});
