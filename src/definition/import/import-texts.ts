import { isWarning, type Problem } from "../../job/problem.ts";
import type {
  Entry,
  FileValue,
  Finding,
  FindingCode,
  ImportedJob,
  ImportSettings,
  NotImported,
  Place,
  Quote,
  SourceText,
} from "./imported.ts";
import type { ReadSource } from "./kinds.ts";
import { JobNames } from "./name-jobs.ts";
import { verifyJob } from "./verify-job.ts";
import { type Comment, type WrittenJob, writeFile } from "./write-file.ts";

export interface ImportRequest {
  readonly read: ReadSource;
  readonly sources: readonly SourceText[];
  readonly settings: ImportSettings;
  /** In front of each name. */
  readonly prefix: string;
  /** The command that people wrote, for the head of the file. */
  readonly command: string;
  /** Returns lines on when a job is due, for the comments before it. */
  readonly describeTimes?: (job: Pick<ImportedHere, "name" | "schedules" | "timezone">) => readonly string[];
}

/** What became of the texts. Each job of theirs is one of `jobs`, or one of `notImported`. */
export interface ImportResult {
  /** The schedule file. */
  readonly text: string;
  readonly jobs: readonly ImportedHere[];
  readonly notImported: readonly NotImportedHere[];
  /** By source, in the order of the lines. */
  readonly findings: readonly PlacedFinding[];
}

export interface ImportedHere extends NotImportedHere {
  readonly name: string;
  readonly keys: Readonly<Record<string, FileValue>>;
  readonly schedules: readonly string[];
  readonly timezone: string;
}

export interface NotImportedHere {
  readonly path: string;
  readonly place: Place;
  readonly quotes: readonly Quote[];
}

export interface PlacedFinding extends Problem {
  readonly code: FindingCode;
}

/** Imports texts of one kind into one schedule file. Nothing of them is left out in silence. */
export function importTexts(request: ImportRequest): ImportResult {
  const names = new JobNames(request.prefix);
  const read = request.sources.map((source) => readSource(source, names, request));
  const jobs = read.flatMap((each) => each.jobs);
  const findings = read.flatMap((each) => each.findings);
  const general = read.flatMap((each) => each.general).map(sentenceOf);
  const notes = read.flatMap((each) => each.notes);
  const top = mergeTops(read.map((each) => each.top));
  const head = [headline(request, jobs.length, findings), ...new Set([...notes, ...general])];
  return {
    text: writeFile({ head, top, jobs: read.flatMap((each) => each.parts) }),
    jobs,
    notImported: read.flatMap((each) => each.notImported),
    findings,
  };
}

interface SourceParts {
  readonly parts: readonly (WrittenJob | Comment)[];
  readonly jobs: readonly ImportedHere[];
  readonly notImported: readonly NotImportedHere[];
  readonly findings: readonly PlacedFinding[];
  readonly general: readonly Finding[];
  readonly notes: readonly string[];
  readonly top: Readonly<Record<string, FileValue>>;
}

function readSource(
  source: SourceText,
  names: JobNames,
  { read, sources, settings, describeTimes }: ImportRequest,
): SourceParts {
  const { path } = source;
  const { entries, findings: general, notes, top = {} } = read(source, { ...settings, texts: sources });
  const parts: (WrittenJob | Comment)[] = [];
  const jobs: ImportedHere[] = [];
  const notImported: NotImportedHere[] = [];
  const found: Finding[] = [...general];
  const known = linked(entries.map((each) => verified(each, top, settings)));
  const named = new Map(known.flatMap((entry) => (entry.kind === "job" ? [[entry, names.take(entry)] as const] : [])));
  const nameOf = (ref: string) => named.entries().find(([{ ref: own }]) => own === ref)?.[1].name;
  for (const entry of known) {
    const { quotes } = entry;
    const comments = quotes.map((quote) => `${quotedAt(source, quote)}  ${quote.text}`);
    if (entry.kind === "remark") {
      parts.push({ comments });
      continue;
    }
    const { place } = entry;
    if (entry.kind === "not-imported") {
      found.push(...entry.findings);
      notImported.push({ path: place.path ?? path, place: { line: place.line, column: place.column }, quotes });
      parts.push({
        comments: [
          ...comments,
          ...entry.findings.map((each) => (isWarning(each) ? sentenceOf(each) : `NOT IMPORTED: ${sentenceOf(each)}`)),
        ],
      });
      continue;
    }
    const { name = "job", finding } = named.get(entry) ?? {};
    const findings = finding === undefined ? entry.findings : [...entry.findings, finding];
    found.push(...findings);
    const from = { path: place.path ?? path, place: { line: place.line, column: place.column } };
    const keys = { ...afterKey(entry, nameOf), ...entry.keys };
    const job = { name, ...from, quotes, keys, ...timesOf(keys, settings) };
    jobs.push(job);
    const [atKeys, atJob] = partition(findings, ({ key }) => key !== undefined && key in keys);
    parts.push({
      name,
      keys,
      comments: [...comments, ...atJob.map(sentenceOf), ...(describeTimes?.(job) ?? [])],
      keyComments: commentsByKey(atKeys),
    });
  }
  const order = sources.map((each) => each.path);
  const fileOf = ({ place }: Finding) => order.indexOf(place.path ?? path);
  const sorted = found.toSorted((a, b) => fileOf(a) - fileOf(b) || a.place.line - b.place.line);
  const findings = sorted.map((finding) => placed(finding, source));
  return { parts, jobs, notImported, findings, general, notes, top };
}

