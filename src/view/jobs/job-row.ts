import type { After, Schedule, SourceName } from "../../job/job.ts";
import { newestFirst } from "../../ledger/past.ts";
import {
  activeRuns,
  bootsOf,
  earliestDate,
  type InstanceRecord,
  isExpired,
  type JobRecord,
  latestAttempt,
  type Outcome,
  type OutcomeKind,
  pendingRequests,
  type Run,
} from "../../ledger/record.ts";
import { scheduleInWords } from "../../schedule/crontab/schedule-in-words.ts";
import { isOnClock, type Timetables, timezoneOf } from "../../schedule/timetable.ts";
import { remembering } from "../remembering.ts";
import { type ActiveRun, activeRunsOf } from "../runs/active-runs.ts";
import { type PastRun, type PastRuns, pastRuns } from "../runs/past-runs.ts";
import { type ObjectStates, runState } from "../runs/run-view.ts";
import type { DeclaredJob, SchedulerView } from "../scheduler/scheduler-view.ts";
import { afterInTable, afterOf } from "../words/after.ts";
import { durationInWords } from "../words/duration.ts";
import { downReasons } from "../words/scheduler.ts";
import { startWords, waitingWords } from "../words/waiting.ts";
import { isDone, nextDue, waitsQuietUntil } from "./due.ts";
import { type PauseView, pausesOf } from "./pause-view.ts";
import { isCarriedOut, type Standing, type StandingKind, standingKindOf, standingOf } from "./standing.ts";

/**
 * What can be said of a job, most urgent first.
 *
 * - `failing`: the last of its runs that came to a result of its own did not succeed. Those that were replaced or cancelled
 *   say nothing about the job.
 * - `overdue`: something was due more than ten seconds ago, and nothing is decided about it though nothing runs.
 * - `unsure`: something that cannot be read may declare it, and nothing of it is started meanwhile.
 * - `running-long`: a run takes longer than is usual (`unusualFromMs`).
 * - `waiting`: something that is due, requested or bound waits.
 * - `paused`, `suspended`: nothing is started by schedule, by an operator's or by its author's will.
 * - `running`: a run is active.
 * - `kept`: its definition cannot be read now, and the last good one is used.
 * - `never-run`: no run of it has ended yet, and none is active.
 * - `ok`: none of the others.
 * - `removed`: no source declares it.
 */
