import { isAlias, isMap, isScalar, type Pair } from "yaml";
import { boundProblem, isWarning, type Problem } from "../../job/problem.ts";
import { type TimeSettings, timesChecker } from "../check-times.ts";
import type { DeclarationSettings } from "../compose/declarations.ts";
import { type Declared, NOTHING_DECLARED } from "../compose/declared.ts";
import { type ComposeFormSettings, composeForm } from "../compose-form.ts";
import { type ReadJobSettings, readJob } from "../read-job.ts";
import { emptyReading, joinReadings, type Reading, unreadable } from "../reading.ts";
import { Allowance, GROWS_TOO_LARGE, PER_VALUE } from "../values/allowance.ts";
import { type Issue, quoted } from "../values/issue.ts";
import { checkJobName } from "../values/job-name.ts";
import { isMapValue, type YamlValue } from "../values/yaml.ts";
import type { ReadBefore } from "../variables/env-file.ts";
import { fileVariables, type VariableSettings } from "../variables/file-variables.ts";
import { withDefaults } from "./defaults.ts";
import { findJobs, splitJobs } from "./find-jobs.ts";
import { type Place, placeProblems } from "./places.ts";
import { readDeclarations } from "./read-declarations.ts";
import { isNull, offsetOf, readYaml, type YamlDocument } from "./yaml-document.ts";
import { type ReadValue, valueReader } from "./yaml-value.ts";

export interface FileSettings extends TimeSettings, VariableSettings, DeclarationSettings {
  /** The file as people know it: the unit of its jobs, and the first part of each place. */
  readonly path: string;
}

/**
 * Reads the jobs of one schedule file. Never throws. A job that cannot be read is named in `broken`, and the others live.
 * Where it cannot be told which jobs the file declares, the whole file is broken.
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

/** For YAML it ends a line, for the parser it does not: what follows would silently become part of the line before. */
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

/** Reads job by job, which is quicker for a long file. Undefined where that might not give what `readWhole` gives. */
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
  // An alias may stand for a node in another part.
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
  const readEntries = entryReader(settings, { declared, defaults, allowance });
  const above = { ...emptyReading, problems: wrong };
  return withoutRepeats(joinReadings([...around, above, ...readEntries(document, jobs ?? [])]));
}

/** A mistake in a shared part (`<<: *defaults`) is found in each job that has it, and reported once. */
function withoutRepeats(all: Reading): Reading {
  const seen = new Map(all.problems.map((problem) => [`${problem.at} ${problem.message}`, problem]));
  return { ...all, problems: [...seen.values()] };
}

/** What stands around the jobs of a file. */
interface Around {
  readonly declared: Declared;
  /** The node under `defaults`. */
  readonly defaults?: unknown;
  /** How much the jobs of the file may repeat. */
  readonly allowance: Allowance;
}

/** Reads entries under `jobs`, each to a reading of its own. Remembers the names of those it has read before. */
type EntryReader = (document: YamlDocument, entries: readonly Pair[]) => Reading[];

function entryReader(settings: FileSettings, { declared, defaults, allowance }: Around): EntryReader {
  const declaredAt = new Map<string, string>();
  const readBefore = new Map<string, ReadBefore>();
  const jobSettings = { ...settings, checkTimes: timesChecker(settings), declared, readBefore, allowance };
  return (document, entries) => {
    const readValue = valueReader(document, { variables: settings.variables, allowance });
    const shared = defaults === undefined ? undefined : readValue(defaults);
    return entries.map((pair) => {
      const keyOffset = offsetOf(pair.key);
      const at = document.at(keyOffset);
      const name = nameOf(pair, at, declaredAt);
      // A name that is wrong or repeated may stand for any job that the file had before.
      if (typeof name !== "string") return unreadable(settings.path, [name]);
      declaredAt.set(name, at);
      if (shared !== undefined && !allowance.take(shared.size + PER_VALUE * shared.flaws.size))
        return brokenJob(name, [{ at, ...GROWS_TOO_LARGE }], settings);
      const place = { document, node: pair.value, keyOffset, ...(defaults !== undefined && { defaults }) };
      return readEntry({ name, at, place }, withDefaults(readValue(pair.value), shared), jobSettings);
    });
  };
}

function nameOf({ key }: Pair, at: string, declaredAt: ReadonlyMap<string, string>): string | Problem {
  if (!isScalar(key)) return { at, message: "a job's name must be plain text" };
  const name = String(key.value);
  const wrong = checkJobName(name);
  if (wrong !== undefined) return { at, ...wrong };
  const before = declaredAt.get(name);
  if (before === undefined) return name;
  const message = `the job ${name} is already declared at ${before}, which counts`;
  return { at, message, hint: "give one of them another name" };
}

interface Entry {
  readonly name: string;
  readonly at: string;
  readonly place: Place;
}

type EntrySettings = FileSettings & ComposeFormSettings & ReadJobSettings;

function readEntry({ name, at, place }: Entry, { value, flaws }: ReadValue, settings: EntrySettings): Reading {
  const { path } = settings;
  const { job, issues } = isMapValue(value)
    ? readJob(
        { name, origin: { source: "files", unit: path, at }, written: value },
        composeForm(value, settings),
        settings,
      )
    : { issues: [notKeys(value)] };
  const problems = placeProblems([...flaws], issues, place);
  const isValid = [...flaws, ...issues].every(isWarning);
  if (job !== undefined && isValid) return { jobs: [job], problems, broken: [] };
  return !isValid && holdsJob(value) ? unreadable(path, problems) : brokenJob(name, problems, settings);
}

function brokenJob(name: string, problems: readonly Problem[], { path }: FileSettings): Reading {
  return { jobs: [], problems, broken: [{ unit: path, job: name }] };
}

function notKeys(value: YamlValue): Issue {
  const message = `a job must be a map of keys such as schedule and image, not ${quoted(value)}`;
  return { path: [], on: "value", message, hint: "write both under its name, indented, or remove the name" };
}

/**
 * True where a map inside a job looks like a job itself: indented too far, the next job becomes a part of this one, and
 * then it is not clear which jobs the file declares.
 */
function holdsJob(value: YamlValue): boolean {
  const seen = new Set<unknown>();
  const looksLikeJob = (inner: YamlValue): boolean => {
    if (typeof inner !== "object" || inner === null || seen.has(inner)) return false;
    seen.add(inner);
    return "schedule" in inner || "image" in inner || Object.values(inner).some(looksLikeJob);
  };
  return typeof value === "object" && value !== null && Object.values(value).some(looksLikeJob);
}
