import { parseDuration } from "../definition/values/duration.ts";
import { isChannelName, MOST_NOTIFY_RULES, NO_CHANNEL } from "../job/notify.ts";
import { isPoolName, MOST_SLOTS, POOL_NAME } from "../job/pool.ts";
import { nearestWord, onTypographicQuotes, withoutQuotes } from "../job/problem.ts";
import { wrongTimezone } from "../schedule/clock/zone.ts";
import type { Parsed, Setting } from "./setting.ts";

/** What keeps a text from being the value that its author sees. */
interface NotPlain {
  readonly message: string;
  readonly hint: string;
}

/**
 * Returns the value as it was meant: without surrounding blanks, and with commas for the line breaks that a file may have
 * between the items of a list. Quotes that a shell or an `env_file` left behind are a problem: a path in quotes is another
 * path.
 */
export function plainText(
  { isList, secret }: Pick<Setting<unknown>, "isList" | "secret">,
  written: string,
): string | NotPlain {
  const lines = written.trim().split(/\s*[\r\n]+\s*/);
  if (lines.length > 1 && !isList) return { message: "has more than one line", hint: "write the value alone" };
  const text = lines.join(",");
  const items = isList ? text.split(",").map((item) => item.trim()) : [text];
  const unquoted = items.map(unquote);
  if (unquoted.every((item, index) => item === items[index])) return text;
  if (secret !== undefined)
    return { message: "has quotes around it, which are part of the value", hint: "leave them out" };
  const instead = unquoted.join(",");
  return { message: `${text} contains quotes, which are part of the value`, hint: `write ${instead}` };
}

