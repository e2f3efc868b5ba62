import type { RefusalReason, Severity } from "../../job/problem.ts";

/** A mistake in a definition, before it is known where that stands in a file or on an object. */
export interface Issue {
  /** Keys and list indexes, from the job downwards. */
  readonly path: readonly (string | number)[];
  /** Whether the key itself is wrong, or what it holds. */
  readonly on: "key" | "value";
  /** With the value in it, if at all, as `quoted` or `part` gives it. */
  readonly message: string;
  readonly hint?: string;
  /**
   * For a message that does not mark what it quotes: what to say instead where variables stand in the value. Completes the
   * sentence that begins with the key and the value.
   */
  readonly withVariables?: string;
  /** Where it stands, when that is another file: `/etc/shop/shop.env:3:1`. */
  readonly at?: string;
  readonly severity?: Severity;
  /** As in `Problem`. */
  readonly refused?: RefusalReason;
}

const LONGEST_SHOWN = 80;

/** At most 80 characters of a text. */
export function cut(text: string): string {
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

/**
 * The part of a key that is a name. Where a space or a quote was forgotten, YAML takes a value for a part of its key; and the
 * value may be a secret.
 */
export function nameIn(key: string): string {
  const [name] = /^[\p{L}\p{N}_./-]*/u.exec(key) ?? [""];
  return name === key ? key : `${name}…`;
}

/** `history.failed`: the keys on the way; places in a list are told by the position. */
export function keysOn(path: Issue["path"]): string {
  return path
    .filter((step) => typeof step === "string")
    .map(nameIn)
    .join(".");
}

/** Writes a value for a message: short, in quotes. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  return typeof value === "string" ? JSON.stringify(cut(value).replaceAll(MARKS, "\uFFFD")) : "a map of keys";
}

/**
 * What a message quotes may come from a variable and be a secret. Where issues are found only the value is known, so quotes
 * are marked, and `settleIssue` replaces them by what is written in the file. The marks are noncharacters of Unicode, which
 * no text has.
 */
const OPENS = "\uFDD0";
const CLOSES = "\uFDD1";
/** Marks a text that may hold secrets even without variables: not even what is written is quoted. */
const SECRET = "\uFDD2";
const MARKS = /[\uFDD0-\uFDD2]/g;
const MARKED = /\uFDD0[^\uFDD1]*\uFDD1/g;

/** Quotes a value in an issue's message or hint: short, in quotes. */
export function quoted(value: unknown): string {
  return typeof value === "string" ? `${OPENS}${shown(value)}${CLOSES}` : shown(value);
}

/** Quotes the part of a value that may be shown although the value may be a secret: short, in quotes. */
export function quotedSecret(value: unknown): string {
  return typeof value === "string" ? `${OPENS}${SECRET}${shown(value)}${CLOSES}` : shown(value);
}

/** Quotes a piece of a value in an issue's message or hint, without quotes. */
export function part(value: string): string {
  return `${OPENS}${cut(value).replaceAll(MARKS, "\uFFFD")}${CLOSES}`;
}

/** Marks a hint that was made from the value. */
export function fromValue(hint: string): string {
  return `${OPENS}${hint.replaceAll(MARKS, "\uFFFD")}${CLOSES}`;
}

/** `must be a duration such as 90s, not "soon"`. */
export function mustBe(expected: string, value: unknown): string {
  return `must be ${expected}, not ${quoted(value)}`;
}

/**
 * Returns the issue as people read it. `written` is what the file has where variables were filled in: it is quoted in place
 * of the value, and advice that would quote the value is left out.
 */
export function settleIssue<T extends Pick<Issue, "path" | "message" | "hint" | "withVariables">>(
  { withVariables, hint, ...issue }: T,
  written: string | undefined,
): Omit<T, "withVariables"> {
  if (written === undefined)
    return {
      ...issue,
      message: issue.message.replaceAll(MARKS, ""),
      ...(hint !== undefined && { hint: hint.replaceAll(MARKS, "") }),
    } as Omit<T, "withVariables">;
  const key = keysOn(issue.path);
  const message =
    withVariables === undefined
      ? issue.message.replaceAll(MARKED, (quote) => shown(quote.includes(SECRET) ? "…" : written))
      : `${key} ${shown(written)} ${withVariables}`;
  const isSafe = hint !== undefined && withVariables === undefined && !hint.includes(OPENS);
  return { ...issue, message, ...(isSafe && { hint }) } as Omit<T, "withVariables">;
}