export const JOB_STATES = [
  "failing",
  "overdue",
  "unsure",
  "running-long",
  "waiting",
  "paused",
  "suspended",
  "running",
  "kept",
  "never-run",
  "ok",
  "removed",
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** One line of the table of jobs. */
export interface JobRow {
  readonly job: string;
  /** The most urgent of `states`. */
  readonly state: JobState;
  /** All that hold, most urgent first. */
  readonly states: readonly JobState[];
  /** Why it is in that state, as a part of a sentence whose subject is the job: `waits for its next attempt`. */
  readonly why?: string;
  /** Until when it waits, or is paused, where that is known. */
  readonly until?: Date;
  readonly standing: Standing;
  readonly schedules: readonly ScheduleWords[];
  /** Which ends of another job's runs start it. */
  readonly after?: After;
  /** When its schedule starts it next; absent where it does not. */
  readonly next?: Date;
  /** The first manual start that is planned. */
  readonly planned?: Date;
  /** Its schedules have no further times. */
  readonly isDone?: true;
  /** Since when something is due and undecided, for a job that is overdue. */
  readonly overdueSince?: Date;
  readonly last?: LastRun;
  readonly past: PastRuns;
  readonly active: readonly ActiveRun[];
  /** The pause that holds it, its own or that of all jobs; of two, the one that lasts longer. */
  readonly paused?: PauseView;
  /** The other one, where two hold it. */
  readonly alsoPaused?: PauseView;
  readonly source?: SourceName;
  /** Where it is declared: `schedules/nightly.yml:7:3`, `service shop_backup`. */
  readonly at?: string;
  /** The stack or Compose project of the object that declares it, or the schedule file. */
  readonly stack?: string;
  /** Where it runs now; where it ran last, if it does not. */
  readonly nodes: readonly string[];
}

/** One schedule of a job, for people. */
export interface ScheduleWords {
  readonly pattern: string;
  /** As its author wrote it, where the pattern was made from that. */
  readonly written?: string;
  /** `At 03:00, Monday through Friday`; absent for a schedule that this version does not know. */
  readonly words?: string;
  /** Absent for `@every`, to which none matters. */
  readonly timezone?: string;
}

/** The run that ended last. */
export interface LastRun extends Omit<PastRun, "share" | "outcome"> {
  readonly kind: OutcomeKind;
  /** With its details, where the record still has them. */
  readonly outcome?: Outcome;
}

export interface JobTableParts {
  /** Those that are closed count as none. */
  readonly records: ReadonlyMap<string, JobRecord>;
  /** What concerns all jobs. */
  readonly instance?: InstanceRecord | undefined;
  readonly scheduler: SchedulerView;
  readonly states: ObjectStates;
  readonly now: Date;
}

/** What is shown of all jobs. Absent means all, or the first. */
export interface JobTableQuery {
  /** Words that must all be found in the name, schedules, stack or place. */
  readonly text?: string;
  readonly state?: JobState;
  readonly stack?: string;
  readonly node?: string;
  readonly source?: SourceName;
  readonly sort?: JobSort;
  /** From 1; the nearest that there is counts. */
  readonly page?: number;
}

/** `urgency`: most urgent first, then what runs next. `last`: what ended last first. */
export const JOB_SORTS = ["urgency", "name", "next", "last"] as const;
export type JobSort = (typeof JOB_SORTS)[number];

export interface JobTable {
  /** At most `ROWS_OF_A_PAGE`. */
  readonly rows: readonly JobRow[];
  readonly page: number;
  /** At least 1. */
  readonly pages: number;
  /** How many jobs the query finds, on all pages. */
  readonly found: number;
  /** How many jobs there are. */
  readonly total: number;
  /** Of all jobs, by each state that holds: one that is failing and running counts as both. */
  readonly counts: Readonly<Record<JobState, number>>;
  /** What there is to choose from, sorted. */
  readonly stacks: readonly string[];
  readonly nodes: readonly string[];
  readonly sources: readonly SourceName[];
}

/** When a job is started next. */
export type DueRow = Required<Pick<JobRow, "job" | "schedules" | "next">>;

export const ROWS_OF_A_PAGE = 100;

/** As in `job-view.ts`: a scheduler decides within a second or two, and the clocks of machines differ. */
const OVERDUE_AFTER_MS = 10_000;
/** An object that is bound for longer without running waits for something. */
const STARTING_AFTER_MS = 10_000;

/**
 * Makes the table of jobs. What depends on a record, and on boots of the host, is remembered as long as these hold, and all that is said of
 * a job at rest until the time at which it changes: of a thousand jobs of which ten do something, ten are looked at.
 */
export class JobRows {
  readonly #timetables: Timetables;
  readonly #facts = new WeakMap<JobRecord, Facts>();
  /** The same as `pastRuns`. */
  readonly pastOf = remembering(pastRuns);
  readonly #atRest = new WeakMap<JobRecord, AtRest>();
  /** Of one page, whose parts are drawn one after the other. */
  readonly #pages = remembering((_parts: JobTableParts): PageEntries => ({ isComplete: false, entries: new Map() }));
  readonly #rows = new WeakMap<Entry, JobRow>();
  readonly #words = remembering((schedules: readonly Schedule[]) => schedules.map(scheduleWords));
  readonly #textOf = remembering((schedules: readonly Schedule[]) => schedules.map(scheduleText).join(" "));

  constructor(timetables: Timetables) {
    this.#timetables = timetables;
  }

  /** The names of all jobs that the query finds, sorted. */
  find(parts: JobTableParts, query: Pick<JobTableQuery, "text" | "state"> = {}): readonly string[] {
    return this.#entries(parts)
      .filter(this.#filter(query))
      .map(({ job }) => job)
      .sort();
  }

  table(parts: JobTableParts, query: JobTableQuery = {}): JobTable {
    const all = this.#entries(parts);
    const found = all.filter(this.#filter(query)).sort(BY[query.sort ?? "urgency"]);
    const pages = Math.max(1, Math.ceil(found.length / ROWS_OF_A_PAGE));
    const page = Math.min(pages, Math.max(1, Math.floor(query.page ?? 1)));
    const shown = found.slice((page - 1) * ROWS_OF_A_PAGE, page * ROWS_OF_A_PAGE);
    return {
      rows: shown.map((entry) => this.#rowOf(entry, parts)),
      page,
      pages,
      found: found.length,
      total: all.length,
      ...summaryOf(all),
    };
  }

  /** Undefined when there is no job of that name: it has no open record, and no source declares it. */
  row(job: string, parts: JobTableParts): JobRow | undefined {
    const entry = this.#entry(job, parts);
    return entry && this.#rowOf(entry, parts);
  }

  /** The jobs that are started until then, by their schedules or by a planned start, soonest first. */
  due(parts: JobTableParts, until: Date): readonly DueRow[] {
    const { now } = parts;
    return this.#entries(parts)
      .flatMap(({ job, schedules, next, planned }) => {
        const first = earliestDate([next, planned].filter((at) => at !== undefined && at > now));
        return first !== undefined && first <= until ? [{ job, next: first, schedules: this.#words(schedules) }] : [];
      })
      .sort((a, b) => a.next.getTime() - b.next.getTime() || (a.job < b.job ? -1 : 1));
  }

  #entries(parts: JobTableParts): readonly Entry[] {
    const page = this.#pages(parts);
    if (!page.isComplete) {
      for (const job of parts.records.keys()) this.#entry(job, parts);
      for (const job of parts.scheduler.jobs.keys()) this.#entry(job, parts);
      page.isComplete = true;
    }
    return [...page.entries.values()];
  }

  #entry(job: string, parts: JobTableParts): Entry | undefined {
    const { entries } = this.#pages(parts);
    const known = entries.get(job);
    if (known !== undefined) return known;
    const entry = this.#findEntry(job, parts);
    if (entry !== undefined) entries.set(job, entry);
    return entry;
  }

  #findEntry(job: string, parts: JobTableParts): Entry | undefined {
    const declared = parts.scheduler.jobs.get(job);
    const known = parts.records.get(job);
    const record = known?.closedAt === undefined ? known : undefined;
    const definition = record?.definition ?? declared;
    if (definition === undefined) return undefined;
    const atRest = record && this.#atRest.get(record);
    if (atRest !== undefined && isStillAtRest(atRest, declared, parts)) return atRest.entry;
    const entry = this.#readEntry({ job, definition, declared, record }, parts);
    const until = restsUntil(entry, parts.now);
    if (record !== undefined && declared !== undefined && until !== undefined)
      this.#atRest.set(record, { entry, declared, instance: parts.instance, from: parts.now.getTime(), until });
    return entry;
  }

  #readEntry({ job, definition, declared, record }: Known, parts: JobTableParts): Entry {
    const { instance, scheduler, states: objects, now } = parts;
    const { schedules, suspended } = definition;
    const standing = standingKindOf(job, record, { kind: "answers", view: scheduler });
    const facts = record && this.#factsOf(record, bootsOf(instance).at(-1)?.getTime());
    const active = facts?.active.length
      ? activeRunsOf(facts.active, { past: this.pastOf(facts.record), states: objects, now })
      : NONE_ACTIVE;
    const isStarted = isCarriedOut({ kind: standing, removedAt: record?.removedAt });
    const pauses = pausesOf(record, instance, now);
    const [paused] = pauses;
    const quietUntil =
      facts && isUndecided(facts, now) ? waitsQuietUntil(facts.record, this.#timetables, now) : undefined;
    const isDue = isStarted && !suspended && paused === undefined && quietUntil === undefined;
    const dueSince = isDue ? undecidedSince(facts, now) : undefined;
    const isHeld = suspended || (paused !== undefined && paused.until === undefined);
    const pausedUntil = paused?.until;
    const next = isStarted && !isHeld ? this.#next(record, declared, { facts, now, pausedUntil }) : undefined;
    const planned = isStarted ? record?.planned?.[0]?.startAt : undefined;
    const stack = stackOf(declared, record);
    const waits =
      facts && isStarted
        ? waitOf(facts, { active, declared, dueSince, quietUntil, scheduler, objects, now })
        : undefined;
    const overdueSince = dueSince !== undefined && waits === undefined ? dueSince : undefined;
    const states = statesOf({
      standing,
      suspended,
      isPaused: paused !== undefined,
      record,
      facts,
      active,
      waits,
      overdueSince,
    });
    return {
      job,
      states,
      rank: URGENCY[states[0] ?? "ok"],
      standing,
      schedules,
      pauses,
      active,
      ...(record && { record }),
      ...(facts && { facts }),
      ...(declared && { declared }),
      ...(waits && { waits }),
      ...(next && { next }),
      ...(planned && { planned }),
      ...(isStarted && !isHeld && next === undefined && isDone(record, this.#timetables) && { isDone: true as const }),
      ...(overdueSince && { overdueSince }),
      ...(stack !== undefined && { stack }),
      nodes: nodesOf(active, facts),
      nextMs: (overdueSince ?? earliestDate([next, planned]))?.getTime() ?? Number.MAX_VALUE,
    };
  }

  /** What is due after a boot is in no record of a job. */
  #factsOf(record: JobRecord, bootMs: number | undefined): Facts {
    const known = this.#facts.get(record);
    if (known !== undefined && known.bootMs === bootMs) return known;
    const facts = this.#readFacts(record, bootMs);
    this.#facts.set(record, facts);
    return facts;
  }

  #readFacts(record: JobRecord, bootMs: number | undefined): Facts {
    const { schedules, exclusions } = record.definition;
    const timetable = this.#timetables.ofRecord(schedules, exclusions);
    const firstUndecided = timetable?.next(record.cursor);
    const firstStart = exclusions === undefined ? firstUndecided : timetable?.nextStart(record.cursor, record.cursor);
    const [last] = newestFirst(record);
    return {
      record,
      active: activeRuns(record),
      isFailing: isFailing(record),
      bootMs,
      ...(last?.node !== undefined && { lastNode: last.node }),
      ...(firstUndecided && { firstUndecided }),
      ...(firstStart && { firstStart }),
    };
  }

  /** The same as `nextDue`. */
  #next(
    record: JobRecord | undefined,
    declared: DeclaredJob | undefined,
    {
      facts,
      now,
      pausedUntil,
    }: { readonly facts: Facts | undefined; readonly now: Date; readonly pausedUntil: Date | undefined },
  ): Date | undefined {
    if (record === undefined) return declared?.nextRunAt;
    const first = facts?.firstStart;
    if (first === undefined || (first > now && pausedUntil === undefined)) return first;
    return nextDue(record, this.#timetables, { now, pausedUntil });
  }

  #filter({ text = "", state, stack, node, source }: JobTableQuery): (entry: Entry) => boolean {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const hasWords = (entry: Entry) => {
      const place = entry.declared?.origin.at ?? entry.record?.definition.origin?.unit ?? "";
      const after = afterOfEntry(entry);
      const when = `${this.#textOf(entry.schedules)} ${after === undefined ? "" : afterInTable(after)}`;
      const all = `${entry.job} ${when} ${entry.stack ?? ""} ${place}`.toLowerCase();
      return words.every((word) => all.includes(word));
    };
    return (entry) =>
      (state === undefined || entry.states.includes(state)) &&
      (stack === undefined || entry.stack === stack) &&
      (node === undefined || entry.nodes.includes(node)) &&
      (source === undefined || sourceOf(entry) === source) &&
      (words.length === 0 || hasWords(entry));
  }

  #rowOf(entry: Entry, parts: JobTableParts): JobRow {
    const row = this.#rows.get(entry) ?? this.#row(entry, parts);
    this.#rows.set(entry, row);
    return row;
  }

  #row(entry: Entry, { scheduler }: JobTableParts): JobRow {
    const { job, states, record, declared, active, waits, next, planned, isDone, overdueSince, stack, nodes } = entry;
    const [paused, alsoPaused] = entry.pauses;
    const [state = "ok"] = states;
    const standing = standingOf(job, record, { kind: "answers", view: scheduler });
    const why = whyOf(state, { entry, standing, scheduler });
    const until = state === "waiting" ? waits?.until : state === "paused" ? paused?.until : undefined;
    const past = record === undefined ? NO_PAST : this.pastOf(record);
    const last = record && lastOf(record, past);
    const source = sourceOf(entry);
    const after = afterOfEntry(entry);
    return {
      job,
      state,
      states,
      ...(why !== undefined && { why }),
      ...(until && { until }),
      standing,
      schedules: this.#words(entry.schedules),
      ...(after && { after }),
      ...(next && { next }),
      ...(planned && { planned }),
      ...(isDone && { isDone }),
      ...(overdueSince && { overdueSince }),
      ...(last && { last }),
      past,
      active,
      ...(paused && { paused }),
      ...(alsoPaused && { alsoPaused }),
      ...(source && { source }),
      ...(declared && { at: declared.origin.at }),
      ...(stack !== undefined && { stack }),
      nodes,
    };
  }
}

