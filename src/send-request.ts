import type { ClientRequest, IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import { version } from "./version.ts";

/** A request as it is sent. */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  /** Over `User-Agent` and `Content-Length`, which each request has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface SendParts {
  /** Gives the request up: what is on its way may still arrive. */
  readonly signal: AbortSignal;
  /** `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in both cases. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called when all of it has been handed to the network. */
  readonly onSent?: () => void;
  /** Certificates (PEM) of the authorities that may vouch for the receiver. Default: those that Node trusts. */
  readonly ca?: string;
}

const PROXIES: readonly (readonly [lower: string, upper: string])[] = [
  ["http_proxy", "HTTP_PROXY"],
  ["https_proxy", "HTTPS_PROXY"],
];

/**
 * Takes the place of a proxy that cannot be read, which Node would pass by. No name has a part that is so long, so no
 * resolver is asked; and Node goes on to decide by `NO_PROXY` what needs a proxy at all.
 */
const UNREADABLE_PROXY = "unreadable-proxy".repeat(4);

/** Writes proxies as Node takes them: curl, unlike Node, takes them without `http://`, too. */
function readProxies(env: SendParts["env"]): SendParts["env"] {
  const read: Record<string, string | undefined> = { ...env };
  for (const [lower, upper] of PROXIES) {
    const text = (env[lower] || env[upper] || "").trim();
    delete read[upper];
    read[lower] = text === "" ? "" : (readProxy(text) ?? `http://${UNREADABLE_PROXY}`);
  }
  return read;
}

function readProxy(text: string): string | undefined {
  const url = URL.parse(text.includes("://") ? text : `http://${text}`);
  if (url === null || !["http:", "https:"].includes(url.protocol)) return undefined;
  try {
    // As Node will.
    decodeURIComponent(url.username + url.password);
    return url.href;
  } catch {
    return undefined;
  }
}

/** How long each address of a host is tried, where it has several. Node's own quarter of a second is too little for some. */
const EACH_ADDRESS_MS = 2500;

/**
 * Sends one request, once. Resolves with the answer's head; `end` closes the connection. Rejects when there is no answer: see
 * `causeOf`. An answer that breaks off ends with an error. Redirects are not followed: a receiver does not choose where secrets go. Certificates are verified.
 */
export function sendRequest(
  { method, url, headers, body }: HttpRequest,
  { signal, env, onSent, ca }: SendParts,
): Promise<{ readonly response: IncomingMessage; readonly end: () => void }> {
  return new Promise((resolve, reject) => {
    const { protocol } = new URL(url);
    // As in http/server.ts: an import would load undici, and so would fetch.
    const { Agent, request: open } = process.getBuiltinModule(protocol === "http:" ? "node:http" : "node:https");
    // Each request has a connection of its own: one that the receiver is about to close would look like an answer lost.
    const proxyEnv = readProxies(env) as NodeJS.ProcessEnv;
    const agent = new Agent({ keepAlive: false, proxyEnv });
    const options: RequestOptions & { readonly autoSelectFamilyAttemptTimeout: number } = {
      method,
      agent,
      signal,
      // Discord, among others, refuses requests that do not say who sends them.
      headers: {
        "user-agent": `shipbell/${version}`,
        ...headers,
        ...(body !== undefined && { "content-length": Buffer.byteLength(body) }),
      },
      autoSelectFamilyAttemptTimeout: EACH_ADDRESS_MS,
      // Also where NODE_TLS_REJECT_UNAUTHORIZED says otherwise.
      rejectUnauthorized: true,
      ...(ca !== undefined && { ca }),
    };
    let answer: IncomingMessage | undefined;
    const request: ClientRequest = open(url, options, (response) => {
      answer = response;
      // It has a reader, or does not matter.
      response.on("error", () => {});
      resolve({ response, end: () => request.destroy() });
    });
    if (onSent !== undefined) request.once("finish", onSent);
    request.on("error", (error) => {
      reject(error);
      // Node takes the end of the connection, whatever kind it is, for that of an answer that does not say how long it is.
      answer?.destroy(error);
    });
    // Whatever the receiver sends, an end is an end: of an upgrade that was not asked for there is neither answer nor error.
    request.once("close", () => reject(new Error("closed without an answer")));
    request.end(body);
  });
}

/** Why there is no answer. `exitCode`: the one with which curl says the same. */
export interface NoAnswer {
  readonly words: string;
  readonly exitCode: number;
}

