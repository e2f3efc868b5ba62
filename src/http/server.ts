import type { RequestListener, Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Clock } from "../clock.ts";

/** How long open answers may continue once the server is stopping. */
const closingMs = 500;
/** Ends connections on which nothing moves: the client is gone, or does not read. An answer in the making does not count. */
export const IDLE_MS = 30_000;

/** Far more than scrapers, health checks and people need, and few enough to fit into memory. */
const MOST_CONNECTIONS = 256;

interface Address {
  /** Absent: all addresses, including those of IPv6. */
  readonly host?: string;
  /** 0 lets the system choose a free port. */
  readonly port: number;
}

type Place = Address | { readonly path: string };

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

interface ServerParts {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Serves until `signal` is aborted. Throws `CannotListen`. */
export async function listen(address: Address, handle: RequestListener, parts: ServerParts): Promise<Listening> {
  const { server, closed } = await listenAt(address, handle, parts);
  const { address: host, port } = server.address() as AddressInfo;
  return { address: { host, port }, closed };
}

/** The same, at a socket that may have no port. */
export async function listenAt(
  place: Place,
  handle: RequestListener,
  { clock, signal }: ServerParts,
): Promise<Pick<Listening, "closed"> & { readonly server: Server }> {
  // An import would read every export of node:http, WebSocket too, and with that load undici: 12 MB and 40 ms of CPU.
  const { createServer } = process.getBuiltinModule("node:http");
  const server = createServer({ requestTimeout: 10_000, keepAliveTimeout: IDLE_MS }, handle);
  server.setTimeout(IDLE_MS);
  boundConnections(server);
  await bind(server, place);
  const closed = new Promise<void>((resolve) => server.once("close", resolve));
  const close = () => closeServer(server, clock, closed);
  if (signal.aborted) close();
  else signal.addEventListener("abort", close, { once: true });
  return { server, closed };
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

function bind(server: Server, place: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(new CannotListen(whyNot(place, cause))));
    server.listen({ ...place }, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

function whyNot(place: Place, { code, message }: NodeJS.ErrnoException): string {
  const where = placeText(place);
  if (code === "EADDRINUSE") return `cannot listen on ${where}: another process does; choose another with --listen`;
  if (code === "EACCES") return `cannot listen on ${where}: not permitted; choose a port above 1023 with --listen`;
  if (code === "EADDRNOTAVAIL") return `cannot listen on ${where}: no interface of this machine has that address`;
  if (code === "ENOTFOUND") return `cannot listen on ${where}: the name is not known`;
  return `cannot listen on ${where}: ${message}`;
}

/** An abstract socket is written with an `@`, as system tools do. */
function placeText(place: Place): string {
  if ("path" in place) return place.path.replace("\0", "@");
  const { host, port } = place;
  return `${host?.includes(":") ? `[${host}]` : (host ?? "")}:${port}`;
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
