import { defineKind } from "../define-kind.ts";
import { httpAddress } from "../options.ts";
import { jsonBytesOf, lastLinesWithin, within } from "../within.ts";
import { chatOf, postJson } from "./chat.ts";

const COLOURS = { bad: "Attention", good: "Good", note: "Warning" } as const;
const MOST_LINES = 40;

/**
 * A workflow of Microsoft Teams that waits for a webhook, with an adaptive card 1.4. A message has at most 28 KB. Texts are
 * runs of a rich text block, in which no Markdown counts.
 */
export const teams = defineKind({
  name: "teams",
  groups: true,
  keys: { url: httpAddress("https://….logic.azure.com/workflows/…") },
  secrets: ["url"],
  goesTo: ({ url }) => url,
  message(events, { url }) {
    const { heading, text, output, url: page, link, tone, at, instance } = chatOf(events);
    const lines = output.length === 0 ? [] : lastLinesWithin(output, 6000, jsonBytesOf).split("\n").slice(-MOST_LINES);
    const paragraphs = within(text, 4000, jsonBytesOf).split("\n").slice(0, MOST_LINES);
    const footer = `shipbell · ${within(instance, 100)} · ${at.toISOString().slice(0, 19)}Z`;
    const content = {
      $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
      type: "AdaptiveCard",
      version: "1.4",
      msteams: { width: "Full" },
      body: [
        block(within(heading, 500, jsonBytesOf), { size: "Medium", weight: "Bolder", color: COLOURS[tone] }),
        ...paragraphs.map((paragraph, index) => block(paragraph, {}, index === 0 ? "Default" : "None")),
        ...lines.map((line, index) => block(line, { fontType: "Monospace" }, index === 0 ? "Medium" : "None")),
        block(footer, { size: "Small", isSubtle: true }, "Medium"),
      ],
      ...(page && { actions: [{ type: "Action.OpenUrl", title: link, url: page }] }),
    };
    return postJson(url, {
      type: "message",
      attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content }],
    });
  },
});

/** A run must have text. */
function block(text: string, look: Readonly<Record<string, unknown>>, spacing = "Default") {
  return { type: "RichTextBlock", spacing, inlines: [{ type: "TextRun", text: text === "" ? " " : text, ...look }] };
}
