import type { Issue } from "./issue.ts";
import { isWarning, type Problem } from "./problem.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";
import { placeOfIssue } from "./yaml-place.ts";
import type { Flaw } from "./yaml-value.ts";

/** Where things stand that may be wrong. */
export interface Place {
  readonly document: YamlDocument;
  /** What the paths of issues start from. */
  readonly node: unknown;
  /** What its keys are taken from where it does not have them itself. */
  readonly defaults?: unknown;
  readonly keyOffset: number;
}

/**
 * Says where each is. What an error left unread makes further issues in the same place: they would only distract. A
 * warning leaves nothing unread.
 */
export function placeProblems(flaws: readonly Flaw[], issues: readonly Issue[], place: Place): Problem[] {
  if (flaws.length + issues.length === 0) return [];
  const { document } = place;
  const flawed = new Set(flaws.filter((flaw) => !isWarning(flaw)).map(({ offset }) => offset));
  const placed = issues.map((issue) => ({ ...issue, offset: offsetOfIssue(issue, place) }));
  return [...flaws, ...placed.filter(({ offset }) => !flawed.has(offset))]
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, message, hint, severity, ...elsewhere }: Flaw & Pick<Issue, "at">) => {
      const at = elsewhere.at ?? document.at(offset);
      return { at, message, ...(hint !== undefined && { hint }), ...(severity !== undefined && { severity }) };
    });
}

function offsetOfIssue(issue: Issue, { document, node, defaults, keyOffset }: Place): number {
  const own = placeOfIssue(document, node, issue);
  const shared = defaults === undefined ? undefined : placeOfIssue(document, defaults, issue);
  if (shared !== undefined && shared.depth > (own?.depth ?? 0)) return shared.offset;
  if (own !== undefined) return own.offset;
  return issue.path.length === 0 && issue.on === "value" && !isNull(node) ? offsetOf(node) : keyOffset;
}
