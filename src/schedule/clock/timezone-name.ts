import { nearestWord, withoutQuotes } from "../../job/problem.ts";
import { quoted, type Wrong, wrong } from "../wrong.ts";

/** The names of three letters that IANA has. Intl knows more, and takes BST for Bangladesh. */
const SHORT_NAMES: ReadonlySet<string> = new Set("UTC GMT UCT CET MET EET WET EST MST HST PRC ROC ROK".split(" "));

/** The longest of IANA's has 32 letters. What is longer is not looked for among them. */
const LONGEST_NAME = 64;

/** What is wrong with the name of a time zone, if anything: only names of IANA's data base are allowed. */
export function wrongTimezone(name: string): Wrong | undefined {
  if (name.trim() === "") return wrong("The time zone is empty: write an IANA name such as Europe/Berlin, or UTC.");
  if (name.length > LONGEST_NAME) {
    return wrong(`The time zone ${quoted(name)} is not known: write an IANA name such as Europe/Berlin, or UTC.`);
  }
  if (/^(?:UTC|GMT|UT|Z)?[+-]\d/i.test(name)) {
    const example = fixedZone(name) ?? "Europe/Berlin";
    return wrong(`The time zone "${name}" is an offset, and ours are IANA names: write a place, or ${example}.`);
  }
  if (/^[a-z]{3}$/i.test(name) && !SHORT_NAMES.has(name.toUpperCase())) {
    return wrong(
      `The time zone "${name}" is an abbreviation that several zones share: write a place, as Europe/Berlin.`,
    );
  }
  const bare = withoutQuotes(name);
  if (bare !== name && bare !== "") {
    const message = `The time zone ${quoted(name)} has ${bare === name.trim() ? "spaces" : "quotes"} within`;
    return wrong(`${message}: write ${wrongTimezone(bare) === undefined ? bare : suggest(bare)}.`);
  }
  if (/^:?[A-Za-z]{3,}[+-]?\d/.test(name) && !isKnown(name)) {
    const message = `The time zone ${quoted(name)} is a rule of POSIX, and ours are IANA names`;
    return wrong(`${message}: write a place, as Europe/Berlin.`);
  }
  return isKnown(name) ? undefined : wrong(`The time zone "${name}" is not known: write ${suggest(name)}.`);
}

function isKnown(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** `+02:00` → Etc/GMT-2, whose sign is the other way round. There are none for parts of hours. */
function fixedZone(offset: string): string | undefined {
  const [, sign, hours] = /([+-])0?(\d{1,2})(?::?00)?$/.exec(offset) ?? [];
  if (hours === undefined || Number(hours) > 12) return undefined;
  return Number(hours) === 0 ? "UTC" : `Etc/GMT${sign === "+" ? "-" : "+"}${hours}`;
}

function suggest(name: string): string {
  const city = name.split("/").at(-1)?.trim().replaceAll(" ", "_").toLowerCase();
  const zone = Intl.supportedValuesOf("timeZone").find((known) => known.split("/").at(-1)?.toLowerCase() === city);
  return zone ?? nearestWord(name, Intl.supportedValuesOf("timeZone")) ?? "an IANA name such as Europe/Berlin, or UTC";
}
