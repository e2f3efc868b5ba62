import type { Clock } from "../clock.ts";
import type { NoticeKind } from "../job/notify.ts";
import { sampleEvent } from "../view/notice/sample-events.ts";
import type { Channel, OutgoingMail, OutgoingRequest } from "./channel.ts";
import { deliver } from "./deliver.ts";
import type { Sent } from "./sent.ts";

interface TryParts {
  readonly instance: string;
  /** Where links lead to. */
  readonly publicUrl?: string | undefined;
  readonly clock: Pick<Clock, "now">;
  readonly signal: AbortSignal;
  /** `HTTPS_PROXY` and the like. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Sends the channel one notice of the kind that is made up, and that says so; once, whatever comes of it. Never rejects.
 * `answer` is the first line of what the receiver said.
 */
export async function tryChannel(channel: Channel, kind: NoticeKind, parts: TryParts): Promise<Sent> {
  const { instance, publicUrl, clock, signal, env } = parts;
  const now = clock.now();
  const event = sampleEvent(kind, { instance, job: "backup", ...(publicUrl !== undefined && { publicUrl }) }, now);
  const message = channel.message([event], now);
  const { answer, ...sent } = await deliver(message, { clock, signal, env });
  return { ...sent, ...(answer !== undefined && { answer: withoutSecrets(answer, message) }) };
}

/** A receiver may say again what it was sent. What may be a secret of that is not shown. */
function withoutSecrets(answer: string, message: OutgoingRequest | OutgoingMail): string {
  const secrets = message.by === "mail" ? signInOf(message) : secretsOf(message);
  return secrets
    .filter(({ length }) => length >= LEAST_SECRET)
    .toSorted((a, b) => b.length - a.length)
    .reduce((text, secret) => text.replaceAll(secret, "…"), answer);
}

/** As they are, and as they are sent. */
function signInOf({ user = "", password = "" }: OutgoingMail): readonly string[] {
  const encoded = [user, password, `\0${user}\0${password}`].map((text) => Buffer.from(text).toString("base64"));
  return [user, password, ...encoded];
}

/** Shorter texts are words. */
const LEAST_SECRET = 6;

/** The parts of the address, the values of headers, and what a body calls a key or a token. */
function secretsOf({ url, headers, body }: OutgoingRequest): readonly string[] {
  const { pathname, search, searchParams, username, password } = new URL(url);
  const steps = pathname.split("/");
  const words = Object.entries(headers)
    .filter(([name]) => !PLAIN_HEADERS.test(name))
    .flatMap(([, value]) => [value, ...value.split(" ")]);
  const inBody = [...body.matchAll(/"[a-z_-]*(?:key|token|secret|password)[a-z_-]*"\s*:\s*"([^"]+)"/gi)];
  const found = [pathname, search, ...steps, ...searchParams.values(), username, password, ...words];
  return [...found, ...found.map(decoded), ...inBody.map(([, value = ""]) => value)];
}

const PLAIN_HEADERS = /^(?:content-.*|accept|user-agent|webhook-id|webhook-timestamp)$/i;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
