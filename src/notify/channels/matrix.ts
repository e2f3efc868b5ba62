import { createHash } from "node:crypto";
import { madeOf } from "../../definition/files/operator-file.ts";
import { defineKind } from "../define-kind.ts";
import { escapeHtml } from "../inert.ts";
import { httpBase, secret } from "../options.ts";
import { jsonBytesOf, lastLinesWithin, within } from "../within.ts";
import { chatOf } from "./chat.ts";

/**
 * A room of Matrix. The transaction follows from the notices, so the server takes a message that is sent twice as one. An
 * event has at most 64 KB. It says that it mentions no user, so that no text of it counts as a mention.
 */
export const matrix = defineKind({
  name: "matrix",
  groups: true,
  keys: {
    url: httpBase("https://matrix.example.org"),
    token: secret("an access token"),
    room: madeOf("the ID of a room such as !abc:example.org", (text) =>
      /^![^\s:/?#]{1,200}(?::[\w.:[\]-]{1,200})?$/.test(text) ? text : undefined,
    ),
  },
  secrets: ["url", "token"],
  goesTo: ({ url }) => url,
  message(events, { url, token, room }) {
    const { heading, text, output, url: page, link, tone } = chatOf(events);
    const [title, words] = [within(heading, 2000, costOf), within(text, 20_000, costOf)];
    const lines = output.length === 0 ? "" : lastLinesWithin(output, 20_000, costOf);
    const html = [
      `<strong>${escapeHtml(title)}</strong>`,
      escapeHtml(words).replaceAll("\n", "<br>"),
      ...(page ? [`<a href="${escapeHtml(page)}">${escapeHtml(link)}</a>`] : []),
    ].join("<br>");
    const transaction = createHash("sha256")
      .update(JSON.stringify(events.map(({ id }) => id)))
      .digest("hex");
    const path = `/_matrix/client/v3/rooms/${encodeURIComponent(room)}/send/m.room.message/${transaction}`;
    return {
      by: "http",
      method: "PUT",
      url: `${url}${path}`,
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      body: JSON.stringify({
        // Clients do not ring for a notice.
        msgtype: tone === "good" ? "m.notice" : "m.text",
        body: [title, words, ...(lines === "" ? [] : [lines]), ...(page ? [page] : [])].join("\n"),
        format: "org.matrix.custom.html",
        formatted_body: `${html}${lines === "" ? "" : `<pre><code>${escapeHtml(lines)}</code></pre>`}`,
        "m.mentions": {},
      }),
    };
  },
});

/** It stands in the event twice: as text, and as HTML. */
function costOf(character: string): number {
  return jsonBytesOf(character) + [...escapeHtml(character)].reduce((sum, each) => sum + jsonBytesOf(each), 0);
}
