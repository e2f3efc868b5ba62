import { expect, it } from "vitest";
import type { NoticeEvent } from "../../../src/view/notice/notice-event.ts";
import { sampleEvents } from "../../../src/view/notice/sample-events.ts";
import { aChannel, isRequest } from "./a-channel.ts";

const channel = await aChannel("{kind: ntfy, url: https://ntfy.example.org/jobs}");

function sent(...events: readonly NoticeEvent[]) {
  const message = channel.message(events, new Date());
  isRequest(message);
  return { url: message.url, body: JSON.parse(message.body) };
}

function of(kind: string, change: Partial<NoticeEvent["data"]> = {}): NoticeEvent {
  const event = sampleEvents().find(({ data }) => data.kind === kind);
  if (event === undefined) throw new Error(kind);
  return { ...event, data: { ...event.data, open_since: "2026-11-18T03:20:11.000Z", ...change } };
}

it("is published to the server, which is told the topic", () => {
  expect(sent(of("failed"))).toMatchObject({ url: "https://ntfy.example.org/", body: { topic: "jobs" } });
});

it("a recovery replaces its failure; a reminder, which is to be heard, and another incident do not", () => {
  const sequence = (event: NoticeEvent) => sent(event).body.sequence_id;
  const failed = sequence(of("failed"));
  expect(failed).toMatch(/^[-_A-Za-z0-9]{1,64}$/);
  expect(sequence(of("recovered"))).toBe(failed);
  expect(sequence({ ...of("failed", { reminder: true }), id: "other" })).not.toBe(failed);
  expect(sequence(of("failed", { open_since: "2026-11-19T03:20:11.000Z" }))).not.toBe(failed);
});

it("a digest replaces nothing", () => {
  expect(sent(...sampleEvents()).body).not.toHaveProperty("sequence_id");
});
