import { createHash } from "node:crypto";
import { oneOf } from "../../definition/files/operator-file.ts";
import type { NoticeEvent } from "../../view/notice/notice-event.ts";
import { defineKind } from "../define-kind.ts";
import { authorization, credentials, httpBase, wrongCredentials } from "../options.ts";
import { jsonBytesOf, lastLinesWithin, within } from "../within.ts";
import { chatOf, postJson } from "./chat.ts";

const PRIORITIES = ["min", "low", "default", "high", "max"] as const;
const TAGS = { bad: "rotating_light", good: "white_check_mark", note: "warning" } as const;

/**
 * A topic of ntfy. It is published as JSON to the server itself: headers would be no place for every letter. A message has
 * at most 4096 bytes, and the JSON at most twice as much.
 */
export const ntfy = defineKind({
  name: "ntfy",
  groups: true,
  keys: {
    url: httpBase("https://ntfy.sh/our-jobs"),
    ...credentials,
    priority: oneOf(PRIORITIES).optional(),
  },
  secrets: ["url", "token", "password"],
  check: ({ url, ...options }) => [
    ...(topicOf(url) === undefined
      ? [{ key: "url", message: "must end with a topic", hint: "write https://ntfy.sh/our-jobs" }]
      : []),
    ...wrongCredentials(options),
  ],
  goesTo: ({ url }) => url,
  message(events, { url, priority, ...options }) {
    const { title, text, output, url: page, tone } = chatOf(events);
    const lines = output.length === 0 ? "" : `\n\n${lastLinesWithin(output, 2000, jsonBytesOf)}`;
    const body = {
      topic: topicOf(url),
      title: within(title, 500, jsonBytesOf),
      message: `${within(text, 1900, jsonBytesOf)}${lines}`,
      tags: [TAGS[tone]],
      ...(priority && tone !== "good" && { priority: PRIORITIES.indexOf(priority) + 1 }),
      ...(page && { click: page }),
      ...sequenceOf(events),
    };
    return postJson(new URL("/", url).href, body, authorization(options));
  },
});

/** Topics have these letters alone, and no server has its topics in a folder. */
function topicOf(url: string): string | undefined {
  return /^\/([-_A-Za-z0-9]{1,64})$/.exec(new URL(url).pathname)?.[1];
}

/**
 * Messages of one sequence replace each other without a sound, from version 2.16 of the server on; others ignore it. So the
 * recovery takes the place of its failure, and a reminder is a message of its own.
 */
function sequenceOf(events: readonly NoticeEvent[]): { readonly sequence_id?: string } {
  const [event, ...others] = events;
  if (event === undefined || others.length > 0) return {};
  const { dedup_key, open_since, reminder } = event.data;
  const incident = createHash("sha256")
    .update(`${dedup_key} ${(!reminder && open_since) || event.id}`)
    .digest("hex");
  return { sequence_id: `shipbell-${incident.slice(0, 32)}` };
}
