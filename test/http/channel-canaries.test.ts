import { expect, test } from "vitest";
import { systemClock } from "../../src/clock.ts";
import { apiRoutes } from "../../src/http/api/routes.ts";
import { webRoutes } from "../../src/http/web/routes.ts";
import type { World } from "../../src/http/world.ts";
import { readChannels } from "../../src/notify/read-channels.ts";
import { tryChannel } from "../../src/notify/try-channel.ts";
import { createMetrics } from "../../src/observe/metrics/metrics.ts";
import { channelProblem } from "../../src/view/scheduler/problems.ts";
import { writeSchedulerView } from "../../src/view/scheduler/scheduler-text.ts";
import type { ChannelFacts } from "../../src/view/scheduler/scheduler-view.ts";
import { at } from "../support/a-job.ts";
import { aFailingRecord, aRule } from "../support/a-telling.ts";
import { aWorld } from "../support/a-world.ts";
import { askPage } from "../support/ask-page.ts";
import { ask } from "./api/ask.ts";

/** Stands wherever a channel has a secret. */
const CANARY = "zqcanary";
/** As long as secrets that are of a given length must be, and in Base64. */
const LONG_CANARY = CANARY.repeat(4);
const file = `
channels:
  ops-chat: { kind: slack, url: "http://127.0.0.1:1/services/${CANARY}-path?key=${CANARY}-query" }
  phone: { kind: ntfy, url: "http://127.0.0.1:1/${CANARY}-topic", token: ${CANARY}-token }
  own:
    kind: webhook
    url: "http://127.0.0.1:1/${CANARY}-hook"
    content_type: application/json
    body: '{"token": "${CANARY}-template", "text": {{{json.title}}}}'
  signed:
    kind: webhook
    url: http://127.0.0.1:1/
    secret: whsec_${LONG_CANARY}
    headers: { X-Key: ${CANARY}-key }
    user: ${CANARY}-user
    password: ${CANARY}-password
  mail:
    kind: email
    server: smtps://127.0.0.1:1
    user: ${CANARY}-user
    password: ${CANARY}-password
    from: cron@example.org
    to: ops@example.org
  pager: { kind: pagerduty, url: "http://127.0.0.1:1/", routing_key: ${LONG_CANARY} }
  telegram: { kind: telegram, url: "http://127.0.0.1:1", token: "1:${CANARY}", chat_id: "-1" }
  matrix: { kind: matrix, url: "http://127.0.0.1:1", token: ${CANARY}-token, room: "!abc:example.org" }
  gotify: { kind: gotify, url: "http://127.0.0.1:1/", token: ${CANARY}-token }
  alerts: { kind: alertmanager, url: "http://127.0.0.1:1", user: prom, password: ${CANARY}-password }
`;

async function worldWithChannels(): Promise<World> {
  const read = await readChannels(file, {
    path: "channels.yml",
    readSecret: async () => ({ text: `${CANARY}-file` }),
  });
  if (!("channels" in read)) throw new Error(JSON.stringify(read.problems));
  const { byName } = read.channels;
  const channels = [...byName.values()].map(
    ({ name, kind, address }): ChannelFacts => ({
      ...{ name, kind, address, troubleBecause: "connection refused", troubleSince: at("03:20") },
    }),
  );
  const record = aFailingRecord();
  const telling = { notify: [...byName.keys()].map((name) => aRule(name)) };
  const told = { ...record, definition: { ...record.definition, telling } };
  const plain = aWorld();
  const problems = channels.flatMap((channel) => channelProblem(channel) ?? []);
  return aWorld({
    records: () => new Map([["backup", told]]),
    scheduler: () => ({ ...plain.scheduler(), channels, problems }),
    tryChannel: async (name, { kind, signal }) => {
      const channel = byName.get(name);
      const parts = { instance: "shipbell", clock: systemClock, signal, env: {} };
      return channel && { channel, sent: await tryChannel(channel, kind, parts) };
    },
  });
}

test("no secret of a channel is on a page, in an answer of the API, in a metric, or in what commands read", async () => {
  const world = await worldWithChannels();
  const said: string[] = [...writeSchedulerView(world.scheduler())];
  const fill = (path: string) => path.replace(":job", "backup").replace(":channel", "ops-chat");
  for (const { method, path } of webRoutes)
    if (method === "GET" && !/:run|output/.test(path)) said.push((await askPage(fill(path), { world })).body);
  for (const { method, path } of apiRoutes)
    if (method === "GET" && /\/(jobs|notices|problems|scheduler|explain)/.test(path) && !/:run|stream/.test(path))
      said.push(JSON.stringify((await ask(world, `GET ${fill(path)}`, { role: "operate" })).json));
  for (const { name } of world.scheduler().channels ?? []) {
    const tried = await ask(world, `POST /api/v1/channels/${name}/test`, { role: "operate", json: {} });
    expect(tried.json).toMatchObject({ channel: name, delivered: false });
    const form = await askPage(`/channels/${name}/test`, { world, method: "POST", fields: { kind: "failed" } });
    expect(form.body).toContain(`${name} did not take it`);
    said.push(JSON.stringify(tried.json), form.body);
  }
  const facts = {
    scheduler: world.scheduler(),
    records: world.records() ?? new Map(),
    sources: [],
    startsPrepared: { used: 0, unused: 0 },
  };
  const metrics = createMetrics(() => facts as never, { version: "0", nodeVersion: "v24" });
  for await (const chunk of metrics.scrape("").chunks) said.push(String(chunk));
  expect(said.join("\n")).toContain("ops-chat");
  expect(said.filter((text) => text.includes(CANARY))).toEqual([]);
});
