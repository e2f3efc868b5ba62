import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";

/** What a route answers: a body at once, or in pieces that are made as they are read. */
export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | AsyncIterable<string>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends the answer; only its head to HEAD. Resolves when everything is sent or the reader is gone. */
export async function sendAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): Promise<void> {
  const { status, contentType, body, headers } = answer;
  const length = typeof body === "string" ? { "Content-Length": Buffer.byteLength(body) } : {};
  response.writeHead(status, { "Content-Type": contentType, "Cache-Control": "no-store", ...headers, ...length });
  if (request.method === "HEAD") response.end();
  else if (typeof body === "string") response.end(body);
  else await sendPieces(response, body);
}

/** Makes the next piece only once the reader has taken the last one. */
async function sendPieces(response: ServerResponse, pieces: AsyncIterable<string>): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  try {
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
