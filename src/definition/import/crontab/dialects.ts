import { CRON_NICKNAMES } from "../../../job/nicknames.ts";
import { readBusyboxPattern } from "../busybox.ts";
import { type Dialect, inYears, type ReadPattern, readPattern, type WrongPattern } from "../fields.ts";

/** A line as a job: its schedule, and what follows it. */
export interface JobLine extends ReadPattern {
  readonly rest: string;
  /** Where `rest` begins in the line, from 0. */
  readonly restAt: number;
  readonly hasSeconds?: true;
}

const CRON: Dialect = {
  seven: "sunday",
  names: "short",
  stepFromValue: "refused",
  stepTooLarge: "first",
  hasQuestionMark: false,
  hasSpecialDays: false,
  days: "one-begins-with-star",
};

const CRONIE: Dialect = { ...CRON, hasRandomValues: true };

/** cronexpr, of which supercronic has a copy. */
const CRONEXPR: Dialect = {
  seven: "zero",
  names: "long",
  stepFromValue: "to-the-end",
  stepTooLarge: "refused",
  hasQuestionMark: true,
  hasSpecialDays: true,
  days: "one-is-star-without-step",
};

/** It has no `@midnight`. */
const CRONEXPR_NAMES: ReadonlySet<string> = new Set([...CRON_NICKNAMES.keys()].filter((name) => name !== "@midnight"));

/** Reads a line of cron's, up to the command or the user. */
export function readCronLine(text: string, flavour: "cronie" | "debian"): JobLine | WrongPattern {
  const words = wordsOf(text);
  const [first] = words;
  if (first?.text.startsWith("@")) {
    if (first.text === "@reboot") return rebootLine(text, words, "cron");
    if (!CRON_NICKNAMES.has(first.text)) return { wrong: `cron does not know "${first.text}"` };
    return withRest(text, words, { schedules: [first.text], notes: [], count: 1 });
  }
  if (words.length < 5) return { wrong: "a line has five fields and a command" };
  const fields = words.slice(0, 5).map((word) => word.text);
  const pattern = readPattern(fields, flavour === "cronie" ? CRONIE : CRON);
  if ("wrong" in pattern) return pattern;
  if (words[5]?.text.startsWith("*")) return { wrong: "there are six fields, and cron has five" };
  return withRest(text, words, { ...pattern, count: 5 });
}

/** What is started with cron's container there, and with the host here. */
function rebootLine(text: string, words: readonly Word[], program: string): JobLine {
  const message = `${program} runs it when it starts, in each new container of it; here it is due once after each boot of the host`;
  return withRest(text, words, { schedules: ["@reboot"], notes: [{ code: "import-reboot", message }], count: 1 });
}

/** Reads a line of supercronic's: seven fields if these are a pattern, else six, else five, else a name. */
export function readSupercronicLine(text: string): JobLine | WrongPattern {
  const words = wordsOf(text);
  const texts = words.map((word) => word.text);
  let wrong: WrongPattern = { wrong: "a line has five, six or seven fields and a command" };
  for (const count of [7, 6, 5]) {
    if (words.length <= count) continue;
    const fields = texts.slice(0, count === 7 ? 6 : 5);
    const year = count === 5 ? undefined : texts[count - 1];
    if (year !== undefined && !isYears(year)) continue;
    const pattern = readPattern(fields, CRONEXPR);
    if ("wrong" in pattern) {
      wrong = pattern;
      continue;
    }
    const isAny = year === undefined || year.split(",").some((part) => /^[*?]$/.test(part));
    const schedules = isAny ? pattern.schedules : pattern.schedules.map((schedule) => inYears(schedule, year));
    return withRest(text, words, { ...pattern, schedules, ...(count === 7 && { hasSeconds: true as const }), count });
  }
  const [first] = texts;
  if (first !== undefined && words.length > 1 && CRONEXPR_NAMES.has(first))
    return withRest(text, words, { schedules: [first], notes: [], count: 1 });
  return first?.startsWith("@") ? { wrong: `supercronic does not know "${first}"` } : wrong;
}

/** Reads a line of BusyBox's crond. Without five fields and a command it passes over the line. */
export function readBusyboxLine(text: string): JobLine | WrongPattern {
  const words = wordsOf(text.replace(/#.*$/s, ""));
  const [first] = words;
  if (first?.text.startsWith("@")) {
    const reboot = first.text === "@reboot" ? rebootLine(text, words, "crond") : undefined;
    if (reboot === undefined && !CRON_NICKNAMES.has(first.text))
      return { wrong: `crond does not know "${first.text}"` };
    const message = `crond knows ${first.text} only where it was built with special times, as Alpine's was not for long: there the line never ran`;
    const special = { code: "import-line", message } as const;
    if (reboot !== undefined) return { ...reboot, notes: [special, ...reboot.notes] };
    return withRest(text, words, { schedules: [first.text], notes: [special], count: 1 });
  }
  if (words.length < 6) return { wrong: "a line has five fields and a command" };
  const pattern = readBusyboxPattern(words.slice(0, 5).map((word) => word.text));
  return "wrong" in pattern ? pattern : withRest(text, words, { ...pattern, count: 5 });
}

interface Word {
  readonly text: string;
  readonly end: number;
}

function wordsOf(text: string): readonly Word[] {
  return [...text.matchAll(/[^ \t]+/g)].map((found) => ({ text: found[0], end: found.index + found[0].length }));
}

function withRest(
  text: string,
  words: readonly Word[],
  { count, ...line }: Omit<JobLine, "rest" | "restAt"> & { readonly count: number },
): JobLine {
  const end = words[count - 1]?.end ?? text.length;
  const restAt = end + (/^[ \t]*/.exec(text.slice(end))?.[0].length ?? 0);
  return { ...line, rest: text.slice(restAt), restAt };
}

function isYears(text: string): boolean {
  const year = "(?:19[789]\\d|20\\d\\d)";
  return new RegExp(
    `^(?:[*?]|(?:\\*|${year})(?:-${year})?(?:/\\d+)?)(?:,(?:[*?]|(?:\\*|${year})(?:-${year})?(?:/\\d+)?))*$`,
  ).test(text);
}
