import { runIdsOf } from "../job/names.ts";
import {
  type Attempt,
  type JobRecord,
  latestAttempt,
  type Outcome,
  type OutcomeKind,
  type Past,
  type Run,
  type Trigger,
  type Usage,
} from "./record.ts";

/** How many runs the digest of a record has. */
export const RUNS_IN_PAST = 60;

/** How many nodes it names. When there are more, the one that was used longest ago is forgotten. */
const MOST_NODES = 8;

/** The unit of memory here: what an engine counts is whole pages. */
export const KIB = 1024;

/** What is known of a run that has ended. Delay, duration, node and usage are those of its latest attempt, as in `RunView`. */
export interface PastRun {
  /** Undefined only where nothing tells it: for a manual start whose record was lost and rebuilt. */
  readonly id?: string;
  /** When it was due; for a manual start, when it was requested. */
  readonly scheduledAt: Date;
  readonly trigger: Trigger;
  /** The request that a manual start fulfilled; with `after`, what stands in its place. */
  readonly request?: string;
  readonly outcome: OutcomeKind;
  readonly exitCode?: number;
  /** When the run ended, with all its attempts. */
  readonly finishedAt: Date;
  /** From `scheduledAt` until its process started; undefined if it had none, or that is not known. */
  readonly delayMs?: number;
  /** How long its process ran; undefined if it had none, or that is not known. */
  readonly durationMs?: number;
  readonly node?: string;
  readonly usage?: Usage;
  readonly attempts: number;
  /** The run itself, while the record has it. */
  readonly kept?: Run;
}

/**
 * Returns the last 60 runs that have ended, in the order in which they did. A record without a digest has what its ended
 * runs tell: an older version wrote it, or the digest had to give way.
 */
export function readPast(record: Pick<JobRecord, "job" | "past" | "runs">): readonly PastRun[] {
  const { runs, nodes = [] } = pastOf(record) ?? { runs: "" };
  const kept = Map.groupBy(record.runs.filter(isEnded), ({ scheduledAt }) => scheduledAt.getTime());
  const idOf = runIdsOf(record.job);
  return parse(runs).flatMap((entry) => {
    const past = read(entry, nodes);
    if (past === undefined) return [];
    const run = kept.get(entry.dueMs)?.find((run) => isSame(run, past));
    const id = run?.id ?? (isNamed(past) ? idOf(past) : undefined);
    return [{ ...(id !== undefined && { id }), ...past, ...(run && { kept: run }) }];
  });
}

/**
 * Yields outcome, node and usage of each run in the digest, the last run first. It reads no more than is taken of it: for a
 * look at all records at once.
 */
export function* newestFirst(
  record: Pick<JobRecord, "past" | "runs">,
): Generator<Pick<PastRun, "outcome" | "node" | "usage">> {
  const { runs, nodes = [] } = pastOf(record) ?? { runs: "" };
  for (let end = runs.length; end > 0; ) {
    const begin = runs.lastIndexOf(" ", end - 1) + 1;
    const [letters = "", ...fields] = runs.slice(begin, end).split(".");
    const outcome = OUTCOME_OF.get(letters[1]);
    const node = fields[NODE] ? nodes[Number(fields[NODE])] : undefined;
    const usage = usageIn(fields);
    if (outcome !== undefined) yield { outcome, ...(node !== undefined && { node }), ...(usage && { usage }) };
    end = begin - 1;
  }
}

/** Returns the digest of a record; before its first one, that of the ended runs that the record has. */
export function pastOf({ past, runs }: Pick<JobRecord, "past" | "runs">): Past | undefined {
  if (past !== undefined) return past;
  const ended = runs.filter(isEnded).toSorted((a, b) => a.finishedAt.getTime() - b.finishedAt.getTime());
  return ended.reduce<Past | undefined>(appendPast, undefined);
}

