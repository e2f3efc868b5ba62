import { isAlias, isMap, isScalar, type Pair, YAMLMap } from "yaml";
import { boundProblem, isWarning, type Problem } from "../../job/problem.ts";
import { type TimeSettings, timesChecker } from "../check-times.ts";
import type { DeclarationSettings } from "../compose/declarations.ts";
import { type Declared, NOTHING_DECLARED } from "../compose/declared.ts";
import { type ComposeFormSettings, composeForm } from "../compose-form.ts";
import type { DateFile } from "../exclusions.ts";
import { type JobEntry, type ReadJobSettings, readJob } from "../read-job.ts";
import { emptyReading, joinReadings, type Reading, unreadable } from "../reading.ts";
import type { TellingSettings } from "../telling.ts";
import { Allowance, GROWS_TOO_LARGE, PER_VALUE } from "../values/allowance.ts";
import { given } from "../values/given.ts";
import { type Issue, quoted } from "../values/issue.ts";
import { checkJobName } from "../values/job-name.ts";
import { isMapValue, type YamlMap, type YamlValue } from "../values/yaml.ts";
import type { ReadBefore } from "../variables/env-file.ts";
import { fileVariables, type VariableSettings } from "../variables/file-variables.ts";
import { inProject, projectName } from "./compose-project.ts";
import { withDefaults } from "./defaults.ts";
import { type FoundJobs, findJobs, splitJobs } from "./find-jobs.ts";
import { type Place, placeProblems } from "./places.ts";
import { readDeclarations } from "./read-declarations.ts";
import { readPools } from "./read-pools.ts";
import { withoutTriggers } from "./triggers.ts";
import { isNull, offsetOf, readYaml, type YamlDocument } from "./yaml-document.ts";
import { type ReadValue, valueReader } from "./yaml-value.ts";

