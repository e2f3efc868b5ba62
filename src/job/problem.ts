/**
 * Wrong input, as a value: collected and shown, never thrown. It says where, what is wrong, what is allowed, and what to
 * write instead.
 */
export interface Problem {
  /** `schedules/nightly.yml:7:5`, `container shop_db, label shipbell.schedule`. */
  readonly at: string;
  /** What is wrong, with the value, and what is allowed. */
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
  /** A warning breaks nothing: the definition is carried out as it is written. Without a severity it is an error. */
  readonly severity?: Severity;
  /** Why a valid label is not obeyed. */
  readonly refused?: RefusalReason;
}

export type Severity = "warning";

/** `asks-for-more`: it asks for what its object does not have. The others: a setting does not allow it. */
export const REFUSAL_REASONS = [
  "asks-for-more",
  "object-not-allowed",
  "label-not-allowed",
  "stack-not-allowed",
  "image-not-allowed",
  "exec-not-allowed",
  "channel-not-allowed",
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** More problems of one job, object or file are no help. */
export const MOST_PROBLEMS = 100;

const LONGEST_TEXT = 1000;

/** Returns the problem with texts that fit a line of a log. Names and values may hold any character: all are made visible. */
export function boundProblem({ at, message, hint, ...problem }: Problem): Problem {
  return {
    at: bound(at),
    message: bound(message),
    ...(hint !== undefined && { hint: bound(hint) }),
    ...problem,
  };
}

function bound(text: string): string {
  const short = text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT)}…`;
  return visible(short);
}

/** Returns the text with escapes in place of characters that end a line, move a cursor, or change the direction of writing. */
export function visible(text: string): string {
  return text.replaceAll(UNSEEN, (character) => UNSEEN_NAMES[character] ?? `\\u${hexOf(character)}`);
}

const UNSEEN = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;
const UNSEEN_NAMES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function hexOf(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, "0");
}

/** One line for people: `schedules/nightly.yml:7:5: unknown key "imge" (did you mean image?)`. */
export function formatProblem({ at, severity, message, hint }: Problem): string {
  return `${at}: ${severity === undefined ? "" : `${severity}: `}${message}${hint === undefined ? "" : ` (${hint})`}`;
}

export function isWarning({ severity }: Pick<Problem, "severity">): boolean {
  return severity === "warning";
}

/**
 * Returns the allowed word that is nearest to what was written, if it is near enough for a typing mistake. Words of a very
 * different length are too far away in any case.
 */
export function nearestWord(written: string, allowed: Iterable<string>): string | undefined {
  const farthest = Math.max(1, Math.floor(written.length / 3));
  let best: { word: string; distance: number } | undefined;
  for (const word of allowed) {
    if (Math.abs(word.length - written.length) > farthest) continue;
    const distance = editDistance(written.toLowerCase(), word.toLowerCase());
    if (best === undefined || distance < best.distance) best = { word, distance };
  }
  return best !== undefined && best.distance <= farthest ? best.word : undefined;
}

/** Quotes that a word processor writes in place of straight ones, primes included. They quote nothing. */
const TYPOGRAPHIC = "\\u2018-\\u201F\\u2032-\\u2037\\u2039\\u203A\\u00AB\\u00BB\\u00B4\\u300C-\\u300F\\uFF02\\uFF07";
const HAS_TYPOGRAPHIC = new RegExp(`[${TYPOGRAPHIC}]`);
const QUOTES_AROUND = new RegExp(`^[\\s"'\`${TYPOGRAPHIC}]+|[\\s"'\`${TYPOGRAPHIC}]+$`, "g");

/** Returns a hint on such quotes, if there are any. */
export function onTypographicQuotes(written: string): string | undefined {
  return HAS_TYPOGRAPHIC.test(written) ? "write straight quotes, \" or '" : undefined;
}

/** Returns the text without blanks and quotes of any kind around it. */
export function withoutQuotes(written: string): string {
  return written.replaceAll(QUOTES_AROUND, "");
}

/** Returns a hint, if there is such a word. */
export function didYouMean(word: string | undefined): string | undefined {
  return word === undefined ? undefined : `did you mean ${word}?`;
}

/** Damerau-Levenshtein (optimal string alignment): letters inserted, dropped, changed, or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
