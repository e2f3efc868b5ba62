import type { Channel, OutgoingMail, OutgoingRequest } from "../../../src/notify/channel.ts";
import { readChannels } from "../../../src/notify/read-channels.ts";

/** The canaries: values that no message, view or error may show. */
export const SIGNING_SECRET = `whsec_${Buffer.from("canary canary canary canary").toString("base64")}`;

/** One channel of each kind, as an operator writes them. */
export const CHANNELS = `
channels:
  webhook: {kind: webhook, url: https://hooks.example.org/shipbell, secret: ${SIGNING_SECRET}, token: canary-token}
  own: {kind: webhook, url: https://hooks.example.org/own, body: '{"text": {{{json.title}}}, "more": "{{text}}"}'}
  slack: {kind: slack, url: https://hooks.slack.com/services/T0/B0/canary}
  discord: {kind: discord, url: https://discord.com/api/webhooks/1/canary}
  teams: {kind: teams, url: "https://prod-1.westeurope.logic.azure.com/workflows/1?sig=canary"}
  ntfy: {kind: ntfy, url: https://ntfy.sh/our-jobs, token: tk_canary, priority: high}
  gotify: {kind: gotify, url: https://gotify.example.org/, token: canary-token}
  telegram: {kind: telegram, token: "1:canary", chat_id: "-1001234567890"}
  matrix: {kind: matrix, url: https://matrix.example.org, token: canary-token, room: "!abc:example.org"}
  pagerduty: {kind: pagerduty, routing_key: 0123456789abcdef0123456789abcdef, severity: critical}
  email:
    kind: email
    server: smtps://mail.example.org:465
    user: cron
    password: canary password
    from: Cron <cron@example.org>
    to: [ops@example.org, night@example.org]
  alertmanager: {kind: alertmanager, url: "http://alertmanager:9093", labels: {severity: page}}
`;

/** The channels of a file that is right. */
export async function channelsOf(text: string = CHANNELS): Promise<ReadonlyMap<string, Channel>> {
  const read = await readChannels(text, { path: "channels.yml", readSecret: noSecrets });
  if ("problems" in read) throw new Error(JSON.stringify(read.problems));
  return read.channels.byName;
}

export async function aChannel(text: string): Promise<Channel> {
  const [channel] = (await channelsOf(`channels: {it: ${text}}`)).values();
  if (channel === undefined) throw new Error("no channel");
  return channel;
}

export async function noSecrets(path: string) {
  return { problem: { at: path, message: "the file cannot be read: there is no such file or folder" } };
}

export function isRequest(message: OutgoingRequest | OutgoingMail): asserts message is OutgoingRequest {
  if (message.by !== "http") throw new Error("a mail");
}

export function isMail(message: OutgoingRequest | OutgoingMail): asserts message is OutgoingMail {
  if (message.by !== "mail") throw new Error("a request");
}
