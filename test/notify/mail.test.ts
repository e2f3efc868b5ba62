import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { simpleParser } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { OutgoingMail } from "../../src/notify/channel.ts";
import { LONGEST_MAIL_MS, sendMail } from "../../src/notify/mail.ts";
import { selfSigned } from "./certificate.ts";

const NEVER = new AbortController().signal;
const certificate = selfSigned("localhost");
const usual = getCACertificates();
const open: { close: (done: () => void) => void }[] = [];
afterEach(async () => {
  setDefaultCACertificates(usual);
  vi.unstubAllEnvs();
  await Promise.all(open.splice(0).map((server) => new Promise<void>((resolve) => server.close(resolve))));
});

/** A real mail server. */
async function mailServer(options: SMTPServerOptions = {}) {
  const mails: string[] = [];
  const onData: SMTPServerOptions["onData"] = (stream, _, done) => {
    const pieces: Buffer[] = [];
    stream.on("data", (piece: Buffer) => pieces.push(piece));
    stream.on("end", () => {
      mails.push(Buffer.concat(pieces).toString());
      done();
    });
  };
  const server = new SMTPServer({ ...certificate, authOptional: true, onData, logger: false, ...options });
  server.on("error", () => {});
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  open.push(server);
  const { port } = server.server.address() as { port: number };
  return { port, mails };
}

const mail = (server: string, more: Partial<OutgoingMail> = {}): OutgoingMail => ({
  by: "mail",
  server,
  from: "cron@example.com",
  to: ["ops@example.com"],
  subject: "backup failed (exit code 2) – füüf",
  text: "backup-20261118t030000z failed.\n",
  messageId: "<shipbell.backup.failed@example.com>",
  ...more,
});

const trusted = () => setDefaultCACertificates([...usual, certificate.cert]);

describe("a mail", () => {
  it("arrives over TLS, with its thread and as of a machine", async () => {
    trusted();
    const { port, mails } = await mailServer();
    const inReplyTo = "<first@example.com>";
    const sent = await sendMail(mail(`smtp://localhost:${port}`, { inReplyTo }), NEVER);
    expect(sent).toMatchObject({ result: "delivered", because: "250" });
    const parsed = await simpleParser(mails[0] ?? "");
    expect(parsed).toMatchObject({
      subject: "backup failed (exit code 2) – füüf",
      text: "backup-20261118t030000z failed.\n",
      messageId: "<shipbell.backup.failed@example.com>",
      inReplyTo,
      references: inReplyTo,
    });
    expect(parsed.headers.get("auto-submitted")).toBe("auto-generated");
  });

  it("goes over smtps, with a user and a password", async () => {
    trusted();
    const seen: unknown[] = [];
    const onAuth: SMTPServerOptions["onAuth"] = ({ username, password }, _, done) => {
      seen.push([username, password]);
      done(null, { user: username });
    };
    const { port } = await mailServer({ secure: true, authOptional: false, onAuth });
    const sent = await sendMail(mail(`smtps://localhost:${port}`, { user: "cron", password: "canary" }), NEVER);
    expect(sent.result).toBe("delivered");
    expect(seen).toEqual([["cron", "canary"]]);
  });

  it("is delivered where one of its addresses is refused, and says so", async () => {
    const onRcptTo: SMTPServerOptions["onRcptTo"] = ({ address }, _, done) =>
      address.startsWith("gone") ? done(Object.assign(new Error("no such user"), { responseCode: 550 })) : done();
    const { port } = await mailServer({ onRcptTo, hideSTARTTLS: true });
    const to = ["ops@example.com", "gone@example.com"];
    expect(await sendMail(mail(`smtp://127.0.0.1:${port}`, { to }), NEVER)).toMatchObject({
      result: "delivered",
      because: "250, for 1 of 2 addresses",
    });
  });
});

