import { madeOf } from "../../definition/files/operator-file.ts";
import { defineKind } from "../define-kind.ts";
import { escapeHtml } from "../inert.ts";
import { httpBase, secret, wholeNumber } from "../options.ts";
import { lastLinesWithin, within } from "../within.ts";
import { chatOf, postJson } from "./chat.ts";

/** A bot of Telegram. A message has at most 4096 characters; the signs of its HTML are not counted, and are counted here. */
export const telegram = defineKind({
  name: "telegram",
  groups: true,
  keys: {
    token: secret("the token of a bot"),
    chat_id: madeOf("the number of a chat such as -1001234567890, or @ and the name of a channel", (text) =>
      /^(?:-?\d{1,20}|@\w{1,64})$/.test(text) ? text : undefined,
    ),
    thread_id: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
    url: httpBase("https://api.telegram.org").optional(),
  },
  secrets: ["token", "url"],
  goesTo: ({ url = API }) => url,
  message(events, { token, chat_id, thread_id, url = API }) {
    const { heading, text, output, url: page, link, tone } = chatOf(events);
    const block = output.length === 0 ? [] : [`<pre>${escapeHtml(lastLinesWithin(output, 1500, costOf))}</pre>`];
    const parts = [
      `<b>${escapeHtml(within(heading, 400, costOf))}</b>`,
      escapeHtml(within(text, 1600, costOf)),
      ...block,
      ...(page ? [`<a href="${escapeHtml(page)}">${escapeHtml(link)}</a>`] : []),
    ];
    return postJson(`${url}/bot${token}/sendMessage`, {
      chat_id,
      ...(thread_id !== undefined && { message_thread_id: thread_id }),
      text: parts.join("\n"),
      parse_mode: "HTML",
      link_preview_options: { is_disabled: true },
      // A recovery is sent without a sound.
      ...(tone === "good" && { disable_notification: true }),
    });
  },
});

const API = "https://api.telegram.org";

function costOf(character: string): number {
  return escapeHtml(character).length;
}