/** An imported job that the scheduler would not accept becomes one that was not imported. */
function verified(entry: Entry, top: Readonly<Record<string, FileValue>>, settings: ImportSettings): Entry {
  if (entry.kind !== "job") return entry;
  // By which name it calls the other one does not matter yet.
  const wrong = verifyJob({ ...afterKey(entry, () => "job"), ...entry.keys }, top, settings);
  return wrong === undefined ? entry : refused(entry, wrong);
}

function afterKey({ after }: ImportedJob, nameOf: (ref: string) => string | undefined): Record<string, FileValue> {
  const job = after && nameOf(after.ref);
  if (after === undefined || job === undefined) return {};
  return { after: after.on === "succeeded" ? job : { job, on: after.on } };
}

/** A job that starts after one that is not imported is not imported either, and so on. */
function linked(entries: readonly Entry[]): readonly Entry[] {
  const refs = new Set(
    entries.flatMap((entry) => (entry.kind === "job" && entry.ref !== undefined ? [entry.ref] : [])),
  );
  const kept = entries.map((entry): Entry => {
    if (entry.kind !== "job" || entry.after === undefined || refs.has(entry.after.ref)) return entry;
    const { place, quotes, findings, after } = entry;
    const message = `it starts after ${after.ref}, which is not imported`;
    return {
      kind: "not-imported",
      place,
      quotes,
      findings: [...findings, { code: "import-lifecycle", place, message }],
    };
  });
  const isSettled = kept.every((entry, index) => entry === entries[index]);
  return isSettled ? entries : linked(kept);
}

function refused({ place, quotes, findings }: ImportedJob, wrong: { message: string; hint?: string }): NotImported {
  return { kind: "not-imported", place, quotes, findings: [...findings, { code: "import-key", place, ...wrong }] };
}

function timesOf(keys: Readonly<Record<string, FileValue>>, { zone }: ImportSettings) {
  const { schedule = [], timezone } = keys;
  const schedules = typeof schedule === "string" ? [schedule] : Object.values(schedule ?? []).map(String);
  return { schedules, timezone: typeof timezone === "string" ? timezone : zone.name };
}

function commentsByKey(findings: readonly Finding[]): ReadonlyMap<string, readonly string[]> {
  const byKey = Map.groupBy(findings, ({ key }) => key ?? "");
  return new Map([...byKey].map(([key, group]) => [key, group.map(sentenceOf)]));
}

function sentenceOf({ code, message, hint }: Finding): string {
  return `${code}: ${message}${hint === undefined ? "" : ` (${hint})`}`;
}

/** A label says itself which it is. */
function quotedAt({ path, placeOf }: SourceText, quote: Quote): string {
  return placeOf?.(quote.line)?.replace(/, label .*$/, "") ?? `${quote.path ?? path}:${quote.line}`;
}

function placed({ code, place, message, hint, severity }: Finding, { path, placeOf }: SourceText): PlacedFinding {
  return {
    code,
    at: placeOf?.(place.line) ?? `${place.path ?? path}:${place.line}:${place.column}`,
    message: `${code} ${message}`,
    ...(hint !== undefined && { hint }),
    ...(severity !== undefined && { severity }),
  };
}

function headline({ command, sources }: ImportRequest, jobs: number, findings: readonly PlacedFinding[]): string {
  const [warnings, errors] = partition(findings, isWarning);
  const from = sources.map(({ path }) => path).join(", ");
  const not = errors.length === 0 ? "" : `, ${counted(errors.length, "error")}`;
  return `Made by "${command}" from ${from}: ${counted(jobs, "job")}${not}, ${counted(warnings.length, "warning")}.`;
}

function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

/** Declarations of the same name are the same: all texts of one call are of one project. */
function mergeTops(tops: readonly Readonly<Record<string, FileValue>>[]): Readonly<Record<string, FileValue>> {
  const merged: Record<string, FileValue> = {};
  for (const [key, value] of tops.flatMap(Object.entries)) merged[key] = { ...(merged[key] as object), ...value };
  return merged;
}

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): readonly [readonly T[], readonly T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}