/** Also removes the typographic quotes of a word processor, on one side or both: no value has them. */
function unquote(item: string): string {
  if (onTypographicQuotes(item) !== undefined) return withoutQuotes(item);
  return /^(["'`])(.*)\1$/s.exec(item)?.[2]?.trim() ?? item;
}

/** Accepts one of a few words. */
export function oneOf<W extends string>(words: readonly W[]): (text: string) => Parsed<W> {
  return (text) => {
    const word = words.find((candidate) => candidate === text);
    if (word !== undefined) return { value: word };
    return { wrong: `"${text}" is not one of ${words.join(", ")}`, ...didYouMean(text, words) };
  };
}

/** Accepts a list of some of a few words, separated by commas. */
export function someOf<W extends string>(words: readonly W[]): (text: string) => Parsed<readonly W[]> {
  return (text) => {
    const found: W[] = [];
    for (const item of splitList(text)) {
      const parsed = oneOf(words)(item);
      if ("wrong" in parsed) return parsed;
      if (!found.includes(parsed.value)) found.push(parsed.value);
    }
    return found.length > 0 ? { value: found } : { wrong: `names none of ${words.join(", ")}` };
  };
}

/** Reads paths, separated by commas (not by colons, which may be part of a path). */
export function parsePaths(text: string): Parsed<readonly string[]> {
  const paths = splitList(text);
  return paths.length > 0 ? { value: paths } : { wrong: "names no file or folder" };
}

export function parsePath(text: string): Parsed<string> {
  return text.trim() === "" || text.includes("\0") ? { wrong: "is not a path" } : { value: text };
}

export function parseInstance(text: string): Parsed<string> {
  if (/^[a-z0-9][a-z0-9_-]{0,31}$/.test(text)) return { value: text };
  return {
    wrong: `"${text}" cannot name an instance: allowed are lower-case letters, digits, "_" and "-", a letter or digit first, at most 32`,
  };
}

const maxStartsAtOnce = 100;

export function parseStartsAtOnce(text: string): Parsed<number> {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxStartsAtOnce) return { value: count };
  return { wrong: `"${text}" is not a whole number from 1 to ${maxStartsAtOnce}` };
}

/** Less would be over before the object is there; more would hold on to what a name or a label meant long ago. */
const AHEAD_MS = { least: 1000, most: 60_000 };

export function parseAhead(text: string): Parsed<number> {
  const ms = parseDuration(text);
  if (ms === 0 || (ms !== undefined && ms >= AHEAD_MS.least && ms <= AHEAD_MS.most)) return { value: ms };
  const isBare = /^\d+$/.test(text);
  return {
    wrong: `"${text}" is not 0, or a duration from 1s to 1m`,
    ...(isBare && { hint: `write ${text}s` }),
  };
}

/** Where to listen. Without `host`: on all addresses, including those of IPv6. */
export interface ListenAddress {
  readonly host?: string;
  /** With 0, the system chooses a free one. */
  readonly port: number;
}

/** Reads `HOST:PORT`, `:PORT` and `[IPV6]:PORT`. */
export function parseListen(text: string): Parsed<ListenAddress> {
  const match = /^(?:\[(?<v6>[0-9a-fA-F:.%]+)\]|(?<name>[^:[\]\s/]*)):(?<port>\d{1,5})$/.exec(text);
  const port = Number(match?.groups?.port ?? Number.NaN);
  if (match === null || port > 65_535) {
    return {
      wrong: `"${text}" is not HOST:PORT or :PORT, with a port from 0 to 65535`,
      ...hintForListen(text),
    };
  }
  const host = match.groups?.v6 ?? match.groups?.name ?? "";
  return { value: { ...(host === "" ? {} : { host }), port } };
}

function hintForListen(text: string): { hint?: string } {
  if (/^\d{1,5}$/.test(text)) return { hint: `write ":${text}"` };
  return /:.*:/.test(text) ? { hint: 'write an IPv6 address as "[::1]:8494"' } : {};
}

/** Where people reach the pages, as their browsers know it. */
export interface PublicUrl {
  /** With a slash at its end: `https://example.com/cron/`. */
  readonly url: string;
  /** `https://example.com`. */
  readonly origin: string;
  /** As browsers send it: `example.com`, with the port if it is not the usual one. */
  readonly host: string;
}

/** Reads the address of a proxy: scheme, host, and perhaps port and path. */
export function parsePublicUrl(text: string): Parsed<PublicUrl> {
  const url = URL.parse(text);
  const isPlain =
    url !== null && /^https?:$/.test(url.protocol) && url.search + url.hash + url.username + url.password === "";
  if (!isPlain || /[?#]/.test(text)) {
    const wrong = `"${text}" is not an address such as https://example.com/cron/, without query and password`;
    return { wrong, ...(/^[\w.-]+(:\d+)?(\/|$)/.test(text) && { hint: `write "https://${text}"` }) };
  }
  return { value: { url: url.href.replace(/\/*$/, "/"), origin: url.origin, host: url.host } };
}

/** Reads an address that is a secret: what is wrong with it is told without it. */
export function parseSecretUrl(text: string): Parsed<string> {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return { value: text };
  return { wrong: "is not an address such as https://hc-ping.com/… (it is not shown here, since it may be a secret)" };
}

/** Reads pools with their numbers of slots, separated by commas. */
export function parsePools(text: string): Parsed<ReadonlyMap<string, number>> {
  const pools = new Map<string, number>();
  for (const item of splitList(text)) {
    const [name = "", slots = "", ...more] = item.split("=").map((part) => part.trim());
    if (!isPoolName(name)) return { wrong: `"${name}" cannot name a pool: allowed are ${POOL_NAME}` };
    const limit = /^\d{1,3}$/.test(slots) && more.length === 0 ? Number(slots) : 0;
    if (limit < 1 || limit > MOST_SLOTS)
      return {
        wrong: `"${item}" is not a pool with its number of slots, from 1 to ${MOST_SLOTS}`,
        hint: `write ${name}=2`,
      };
    if (pools.has(name)) return { wrong: `names the pool ${name} twice`, hint: "keep one" };
    pools.set(name, limit);
  }
  return pools.size > 0 ? { value: pools } : { wrong: "names no pool", hint: "write db=2" };
}

/** Reads names of channels, separated by commas, each once. */
export function parseChannelNames(text: string): Parsed<readonly string[]> {
  const names = [...new Set(splitList(text))];
  if (names.length === 1 && names[0] === NO_CHANNEL) return { value: [] };
  const wrong = names.find((name) => !isChannelName(name));
  if (wrong !== undefined)
    return {
      wrong: `"${wrong}" is not the name of a channel: allowed are lower-case letters, digits, "_" and "-", a letter or digit first, at most 32`,
    };
  if (names.length > MOST_NOTIFY_RULES)
    return { wrong: `names ${names.length} channels; at most ${MOST_NOTIFY_RULES} are allowed` };
  return names.length > 0 ? { value: names } : { wrong: "names no channel" };
}

/** Accepts the names that schedules accept, those of IANA. */
export function parseTimezone(text: string): Parsed<string> {
  const found = wrongTimezone(text);
  return found === undefined ? { value: text } : { wrong: found.wrong.replace(/\.$/, "") };
}

/** Returns the hint of a problem when one of the allowed words is near. */
export function didYouMean(written: string, allowed: Iterable<string>): { hint?: string } {
  const word = nearestWord(written, allowed);
  return word === undefined ? {} : { hint: `did you mean "${word}"?` };
}

/** Returns the items of a list with commas. */
export function splitList(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