export interface FileSettings extends TimeSettings, TellingSettings, VariableSettings, DeclarationSettings {
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
export function loneCarriageReturn(text: string, path: string): Problem | undefined {
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
  const around = { declared: NOTHING_DECLARED, allowance: new Allowance(text.length) };
  const readEntry = entryReader(settings, { ...around, project: settings.variables.COMPOSE_PROJECT_NAME || undefined });
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
  const { jobs, top, isCompose, problems } = findJobs(document);
  const defaults = top.get("defaults")?.value;
  if (!isNull(defaults) && !isMap(isAlias(defaults) ? document.targetOf(defaults) : defaults)) {
    const message = "defaults must be a map of keys that all jobs of the file have";
    return unreadable(settings.path, [...problems, { at: document.at(offsetOf(defaults)), message }]);
  }
  const around = problems.length > 0 ? [unreadable(settings.path, problems)] : [];
  const allowance = new Allowance(text.length);
  const readValue = valueReader(document, { variables: settings.variables, allowance });
  const { declared, problems: wrong } = readDeclared(document, top, { ...settings, readValue, isCompose });
  const project = projectName({ top, variables: settings.variables, readValue });
  const readEntries = entryReader(settings, { declared, inherited: inheritedBy(top), allowance, project });
  const { pools, problems: wrongPools } = readPools(document, top.get("pools"), readValue);
  const unit = settings.path;
  const above = {
    ...emptyReading,
    problems: [...wrong, ...wrongPools],
    ...(pools === undefined ? { brokenPools: [unit] } : { pools: pools.map((pool) => ({ ...pool, unit })) }),
  };
  return withoutRepeats(joinReadings([...around, above, ...readEntries(document, jobs ?? [])]));
}

type DeclaredSettings = FileSettings &
  Pick<FoundJobs, "isCompose"> & { readonly readValue: (node: unknown) => ReadValue };

function readDeclared(document: YamlDocument, top: FoundJobs["top"], settings: DeclaredSettings) {
  const read = readDeclarations(document, top, settings);
  if (settings.isCompose !== true) return read;
  const { declared, problems } = inProject(read.declared, { document, top, ...settings });
  return { declared, problems: [...read.problems, ...problems] };
}

/** Returns the nodes whose keys all jobs have that do not have them themselves, the nearest first. */
function inheritedBy(top: ReadonlyMap<string, Pair>): readonly unknown[] {
  const defaults = top.get("defaults")?.value;
  const notify = top.get("notify");
  const ofFile = new YAMLMap();
  if (notify !== undefined) ofFile.items.push(notify);
  return [...(isNull(defaults) ? [] : [defaults]), ...(notify === undefined ? [] : [ofFile])];
}

/** A mistake in a shared part (`<<: *defaults`) is found in each job that has it, and reported once. */
function withoutRepeats(all: Reading): Reading {
  const seen = new Map(all.problems.map((problem) => [`${problem.at} ${problem.message}`, problem]));
  return { ...all, problems: [...seen.values()] };
}

/** What stands around the jobs of a file. */
interface Around {
  readonly declared: Declared;
  /** Maps whose keys its jobs have as well: `defaults`, and what stands at the top. The nearest first. */
  readonly inherited?: readonly unknown[];
  /** How much the jobs of the file may repeat. */
  readonly allowance: Allowance;
  /** Of Compose; undefined where it is not known. */
  readonly project: string | undefined;
}

/** Reads entries under `jobs`, each to a reading of its own. Remembers the names of those it has read before. */
type EntryReader = (document: YamlDocument, entries: readonly Pair[]) => Reading[];

function entryReader(settings: FileSettings, { declared, inherited = [], allowance, project }: Around): EntryReader {
  const declaredAt = new Map<string, string>();
  const readBefore = new Map<string, ReadBefore>();
  const datesBefore = new Map<string, DateFile>();
  const checkTimes = timesChecker(settings);
  const jobSettings = { ...settings, checkTimes, declared, readBefore, datesBefore, allowance, project };
  return (document, entries) => {
    const readValue = valueReader(document, { variables: settings.variables, allowance });
    const shared = inherited
      .map(readValue)
      .reduceRight<ReadValue | undefined>(
        (above, nearer) => (above === undefined ? nearer : withDefaults(nearer, above)),
        undefined,
      );
    return entries.map((pair) => {
      const keyOffset = offsetOf(pair.key);
      const at = document.at(keyOffset);
      const name = nameOf(pair, at, declaredAt);
      // A name that is wrong or repeated may stand for any job that the file had before.
      if (typeof name !== "string") return unreadable(settings.path, [name]);
      declaredAt.set(name, at);
      if (shared !== undefined && !allowance.take(shared.size + PER_VALUE * shared.flaws.size))
        return brokenJob(name, [{ at, ...GROWS_TOO_LARGE }], settings);
      const place = { document, node: pair.value, keyOffset, inherited };
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

type EntrySettings = FileSettings & ComposeFormSettings & ReadJobSettings & Pick<Around, "project">;

function readEntry({ name, at, place }: Entry, { value, flaws }: ReadValue, settings: EntrySettings): Reading {
  const { path } = settings;
  const entry = { name, origin: { source: "files", unit: path, at } } as const;
  const {
    job,
    issues,
    own = value,
  } = isMapValue(value) ? readKeys(entry, value, settings) : { issues: [notKeys(value)] };
  const problems = placeProblems([...flaws], issues, place);
  const isValid = [...flaws, ...issues].every(isWarning);
  if (job !== undefined && isValid) return { jobs: [job], problems, broken: [] };
  return !isValid && holdsJob(own) ? unreadable(path, problems) : brokenJob(name, problems, settings);
}

/** Reads a job, with `triggers` or keys of ours: `own` is all of it in the latter. */
function readKeys(entry: Omit<JobEntry, "written">, value: YamlMap, settings: EntrySettings) {
  const { project } = settings;
  const { written, issues: inTriggers, relocate } = withoutTriggers(entry.name, value, settings);
  const origin = Object.hasOwn(value, "triggers")
    ? { ...entry.origin, composeJob: given("project", project) }
    : entry.origin;
  const { job, issues } = readJob({ ...entry, origin, written }, composeForm(written, settings), settings);
  return { job, issues: [...inTriggers, ...issues.map(relocate)], own: written };
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