/** Returns the digest with one more run, and without those before its last 60. */
export function appendPast(past: Past | undefined, run: EndedRun): Past {
  const { runs, nodes = [] } = past ?? { runs: "" };
  const node = latestAttempt(run).node;
  const known = node === undefined ? -1 : nodes.indexOf(node);
  const place = known === -1 ? "" : String(known);
  if (node === undefined || known !== -1) return { ...past, runs: appendEntry(runs, entryOf(run, place)) };
  const entries = parse(runs).slice(1 - RUNS_IN_PAST);
  const { nodes: named, index } = withNode(nodes, node, entries);
  const others = entries.map((entry) => withoutNode(entry, index));
  return { ...past, runs: format([...others, entryOf(run, String(index))]), nodes: named };
}

/** Returns the digest with what the latest attempt of a run used, where it has that run. */
export function withUsage(past: Past, run: Run): Past {
  const entries = parse(past.runs);
  const index = entries.findLastIndex((entry) => {
    const found = entry.dueMs === run.scheduledAt.getTime() ? read(entry, []) : undefined;
    return found !== undefined && isSame(run, found);
  });
  const entry = entries[index];
  if (entry === undefined) return past;
  const [cpu, memory] = usageTexts(latestAttempt(run));
  const fields = Array.from(
    { length: Math.max(FIELDS.length, entry.fields.length) },
    (_, at) => entry.fields[at] ?? "",
  );
  return {
    ...past,
    runs: format(entries.with(index, { ...entry, fields: fields.with(CPU, cpu).with(MEMORY, memory) })),
  };
}

/** Returns the digest without its older half; undefined when nothing would be left. */
export function shortenPast(past: Past): Past | undefined {
  const entries = parse(past.runs);
  return entries.length < 2 ? undefined : { ...past, runs: format(entries.slice(-(entries.length >> 1))) };
}

type EndedRun = Run & Required<Pick<Run, "outcome" | "finishedAt">>;

function isEnded(run: Run): run is EndedRun {
  return run.outcome !== undefined && run.finishedAt !== undefined;
}

/** Runs of one job that were due at the same time differ in this. */
function isSame({ trigger, request }: Run, past: PastRun): boolean {
  return trigger === past.trigger && request === past.request;
}

/** False where nothing tells the run's ID. */
function isNamed({ trigger, request }: PastRun): boolean {
  return trigger !== "manual" || request !== undefined;
}

/**
 * A run in the digest. As text: a letter each for trigger and outcome, how long after the run before it was due (nothing: as
 * long as that one after its own), and the fields, with a `.` before each, without the empty ones at the end; entries have a
 * space between them. A newer shipbell may add letters
 * and fields, which are kept.
 */
interface Entry {
  readonly letters: string;
  readonly dueMs: number;
  /** In the order of `FIELDS`. All times are in milliseconds, memory is in KiB, all numbers are in base 36. */
  readonly fields: readonly string[];
}

/** `end`: from when it was due until the run ended, where that is not the end of its process. */
const FIELDS = ["delay", "duration", "node", "exit", "attempts", "request", "end", "cpu", "memory"] as const;
type Field = (typeof FIELDS)[number];
const NODE = FIELDS.indexOf("node");
const CPU = FIELDS.indexOf("cpu");
const MEMORY = FIELDS.indexOf("memory");

const TRIGGERS = { schedule: "s", "catch-up": "c", manual: "m" } as const satisfies Record<
  Exclude<Trigger, "after">,
  string
>;
/** Older versions, which do not know `after`, then read a run of the schedule. It has a request, and those have none. */
const AFTER = TRIGGERS.schedule;
const OUTCOMES = {
  succeeded: "s",
  failed: "f",
  rejected: "r",
  "timed-out": "t",
  replaced: "p",
  cancelled: "c",
  lost: "l",
} as const satisfies Record<OutcomeKind, string>;

const TRIGGER_OF = wordsOf(TRIGGERS);
const OUTCOME_OF = wordsOf(OUTCOMES);

function wordsOf<K extends string>(letters: Readonly<Record<K, string>>): ReadonlyMap<string | undefined, K> {
  return new Map((Object.entries(letters) as [K, string][]).map(([word, letter]) => [letter, word]));
}

