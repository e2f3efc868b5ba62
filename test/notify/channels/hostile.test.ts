import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../../src/ledger/record.ts";
import { type NoticeEvent, noticeEvent } from "../../../src/view/notice/notice-event.ts";
import { sampleEvents } from "../../../src/view/notice/sample-events.ts";
import { aRecord, aRun, at } from "../../support/a-job.ts";
import { channelsOf, isMail, isRequest } from "./a-channel.ts";

const channels = await channelsOf();
const NOW = at("12:00");

/** What a job can print, and an engine can answer. */
const PIECES = [
  "@everyone @here @channel @all @room <!channel> <!here> <@U024BE7LH> <#C024BE7LR> @ops",
  "[your password is over](https://evil.example) <https://evil.example|click> ![x](https://evil.example/x.png)",
  "<script>alert(1)</script><a href='https://evil.example'>click</a> &lt; &amp; <b>",
  "``` `code` ``` ```\n**bold** __under__ ~~gone~~ ||spoiler|| # head > quote",
  "\u001b[31mred\u001b[0m \u001b]8;;https://evil.example\u0007link\u001b]8;;\u0007 \u202Egnp.exe \u0000 \r\nSubject: injected",
  "quotes \" ' \\ {{title}} $HOME %0d%0a \ud83d\ude00\ud83d",
];
const NOISE = PIECES.join("\n");

function recordWith(message: string, output: string): JobRecord {
  const outcome = { kind: "rejected", reason: "pull-failed", message } as const;
  const run = aRun(at("03:00"), { outcome, finishedAt: at("03:01") });
  const attempt = {
    ...run.attempts[0],
    number: 1,
    objectName: "x",
    boundAt: at("03:00"),
    node: PIECES[1] ?? "",
    outcome,
    output,
  };
  const record = aRecord(at("03:00"));
  const origin = { source: "files", unit: PIECES[0] ?? "" } as const;
  return { ...record, definition: { ...record.definition, origin }, runs: [{ ...run, attempts: [attempt] }] };
}

function told(record: JobRecord): NoticeEvent {
  const [run] = record.runs;
  const facts = {
    id: `${run?.id}/failed`,
    kind: "failed",
    at: at("03:01"),
    run: run?.id ?? "",
    since: at("03:01"),
  } as const;
  return noticeEvent(facts, record, {
    instance: "shipbell",
    now: NOW,
    publicUrl: "https://cron.example.org/",
    outputLines: 500,
  });
}

const LONG = "x".repeat(100_000);
const events: Readonly<Record<string, readonly NoticeEvent[]>> = {
  "that tries everything": [told(recordWith(NOISE, NOISE))],
  "of one endless line": [told(recordWith(LONG, LONG))],
  "of many lines": [told(recordWith(NOISE, Array.from({ length: 1000 }, (_, i) => `${i} ${NOISE}`).join("\n")))],
  "of nothing but signs that are escaped": ["&", "<", '"', "`", "*", "\\", "\n", "😀", "\u0001", "é"].map((sign) =>
    stuffed(sign.repeat(6000)),
  ),
};

/** Worse than any record gives. */
function stuffed(text: string): NoticeEvent {
  const [event] = sampleEvents();
  if (event === undefined) throw new Error("no sample");
  const lines = Array.from({ length: 100 }, () => text.slice(0, 500));
  return { ...event, data: { ...event.data, title: text, text, output: lines } };
}

/** What each receiver takes at most, by its own documents. */
const limits: Readonly<Record<string, (body: string) => void>> = {
  slack: (body) => {
    const { text, attachments } = JSON.parse(body);
    expect(text.length + attachments[0].text.length + attachments[0].fallback.length).toBeLessThanOrEqual(5000);
    expect(attachments[0].text.length).toBeLessThanOrEqual(3000);
  },
  discord: (body) => {
    const [{ title, description, footer }] = JSON.parse(body).embeds;
    expect(title.length).toBeLessThanOrEqual(256);
    expect(description.length).toBeLessThanOrEqual(4096);
    expect(title.length + description.length + footer.text.length).toBeLessThanOrEqual(6000);
  },
  teams: (body) => expect(Buffer.byteLength(body)).toBeLessThanOrEqual(28 * 1024),
  ntfy: (body) => {
    expect(Buffer.byteLength(JSON.parse(body).message)).toBeLessThanOrEqual(4096);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(2 * 4096);
  },
  gotify: (body) => expect(Buffer.byteLength(body)).toBeLessThanOrEqual(64 * 1024),
  telegram: (body) => expect(JSON.parse(body).text.length).toBeLessThanOrEqual(4096),
  matrix: (body) => expect(Buffer.byteLength(body)).toBeLessThanOrEqual(60 * 1024),
  pagerduty: (body) => {
    expect(JSON.parse(body).payload.summary.length).toBeLessThanOrEqual(1024);
    expect(JSON.parse(body).dedup_key.length).toBeLessThanOrEqual(255);
    expect(Buffer.byteLength(body)).toBeLessThanOrEqual(512 * 1024);
  },
};

