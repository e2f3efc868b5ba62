import { describe, expect, test } from "vitest";
import { channelsView } from "../../../src/view/scheduler/channels-view.ts";
import { channelProblem, unheardProblems } from "../../../src/view/scheduler/problems.ts";
import { readSchedulerView, writeSchedulerView } from "../../../src/view/scheduler/scheduler-text.ts";
import type { ChannelFacts } from "../../../src/view/scheduler/scheduler-view.ts";
import { shapeNotices } from "../../../src/view/shapes/channel-shape.ts";
import { aRecord, at } from "../../support/a-job.ts";
import { aFailingRecord } from "../../support/a-telling.ts";

const chat: ChannelFacts = {
  name: "ops-chat",
  kind: "slack",
  address: "https://hooks.slack.com/…",
  lastSuccessAt: at("03:20:12"),
};
const pager: ChannelFacts = {
  name: "pager",
  kind: "pagerduty",
  address: "https://events.pagerduty.com/…",
  troubleBecause: "503",
  troubleSince: at("03:20"),
  troubleAgainAt: at("03:25"),
};
const totals = {
  ...aRecord(at("03:20")).totals,
  notices: { "ops-chat": { delivered: { failed: 2 }, dropped: { missed: 1 } } },
};
const records = new Map([["backup", { ...aFailingRecord(), totals }]]);

describe("all channels", () => {
  test("with what the scheduler knows of them, and what waits", () =>
    expect(channelsView(records, [pager, chat, { ...chat, name: "unused" }])).toEqual({
      channels: [
        { channel: "mail", state: "missing", jobs: 1, waiting: 0, delivered: 0, dropped: 0 },
        {
          ...{ channel: "ops-chat", state: "defined", kind: "slack", address: chat.address },
          ...{ lastSuccessAt: at("03:20:12"), jobs: 1, waiting: 0, delivered: 2, dropped: 1 },
        },
        {
          ...{ channel: "pager", state: "defined", kind: "pagerduty", address: pager.address },
          ...{ troubleBecause: "503", troubleSince: at("03:20"), jobs: 1, waiting: 1, delivered: 0, dropped: 0 },
          ...{ waitsSince: at("03:20"), nextTryAt: at("03:25"), troubleAgainAt: at("03:25") },
        },
        expect.objectContaining({ channel: "unused", jobs: 0 }),
      ],
      waiting: [expect.objectContaining({ job: "backup", channel: "pager", tries: 2, last: "503" })],
    }));

  test("where no scheduler answers, those that jobs name", () =>
    expect(channelsView(records, "unknown").channels.map(({ channel, state }) => [channel, state])).toEqual([
      ["mail", "unknown"],
      ["ops-chat", "unknown"],
      ["pager", "unknown"],
    ]));

  test("where there is no file of channels, all of them are missing", () =>
    expect(channelsView(records, undefined).channels.map(({ state }) => state)).toEqual([
      "missing",
      "missing",
      "missing",
    ]));

  test("a job that is gone names none, and what it had to tell still waits", () => {
    const gone = new Map([["backup", { ...aFailingRecord(), removedAt: at("03:21") }]]);
    expect(channelsView(gone, undefined).channels.map(({ channel }) => channel)).toEqual(["pager"]);
  });

  test("in JSON, dates are texts", () => {
    const shape = JSON.parse(JSON.stringify(shapeNotices(channelsView(records, [chat]))));
    expect(shape.channels[1].lastSuccessAt).toBe("2026-11-18T03:20:12.000Z");
  });

  test("commands read them as the scheduler wrote them", () => {
    const view = {
      version: "1",
      instance: "shipbell",
      role: { kind: "active" },
      jobs: new Map(),
      unsure: new Set<string>(),
      problems: [],
      channels: [chat, pager],
    } as const;
    expect(readSchedulerView([...writeSchedulerView(view)].join(""))).toEqual(view);
  });
});

describe("problems", () => {
  test("a channel that takes nothing for now is a warning; one that refuses for good, a problem", () => {
    expect(channelProblem(chat)).toBeUndefined();
    const problem = { source: "scheduler", at: "channel pager", hint: 'try it with "shipbell notify test pager"' };
    expect(channelProblem(pager)).toEqual({
      ...problem,
      message: "takes nothing since 2026-11-18T03:20:00.000Z: 503; it is tried again at 2026-11-18T03:25:00.000Z",
      severity: "warning",
    });
    const { troubleAgainAt: _again, ...wrong } = { ...pager, troubleBecause: "401" };
    expect(channelProblem(wrong)).toEqual({
      ...problem,
      message: "refuses what it is sent since 2026-11-18T03:20:00.000Z, and is not tried again: 401",
    });
  });

  test("a channel that has not heard of what goes on, and is not told for now", () => {
    expect(unheardProblems(aRecord(at("03:20")))).toEqual([]);
    expect(unheardProblems(aFailingRecord())).toEqual([
      {
        source: "scheduler",
        at: "job backup",
        job: "backup",
        message: "mail was not told that it failed: that was given up at 2026-11-18T03:21:00.000Z",
        hint: 'try it with "shipbell notify test mail"',
      },
    ]);
  });
});
