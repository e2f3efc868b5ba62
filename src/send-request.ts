import type { ClientRequest, IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import { version } from "./version.ts";

/** A request as it is sent, whoever wants it sent. */
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
    const agent = new Agent({ keepAlive: false, proxyEnv: env as NodeJS.ProcessEnv });
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
      ...(ca !== undefined && { ca }),
    };
    let answer: IncomingMessage | undefined;
    const request: ClientRequest = open(url, options, (response) => {
      answer = response;
      // It has a reader, or nobody minds.
      response.on("error", () => {});
      resolve({ response, end: () => request.destroy() });
    });
    if (onSent !== undefined) request.once("finish", onSent);
    request.on("error", (error) => {
      reject(error);
      // Node takes the end of the connection, whatever kind it is, for that of an answer that does not say how long it is.
      answer?.destroy(error);
    });
    // Whatever the receiver sends, an end is an end: of an upgrade that nobody asked for there is neither answer nor error.
    request.once("close", () => reject(new Error("closed without an answer")));
    request.end(body);
  });
}

/** Why there is no answer. `exitCode`: the one with which curl says the same. */
export interface NoAnswer {
  readonly words: string;
  readonly exitCode: number;
}

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
  EPROTO: ["it does not speak TLS", NO_TLS],
  ERR_TLS_CERT_ALTNAME_INVALID: ["its certificate is for another name", UNTRUSTED],
  CERT_HAS_EXPIRED: ["its certificate has expired", UNTRUSTED],
  CERT_NOT_YET_VALID: ["its certificate is not valid yet", UNTRUSTED],
  DEPTH_ZERO_SELF_SIGNED_CERT: ["its certificate is self-signed", UNTRUSTED],
  SELF_SIGNED_CERT_IN_CHAIN: ["its certificate is of an unknown authority", UNTRUSTED],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ["its certificate is of an unknown authority", UNTRUSTED],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: ["its certificate is of an unknown authority", UNTRUSTED],
};

/** Returns what went wrong, in words of ours: an error's message may have the address in it. */
export function causeOf(error: unknown): NoAnswer {
  const { code, errors } = (error ?? {}) as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  // Several addresses were tried: what the last one said.
  if (typeof code !== "string" && errors !== undefined && errors.length > 0) return causeOf(errors.at(-1));
  if (typeof code !== "string") return { words: "no answer", exitCode: EMPTY };
  if (code.startsWith("HPE_")) return { words: "it does not speak HTTP", exitCode: NO_HTTP };
  const [words, exitCode] = CAUSES[code] ?? [code, UNREACHED];
  return { words, exitCode };
}
