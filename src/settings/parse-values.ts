import { nearestWord } from "../job/problem.ts";
import { wrongTimezone } from "../schedule/clock/timezone-name.ts";
import type { Parsed } from "./setting.ts";

const maxStartsAtOnce = 100;

/** Where to listen. Without `host`: on all addresses, IPv6's too. */
export interface ListenAddress {
  readonly host?: string;
  /** 0 lets the system choose a free one. */
  readonly port: number;
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

/** Paths, separated by commas (and not by colons, which some paths have). */
export function parsePaths(text: string): Parsed<readonly string[]> {
  const paths = splitList(text);
  return paths.length > 0 ? { value: paths } : { wrong: "names no file and no folder" };
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

export function parseStartsAtOnce(text: string): Parsed<number> {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= maxStartsAtOnce) return { value: count };
  return { wrong: `"${text}" is not a whole number from 1 to ${maxStartsAtOnce}` };
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

/** Accepts what schedules accept: IANA names. */
export function parseTimezone(text: string): Parsed<string> {
  const found = wrongTimezone(text);
  return found === undefined ? { value: text } : { wrong: found.wrong.replace(/\.$/, "") };
}

/** The hint part of a problem, when one of the allowed words is near. */
export function didYouMean(written: string, allowed: Iterable<string>): { hint?: string } {
  const word = nearestWord(written, allowed);
  return word === undefined ? {} : { hint: `did you mean "${word}"?` };
}

/** The items of a list with commas. */
export function splitList(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