describe.each(Object.entries(events))("a failure %s", (_, list) => {
  it.each(Object.entries(limits))("is not more than %s takes", (name, expectWithin) => {
    for (const event of list) {
      const message = channels.get(name)?.message([event], NOW);
      if (message === undefined) throw new Error(name);
      isRequest(message);
      expectWithin(message.body);
    }
  });

  it.each([...channels.keys()])("makes a message for %s that is well formed", (name) => {
    for (const event of list) {
      const message = channels.get(name)?.message([event], NOW);
      if (message?.by === "http") {
        expect(message.body.isWellFormed()).toBe(true);
        // JSON escapes half of a surrogate pair, and many receivers refuse it.
        expect(message.body).not.toMatch(/\\ud[89a-f]/i);
        expect(() => JSON.parse(message.body)).not.toThrow();
        expect(Object.values(message.headers).join("")).toMatch(/^[\x20-\x7E]*$/);
      } else expect(`${message?.subject}${message?.messageId}`).not.toMatch(/[\r\n]/);
    }
  });
});

/** Those that make more of a text than text. */
const CHATS = ["slack", "discord", "teams", "ntfy", "gotify", "telegram", "matrix"];

describe.each(CHATS)("what a job prints, in %s,", (name) => {
  const message = channels.get(name)?.message(events["that tries everything"] ?? [], NOW);
  if (message?.by !== "http") throw new Error(name);
  const { body } = message;

  it("mentions nobody", () => {
    expect(body).toContain("everyone");
    expect(body).not.toMatch(/@(everyone|here|channel|all|room|ops)|<!(channel|here)|<@U024|<#C024/);
  });

  it("links nowhere but to the page", () => {
    expect(body).toContain("evil.example");
    expect(body).not.toMatch(/:\/\/evil|\]\(/);
    expect(body).toContain("https://cron.example.org/runs/");
  });

  it("has no colours and no hidden characters", () => {
    const texts = JSON.stringify(JSON.parse(body), (_, value) =>
      typeof value === "string" ? value.replaceAll(/[^\n\P{Cc}]|[\u202A-\u202E]/gu, "UNSEEN") : value,
    );
    expect(texts).not.toContain("UNSEEN");
  });
});

it.each(["slack", "discord"])("output cannot leave its block in %s", (name) => {
  const message = channels.get(name)?.message(events["that tries everything"] ?? [], NOW);
  if (message?.by !== "http") throw new Error(name);
  const { attachments, embeds } = JSON.parse(message.body);
  expect((attachments?.[0].text ?? embeds[0].description).split("```")).toHaveLength(3);
});

it.each([
  ["telegram", "text", ["b", "pre", "a"]],
  ["matrix", "formatted_body", ["strong", "a", "pre", "code", "br"]],
])("%s has no tags but ours", (name, key, tags) => {
  const message = channels.get(name)?.message(events["that tries everything"] ?? [], NOW);
  if (message?.by !== "http") throw new Error(name);
  const html: string = JSON.parse(message.body)[key];
  const found = [...html.matchAll(/<\/?([^\s>]*)[^>]*>/g)].map(([, tag]) => tag);
  expect([...new Set(found)].filter((tag) => !tags.includes(tag ?? ""))).toEqual([]);
  expect(html.match(/href="[^"]*"/g)).toEqual([expect.stringContaining("https://cron.example.org/runs/")]);
});

it("a mail's subject is one line, whatever happened", () => {
  const message = channels.get("email")?.message(events["that tries everything"] ?? [], NOW);
  if (message === undefined) throw new Error("no mail");
  isMail(message);
  expect(message.subject).toBe("[shipbell] backup was rejected (pull-failed)");
});

it("a digest of a thousand is not more than a receiver takes", () => {
  const many = Array.from({ length: 1000 }, (_, i) => {
    const [event] = sampleEvents();
    if (event === undefined) throw new Error("no sample");
    return { ...event, id: `${event.id}${i}`, data: { ...event.data, job: `job-${i}`, title: `job-${i} failed` } };
  });
  for (const [name, expectWithin] of Object.entries(limits)) {
    const channel = channels.get(name);
    if (!channel?.groups) continue;
    const message = channel.message(many, NOW);
    isRequest(message);
    expectWithin(message.body);
    expect(message.body).toContain("1000 jobs failed since 2026-11-18 03:20:11Z");
    expect(message.body).toContain("970 others");
  }
});
