/** The kinds of value that keys of channels have. What may be a secret is never quoted. */

import * as z from "zod";
import { listOf, madeOf, mustBe } from "../definition/files/operator-file.ts";

/** What is wrong with a key, after its name. */
export interface Wrong {
  readonly key: string;
  readonly message: string;
  readonly hint?: string;
}

/** A text that is a secret: what is wrong with it is said without it. */
export const secretOf = <T>(expected: string, read: (text: string) => T | undefined) =>
  z.string({ error: ({ input }) => mustBe(expected, input) }).transform((text, context): T => {
    const value = read(text);
    if (value !== undefined) return value;
    const message = text === "" ? `must be ${expected}, and is empty` : `must be ${expected}, not what is written`;
    context.issues.push({ code: "custom", input: text, message });
    return z.NEVER;
  });

export const secret = (what: string) =>
  secretOf(what, (text) => (/^[\x21-\x7E]{1,4096}$/.test(text) ? text : undefined));
/** A password may have any characters that are not the end of a line. */
export const password = secretOf("a password on one line", (text) =>
  /^[^\p{Cc}]{1,1000}$/u.test(text) ? text : undefined,
);

/** An address of HTTP. It may have secrets in its path and its query, but no user: a header is for that. */
export const httpAddress = (example: string) =>
  secretOf(`an address such as ${example}`, (text) => {
    const url = URL.parse(text);
    const isFit =
      url !== null && /^https?:$/.test(url.protocol) && url.host !== "" && url.username + url.password === "";
    return isFit && !/[\s\p{Cc}]/u.test(text) ? url.href : undefined;
  });

/** The same without a query, and without a slash at its end: something is put after it. */
export const httpBase = (example: string) =>
  httpAddress(example).transform((href, context) => {
    if (!/[?#]/.test(href)) return href.replace(/\/+$/, "");
    context.issues.push({ code: "custom", input: href, message: "must be an address without ? and #" });
    return z.NEVER;
  });

const LONGEST_TEXT = 200;

export const line = (expected: string) =>
  madeOf(expected, (text) => (text !== "" && text.length <= LONGEST_TEXT && !/\p{Cc}/u.test(text) ? text : undefined));

export const wholeNumber = (from: number, to: number) =>
  madeOf(`a whole number from ${from} to ${to}`, (text) => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    return value >= from && value <= to ? value : undefined;
  });

/** One address, with a name or without: `ops@example.org`, `Cron <cron@example.org>`. */
export const mailAddress = madeOf("a mail address such as ops@example.org", (text) =>
  /^(?:[^<>@,;\p{Cc}]{0,100}<[^\s<>@,;]+@[^\s<>@,;]+>|[^\s<>@,;]+@[^\s<>@,;]+)$/u.test(text) ? text : undefined,
);

export const mailAddresses = z.preprocess(
  (value) => (typeof value === "string" ? [value] : value),
  listOf(mailAddress, "mail addresses").max(50, { error: () => "must have at most 50 addresses" }),
);

/** Headers by name. Those that the request itself needs cannot be set. */
export const headers = z.record(
  z.string().refine((name) => /^[A-Za-z0-9-]{1,100}$/.test(name) && !OWN_HEADERS.test(name), {
    error: () => "is no name of a header that can be set",
  }),
  secretOf("the value of a header", (text) => (/^[\x20-\x7E\t]{1,4096}$/.test(text) ? text : undefined)),
  { error: ({ code, input }) => (code === "invalid_type" ? mustBeHeaders(input) : undefined) },
);

function mustBeHeaders(input: unknown): string {
  const expected = "a map of headers";
  return typeof input === "string" ? `must be ${expected}, not what is written` : mustBe(expected, input);
}

const OWN_HEADERS = /^(?:host|content-length|content-type|connection|transfer-encoding|webhook-.*)$/i;

/** `Authorization`, of a token, or of a user and a password. */
export function authorization({ token, user, password }: Credentials): Readonly<Record<string, string>> {
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  if (user === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ""}`).toString("base64")}` };
}

/** What `authorization` is made of, as keys of a channel. */
export const credentials = {
  token: secret("a token").optional(),
  user: line("the name of a user").optional(),
  password: password.optional(),
};

interface Credentials {
  readonly token?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

export function wrongCredentials({ token, user, password }: Credentials): readonly Wrong[] {
  if (token !== undefined && user !== undefined)
    return [{ key: "token", message: "cannot be given together with user", hint: "leave one of them out" }];
  if ((user === undefined) !== (password === undefined)) {
    const [key, other] = user === undefined ? ["password", "user"] : ["user", "password"];
    return [{ key: String(key), message: `needs ${other}`, hint: `write ${other}:, too` }];
  }
  return [];
}
