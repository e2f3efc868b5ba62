import { describe, expect, test } from "vitest";
import type { World } from "../../../src/http/world.ts";
import type { ChannelFacts } from "../../../src/view/scheduler/scheduler-view.ts";
import { at } from "../../support/a-job.ts";
import { aFailingRecord } from "../../support/a-telling.ts";
import { aWorld } from "../../support/a-world.ts";
import { ask } from "./ask.ts";

const chat: ChannelFacts = {
  name: "ops-chat",
  kind: "slack",
  address: "https://hooks.slack.com/…",
  lastSuccessAt: at("03:20"),
};
const unused: ChannelFacts = { name: "unused", kind: "email", address: "smtps://mx.example/…" };

function setUp(given: Partial<World> = {}) {
  const world = aWorld();
  return aWorld({
    records: () => new Map([["backup", aFailingRecord()]]),
    scheduler: () => ({ ...world.scheduler(), channels: [chat, unused] }),
    ...given,
  });
}

describe("channels and notices", () => {
  test("with the role read", async () => {
    const { status, json } = await ask(setUp(), "GET /api/v1/notices", { role: "read" });
    expect(status).toBe(200);
    expect(json.channels.map(({ channel, state }: { channel: string; state: string }) => [channel, state])).toEqual([
      ["mail", "missing"],
      ["ops-chat", "defined"],
      ["pager", "missing"],
      ["unused", "defined"],
    ]);
    expect(json.waiting).toEqual([
      {
        ...{ job: "backup", channel: "pager", id: "backup-20261118t030000z/failed", kind: "failed", count: 1 },
        ...{ closes: false, run: "backup-20261118t030000z", at: "2026-11-18T03:20:00.000Z", tries: 2 },
        ...{ next: "2026-11-18T03:25:00.000Z", last: "503" },
      },
    ]);
  });

  test("not with the role status", async () =>
    expect(await ask(setUp(), "GET /api/v1/notices", { role: "status" })).toMatchObject({ status: 403 }));

  test("for a token that sees some jobs, those that they name", async () => {
    const others = await ask(setUp(), "GET /api/v1/notices", { role: "read", jobs: ["other-*"] });
    expect(others.json).toEqual({ channels: [], waiting: [] });
    const own = await ask(setUp(), "GET /api/v1/notices", { role: "read", jobs: ["back*"] });
    expect(own.json.channels.map(({ channel }: { channel: string }) => channel)).toEqual(["mail", "ops-chat", "pager"]);
  });
});

describe("trying a channel", () => {
  const tried: World["tryChannel"] = async (name, { kind }) =>
    name === "ops-chat"
      ? { channel: chat, sent: { result: "delivered", because: "200", answer: `${kind}\u0007` } }
      : undefined;
  const world = setUp({ tryChannel: tried });

  test("sends a notice, and says how it was answered and who asked", async () => {
    const { status, json, deeds } = await ask(world, "POST /api/v1/channels/ops-chat/test", {
      role: "operate",
      json: {},
    });
    expect(status).toBe(200);
    expect(json).toEqual({
      ...{ channel: "ops-chat", kind: "slack", address: chat.address },
      ...{ delivered: true, because: "200", answer: "failed\\u0007" },
    });
    expect(deeds).toEqual([{ what: "test", channel: "ops-chat" }]);
  });

  test("of a kind", async () => {
    const { json } = await ask(world, "POST /api/v1/channels/ops-chat/test", {
      role: "operate",
      json: { kind: "missed" },
    });
    expect(json.answer).toBe("missed\\u0007");
  });

  test("a channel that did not take it is an answer, too", async () => {
    const refusing = setUp({ tryChannel: async () => ({ channel: chat, sent: { result: "final", because: "404" } }) });
    const { status, json } = await ask(refusing, "POST /api/v1/channels/ops-chat/test", { role: "operate", json: {} });
    expect({ status, json }).toMatchObject({ status: 200, json: { delivered: false, because: "404" } });
  });

  test.each([
    ["another role", { role: "read", json: {} }, 403, "not-yours"],
    ["a token for some jobs", { role: "operate", jobs: ["back*"], json: {} }, 403, "not-yours"],
    ["another kind", { role: "operate", json: { kind: "fail" } }, 400, "bad-request"],
  ] as const)("%s is refused", async (_what, asking, status, code) =>
    expect(await ask(world, "POST /api/v1/channels/ops-chat/test", asking)).toMatchObject({
      status,
      json: { code },
      deeds: [],
    }),
  );

  test("a channel that there is not", async () =>
    expect(await ask(world, "POST /api/v1/channels/ops-cat/test", { role: "operate", json: {} })).toMatchObject({
      status: 404,
      json: { code: "no-such-channel", detail: 'There is no channel "ops-cat".', didYouMean: "ops-chat" },
    }));
});
