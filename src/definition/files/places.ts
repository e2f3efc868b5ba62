import { isAlias, isCollection, isMap, isScalar } from "yaml";
import { isWarning, MOST_PROBLEMS, type Problem } from "../../job/problem.ts";
import { type Issue, settleIssue } from "../values/issue.ts";
import { isNull, offsetOf, type YamlDocument } from "./yaml-document.ts";
import { type IssuePlace, placeOfIssue } from "./yaml-place.ts";
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

type Placed = Flaw & Pick<Issue, "at">;

/**
 * Says where each is, and quotes values as they are written there. What an error left unread makes further issues in the
 * same place: they would only distract. A warning leaves nothing unread.
 */
export function placeProblems(flaws: readonly Flaw[], issues: readonly Issue[], place: Place): Problem[] {
  if (flaws.length + issues.length === 0) return [];
  const { document } = place;
  const flawed = new Set(flaws.filter((flaw) => !isWarning(flaw)).map(({ offset }) => offset));
  const placed = issues.map((issue) => placeIssue(issue, place)).filter(({ offset }) => !flawed.has(offset));
  const problems = [...flaws, ...placed]
    .sort((a, b) => a.offset - b.offset)
    .map(({ offset, message, hint, severity, at }: Placed) => {
      const where = at ?? document.at(offset);
      return { at: where, message, ...(hint !== undefined && { hint }), ...(severity !== undefined && { severity }) };
    });
  const [next] = problems.slice(MOST_PROBLEMS);
  if (next === undefined) return problems;
  const message = "more than a hundred mistakes stand before this one, and those after it are not shown";
  return [...problems.slice(0, MOST_PROBLEMS), { at: next.at, message }];
}

function placeIssue(issue: Issue, place: Place): Placed {
  const { document, node, defaults, keyOffset } = place;
  const own = placeOfIssue(document, node, issue);
  const shared = defaults === undefined ? undefined : placeOfIssue(document, defaults, issue);
  const found = shared !== undefined && shared.depth > (own?.depth ?? 0) ? shared : own;
  const isWhole = issue.path.length === 0 && issue.on === "value" && !isNull(node);
  const offset = found?.offset ?? (isWhole ? offsetOf(node) : keyOffset);
  const { message, hint, severity, at } = settleIssue(issue, writtenAt(document, found, isWhole ? node : undefined));
  return {
    offset,
    message,
    ...(hint !== undefined && { hint }),
    ...(severity !== undefined && { severity }),
    ...(at !== undefined && { at }),
  };
}

/** What stands there, if variables are in it: of one text the text, of more than that an ellipsis. */
function writtenAt(document: YamlDocument, place: IssuePlace | undefined, whole: unknown): string | undefined {
  const node = place?.value ?? whole;
  const target = isAlias(node) ? document.targetOf(node) : node;
  if (isScalar(target)) return hasVariables(target.value) ? String(target.value) : undefined;
  return isCollection(target) && holdsVariables(document, target) ? "…" : undefined;
}

function hasVariables(value: unknown): boolean {
  return String(value).includes("$");
}

/** As many as a job may well have; of a larger part, variables are taken for granted. */
const MOST_NODES = 1000;

function holdsVariables(document: YamlDocument, root: unknown): boolean {
  const open: unknown[] = [root];
  for (let seen = 0; open.length > 0; seen++) {
    const node = open.pop();
    if (seen > MOST_NODES) return true;
    if (isAlias(node)) open.push(document.targetOf(node));
    else if (isScalar(node) && hasVariables(node.value)) return true;
    else if (isMap(node)) open.push(...node.items.map((pair) => pair.value));
    else if (isCollection(node)) open.push(...node.items);
  }
  return false;
}
