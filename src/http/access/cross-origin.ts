import type { IncomingHttpHeaders } from "node:http";

/**
 * Whether a request that changes something may have been sent by another site in a person's browser, which would send that
 * person's password with it. A request without any sign of a browser is trusted only if no form of a web page can send it.
 */
export function isCrossOrigin(headers: IncomingHttpHeaders, publicOrigin?: string): boolean {
  const { origin, host } = headers;
  const site = headers["sec-fetch-site"];
  if (site === "same-origin" || site === "none") return false;
  if (origin !== undefined && origin === publicOrigin) return false;
  // A browser that says "another site" is right, whatever the names say.
  if (site !== undefined) return true;
  if (origin !== undefined) return hostOf(origin) === undefined || hostOf(origin) !== host?.toLowerCase();
  return !isOfProgram(headers);
}

/** What to say of such a request. A program sees what it has to send. */
export function whyCrossOrigin({ origin, "sec-fetch-site": site }: IncomingHttpHeaders): string {
  if (origin !== undefined || site !== undefined) return "cross-origin request refused: it was sent by another site.";
  const what = "send Content-Type: application/json, or a token as Authorization: Bearer";
  return `cross-origin request refused: a form of another site could have sent it; ${what}.`;
}

/** `cron.example:8443` of `https://cron.example:8443`; undefined for `null` and other things that are no origin. */
function hostOf(origin: string): string | undefined {
  const url = /^https?:\/\/[^/]+$/i.test(origin) ? URL.parse(origin) : null;
  return url?.host;
}

/** What no form of a web page can send. */
const PROGRAM_TYPES = ["application/json", "application/yaml"];

/** No browser adds a token by itself. */
function isOfProgram(headers: IncomingHttpHeaders): boolean {
  const [type = ""] = (headers["content-type"] ?? "").toLowerCase().split(";");
  return PROGRAM_TYPES.includes(type.trim()) || /^bearer /i.test(headers.authorization ?? "");
}