describe("a mail that is not taken", () => {
  it("is final where the server refuses the password", async () => {
    trusted();
    const onAuth: SMTPServerOptions["onAuth"] = (_, __, done) =>
      done(Object.assign(new Error("canary is wrong"), { responseCode: 535 }));
    const { port } = await mailServer({ onAuth });
    const sent = await sendMail(mail(`smtp://localhost:${port}`, { user: "cron", password: "canary" }), NEVER);
    expect(sent).toMatchObject({ result: "final", because: "535, sign-in refused" });
  });

  it("is tried again where the server asks for that, and is final where it refuses for good", async () => {
    const refuse = (responseCode: number) => {
      const onRcptTo: SMTPServerOptions["onRcptTo"] = (_, __, done) =>
        done(Object.assign(new Error("not now"), { responseCode }));
      return mailServer({ onRcptTo, hideSTARTTLS: true });
    };
    const busy = await refuse(451);
    expect(await sendMail(mail(`smtp://127.0.0.1:${busy.port}`), NEVER)).toMatchObject({
      result: "again",
      because: "451, addresses refused",
    });
    const gone = await refuse(550);
    expect(await sendMail(mail(`smtp://127.0.0.1:${gone.port}`), NEVER)).toMatchObject({
      result: "final",
      because: "550, addresses refused",
    });
  });

  it("never sends a password without TLS", async () => {
    const seen: unknown[] = [];
    const onAuth: SMTPServerOptions["onAuth"] = (auth, _, done) => {
      seen.push(auth);
      done(null, { user: "cron" });
    };
    const { port } = await mailServer({ hideSTARTTLS: true, allowInsecureAuth: true, onAuth });
    const sent = await sendMail(mail(`smtp://127.0.0.1:${port}`, { user: "cron", password: "canary" }), NEVER);
    expect(sent.result).not.toBe("delivered");
    expect(seen).toEqual([]);
  });

  it.each(["1", "0"])(
    "names what is wrong with a certificate, whatever Node's variable says (%s)",
    async (verifies) => {
      vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", verifies);
      const { port, mails } = await mailServer();
      expect(await sendMail(mail(`smtp://localhost:${port}`), NEVER)).toMatchObject({
        result: "again",
        because: "its certificate is self-signed",
      });
      trusted();
      expect(await sendMail(mail(`smtp://127.0.0.1:${port}`), NEVER)).toMatchObject({
        result: "again",
        because: "its certificate is for another name",
      });
      expect(mails).toEqual([]);
    },
  );

  it("names a connection that is reset", async () => {
    const server = createServer((socket) => void socket.resetAndDestroy()).listen(0, "127.0.0.1");
    await once(server, "listening");
    open.push(server);
    const { port } = server.address() as { port: number };
    const sent = await sendMail(mail(`smtp://127.0.0.1:${port}`), NEVER);
    expect(sent).toEqual({ result: "again", because: "connection reset" });
  });

  it("names a closed port", async () => {
    const closed = createServer().listen(0, "127.0.0.1");
    await once(closed, "listening");
    const { port } = closed.address() as { port: number };
    closed.close();
    await once(closed, "close");
    expect(await sendMail(mail(`smtp://127.0.0.1:${port}`), NEVER)).toMatchObject({
      result: "again",
      because: "connection refused",
    });
  });
});

describe("a mail of which nothing is known", () => {
  it("may have been heard when the server breaks off after the last line", async () => {
    let connection: { destroy: () => void } | undefined;
    const onData: SMTPServerOptions["onData"] = (stream) => {
      stream.resume();
      stream.on("end", () => connection?.destroy());
    };
    const server = new SMTPServer({ authOptional: true, hideSTARTTLS: true, logger: false, onData });
    server.on("error", () => {});
    server.server.on("connection", (socket) => {
      connection = socket;
    });
    server.listen(0, "127.0.0.1");
    await once(server.server, "listening");
    open.push(server);
    const { port } = server.server.address() as { port: number };
    expect(await sendMail(mail(`smtp://127.0.0.1:${port}`), NEVER)).toMatchObject({ result: "perhaps" });
  });

  it("has heard nothing when the server never greets, and is given up", async () => {
    const mute: Server = createServer(() => reached.resolve());
    const reached = Promise.withResolvers<void>();
    mute.listen(0, "127.0.0.1");
    await once(mute, "listening");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      const sending = sendMail(mail(`smtp://127.0.0.1:${(mute.address() as { port: number }).port}`), NEVER);
      await reached.promise;
      await vi.advanceTimersByTimeAsync(LONGEST_MAIL_MS);
      expect(await sending).toMatchObject({ result: "again", because: "timeout" });
    } finally {
      vi.useRealTimers();
      mute.close();
    }
  });
});