function afterOfEntry({ record, declared }: Pick<Entry, "record" | "declared">): After | undefined {
  return record === undefined ? declared?.after : afterOf(record);
}

const NONE_ACTIVE: readonly ActiveRun[] = [];
const NO_PAST: PastRuns = { runs: [] };

/** What depends on the record and on the last boot of the host alone. */
interface Facts {
  readonly record: JobRecord;
  /** When that boot was seen; undefined where none is known. */
  readonly bootMs: number | undefined;
  readonly active: readonly Run[];
  readonly isFailing: boolean;
  /** Of the run that ended last. */
  readonly lastNode?: string;
  /** The first occurrence after the cursor. */
  readonly firstUndecided?: Date;
  /** When the schedule starts the job after the cursor. */
  readonly firstStart?: Date;
}

interface PageEntries {
  isComplete: boolean;
  readonly entries: Map<string, Entry>;
}

interface Known {
  readonly job: string;
  readonly definition: Pick<DeclaredJob, "schedules" | "suspended">;
  readonly declared: DeclaredJob | undefined;
  readonly record: JobRecord | undefined;
}

/** What is said of a job that does nothing, and the time for which it holds. */
interface AtRest {
  readonly entry: Entry;
  readonly declared: DeclaredJob;
  readonly instance: InstanceRecord | undefined;
  readonly from: number;
  readonly until: number;
}

