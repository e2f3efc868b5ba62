import { isWarning, type Problem, visible } from "../job/problem.ts";
import type { FindingShape } from "../view/shapes/finding-shape.ts";

/** Something that a look has found, good or bad. Which look it was is added to it later. */
export type Finding = Omit<FindingShape, "look">;

/** What was looked at is as it should be. */
export function sound(at: string, message: string): Finding {
  return { severity: "ok", at, message };
}

export function note(at: string, message: string, hint?: string): Finding {
  return { severity: "note", at, message, ...(hint !== undefined && { hint }) };
}

export function warning(at: string, message: string, hint?: string): Finding {
  return { severity: "warning", at, message, ...(hint !== undefined && { hint }) };
}

export function trouble(at: string, message: string, hint?: string): Finding {
  return { severity: "problem", at, message, ...(hint !== undefined && { hint }) };
}

/** A problem of a definition or a setting, as a finding. */
export function findingOf(problem: Problem): Finding {
  const { at, message, hint } = problem;
  return isWarning(problem) ? warning(at, message, hint) : trouble(at, message, hint);
}

/** The finding with texts that fit a line: an engine or a file may have said anything. */
export function inOneLine({ at, message, hint, ...finding }: Finding): Finding {
  return { ...finding, at: visible(at), message: visible(message), ...(hint !== undefined && { hint: visible(hint) }) };
}

/** The first names, and how many more there are: `a, b and 3 more`. */
export function named(names: readonly string[], most = 5): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
