import { createHmac } from "node:crypto";
import * as z from "zod";
import { madeOf } from "../../definition/files/operator-file.ts";
import { cloudEvent } from "../../view/notice/cloud-event.ts";
import { defineKind } from "../define-kind.ts";
import {
  authorization,
  credentials,
  headers,
  httpAddress,
  secretOf,
  type Wrong,
  wrongCredentials,
} from "../options.ts";
import { only } from "./chat.ts";
import { renderTemplate, wrongJson, wrongTemplate } from "./template.ts";

const DEFAULT_TYPE = "application/json";

const LONGEST_BODY = 20_000;

const body = secretOf("a template", (text) =>
  text !== "" && text.length <= LONGEST_BODY ? text : undefined,
).transform((template, context) => {
  const wrong = wrongTemplate(template);
  if (wrong === undefined) return template;
  const { message, hint } = wrong;
  context.issues.push({ code: "custom", input: template, message, params: { hint } });
  return z.NEVER;
});

/** An event of CloudEvents 1.0, or a body of the operator's own; signed as Standard Webhooks say, if there is a secret. */
export const webhook = defineKind({
  name: "webhook",
  groups: false,
  keys: {
    url: httpAddress("https://hooks.example.org/shipbell"),
    secret: secretOf("one that begins with whsec_, followed by a key in Base64", signingSecrets).optional(),
    ...credentials,
    headers: headers.optional(),
    content_type: madeOf("a type such as application/json", (text) =>
      /^[\w.+-]{1,60}\/[\w.+-]{1,100}(?:\s*;\s*charset=[\w-]{1,20})?$/i.test(text) ? text : undefined,
    ).optional(),
    body: body.optional(),
  },
  secrets: ["url", "secret", "token", "password", "body"],
  check: ({ body, content_type, headers = {}, ...options }) => [
    ...wrongCredentials(options),
    ...wrongHeaders(headers, options),
    ...(body === undefined ? wrongType(content_type) : wrongJson(body, content_type ?? DEFAULT_TYPE)),
  ],
  goesTo: ({ url }) => url,
  message(events, { url, secret, headers = {}, content_type, body: template, ...options }, now) {
    const event = only(events);
    const type =
      template === undefined ? "application/cloudevents+json; charset=utf-8" : (content_type ?? DEFAULT_TYPE);
    const body = template === undefined ? JSON.stringify(cloudEvent(event)) : renderTemplate(template, event, type);
    const timestamp = Math.floor(now.getTime() / 1000);
    return {
      by: "http",
      method: "POST",
      url,
      headers: {
        ...headers,
        ...authorization(options),
        "content-type": type,
        "webhook-id": event.id,
        "webhook-timestamp": String(timestamp),
        ...(secret !== undefined && { "webhook-signature": signaturesOf(secret, `${event.id}.${timestamp}.${body}`) }),
      },
      body,
    };
  },
});

const SIGNING_KEY = /^whsec_([A-Za-z0-9+/]{32,88}={0,2})$/;

/** One signature for each secret, so that the receiver may take either while it is changed. */
function signaturesOf(secrets: string, signed: string): string {
  return secrets
    .split(" ")
    .map((secret) => Buffer.from(SIGNING_KEY.exec(secret)?.[1] ?? "", "base64"))
    .map((key) => `v1,${createHmac("sha256", key).update(signed).digest("base64")}`)
    .join(" ");
}

/** A key of 24 to 64 bytes, says Standard Webhooks. */
function signingSecrets(text: string): string | undefined {
  const secrets = text.trim().split(/\s+/);
  return secrets.length <= 5 && secrets.every((secret) => SIGNING_KEY.test(secret)) ? secrets.join(" ") : undefined;
}

function wrongHeaders(
  headers: Readonly<Record<string, string>>,
  credentials: Parameters<typeof authorization>[0],
): readonly Wrong[] {
  const isTwice = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  if (!isTwice || Object.keys(authorization(credentials)).length === 0) return [];
  return [{ key: "headers", message: "has an Authorization next to token or user", hint: "leave one of them out" }];
}

function wrongType(contentType: string | undefined): readonly Wrong[] {
  return contentType === undefined ? [] : [{ key: "content_type", message: "needs body", hint: "write body:, too" }];
}
