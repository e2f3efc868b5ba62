import { defineKind } from "../define-kind.ts";
import { fenced } from "../inert.ts";
import { httpAddress, line } from "../options.ts";
import { lastLinesWithin, within } from "../within.ts";
import { COLOURS, chatOf, postJson } from "./chat.ts";

/** Webhooks of Discord: one embed, of at most 256 characters of title, 4096 of text and 6000 in all. No user is mentioned. */
export const discord = defineKind({
  name: "discord",
  groups: true,
  keys: {
    url: httpAddress("https://discord.com/api/webhooks/…"),
    username: line("a name").optional(),
  },
  secrets: ["url"],
  goesTo: ({ url }) => url,
  message(events, { url, username }) {
    const { heading, text, output, url: page, tone, at, instance } = chatOf(events);
    const block = output.length === 0 ? "" : `\n\`\`\`\n${fenced(lastLinesWithin(output, 1800, fenceCost))}\n\`\`\``;
    return postJson(url, {
      ...(username && { username }),
      allowed_mentions: { parse: [] },
      embeds: [
        {
          title: escapeMarkup(within(heading, 256, costOf)),
          description: `${escapeMarkup(within(text, 2000, costOf))}${block}`,
          ...(page && { url: page }),
          color: COLOURS[tone],
          footer: { text: within(`shipbell · ${instance}`, 200) },
          timestamp: at.toISOString(),
        },
      ],
    });
  },
});

/** The signs of Discord's Markdown. */
function escapeMarkup(text: string): string {
  return text.replaceAll(/[\\*_~`|>#[\]()<]/g, "\\$&");
}

function costOf(character: string): number {
  return escapeMarkup(character).length;
}

function fenceCost(character: string): number {
  return character === "`" ? 2 : character.length;
}
