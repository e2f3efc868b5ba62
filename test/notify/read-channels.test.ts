import { describe, expect, it } from "vitest";
import { formatProblem } from "../../src/job/problem.ts";
import { channelKinds } from "../../src/notify/channels/kinds.ts";
import { readChannels, secretFilesOf } from "../../src/notify/read-channels.ts";
import { sampleEvents } from "../../src/view/notice/sample-events.ts";
import { CHANNELS } from "./channels/a-channel.ts";

const files: Readonly<Record<string, string>> = {
  "/run/secrets/slack": "https://hooks.slack.com/services/T0/B0/canary\n",
  "/run/secrets/token": "  canary-token\r\n",
  "/run/secrets/empty": "\n",
  "/run/secrets/wrong": "canary is no address",
};

async function read(text: string) {
  const readSecret = async (path: string) => {
    const text = files[path];
    return text === undefined
      ? { problem: { at: path, message: "the file cannot be read: there is no such file or folder" } }
      : { text };
  };
  return readChannels(text, { path: "channels.yml", readSecret });
}

async function problems(text: string): Promise<readonly string[]> {
  const found = await read(text);
  return "problems" in found ? found.problems.map(formatProblem) : [];
}

async function channels(text: string) {
  const found = await read(text);
  if ("problems" in found) throw new Error(found.problems.map(formatProblem).join("\n"));
  return found.channels;
}

describe("a file of channels", () => {
  it("may have one of each kind", async () => {
    const { byName } = await channels(CHANNELS);
    expect(new Set([...byName.values()].map(({ kind }) => kind))).toEqual(
      new Set(channelKinds.map(({ name }) => name)),
    );
  });

  it("has defaults", async () => {
    expect(await channels("channels: {}")).toMatchObject({ groupMs: 30_000, digestAbove: 5 });
    const text = "channels: {}\ndefaults: {group: 1m, digest_above: 10, page_url: https://cron.example.org/x/}";
    expect(await channels(text)).toMatchObject({
      groupMs: 60_000,
      digestAbove: 10,
      pageUrl: "https://cron.example.org/x/",
    });
  });

  it("shows where a channel goes, and nothing else of its address", async () => {
    const { byName } = await channels(CHANNELS);
    expect([...byName.values()].map(({ name, address }) => `${name} ${address}`)).toEqual([
      "webhook https://hooks.example.org/…",
      "own https://hooks.example.org/…",
      "slack https://hooks.slack.com/…",
      "discord https://discord.com/…",
      "teams https://prod-1.westeurope.logic.azure.com/…",
      "ntfy https://ntfy.sh/…",
      "gotify https://gotify.example.org/…",
      "telegram https://api.telegram.org/…",
      "matrix https://matrix.example.org/…",
      "pagerduty https://events.pagerduty.com/…",
      "email smtps://mail.example.org:465/…",
      "alertmanager http://alertmanager:9093/…",
    ]);
    expect(JSON.stringify([...byName.values()])).not.toContain("canary");
  });
});

describe("a secret in a file of its own", () => {
  it("is the file's text, without blanks around it", async () => {
    const { byName } = await channels(`channels:
  chat: {kind: slack, url_file: /run/secrets/slack}
  phone: {kind: ntfy, url: https://ntfy.sh/jobs, token_file: /run/secrets/token}
  hook: {kind: webhook, url: https://x.example/, headers: {X-Key_file: /run/secrets/token}}`);
    const [event] = sampleEvents();
    if (event === undefined) throw new Error("no sample");
    const [chat, phone, hook] = [...byName.values()].map((channel) => channel.message([event], new Date()));
    expect(chat).toMatchObject({ url: "https://hooks.slack.com/services/T0/B0/canary" });
    expect(phone).toMatchObject({ headers: { authorization: "Bearer canary-token" } });
    expect(hook).toMatchObject({ headers: { "X-Key": "canary-token" } });
  });

  it("is followed: the files are known, each once", () => {
    const text = `channels:
  a: {kind: slack, url_file: /run/secrets/slack}
  b: {kind: slack, url_file: /run/secrets/slack}
  c: {kind: webhook, url: https://x.example/, headers: {X-Key_file: /run/secrets/token}}
  d: {kind: unknown, url_file: /run/secrets/other}`;
    expect(secretFilesOf(text)).toEqual(["/run/secrets/slack", "/run/secrets/token"]);
    expect(secretFilesOf("{")).toEqual([]);
  });

  it.each([
    [
      "a: {kind: slack, url_file: /run/secrets/none}",
      "2:19: channels.a.url_file names a file that cannot be used: the file cannot be read: there is no such file or folder",
    ],
    [
      "a: {kind: slack, url_file: /run/secrets/wrong}",
      "2:30: channels.a.url_file names a file whose content must be an address such as https://hooks.slack.com/services/…, not what is written",
    ],
    [
      "a: {kind: gotify, url: https://x.example, token_file: /run/secrets/empty}",
      "2:57: channels.a.token_file names a file whose content must be the token of an application, and is empty",
    ],
    [
      "a: {kind: slack, url: https://hooks.slack.com/canary, url_file: /run/secrets/slack}",
      "2:67: channels.a.url_file cannot be given together with the secret itself (leave one of them out)",
    ],
    [
      "a: {kind: slack, url_file: https://hooks.slack.com/canary}",
      "2:30: channels.a.url_file must be the path of a file, which begins with /, not what is written (write for example /run/secrets/slack)",
    ],
    ["a: {kind: slack, username_file: /x}", "2:20: unknown key under channels.a"],
  ])("%s: %s", async (line, message) => {
    const found = await problems(`channels:\n  ${line}`);
    expect(found.some((problem) => problem.includes(message.replace(/^2:\d+: /, "")))).toBe(true);
  });
});

