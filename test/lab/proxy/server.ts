import { once } from "node:events";
import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { Readable } from "node:stream";
import { type Exchange, newLine } from "./exchange.ts";

/** Takes one exchange. The signal comes when the proxy goes down: nothing of the exchange may go on then. */
export type Take = (exchange: Exchange, signal: AbortSignal) => void;

/** The proxy's side to its clients: a socket that can go away and come back. It is not up yet. */
export function proxyServer(socketPath: string, take: Take) {
  const clients = new Set<Duplex>();
  let life = new AbortController();
  const server = createServer((request, response) => {
    take(
      { line: newLine(request), request, response, client: request.socket, body: request, isUpgrade: false },
      life.signal,
    );
  });
  server.on("upgrade", (request, client: Duplex, early: Buffer) =>
    take(upgradeExchange(request, client, early), life.signal),
  );
  server.on("connection", (client) => {
    clients.add(client.on("error", () => {}));
    client.once("close", () => clients.delete(client));
  });
  return {
    async up(): Promise<void> {
      if (server.listening) return;
      life = new AbortController();
      await once(server.listen(socketPath), "listening");
    },
    async down(): Promise<void> {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      life.abort();
      for (const client of clients) client.destroy();
      await closed;
    },
  };
}

/** Node gives up HTTP on such a connection at once; an answer that is no upgrade is written as HTTP all the same. */
function upgradeExchange(request: IncomingMessage, client: Duplex, early: Buffer): Exchange {
  const response = new ServerResponse(request);
  response.assignSocket(client as Parameters<ServerResponse["assignSocket"]>[0]);
  response.shouldKeepAlive = false;
  response.once("finish", () => client.end());
  const sizeBytes = Number(request.headers["content-length"] ?? 0);
  if (early.length > 0) client.unshift(early);
  return {
    line: newLine(request),
    request,
    response,
    client,
    body: Readable.from(firstBytes(client, sizeBytes)),
    isUpgrade: true,
  };
}

/** The body of an upgrade request lies on the socket, before what belongs to the new protocol. */
async function* firstBytes(client: Duplex, sizeBytes: number): AsyncGenerator<Buffer> {
  for (let left = sizeBytes; left > 0; ) {
    const chunk: Buffer | null = client.read(Math.min(left, client.readableLength)) ?? null;
    if (chunk === null) await once(client, "readable");
    else {
      left -= chunk.length;
      yield chunk;
    }
  }
}