function entryOf(run: EndedRun, node: string): Entry {
  const { trigger, outcome, scheduledAt, finishedAt, request } = run;
  const attempt = latestAttempt(run);
  const [cpu, memory] = usageTexts(attempt);
  const dueMs = scheduledAt.getTime();
  const delay = attempt.startedAt && attempt.startedAt.getTime() - dueMs;
  const duration =
    attempt.startedAt && attempt.finishedAt && Math.max(0, attempt.finishedAt.getTime() - attempt.startedAt.getTime());
  const end = finishedAt.getTime() - dueMs;
  const isEndOfProcess = delay !== undefined && duration !== undefined && end === delay + duration;
  const texts: Readonly<Record<Field, string>> = {
    delay: toText(delay),
    duration: toText(duration),
    node,
    exit: toText(exitCodeOf(outcome)),
    attempts: attempt.number === 1 ? "" : toText(attempt.number),
    request: request !== undefined && REQUEST.test(request) ? request : "",
    end: isEndOfProcess ? "" : toText(end),
    cpu,
    memory,
  };
  return {
    letters: (trigger === "after" ? AFTER : TRIGGERS[trigger]) + OUTCOMES[outcome.kind],
    dueMs,
    fields: FIELDS.map((field) => texts[field]),
  };
}

/** What a request may be called, to be found in the digest. */
const REQUEST = /^[A-Za-z0-9_-]{1,64}$/;

/** Undefined where the outcome alone tells it. */
function exitCodeOf(outcome: Outcome): number | undefined {
  const exitCode = "exitCode" in outcome ? outcome.exitCode : undefined;
  return outcome.kind === "succeeded" && exitCode === 0 ? undefined : exitCode;
}

/** Returns undefined for an entry with letters that a newer shipbell has written. */
function read({ letters, dueMs, fields }: Entry, nodes: readonly string[]): PastRun | undefined {
  const outcome = OUTCOME_OF.get(letters[1]);
  const [delay = "", duration = "", place = "", exit = "", attempts = "", request = "", end = ""] = fields;
  const trigger = letters[0] === AFTER && request !== "" ? "after" : TRIGGER_OF.get(letters[0]);
  const [delayMs, durationMs] = [toNumber(delay), toNumber(duration)];
  const finishedAt = new Date(dueMs + (toNumber(end) ?? (delayMs ?? 0) + (durationMs ?? 0)));
  if (trigger === undefined || outcome === undefined || Number.isNaN(finishedAt.getTime())) return undefined;
  const exitCode = toNumber(exit) ?? (outcome === "succeeded" ? 0 : undefined);
  const node = place === "" ? undefined : nodes[Number(place)];
  const usage = usageIn(fields);
  return {
    scheduledAt: new Date(dueMs),
    trigger,
    ...(request !== "" && { request }),
    outcome,
    ...(exitCode !== undefined && { exitCode }),
    finishedAt,
    ...(delayMs !== undefined && { delayMs }),
    ...(durationMs !== undefined && { durationMs }),
    ...(node !== undefined && { node }),
    ...(usage && { usage }),
    attempts: toNumber(attempts) ?? 1,
  };
}

function usageTexts({ usage: { cpuMs, peakMemoryBytes } = {} }: Attempt): readonly [cpu: string, memory: string] {
  return [toText(cpuMs), toText(peakMemoryBytes && Math.floor(peakMemoryBytes / KIB))];
}

function usageIn(fields: readonly string[]): Usage | undefined {
  const [cpuMs, memoryKib] = [toNumber(fields[CPU] ?? ""), toNumber(fields[MEMORY] ?? "")];
  if (cpuMs === undefined && memoryKib === undefined) return undefined;
  return {
    ...(cpuMs !== undefined && { cpuMs }),
    ...(memoryKib !== undefined && { peakMemoryBytes: KIB * memoryKib }),
  };
}