/** Until when nothing changes by the passing of time alone; undefined for a job that is not at rest. */
function restsUntil({ record, declared, facts, standing, active, waits, overdueSince, ...entry }: Entry, now: Date) {
  if (record === undefined || declared === undefined || standing !== "declared") return undefined;
  const isBusy = active.length > 0 || record.requests.length > 0 || waits !== undefined || overdueSince !== undefined;
  if (isBusy || declared.start !== undefined || declared.troubles !== undefined) return undefined;
  const undecided = facts?.firstUndecided;
  if (entry.next !== undefined && undecided !== undefined && undecided <= now) return undefined;
  return Math.min(
    ...[entry.next, entry.next && undecided, entry.planned, ...entry.pauses.map(({ until }) => until)].map(
      (at) => at?.getTime() ?? Number.MAX_VALUE,
    ),
  );
}

function isStillAtRest(
  { declared: before, instance, from, until }: AtRest,
  declared: DeclaredJob | undefined,
  parts: JobTableParts,
): boolean {
  const now = parts.now.getTime();
  return (
    declared !== undefined &&
    now >= from &&
    now < until &&
    parts.instance === instance &&
    parts.scheduler.role.kind === "active" &&
    declared.hash === before.hash &&
    declared.isKept === before.isKept &&
    declared.origin === before.origin &&
    declared.start === undefined &&
    declared.troubles === undefined
  );
}

