/** The lines of one job in a schedule file, its name's first. */
export interface JobLines {
  readonly text: string;
  /** How many lines stand before it. */
  readonly linesBefore: number;
}

const BLANK = /^ *(?:#.*)?\r?$/;
// Without a space before it, a # begins no comment.
const HEAD = /^jobs:(?:[ \t]+#.*|[ \t]*)\r?$/;
const NAME = /^ *[a-z0-9][a-z0-9_.-]*:(?:[ \t]+#.*|[ \t]*)\r?$/;

/**
 * Cuts a schedule file into its jobs, if it is laid out plainly: `jobs:`, and under it, equally indented, one name
 * after the other with its keys below. Such parts can be parsed one by one, which takes little more than half of the
 * time that the parser needs for a long file. Undefined for any other layout.
 */
export function splitJobs(text: string): readonly JobLines[] | undefined {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => !BLANK.test(line));
  if (first === -1 || !HEAD.test(lines[first] ?? "")) return undefined;
  const starts = findStarts(lines, first + 1);
  return starts?.map((start, index) => ({
    text: lines.slice(start, starts[index + 1]).join("\n"),
    linesBefore: start,
  }));
}

/** The lines that hold a name. What belongs to a job is indented deeper; anything else is another layout. */
function findStarts(lines: readonly string[], from: number): number[] | undefined {
  const starts: number[] = [];
  let indent: number | undefined;
  for (const [index, line] of lines.entries()) {
    if (index < from || BLANK.test(line)) continue;
    const depth = line.search(/[^ ]/);
    indent ??= depth;
    if (depth === 0 || depth < indent) return undefined;
    if (depth > indent) continue;
    if (!NAME.test(line)) return undefined;
    starts.push(index);
  }
  return starts.length === 0 ? undefined : starts;
}
