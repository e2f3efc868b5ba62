import { expect, it } from "vitest";
import type { NoticeEvent } from "../../../src/view/notice/notice-event.ts";
import { sampleEvent, sampleEvents } from "../../../src/view/notice/sample-events.ts";
import { aChannel, isRequest } from "./a-channel.ts";

const NOW = new Date("2026-11-18T04:00:00.000Z");
const channel = await aChannel("{kind: alertmanager, url: 'http://alertmanager:9093'}");

function alertOf(event: NoticeEvent) {
  const message = channel.message([event], NOW);
  isRequest(message);
  return JSON.parse(message.body)[0];
}

it("a test ends by itself, and is no alert of a real job of that name", () => {
  const [failed] = sampleEvents();
  if (failed === undefined) throw new Error("no sample");
  const { labels, endsAt } = alertOf(sampleEvent("failed", { instance: "shipbell", job: "backup" }, NOW));
  expect(endsAt).toBeUndefined();
  expect(labels).toEqual({ ...alertOf(failed).labels, test: "true" });
});