/** What is needed to count, filter and sort. */
interface Entry {
  readonly job: string;
  readonly states: readonly JobState[];
  readonly rank: number;
  readonly standing: StandingKind;
  readonly schedules: readonly Schedule[];
  readonly pauses: readonly PauseView[];
  readonly record?: JobRecord;
  readonly facts?: Facts;
  readonly declared?: DeclaredJob;
  readonly active: readonly ActiveRun[];
  readonly waits?: Wait;
  readonly next?: Date;
  readonly planned?: Date;
  readonly isDone?: true;
  readonly overdueSince?: Date;
  readonly stack?: string;
  readonly nodes: readonly string[];
  /** By which what comes next is sorted. */
  readonly nextMs: number;
}

function scheduleWords(schedule: Schedule): ScheduleWords {
  const { pattern, written, jitter } = schedule;
  const plain = scheduleInWords(pattern);
  const words = plain && jitter ? `${plain}, up to ${durationInWords(jitter.ms)} later` : plain;
  return {
    pattern,
    ...(written !== undefined && { written }),
    ...(words !== undefined && { words }),
    ...(isOnClock(schedule) && { timezone: timezoneOf(schedule) }),
  };
}

function scheduleText(schedule: Schedule): string {
  return Object.values(scheduleWords(schedule)).join(" ");
}