describe("what is wrong is told all at once, with its place and what to write", () => {
  it.each([
    ["channels:", "channels is missing"],
    ["- a", "must be a map with channels, defaults, not a list"],
    ["channel: {}", 'unknown key "channel" (did you mean channels?)'],
    [
      "channels: {Ops: {kind: slack, url: https://x.example/}}",
      "this cannot name a channel: lower-case letters, digits, - and _, at most 32, and not none",
    ],
    ["channels: {none: {kind: slack, url: https://x.example/}}", "this cannot name a channel"],
    ["channels: {ops: slack}", 'channels.ops must be a map with kind, not "slack"'],
    ["channels: {ops: {url: https://x.example/}}", "channels.ops.kind is missing"],
    ["channels: {ops: {kind: mattermost}}", "(write kind: slack, with the address of an incoming webhook)"],
    ["channels: {ops: {kind: smtp}}", "(write kind: email)"],
    [
      "channels: {ops: {kind: slack, ulr: https://x.example/}}",
      'unknown key "ulr" under channels.ops (did you mean url?)',
    ],
    [
      "channels: {ops: {kind: slack, secret: abc}}",
      "unknown key under channels.ops (known are kind, url, channel, username, url_file)",
    ],
    [
      "channels: {ops: {kind: ntfy, url: https://ntfy.sh/}}",
      "channels.ops.url must end with a topic (write https://ntfy.sh/our-jobs)",
    ],
    [
      "channels: {ops: {kind: ntfy, url: https://ntfy.sh/t, priority: urgent}}",
      "channels.ops.priority must be one of min, low, default, high, max",
    ],
    [
      "channels: {ops: {kind: gotify, url: https://x.example, token: t, priority: 11}}",
      'must be a whole number from 0 to 10, not "11"',
    ],
    [
      "channels: {ops: {kind: telegram, token: t, chat_id: ops}}",
      "channels.ops.chat_id must be the number of a chat such as -1001234567890",
    ],
    [
      "channels: {ops: {kind: matrix, url: https://x.example, token: t, room: '#ops:x.example'}}",
      "channels.ops.room must be the ID of a room such as !abc:example.org",
    ],
    [
      "channels: {ops: {kind: email, server: mail.example.org, from: a@b.c, to: [a@b.c]}}",
      "channels.ops.server must be an address such as smtps://mail.example.org:465",
    ],
    [
      "channels: {ops: {kind: email, server: 'smtps://m', from: a@b.c, to: []}}",
      "channels.ops.to must be a list of mail addresses, and is empty",
    ],
    [
      "channels: {ops: {kind: email, server: 'smtps://m', from: a@b.c, to: a@b.c, user: x}}",
      "channels.ops.user needs password (write password:, too)",
    ],
    [
      "channels: {ops: {kind: webhook, url: https://x.example/, token: t, user: u, password: p}}",
      "channels.ops.token cannot be given together with user (leave one of them out)",
    ],
    [
      "channels: {ops: {kind: webhook, url: https://x.example/, secret: abc}}",
      "channels.ops.secret must be one that begins with whsec_, followed by a key in Base64, not what is written",
    ],
    [
      "channels: {ops: {kind: webhook, url: https://x.example/, content_type: text/plain}}",
      "channels.ops.content_type needs body (write body:, too)",
    ],
    [
      'channels: {ops: {kind: webhook, url: https://x.example/, headers: "Authorization: x"}}',
      "channels.ops.headers must be a map of headers, not what is written",
    ],
    [
      "channels: {ops: {kind: webhook, url: https://x.example/, headers: {Host: a}}}",
      "is no name of a header that can be set",
    ],
    [
      "channels: {ops: {kind: webhook, url: https://x.example/, body: '{{titel}}'}}",
      'channels.ops.body names the field "titel", which notices do not have (did you mean title?)',
    ],
    [
      "channels: {ops: {kind: webhook, url: https://x.example/, body: '{{{json.titel}}}'}}",
      "(did you mean json.title?)",
    ],
    [
      "channels: {ops: {kind: webhook, url: https://x.example/, body: '{{#output}}'}}",
      "channels.ops.body has a {{ that is not closed, or a section without its end (write {{title}})",
    ],
    [
      "channels: {ops: {kind: webhook, url: https://x.example/, body: '{{>other}}'}}",
      "channels.ops.body cannot include other templates (leave {{>…}} out)",
    ],
    [
      "channels: {ops: {kind: webhook, url: https://x.example/, body: '{\"a\": {{title}}}'}}",
      "channels.ops.body gives no JSON for a notice of the kind failed, and content_type is application/json",
    ],
    [
      "channels: {ops: {kind: webhook, url: https://x.example/, body: '{\"a\": {{exit_code}}}'}}",
      "channels.ops.body gives no JSON for a notice of the kind missed",
    ],
    [
      "channels: {ops: {kind: webhook, url: ftp://x.example/}}",
      "channels.ops.url must be an address such as https://hooks.example.org/shipbell, not what is written",
    ],
    ["channels: {ops: {kind: webhook, url: https://u:canary@x.example/}}", "channels.ops.url must be an address"],
    [
      "channels: {ops: {kind: alertmanager, url: http://a, labels: {job_name: x}}}",
      "is no name of a label that can be set",
    ],
    ["channels: {}\ndefaults: {group: 2h}", 'defaults.group must be a duration such as 30s, at most 1h, not "2h"'],
    [
      "channels: {}\ndefaults: {digest_abov: 2}",
      'unknown key "digest_abov" under defaults (did you mean digest_above?)',
    ],
    [
      "channels: {}\ndefaults: {page_url: cron.example.org}",
      "defaults.page_url must be an address such as https://cron.example.org/",
    ],
    ["channels: {ops: {kind: slack, url: &a https://x.example/}, two: *a}", "aliases are not allowed here"],
    ["channels: {ops: [", "this is not valid YAML"],
  ])("%s", async (text, message) => {
    const found = await problems(text);
    expect(
      found.some((problem) => problem.includes(message)),
      found.join("\n"),
    ).toBe(true);
    expect(found.every((problem) => problem.startsWith("channels.yml"))).toBe(true);
  });

  it("three mistakes are three lines", async () => {
    expect(
      await problems(`channels:
  a: {kind: slak, url: https://x.example/}
  b: {kind: slack, ulr: https://x.example/}
defaults: {group: 2h}`),
    ).toHaveLength(4);
  });
});

