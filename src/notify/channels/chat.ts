import type { NoticeEvent } from "../../view/notice/notice-event.ts";
import { type Summary, summarize } from "../../view/notice/summary.ts";
import type { OutgoingRequest } from "../channel.ts";
import { inert } from "../inert.ts";

const SIGNS = { bad: "🔴", good: "🟢", note: "🟡" } as const;

/** Red, green, amber. */
export const COLOURS = { bad: 0xd32f2f, good: 0x2e7d32, note: 0xf9a825 } as const;

/** A message for people, in which no text becomes a mention or a link. */
export interface Chat extends Summary {
  /** The title with a sign that is seen from afar. */
  readonly heading: string;
  /** What the link says. */
  readonly link: string;
}

export function chatOf(events: readonly NoticeEvent[]): Chat {
  const summary = summarize(events);
  const { title, text, output, tone, about } = summary;
  return {
    ...summary,
    title: inert(title),
    text: inert(text),
    output: output.map(inert),
    heading: `${SIGNS[tone]} ${inert(title)}`,
    link: about ?? "All jobs",
  };
}

/** A POST of JSON. */
export function postJson(url: string, body: unknown, headers: Readonly<Record<string, string>> = {}): OutgoingRequest {
  return {
    by: "http",
    method: "POST",
    url,
    headers: { "content-type": "application/json; charset=utf-8", ...headers },
    body: JSON.stringify(body),
  };
}

/** Of a kind that does not group, and so is given one event. */
export function only(events: readonly NoticeEvent[]): NoticeEvent {
  const [event] = events;
  if (event === undefined) throw new Error("a message tells something");
  return event;
}
