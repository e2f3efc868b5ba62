/** What is wrong with something a user wrote. */
export interface Wrong {
  /** Sentences for people: what is wrong, and what is allowed. */
  readonly wrong: string;
  /**
   * What was probably meant: a schedule to write instead, or several. It is only a guess, which may itself be wrong or
   * doubtful: `advise` checks it, and puts into the sentence only what passes.
   */
  readonly meant?: Meant;
}

export interface Meant {
  readonly schedules: readonly string[];
  /** The case in which to write it: `for a time of the day`. */
  readonly when?: string;
  /** What to add: `and the command under command`. */
  readonly also?: string;
}

export function wrong(message: string, meant?: Meant): Wrong {
  return meant === undefined ? { wrong: message } : { wrong: message, meant };
}

export function isWrong(value: unknown): value is Wrong {
  return typeof value === "object" && value !== null && "wrong" in value;
}

const LONGEST_QUOTE = 80;

/** Returns a user's text for a sentence, in quotes and shortened. */
export function quoted(text: string): string {
  return `"${text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text}"`;
}
