import { systemClock } from "../../clock.ts";
import type { SourceText } from "../../definition/import/imported.ts";
import { type DateRange, parseDateRange, writeDateRange } from "../../job/exclusions/date-ranges.ts";
import { formatProblem, isWarning, type Problem } from "../../job/problem.ts";
import { isWrong, type Wrong, wrong } from "../../schedule/wrong.ts";
import { shapeCheckProblem } from "../../view/shapes/problem-shape.ts";
import type { Args } from "../command.ts";
import { exitCodes, type Terminal } from "../terminal/terminal.ts";

/** What `import` reads that is no other scheduler's: the days of a calendar, for `except` and `only`. */
export const DAYS_KIND = "ics";

/** How far recurring events are followed, unless the command says. */
const YEARS_AHEAD = 5;
const DAY_MS = 86_400_000;

/** Prints the whole days of calendars, one or a range in each line: a file of days, as `except` and `only` name it. */
export async function importDays(args: Args, sources: readonly SourceText[], terminal: Terminal): Promise<number> {
  const query = readQuery(args);
  if (isWrong(query)) {
    terminal.err(`shipbell: ${query.wrong}`);
    return exitCodes.usage;
  }
  // The reader of calendars is loaded by this command alone.
  const { readDays } = await import("../../definition/import/ics/read-days.ts");
  const read = sources.map(({ path, text }) => ({ path, ...readDays(text, query) }));
  const findings = read.flatMap(({ path, findings }) =>
    findings.map(
      ({ line, ...finding }): Problem => ({ ...finding, at: line === undefined ? path : `${path}:${line}:1` }),
    ),
  );
  const days = read.flatMap((each) => each.days).sort((a, b) => a.range.first - b.range.first);
  if (args.format === "json") {
    const shown = days.map(({ range, names }) => ({ days: writeDateRange(range), names }));
    terminal.out(JSON.stringify({ days: shown, findings: findings.map(shapeCheckProblem) }));
  } else {
    for (const line of headOf(read, query)) terminal.out(line);
    for (const { range, names } of days) terminal.out(`${writeDateRange(range)}  # ${names.join("; ")}`);
    for (const { at, message } of findings) terminal.out(`# NOT IMPORTED: ${at}: ${message}`);
    for (const finding of findings) terminal.err(formatProblem(finding));
  }
  const isWell = findings.every((finding) => args.strict !== true && isWarning(finding));
  return isWell ? exitCodes.ok : exitCodes.problem;
}

interface Query {
  readonly from: number;
  readonly until: number;
}

function readQuery({ until }: Args): Query | Wrong {
  const now = systemClock.now();
  const from = Math.floor(now.getTime() / DAY_MS);
  if (until === undefined) return { from, until: Date.UTC(now.getUTCFullYear() + YEARS_AHEAD, 11, 31) / DAY_MS };
  const read = parseDateRange(String(until));
  if (read === undefined || read.first !== read.last) return wrong(`--until "${until}" is no day such as 2031-12-31`);
  if (read.last >= from) return { from, until: read.last };
  return wrong(`--until "${until}" is over: days from today on are written`);
}

function headOf(
  read: readonly { readonly calendar?: string; readonly path: string }[],
  { from, until }: Query,
): string[] {
  const names = read.map(({ calendar, path }) => calendar ?? path);
  const range: DateRange = { first: from, last: until };
  return [
    `# ${names.join(", ")}: whole days of ${writeDateRange(range)}, made by shipbell import ${DAYS_KIND}.`,
    "# Days of recurring events that come later are not among them: make it again before then.",
  ];
}
