import { isAlias, isMap } from "yaml";
import { NOTHING_DECLARED } from "../../job/declared.ts";
import { boundProblem, type Problem } from "../../job/problem.ts";
import { emptyReading, joinReadings, type Reading, unreadable } from "../reading.ts";
import { Allowance } from "../values/allowance.ts";
import { fileVariables } from "../variables/file-variables.ts";
import { findJobs } from "./find-jobs.ts";
import { splitJobs } from "./job-lines.ts";
import { readDeclarations } from "./read-declarations.ts";
import { type EntryReader, entryReader, type FileSettings } from "./read-file-entry.ts";
import { isNull, offsetOf, readYaml } from "./yaml-document.ts";
import { valueReader } from "./yaml-value.ts";

export type { FileSettings } from "./read-file-entry.ts";

/**
 * Reads the jobs of one schedule file. Never throws, whatever the text. A job that cannot be read is named in
 * `broken`, and the others live; when it cannot be told which jobs the file declares, the whole file is broken.
 */
export function parseScheduleFile(text: string, settings: FileSettings): Reading {
  try {
    const lone = loneCarriageReturn(text, settings.path);
    if (lone !== undefined) return unreadable(settings.path, [lone]);
    const read = fileVariables(settings);
    if (read.variables === undefined) return unreadable(settings.path, read.problems.map(boundProblem));
    const filled = { ...settings, variables: read.variables };
    const reading = readInParts(text, filled) ?? readWhole(text, filled);
    return { ...reading, problems: [...read.problems, ...reading.problems].map(boundProblem) };
  } catch (error) {
    // The parser recurses; a few thousand nested brackets are more than the stack holds.
    const why = error instanceof RangeError ? "it is nested too deeply" : String(error);
    return unreadable(settings.path, [{ at: settings.path, message: `the file cannot be read: ${why}` }]);
  }
}

/** For YAML it ends a line, for the parser it does not: what comes after would silently be part of the line before. */
function loneCarriageReturn(text: string, path: string): Problem | undefined {
  const offset = text.search(/\r(?!\n)/);
  if (offset === -1) return undefined;
  const line = text.slice(0, offset).split("\n").length;
  const message = "the line ends with a carriage return alone";
  return {
    at: `${path}:${line}:${offset - text.lastIndexOf("\n", offset)}`,
    message,
    hint: "end lines with a line feed",
  };
}

/** Job by job, which is quicker for a long file. Undefined when that might not give what `readWhole` gives. */
export function readInParts(text: string, settings: FileSettings): Reading | undefined {
  const readEntry = entryReader(settings, { declared: NOTHING_DECLARED, allowance: new Allowance(text.length) });
  const readings: Reading[] = [];
  for (const { text: lines, linesBefore } of splitJobs(text) ?? []) {
    const document = readYaml(lines, settings.path, linesBefore);
    const { root, problems } = document;
    if (problems.length > 0 || !isMap(root) || root.items.length !== 1) return undefined;
    for (const reading of readEntry(document, root.items)) readings.push(reading);
  }
  const all = withoutRepeats(joinReadings(readings));
  // An alias may stand for something in another part.
  const isSame = readings.length > 0 && (all.problems.length === 0 || !text.includes("&"));
  return isSame ? all : undefined;
}

export function readWhole(text: string, settings: FileSettings): Reading {
  const document = readYaml(text, settings.path);
  const { jobs, top, problems } = findJobs(document);
  const defaults = top.get("defaults")?.value;
  if (!isNull(defaults) && !isMap(isAlias(defaults) ? document.targetOf(defaults) : defaults)) {
    const message = "defaults must be a map of keys that all jobs of the file have";
    return unreadable(settings.path, [...problems, { at: document.at(offsetOf(defaults)), message }]);
  }
  const around = problems.length > 0 ? [unreadable(settings.path, problems)] : [];
  const allowance = new Allowance(text.length);
  const readValue = valueReader(document, { variables: settings.variables, allowance });
  const { declared, problems: wrong } = readDeclarations(document, top, { ...settings, readValue });
  const readEntries: EntryReader = entryReader(settings, { declared, defaults, allowance });
  const above = { ...emptyReading, problems: wrong };
  return withoutRepeats(joinReadings([...around, above, ...readEntries(document, jobs ?? [])]));
}

/** What is wrong with a shared part (`<<: *defaults`) is wrong for each job that has it, and said once. */
function withoutRepeats(all: Reading): Reading {
  const seen = new Map(all.problems.map((problem) => [`${problem.at} ${problem.message}`, problem]));
  return { ...all, problems: [...seen.values()] };
}
