import { defineKind } from "../define-kind.ts";
import { httpBase, secret, wholeNumber } from "../options.ts";
import { lastLinesWithin, within } from "../within.ts";
import { chatOf, postJson } from "./chat.ts";

/** An application of Gotify. What it shows is plain text. */
export const gotify = defineKind({
  name: "gotify",
  groups: true,
  keys: {
    url: httpBase("https://gotify.example.org"),
    token: secret("the token of an application"),
    priority: wholeNumber(0, 10).optional(),
  },
  secrets: ["url", "token"],
  goesTo: ({ url }) => url,
  message(events, { url, token, priority = 8 }) {
    const { heading, text, output, url: page, tone } = chatOf(events);
    const lines = output.length === 0 ? "" : `\n\n${lastLinesWithin(output, 4000)}`;
    const body = {
      title: within(heading, 500),
      message: `${within(text, 4000)}${lines}`,
      priority: tone === "good" ? Math.min(priority, 4) : priority,
      extras: {
        "client::display": { contentType: "text/plain" },
        ...(page && { "client::notification": { click: { url: page } } }),
      },
    };
    return postJson(`${url}/message`, body, { "x-gotify-key": token });
  },
});
