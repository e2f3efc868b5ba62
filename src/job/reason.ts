import { isLine } from "./inputs/read-inputs.ts";

/** Enough for a sentence or two. */
export const LONGEST_REASON = 500;

/**
 * Returns what is wrong with the reason that an operator gives for an operation, as the end of a sentence; undefined where it can
 * be kept. This is the one check for commands, API and page: terminals, logs and pages show what passes it.
 */
export function whyWrongReason(reason: string): string | undefined {
  if (reason.length > LONGEST_REASON)
    return `must have at most ${LONGEST_REASON} characters, and this has ${reason.length}`;
  return isLine(reason) ? undefined : "must be one line of text, without control characters";
}
