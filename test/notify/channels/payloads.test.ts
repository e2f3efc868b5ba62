import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { OutgoingMail, OutgoingRequest } from "../../../src/notify/channel.ts";
import type { NoticeEvent } from "../../../src/view/notice/notice-event.ts";
import { sampleEvents } from "../../../src/view/notice/sample-events.ts";
import { CHANNELS, channelsOf } from "./a-channel.ts";

const NOTICES = readFileSync(join(import.meta.dirname, "../../../docs/notices.md"), "utf8");
const NOW = new Date("2026-11-18T03:20:12Z");
const NAMES = [...CHANNELS.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name ?? "");

/** The files are what a receiver gets, and docs/notices.md shows the same. */
test.each(NAMES)("%s is sent exactly this for each kind of notice", async (name) => {
  const channel = (await channelsOf()).get(name);
  if (channel === undefined) throw new Error(name);
  const texts = sampleEvents().map((event) => `# ${titleOf(event)}\n\n${shown(channel.message([event], NOW))}\n`);
  const digest = channel.groups
    ? [`# A digest of all of these\n\n${shown(channel.message(sampleEvents(), NOW))}\n`]
    : [];
  await expect([...texts, ...digest].join("\n")).toMatchFileSnapshot(`./payloads/${name}.txt`);
});

test.each(NAMES.filter((name) => name !== "own"))(
  "docs/notices.md shows what %s is sent when a job fails",
  async (name) => {
    const [failed] = sampleEvents();
    const message = failed && (await channelsOf()).get(name)?.message([failed], NOW);
    if (message === undefined) throw new Error(name);
    expect(NOTICES).toContain(message.by === "mail" ? message.text.trim() : pretty(message.body));
  },
);

function titleOf({ data: { kind, state, reminder } }: NoticeEvent): string {
  return `${kind} (${state}${reminder ? ", told again" : ""})`;
}

function shown(message: OutgoingRequest | OutgoingMail): string {
  if (message.by === "mail") {
    const { text, by: _, ...rest } = message;
    return `${Object.entries(rest)
      .map(([key, value]) => `${key}: ${value}`)
      .join("\n")}\n\n${text}`;
  }
  const { method, url, headers, body } = message;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${url}`, ...lines, "", pretty(body)].join("\n");
}

function pretty(body: string): string {
  return JSON.stringify(JSON.parse(body), null, 2);
}
