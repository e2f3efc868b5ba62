import { createHash } from "node:crypto";
import { madeOf } from "../../definition/files/operator-file.ts";
import type { NoticeEvent } from "../../view/notice/notice-event.ts";
import { summarize } from "../../view/notice/summary.ts";
import { defineKind } from "../define-kind.ts";
import { line, mailAddress, mailAddresses, password, type Wrong } from "../options.ts";
import { within } from "../within.ts";

/** Plain text. All notices about one incident are one thread: all of it answers the mail that told the failure. */
export const email = defineKind({
  name: "email",
  groups: true,
  keys: {
    server: madeOf("an address such as smtps://mail.example.org:465 or smtp://mail.example.org:587", serverOf),
    user: line("the name of a user").optional(),
    password: password.optional(),
    from: mailAddress,
    to: mailAddresses,
  },
  secrets: ["password"],
  check: wrongUser,
  goesTo: ({ server }) => server,
  message(events, { server, user, password, from, to }) {
    const { title, text, output, url } = summarize(events);
    const [
      {
        data: { instance, unit },
      },
    ] = events as [NoticeEvent];
    const parts = [
      text,
      ...(output.length > 0 ? [["The last lines of its output:", "", ...output].join("\n")] : []),
      ...(url ? [url] : []),
      ["-- ", `shipbell, instance ${instance}${unit !== undefined && events.length === 1 ? `, ${unit}` : ""}`].join(
        "\n",
      ),
    ];
    return {
      by: "mail",
      server,
      ...(user !== undefined && { user }),
      ...(password !== undefined && { password }),
      from,
      to,
      subject: within(`[${instance}] ${title.replaceAll(/\p{Cc}/gu, " ")}`, 200),
      text: `${parts.join("\n\n")}\n`,
      ...threadOf(events, /@([^\s<>@]+)>?$/.exec(from)?.[1] ?? "localhost"),
    };
  },
});

function serverOf(text: string): string | undefined {
  const url = URL.parse(text);
  const isFit = url !== null && /^smtps?:$/.test(url.protocol) && url.hostname !== "";
  const hasMore =
    url !== null && (url.username + url.password + url.search + url.hash !== "" || /[^/]/.test(url.pathname));
  return isFit && !hasMore ? text : undefined;
}

function wrongUser({
  user,
  password,
}: {
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}): readonly Wrong[] {
  if ((user === undefined) === (password === undefined)) return [];
  const [key, other] = user === undefined ? ["password", "user"] : ["user", "password"];
  return [{ key, message: `needs ${other}`, hint: `write ${other}:, too` }] as readonly Wrong[];
}

/** The first mail of an incident has the ID that follows from the incident, and every later one answers it. */
function threadOf(events: readonly NoticeEvent[], domain: string) {
  const idOf = (text: string) => `<shipbell.${createHash("sha256").update(text).digest("hex").slice(0, 40)}@${domain}>`;
  const [event, ...others] = events;
  if (event === undefined || others.length > 0) return { messageId: idOf(JSON.stringify(events.map(({ id }) => id))) };
  const { state, dedup_key, open_since, reminder } = event.data;
  if (open_since === undefined || state === "once") return { messageId: idOf(event.id) };
  const first = idOf(`${dedup_key} ${open_since}`);
  if (state === "open" && !reminder) return { messageId: first };
  return { messageId: idOf(event.id), inReplyTo: first };
}