const INCONCLUSIVE: ReadonlySet<OutcomeKind> = new Set(["replaced", "cancelled"]);

function isFailing(record: JobRecord): boolean {
  for (const { outcome } of newestFirst(record)) if (!INCONCLUSIVE.has(outcome)) return outcome !== "succeeded";
  return false;
}

interface Look {
  readonly objects: ObjectStates;
  readonly now: Date;
}

function isUndecided({ firstUndecided }: Facts, now: Date): boolean {
  return firstUndecided !== undefined && firstUndecided <= now;
}

function undecidedSince(facts: Facts | undefined, now: Date): Date | undefined {
  const first = facts?.firstUndecided;
  return first !== undefined && now.getTime() - first.getTime() > OVERDUE_AFTER_MS ? first : undefined;
}

/** What a job waits for, as a part of a sentence whose subject is the job. */
interface Wait {
  readonly why: string;
  readonly until?: Date;
}

interface WaitParts extends Look {
  readonly active: readonly ActiveRun[];
  readonly declared: DeclaredJob | undefined;
  /** Since when something is due and undecided. */
  readonly dueSince: Date | undefined;
  /** When a quiet window ends for which something waits. */
  readonly quietUntil: Date | undefined;
  readonly scheduler: SchedulerView;
}

function waitOf(facts: Facts, parts: WaitParts): Wait | undefined {
  const { record } = facts;
  const { active, dueSince, quietUntil, scheduler, now } = parts;
  for (const run of facts.active) {
    const wait = waitOfRun(run, parts);
    if (wait !== undefined) return wait;
  }
  if (quietUntil !== undefined) return { why: "waits for the end of a quiet window", until: quietUntil };
  if (dueSince !== undefined && active.length > 0)
    return {
      why: active.length === 1 ? "waits for the run before it" : `waits for the ${active.length} runs before it`,
    };
  const start = parts.declared?.start;
  // Every start takes a moment; what has come to the engine is a start, and no wait, unless that lasts.
  if (start !== undefined && (start.for !== "engine" || now.getTime() - start.since.getTime() > STARTING_AFTER_MS)) {
    const why = startWords(record.job, scheduler);
    if (why !== undefined) return { why };
  }
  const request = pendingRequests(record).find((one) => !isExpired(record, one, now));
  if (request === undefined) return undefined;
  return { why: waitingWords(record, request, { kind: "answers", view: scheduler }) };
}

/** What keeps a run from running; undefined for one that runs, or is about to. */
function waitOfRun(run: Run, { objects, now }: Look): Wait | undefined {
  const { boundAt, number, objectId } = latestAttempt(run);
  const state = runState(run, objects);
  if (state.kind === "waiting-for-retry")
    return { why: `waits for attempt ${number + 1}`, ...(state.retryAt && { until: state.retryAt }) };
  const seen = objects === "unknown" ? undefined : objects.get(objectId ?? "");
  if (seen !== "unknown" && seen?.phase === "unreachable")
    return { why: `waits for its node to come back: ${seen.message}` };
  const isSlow = now.getTime() - boundAt.getTime() > STARTING_AFTER_MS;
  if (state.kind !== "starting" || !isSlow) return undefined;
  return { why: state.detail === undefined ? "is not running yet" : `is not running yet: ${state.detail}` };
}

interface StateParts {
  readonly standing: StandingKind;
  readonly suspended: boolean;
  readonly isPaused: boolean;
  readonly record: JobRecord | undefined;
  readonly facts: Facts | undefined;
  readonly active: readonly ActiveRun[];
  readonly waits: Wait | undefined;
  readonly overdueSince: Date | undefined;
}

/** In the order of `JOB_STATES`; at least one. A job that no longer starts has nothing urgent. */
function statesOf({
  standing,
  suspended,
  isPaused,
  record,
  facts,
  active,
  waits,
  overdueSince,
}: StateParts): readonly JobState[] {
  if (standing === "removed") return active.length > 0 ? ["running", "removed"] : ["removed"];
  const states: JobState[] = [];
  if (facts?.isFailing && !isPaused && !suspended) states.push("failing");
  if (overdueSince !== undefined) states.push("overdue");
  if (standing === "unsure") states.push("unsure");
  if (active.some(({ isLong }) => isLong)) states.push("running-long");
  if (waits !== undefined) states.push("waiting");
  if (isPaused) states.push("paused");
  if (suspended) states.push("suspended");
  if (active.length > 0) states.push("running");
  if (standing === "kept") states.push("kept");
  if (states.length > 0) return states;
  return record === undefined || hasNeverRun(record) ? ["never-run"] : ["ok"];
}

