import { type ClientRequest, request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import type { Duplex, Readable } from "node:stream";
import type { Exchange } from "./exchange.ts";

/** The engine's answer, not yet read; with its socket where the connection leaves HTTP behind. */
export type Answer = { head: IncomingMessage; upgraded?: { socket: Duplex; early: Buffer } };

/** Where requests go. The signal breaks all connections to the engine. */
export type Upstream = { socketPath: string; signal: AbortSignal };

/** Sends a request to the engine. Rejects when there is none, or when its signal comes before the answer is read. */
export function ask(
  { line, request, isUpgrade }: Exchange,
  body: Buffer | Readable,
  upstream: Upstream,
): Promise<Answer> {
  const headers = isUpgrade ? request.headers : endToEnd(request.headers);
  const options: RequestOptions = { ...upstream, method: line.method, path: request.url ?? "/", headers, agent: false };
  const asked = httpRequest(options);
  sendBody(asked, body, line);
  return new Promise((resolve, reject) => {
    asked.once("response", (head) => resolve({ head }));
    asked.once("upgrade", (head, socket, early) => resolve({ head, upgraded: { socket, early } }));
    asked.on("error", reject); // may come again after the answer: then the answer has its own
  });
}

function sendBody(asked: ClientRequest, body: Buffer | Readable, line: Exchange["line"]): void {
  if (Buffer.isBuffer(body)) {
    line.requestBytes = body.length;
    asked.end(body);
    return;
  }
  body.on("data", (chunk: Buffer) => {
    line.requestBytes += chunk.length;
  });
  body.pipe(asked);
}

/** Headers that are about one connection only do not travel on. */
function endToEnd(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
  const { connection: _connection, "keep-alive": _keepAlive, expect: _expect, ...others } = headers;
  return others;
}
