import { isIP } from "node:net";

/**
 * Whether a request was sent to a name that may be ours. A web page can make its own name lead to this address (DNS
 * rebinding), and would then read what anonymous callers may. It cannot do that with an address, with `localhost`, or with
 * a name that has no dot.
 */
export function mayBeOurName(host: string | undefined, publicHost?: string): boolean {
  // Browsers always say.
  if (host === undefined) return true;
  if (host.toLowerCase() === publicHost) return true;
  const [, bracketed, name = ""] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(host) ?? [];
  if (bracketed !== undefined) return isIP(bracketed) === 6;
  return isIP(name) === 4 || /^[a-z0-9_-]+$/i.test(name);
}
