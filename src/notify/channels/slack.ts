import { defineKind } from "../define-kind.ts";
import { fenced } from "../inert.ts";
import { httpAddress, line } from "../options.ts";
import { lastLinesWithin, within } from "../within.ts";
import { COLOURS, chatOf, postJson } from "./chat.ts";

/**
 * Incoming webhooks of Slack, and of Mattermost and Rocket.Chat, which take the same. They know attachments; blocks are
 * Slack's alone. Slack shows 3000 characters of a text, and Rocket.Chat takes 5000 in all.
 */
export const slack = defineKind({
  name: "slack",
  groups: true,
  keys: {
    url: httpAddress("https://hooks.slack.com/services/…"),
    channel: line("the name of a channel").optional(),
    username: line("a name").optional(),
  },
  secrets: ["url"],
  goesTo: ({ url }) => url,
  message(events, { url, channel, username }) {
    const { title, heading, text, output, url: page, link, tone, at, instance } = chatOf(events);
    const block =
      output.length === 0 ? "" : `\n\`\`\`\n${escapeMarkup(fenced(lastLinesWithin(output, 1500, costOf)))}\n\`\`\``;
    return postJson(url, {
      ...(channel && { channel }),
      ...(username && { username }),
      text: escapeMarkup(within(heading, 500, costOf)),
      attachments: [
        {
          fallback: escapeMarkup(within(title, 500, costOf)),
          color: `#${COLOURS[tone].toString(16).padStart(6, "0")}`,
          ...(page && { title: link, title_link: page }),
          text: `${escapeMarkup(plain(within(text, 1300, costOf)))}${block}`,
          mrkdwn_in: ["text"],
          footer: `shipbell · ${instance}`,
          ts: Math.floor(at.getTime() / 1000),
        },
      ],
    });
  },
});

/** The three characters that Slack gives a meaning. */
function escapeMarkup(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function costOf(character: string): number {
  return escapeMarkup(character).length + (character === "`" ? 1 : 0);
}

/** Slack has no way to escape the signs of its markup: a backtick in a sentence would open a block. */
function plain(text: string): string {
  return text.replaceAll("`", "'");
}