function hasNeverRun({ runs, totals }: JobRecord): boolean {
  return runs.length === 0 && Object.keys(totals.ended).length === 0;
}

/** Lower comes first. What is not urgent is sorted by when it runs next. */
const URGENCY: Readonly<Record<JobState, number>> = {
  failing: 0,
  overdue: 1,
  unsure: 2,
  "running-long": 3,
  waiting: 4,
  paused: 5,
  running: 6,
  suspended: 6,
  kept: 6,
  "never-run": 6,
  ok: 6,
  removed: 7,
};

type Order = (a: Entry, b: Entry) => number;

const byName: Order = (a, b) => (a.job < b.job ? -1 : 1);
const byNext: Order = (a, b) => a.nextMs - b.nextMs || byName(a, b);

const BY: Readonly<Record<JobSort, Order>> = {
  urgency: (a, b) => a.rank - b.rank || byNext(a, b),
  name: byName,
  next: byNext,
  last: (a, b) => lastEndMs(b) - lastEndMs(a) || byName(a, b),
};

function lastEndMs({ record }: Entry): number {
  return record?.totals.lastCompletionAt?.getTime() ?? 0;
}

function summaryOf(entries: readonly Entry[]): Pick<JobTable, "counts" | "stacks" | "nodes" | "sources"> {
  const counts = Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
  const stacks = new Set<string>();
  const nodes = new Set<string>();
  const sources = new Set<SourceName>();
  for (const entry of entries) {
    for (const state of entry.states) counts[state]++;
    if (entry.stack !== undefined) stacks.add(entry.stack);
    for (const node of entry.nodes) nodes.add(node);
    const source = sourceOf(entry);
    if (source !== undefined) sources.add(source);
  }
  return { counts, stacks: [...stacks].sort(), nodes: [...nodes].sort(), sources: [...sources].sort() };
}

function sourceOf({ declared, record }: Pick<Entry, "declared" | "record">): SourceName | undefined {
  return declared?.origin.source ?? record?.definition.origin?.source;
}

function stackOf(declared: DeclaredJob | undefined, record: JobRecord | undefined): string | undefined {
  if (declared?.origin.stack !== undefined) return declared.origin.stack;
  const origin = declared?.origin ?? record?.definition.origin;
  return origin?.source === "files" ? origin.unit : undefined;
}

function nodesOf(active: readonly ActiveRun[], facts: Facts | undefined): readonly string[] {
  const now = new Set(active.flatMap(({ node }) => node ?? []));
  if (now.size > 0) return [...now];
  return facts?.lastNode === undefined ? [] : [facts.lastNode];
}

function lastOf(record: JobRecord, past: PastRuns): LastRun | undefined {
  const last = past.runs.at(-1);
  if (last === undefined) return undefined;
  const { share: _, outcome: kind, ...run } = last;
  const outcome = run.hasDetails ? record.runs.find(({ id }) => id === run.run)?.outcome : undefined;
  return { ...run, kind, ...(outcome && { outcome }) };
}

interface WhyParts {
  readonly entry: Entry;
  readonly standing: Standing;
  readonly scheduler: SchedulerView;
}

function whyOf(state: JobState, { entry, standing, scheduler }: WhyParts): string | undefined {
  const { declared, waits, active } = entry;
  switch (state) {
    case "waiting":
      return waits?.why;
    case "overdue":
      return downReasons(scheduler)[0] ?? declared?.troubles?.[0]?.cause ?? "nothing has been decided about it yet";
    case "running-long":
      return active.length === 1 ? "takes longer than usual" : "has a run that takes longer than usual";
    case "paused":
      return pauseWhy(entry.pauses);
    case "unsure":
    case "kept":
      return "because" in standing ? standing.because.map(({ at, message }) => `${at}: ${message}`)[0] : undefined;
    default:
      return undefined;
  }
}

function pauseWhy([paused]: readonly PauseView[]): string | undefined {
  if (paused?.scope !== "all") return paused?.reason;
  return paused.reason === undefined ? "all jobs are paused" : `all jobs are paused: ${paused.reason}`;
}
