import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ParsedMail, simpleParser } from "mailparser";
import { SMTPServer } from "smtp-server";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { sendMail } from "../../../src/notify/mail.ts";
import { type NoticeEvent, noticeEvent } from "../../../src/view/notice/notice-event.ts";
import { sampleEvent } from "../../../src/view/notice/sample-events.ts";
import type { NoticeFacts } from "../../../src/view/notice/told.ts";
import { aRecord, at } from "../../support/a-job.ts";
import { aChannel, isMail } from "./a-channel.ts";

const mails: ParsedMail[] = [];
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ["STARTTLS"],
  logger: false,
  onData: (stream, _session, done) => void simpleParser(stream).then((mail) => done(void mails.push(mail) as never)),
});
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
});
beforeEach(() => void mails.splice(0));
afterAll(() => new Promise<void>((resolve) => server.close(resolve)));

async function send(...events: readonly NoticeEvent[]): Promise<void> {
  const { port } = server.server.address() as AddressInfo;
  const channel = await aChannel(
    `{kind: email, server: "smtp://127.0.0.1:${port}", from: Cron <cron@example.org>, to: [ops@example.org, night@example.org]}`,
  );
  const mail = channel.message(events, at("12:00"));
  isMail(mail);
  expect(await sendMail(mail, new AbortController().signal)).toMatchObject({ result: "delivered" });
}

function event(facts: Omit<NoticeFacts, "id"> & { readonly id: string }): NoticeEvent {
  const known = { instance: "shipbell", now: at("12:00"), publicUrl: "https://cron.example.org/" };
  return noticeEvent(facts, aRecord(at("03:00")), known);
}

const since = at("03:20");
const failed = event({
  id: "backup-1/failed",
  kind: "failed",
  at: since,
  since,
  run: "backup-1",
  outcome: "failed",
  exitCode: 2,
});
const reminder = event({
  ...failed,
  id: "backup-1/failed/2",
  kind: "failed",
  at: at("07:20"),
  since,
  run: "backup-3",
  times: 2,
  count: 3,
  outcome: "failed",
  exitCode: 2,
});
const recovered = event({
  id: "backup-4/recovered",
  kind: "recovered",
  at: at("09:00"),
  since,
  run: "backup-4",
  count: 3,
  outcome: "succeeded",
});

it("is for a person: a subject that says it, and a text with the link", async () => {
  await send(failed);
  const [mail] = mails;
  expect(mail?.subject).toBe("[shipbell] backup failed (exit code 2)");
  expect(mail?.from?.text).toBe('"Cron" <cron@example.org>');
  expect([mail?.to].flat().map((to) => to?.text)).toEqual(["ops@example.org, night@example.org"]);
  expect(mail?.text).toBe(
    `backup-1 failed with exit code 2, at 2026-11-18 03:20:00+00:00. It has never succeeded.

https://cron.example.org/runs/backup-1

-- 
shipbell, instance shipbell, jobs.yml
`,
  );
});

it("all that is told of one incident is one thread", async () => {
  await send(failed);
  await send(reminder);
  await send(recovered);
  const [first, ...others] = mails;
  expect(first?.messageId).toMatch(/^<shipbell\.[0-9a-f]{40}@example\.org>$/);
  expect(first?.inReplyTo).toBeUndefined();
  expect(others.map(({ inReplyTo, references }) => [inReplyTo, references])).toEqual([
    [first?.messageId, first?.messageId],
    [first?.messageId, first?.messageId],
  ]);
  expect(new Set(mails.map(({ messageId }) => messageId)).size).toBe(3);
});

it("a mail that is sent again is the same mail", async () => {
  await send(failed);
  await send(failed);
  expect(mails[0]?.messageId).toBe(mails[1]?.messageId);
});

it("another failure is another thread, and so is another job's", async () => {
  const later = event({ id: "backup-9/failed", kind: "failed", at: at("11:00"), since: at("11:00"), run: "backup-9" });
  await send(failed);
  await send(later);
  expect(mails[0]?.messageId).not.toBe(mails[1]?.messageId);
  expect(mails[1]?.inReplyTo).toBeUndefined();
});

it("many at once are one mail", async () => {
  await send(failed, reminder, recovered);
  expect(mails).toHaveLength(1);
  expect(mails[0]?.subject).toBe("[shipbell] 1 job failed, 1 recovered since 2026-11-18 03:20:00Z");
  expect(mails[0]?.text).toContain(
    "• backup failed (exit code 2)\n• backup still fails (exit code 2)\n• backup recovered after 3 failures",
  );
});

it("a test answers no mail, since there is none before it", async () => {
  const mail = await aChannel("{kind: email, server: 'smtp://127.0.0.1', from: cron@example.org, to: ops@example.org}");
  const message = mail.message(
    [sampleEvent("failed", { instance: "shipbell", job: "backup" }, at("12:00"))],
    at("12:00"),
  );
  isMail(message);
  expect(message.inReplyTo).toBeUndefined();
});