const NO_PROXY_RESOLVED = 5;
const UNRESOLVED = 6;
const UNREACHED = 7;
const TIMED_OUT = 28;
const NO_TLS = 35;
const EMPTY = 52;
const BROKEN = 56;
const UNTRUSTED = 60;
const NO_HTTP = 8;

const CAUSES: Readonly<Record<string, readonly [words: string, exitCode: number]>> = {
  ECONNREFUSED: ["connection refused", UNREACHED],
  ECONNRESET: ["connection reset", BROKEN],
  EPIPE: ["connection reset", BROKEN],
  ENOTFOUND: ["host not found", UNRESOLVED],
  EAI_AGAIN: ["host not found, no answer from DNS", UNRESOLVED],
  EHOSTUNREACH: ["host unreachable", UNREACHED],
  ENETUNREACH: ["network unreachable", UNREACHED],
  ETIMEDOUT: ["timeout", TIMED_OUT],
  ERR_PROXY_TUNNEL: ["the proxy opens no connection", UNREACHED],
  HPE_HEADER_OVERFLOW: ["the headers of its answer are longer than 16 KB", BROKEN],
  ERR_TLS_CERT_ALTNAME_INVALID: ["its certificate is for another name", UNTRUSTED],
  CERT_HAS_EXPIRED: ["its certificate has expired", UNTRUSTED],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", UNTRUSTED],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["its certificate is self-signed", UNTRUSTED],
  SELF_SIGNED_CERT_IN_CHAIN: ["its certificate is of an unknown authority", UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["its certificate is of an unknown authority", UNTRUSTED],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["its certificate is of an unknown authority", UNTRUSTED],
};

/** With which Node says that a certificate is not accepted, besides those above. */
const CERTIFICATE_CODE = /CERT|CRL|^(?:INVALID|PATH_LENGTH|ERROR_IN)_/;

/** What is in the way of a connection, before anything is sent. */
const CONNECTING: ReadonlySet<unknown> = new Set([undefined, "connect", "getaddrinfo"]);

interface NodeError {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly hostname?: unknown;
  readonly message?: unknown;
  readonly errors?: readonly unknown[];
}

/** Returns what went wrong, in words of ours: an error's message may have the address in it. */
export function causeOf(error: unknown): NoAnswer {
  const { code, syscall, hostname, message, errors } = (error ?? {}) as NodeError;
  // Several addresses were tried: what the last one said.
  if (typeof code !== "string" && errors !== undefined && errors.length > 0) return causeOf(errors.at(-1));
  if (typeof code !== "string") return { words: "no answer", exitCode: EMPTY };
  if (hostname === UNREADABLE_PROXY)
    return { words: "HTTP_PROXY or HTTPS_PROXY names no http:// or https:// proxy", exitCode: NO_PROXY_RESOLVED };
  // Of a connection that was closed rather than reset.
  if (code === "ECONNRESET" && syscall === undefined) return closed(String(message));
  if (code === "EPROTO" || code.startsWith("ERR_SSL_")) return noTls(code, String(message));
  const known = CAUSES[code];
  if (known === undefined && code.startsWith("HPE_")) return { words: "it does not speak HTTP", exitCode: NO_HTTP };
  if (known === undefined && CERTIFICATE_CODE.test(code))
    return { words: `its certificate is not accepted (${code})`, exitCode: UNTRUSTED };
  const [words, exitCode] = known ?? [code, syscall === "connect" ? UNREACHED : BROKEN];
  // Where it has been connected, something may have been sent.
  return { words, exitCode: exitCode === UNREACHED && !CONNECTING.has(syscall) ? BROKEN : exitCode };
}

function closed(message: string): NoAnswer {
  return message.includes("before secure TLS connection")
    ? { words: "connection closed before TLS was set up", exitCode: NO_TLS }
    : { words: "connection closed", exitCode: EMPTY };
}

/** OpenSSL's reason is one of its own constants. */
function noTls(code: string, message: string): NoAnswer {
  const reason = /:SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? code;
  if (/certificate required/.test(reason))
    return { words: "it wants a certificate of its clients, and shipbell has none", exitCode: NO_TLS };
  if (code === "EPROTO" && /wrong version number|EPROTO/.test(reason))
    return { words: "it does not speak TLS", exitCode: NO_TLS };
  return { words: `TLS failed (${reason})`, exitCode: NO_TLS };
}
