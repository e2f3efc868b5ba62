import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";

/** Headers of requests that a proxy or a browser made. Their sender may be anywhere. */
const MADE_BY_OTHERS = [
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-real-ip",
  "origin",
  "sec-fetch-mode",
];

/**
 * Whether a process in the same network namespace sent the request for itself: in a container, a command inside it. The
 * connection comes from this very address or from a loopback address, its `Host` agrees (that of a web page whose name
 * resolves to this address does not), and it has none of the headers that proxies and browsers add.
 */
export function isFromHere({ headers, socket }: Pick<IncomingMessage, "headers"> & { socket: Ends }): boolean {
  const { remoteAddress, localAddress } = socket;
  if (remoteAddress === undefined || MADE_BY_OTHERS.some((name) => headers[name] !== undefined)) return false;
  const isOwnAddress = remoteAddress === localAddress;
  if (!isOwnAddress && !isLoopback(remoteAddress)) return false;
  const host = hostOf(headers.host ?? "");
  return host === "localhost" || isLoopback(host) || (isOwnAddress && host === withoutPrefix(remoteAddress));
}

interface Ends {
  readonly remoteAddress?: string | undefined;
  readonly localAddress?: string | undefined;
}

/** `[::1]:8494` and `::1` are `::1`. */
function hostOf(header: string): string {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header) ?? [];
  return (bracketed ?? plain ?? "").toLowerCase();
}

/** An IPv4 client of a socket that listens on all addresses is shown as `::ffff:127.0.0.1`. */
function withoutPrefix(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}

function isLoopback(address: string): boolean {
  const plain = withoutPrefix(address);
  const addresses = new BlockList();
  addresses.addSubnet("127.0.0.0", 8, "ipv4");
  addresses.addAddress("::1", "ipv6");
  const version = isIP(plain);
  return version !== 0 && addresses.check(plain, version === 6 ? "ipv6" : "ipv4");
}
