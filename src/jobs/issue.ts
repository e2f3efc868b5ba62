import type { Severity } from "./problem.ts";

/** Something wrong inside a definition, before it is known where that stands in a file or on an object. */
export interface Issue {
  /** Keys and list indexes, from the job downwards. */
  readonly path: readonly (string | number)[];
  /** Whether the key itself is wrong, or what it holds. */
  readonly on: "key" | "value";
  readonly message: string;
  readonly hint?: string;
  /** Where it stands, when that is another file: `/etc/shop/shop.env:3:1`. */
  readonly at?: string;
  readonly severity?: Severity;
}

const LONGEST_SHOWN = 80;

/** A value as people may see it in a message: short, in quotes. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value !== "string") return "a map of keys";
  return JSON.stringify(value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value);
}

/** `must be a duration such as 90s, not "soon"`. */
export function mustBe(expected: string, value: unknown): string {
  return `must be ${expected}, not ${shown(value)}`;
}