/** Returns the names with a new one, and where it stands: in a free place, or in that of the name used longest ago. */
function withNode(nodes: readonly string[], node: string, entries: readonly Entry[]) {
  const lastUses = nodes.map((_, index) => entries.findLastIndex(({ fields }) => fields[NODE] === String(index)));
  const index = nodes.length < MOST_NODES ? nodes.length : lastUses.indexOf(Math.min(...lastUses));
  return { nodes: index === nodes.length ? [...nodes, node] : nodes.with(index, node), index };
}

function withoutNode(entry: Entry, index: number): Entry {
  return entry.fields[NODE] === String(index) ? { ...entry, fields: entry.fields.with(NODE, "") } : entry;
}

/** Returns no entries when one of them cannot be placed in time: the others then could not be either. */
function parse(text: string): readonly Entry[] {
  const words = wordsIn(text);
  return timesOf(words).map((dueMs, index) => {
    const word = words[index] ?? "";
    const [, ...fields] = word.slice(LETTERS).split(".");
    return { letters: word.slice(0, LETTERS), dueMs, fields };
  });
}

const LETTERS = 2;

/** Stands before a time that is not in whole seconds. */
const IN_MS = "~";

function format(entries: readonly Entry[]): string {
  return entries.map((entry, index) => wordOf(entry, entries[index - 1]?.dueMs, entries[index - 2]?.dueMs)).join(" ");
}

/** The same as to parse and to format all of them, for much less: it is done whenever a run ends. */
function appendEntry(text: string, entry: Entry): string {
  const all = wordsIn(text);
  const times = timesOf(all).slice(1 - RUNS_IN_PAST);
  const words = times.length === 0 ? [] : all.slice(-times.length);
  // The first two tell their times by those before them, which may be gone.
  const first = words.slice(0, 2).map((word, index) => {
    const step = stepTo(times[index] ?? 0, times[index - 1], times[index - 2]);
    return word.slice(0, LETTERS) + step + word.slice(endOfStep(word));
  });
  return [...first, ...words.slice(2), wordOf(entry, times.at(-1), times.at(-2))].join(" ");
}

function wordOf({ letters, dueMs, fields }: Entry, before?: number, beforeThat?: number): string {
  const given = fields.slice(0, fields.findLastIndex((field) => field !== "") + 1);
  return [letters + stepTo(dueMs, before, beforeThat), ...given].join(".");
}

/** Nothing, where that one came as long after the one before it. */
function stepTo(dueMs: number, before = 0, beforeThat = 0): string {
  const stepMs = dueMs - before;
  return stepMs === before - beforeThat ? "" : fromMs(stepMs);
}

function wordsIn(text: string): readonly string[] {
  return text === "" ? [] : text.split(" ");
}

/** Returns when each of these was due; nothing at all when one of them cannot be placed in time. */
function timesOf(words: readonly string[]): readonly number[] {
  const times: number[] = [];
  let [dueMs, stepMs] = [0, 0];
  for (const word of words) {
    const step = word.slice(LETTERS, endOfStep(word));
    if (step !== "") stepMs = toMs(step);
    dueMs += stepMs;
    if (!(Math.abs(dueMs) <= LONGEST_DATE_MS)) return [];
    times.push(dueMs);
  }
  return times;
}

/** What a `Date` can hold. */
const LONGEST_DATE_MS = 8.64e15;

function endOfStep(word: string): number {
  const end = word.indexOf(".", LETTERS);
  return end === -1 ? word.length : end;
}

function toMs(text: string): number {
  return text.startsWith(IN_MS) ? (toNumber(text.slice(1)) ?? Number.NaN) : 1000 * (toNumber(text) ?? Number.NaN);
}

function fromMs(ms: number): string {
  return ms % 1000 === 0 ? toText(ms / 1000) : IN_MS + toText(ms);
}

function toText(number: number | undefined): string {
  return number === undefined ? "" : number.toString(36);
}

function toNumber(text: string): number | undefined {
  return text !== "" && /^-?[0-9a-z]{1,11}$/.test(text) ? Number.parseInt(text, 36) : undefined;
}
