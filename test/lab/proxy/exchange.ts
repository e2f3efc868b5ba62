import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex, Readable } from "node:stream";

/** A line of the proxy's log. It is filled in while the request goes its way. */
export type ProxiedRequest = {
  readonly method: string;
  /** With its query, without the API version. */
  readonly path: string;
  /** The engine's, or that of a rule's own answer. */
  status?: number;
  requestBytes: number;
  answerBytes: number;
  /** `left`: the client went first; `cut`: by a rule; `failed`: the engine broke off, or was not there. */
  end: "open" | "answered" | "left" | "cut" | "failed";
};

/** One request of a client, with all that is needed to send it on and to answer it. */
export type Exchange = {
  line: ProxiedRequest;
  request: IncomingMessage;
  response: ServerResponse;
  client: Duplex;
  /** The request's body. */
  body: Readable;
  isUpgrade: boolean;
};

export function newLine(request: IncomingMessage): ProxiedRequest {
  const path = (request.url ?? "/").replace(/^\/v\d+\.\d+(?=\/)/, "");
  return { method: request.method ?? "GET", path, requestBytes: 0, answerBytes: 0, end: "open" };
}

/** Breaks the client's connection. */
export function cutClient({ line, client }: Exchange, end: "cut" | "failed"): void {
  if (line.end === "open") line.end = end;
  client.destroy();
}

export function answerClient({ line, response }: Exchange, status: number, body: unknown): void {
  line.status = status;
  line.end = "answered";
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}
