import type { RequestListener, Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../clock.ts";

/** How long open answers may continue once the server is stopping. */
const closingMs = 500;
/** Ends connections on which nothing moves: the scraper is gone, or does not read. */
const idleMs = 30_000;

/** Far more than scrapers, health checks and people need, and few enough to fit into memory. */
const MOST_CONNECTIONS = 256;

interface Address {
  /** Absent: all addresses, including those of IPv6. */
  readonly host?: string;
  /** 0 lets the system choose a free port. */
  readonly port: number;
}

export interface Listening {
  /** With the port that the system chose. */
  readonly address: { readonly host: string; readonly port: number };
  /** Resolves when the server is closed and no connection is left, within a second after the abort. */
  readonly closed: Promise<void>;
}

/** Thrown when the server cannot listen on an address; the message says why, and what to do. */
export class CannotListen extends Error {
  override readonly name = "CannotListen";
}

/** Serves until `signal` is aborted. Throws `CannotListen`. */
export async function listen(
  address: Address,
  handle: RequestListener,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Listening> {
  // An import would read every export of node:http, WebSocket too, and with that load undici: 12 MB and 40 ms of CPU.
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: idleMs }, handle);
  server.setTimeout(idleMs);
  boundConnections(server);
  await bind(server, address);
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const close = () => closeServer(server, clock, closed);
  if (signal.aborted) close();
  else signal.addEventListener("abort", close, { once: true });
  const { address: host, port } = server.address() as AddressInfo;
  return { address: { host, port }, closed };
}

/** The oldest connection gives way to a new one, so that a health check gets its answer whatever fills the server. */
function boundConnections(server: Server): void {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    const [oldest] = sockets;
    if (sockets.size > MOST_CONNECTIONS) oldest?.destroy();
  });
}

function bind(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(new CannotListen(whyNot(address, cause))));
    server.listen({ ...address }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function whyNot({ host, port }: Address, { code, message }: NodeJS.ErrnoException): string {
  const where = `${host?.includes(":") ? `[${host}]` : (host ?? "")}:${port}`;
  if (code === "EADDRINUSE") return `cannot listen on ${where}: another process does; choose another with --listen`;
  if (code === "EACCES") return `cannot listen on ${where}: not permitted; choose a port above 1023 with --listen`;
  if (code === "EADDRNOTAVAIL") return `cannot listen on ${where}: no interface of this machine has that address`;
  if (code === "ENOTFOUND") return `cannot listen on ${where}: the name is not known`;
  return `cannot listen on ${where}: ${message}`;
}

/** Answers in progress get a moment; idle connections are closed at once. */
async function closeServer(server: Server, clock: Clock, closed: Promise<void>): Promise<void> {
  const timer = new AbortController();
  server.close();
  server.closeIdleConnections();
  await Promise.race([closed, clock.wait(closingMs, timer.signal)]);
  timer.abort();
  server.closeAllConnections();
}