describe("no message quotes what may be a secret", () => {
  const secretKeys = channelKinds.flatMap(({ name, secrets }) => secrets.map((key) => [name, key] as const));

  it.each(secretKeys)("%s: %s", async (kind, key) => {
    for (const wrong of [
      "canary with blanks",
      "canary\u0001",
      "[canary]",
      "{canary: canary}",
      "https://canary canary",
    ]) {
      const found = await problems(
        `channels: {it: {kind: ${kind}, ${key}: ${/^[[{]/.test(wrong) ? wrong : JSON.stringify(wrong)}}}`,
      );
      expect(found.length).toBeGreaterThan(0);
      expect(found.join("\n")).not.toContain("canary");
    }
  });

  it("not even in the wrong place", async () => {
    const key = "whsec_Y2FuYXJ5IGNhbmFyeSBjYW5hcnkgY2FuYXJ5";
    for (const text of [
      `${key}: x`,
      `channels: {${key}: {kind: slack}}`,
      `channels: {ops: {kind: ${key}}}`,
      `channels: {ops: {kind: slack, ${key}: a}}`,
      `channels: {ops: {kind: ntfy, url: https://ntfy.sh/t, priority: ${key}}}`,
      `channels: {ops: ${key}}`,
      `channels: {ops: {kind: slack, url_file: ${key}}}`,
      `channels: {ops: {kind: webhook, url: https://x.example/, body: "{{${key}}}"}}`,
      `channels: {ops: {kind: webhook, url: https://x.example/, headers: {"${key}": a}}}`,
      `channels: {}\ndefaults: {group: ${key}}`,
    ]) {
      const found = await problems(text);
      expect(found.length).toBeGreaterThan(0);
      expect(found.join("\n")).not.toContain("Y2FuYXJ5");
    }
  });
});
