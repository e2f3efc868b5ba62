import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What a reader follows. */
export type Stream = "events" | "output";

/** What a route answers: a body at once, or in pieces that are made as they are read. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  /** The next piece is made once the reader has taken the last one. Pieces that are never read are never begun. */
  readonly body: string | AsyncIterable<string>;
  /** The body goes on until the reader is gone, or `gone` is aborted. Few such answers are open at once (`streams.ts`). */
  readonly stream?: Stream;
  /** How long it may say nothing before its reader is taken for gone. Default: 30 s. */
  readonly longestSilenceMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Nothing that a browser gets from us is ever shown elsewhere, runs a script that is not ours, or sends a form elsewhere. */
const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** Keeps windows of other sites from holding on to ours. On plain HTTP to another host, browsers do nothing with it but warn. */
const OPENER_POLICY = { "Cross-Origin-Opener-Policy": "same-origin" };

/** Whether a browser may take the address for one that is not read on the way: by TLS at a proxy, or on its own machine. */
function isPotentiallyTrustworthy({ headers }: IncomingMessage): boolean {
  const isOwnMachine = /^(?:localhost|127\.[\d.]+|\[::1\])(?::\d+)?$/i.test(headers.host ?? "");
  return isOwnMachine || headers["x-forwarded-proto"] === "https";
}

/** Sends the answer; only its head to HEAD. Resolves when everything is sent or the reader is gone. */
export async function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { status, contentType, body, headers } = answer;
  const length = typeof body === "string" ? { "Content-Length": Buffer.byteLength(body) } : {};
  const opener = isPotentiallyTrustworthy(request) ? OPENER_POLICY : {};
  const common = { "Content-Type": contentType, "Cache-Control": "no-store", ...SECURITY_HEADERS, ...opener };
  response.writeHead(status, { ...common, ...headers, ...length });
  if (request.method === "HEAD") response.end();
  else if (typeof body === "string") response.end(body);
  else await sendPieces(response, body);
}

/** Makes the next piece only once the reader has taken the last one. */
async function sendPieces(response: ServerResponse, pieces: AsyncIterable<string>): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
    response.flushHeaders();
    for await (const piece of pieces) {
      if (gone.signal.aborted) return;
      if (!response.write(piece)) await once(response, "drain", { signal: gone.signal });
    }
    response.end();
  } catch (error) {
    // Half an answer must not look like a whole one.
    response.destroy();
    if (!gone.signal.aborted) throw error;
  }
}
