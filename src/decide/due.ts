import { defaultsOf, type InputProblem, readInputs } from "../job/inputs/read-inputs.ts";
import type { Job } from "../job/job.ts";
import { requestAfter } from "../job/names.ts";
import { isFull } from "../ledger/changes/active-runs.ts";
import type { EndsPassed } from "../ledger/changes/ends.ts";
import { holdOf, isAdmitted, knownThrough, withGap } from "../ledger/changes/marks.ts";
import { holdingOf, resumeAll, resumeJob } from "../ledger/changes/pauses.ts";
import {
  type Asked,
  activeRuns,
  type Gap,
  isExpired,
  type JobRecord,
  type PassedOverVerdict,
  pendingRequests,
  type RunRequest,
  type Trigger,
  type Upstream,
} from "../ledger/record.ts";
import type { Timetable } from "../schedule/timetable.ts";
import { type UndecidedEnds, type UpstreamEnd, undecidedEnds } from "./ends.ts";
import type { Refusal } from "./requests.ts";
import {
  begunAhead,
  chooseEnds,
  chooseWaiting,
  excludedEnd,
  type Fate,
  findGap,
  GAP_AFTER_MS,
  type Seen,
  skippedBy,
  type Undecided,
  type Waiting,
} from "./waiting.ts";

export type { Seen } from "./waiting.ts";

/** How many occurrences one look decides; a longer backlog takes several. */
export const MOST_AT_ONCE = 10_000;

/** What is to be decided for a job now. */
export interface Due {
  /** A gap that has ended, to be noted before anything else; `first` is its first occurrence. */
  readonly gap?: Gap & { readonly first: Date };
  /** To be written before the start, in this order. */
  readonly passedOver: readonly PassedOver[];
  /** The next run to start. What comes after it is decided when the record shows it as started. */
  readonly start?: DueStart;
  /** Active runs are in the way of what is due, and are to be stopped for it. */
  readonly replacesActive: boolean;
  /** What was seen in time and is not yet marked so: it must not become a gap, however long something else takes. */
  readonly inTime?: InTime;
  /** To be noted in the record, where nothing is to be started: what is due up to this one waits. */
  readonly admit?: Date;
  /** Manual starts that cannot be. */
  readonly refused: readonly Refusal[];
  /** The next occurrence. Undefined when there will be none. */
  readonly nextRunAt?: Date;
  /** The next occurrence that may be started: the job is not suspended then, and its pauses have ended by themselves. */
  readonly nextStartAt?: Date;
  /** When to look again, if nothing is to be started now. Undefined: when something happens. */
  readonly wakeAt?: Date;
}

/** The first and the last of the occurrences that belong to no gap. */
export interface InTime {
  readonly first: Date;
  readonly last: Date;
}

/** Consecutive occurrences with one verdict. */
export interface PassedOver {
  readonly verdict: PassedOverVerdict;
  readonly first: Date;
  readonly last: Date;
  readonly count: number;
  /** Of ends of another job's runs: which. */
  readonly ends?: EndsPassed;
}

export interface DueStart extends Asked {
  readonly trigger: Trigger;
  readonly scheduledAt: Date;
  /** The ID of the request that a manual start carries out; with `after`, what stands in its place. */
  readonly request?: string;
  /** Whose end starts it; only with the trigger `after`. */
  readonly after?: Upstream;
  readonly ends?: EndsPassed;
}

/**
 * Decides the occurrences that the record has not decided yet, by the wall clock, oldest first. The verdicts depend on
 * nothing but the arguments, so a scheduler that computes them again after a lost answer comes to the same ones.
 */
export function due(job: Job, timetable: Timetable, seen: Seen): Due {
  const { record, now } = seen;
  const gap = findGap(job, timetable, seen);
  const marked = gap === undefined ? record : withGap(record, gap);
  const undecided = takeUndecided(timetable, record, now);
  const decided = decide(
    job,
    timetable,
    { ...seen, record: marked, ...undecided },
    undecidedEnds(record, seen.upstream),
  );
  const beyond = unmarkedBeyond(timetable, marked, undecided, now);
  const inTime = decided.inTime ?? beyond;
  const nothingMoves = decided.start === undefined && decided.passedOver.length === 0;
  const admit = beyond && nothingMoves ? beyond.last : decided.admit;
  const manual = decideRequests(job, record, now);
  const start = manual.start ?? decided.start;
  const nextRunAt = timetable.next(latest(record.cursor, now));
  const nextStartAt = nextStart(job, timetable, seen);
  // What lies beyond the cut is looked at once something before it is decided.
  const isToGoOn = undecided.isCut && decided.passedOver.length > 0;
  const wakeAt = isToGoOn ? now : earliest(earliest(nextRunAt, decided.deadline), decided.quietUntil);
  return {
    passedOver: decided.passedOver,
    replacesActive: (manual.replacesActive || decided.replacesActive) ?? false,
    refused: manual.refused,
    ...(gap && { gap }),
    ...(start && { start }),
    ...(inTime && { inTime }),
    ...(admit && { admit }),
    ...(nextRunAt && { nextRunAt }),
    ...(nextStartAt && { nextStartAt }),
    ...(wakeAt && { wakeAt }),
  };
}

function nextStart({ suspended }: Job, timetable: Timetable, { record, instance, now }: Seen): Date | undefined {
  const { paused, pausedUntil } = holdingOf(record, instance, now);
  if (suspended || (paused !== undefined && pausedUntil === undefined)) return undefined;
  const from = pausedUntil === undefined ? now : latest(now, new Date(pausedUntil.getTime() - 1));
  return timetable.nextStart(from, pausedUntil === undefined ? record.cursor : latest(record.cursor, from));
}

interface Decided {
  readonly passedOver: readonly PassedOver[];
  readonly start?: DueStart;
  readonly replacesActive?: boolean;
  readonly inTime?: InTime;
  readonly admit?: Date;
  /** When the first one that waits becomes too late. */
  readonly deadline?: Date;
  /** When a quiet window ends for which something waits. */
  readonly quietUntil?: Date;
}

function decide(job: Job, timetable: Timetable, seen: Seen & Undecided, { ends, forgotten }: UndecidedEnds): Decided {
  const { policies } = job;
  const { record, now } = seen;
  const fates = chooseWaiting(job, timetable, seen);
  const endFates = chooseEnds(job, timetable, seen, ends);
  const waiting = inOrder(fates.filter(isWaiting), endFates.filter(isWaiting));
  const deferred = fates.find((fate) => fate.is === "deferred");
  // What is late, or waited for a run, is not started in a quiet window either.
  const quietUntil = waiting.length > 0 ? timetable.quietUntil(now) : deferred?.until;
  const meeting = meetActive(job, record, waiting, now);
  const { skips, start, replacesActive } = waiting.length > 0 && quietUntil ? { skips: meeting.skips } : meeting;
  const skipped = new Map(waiting.slice(0, skips?.count ?? 0).map((one) => [one as Fate, skips?.verdict]));
  const passedOverOf = (decidedInOrder: readonly Fate[]): readonly PassedOver[] => {
    const passedOver: PassedOver[] = [];
    for (const fate of decidedInOrder) {
      const verdict = fate.is === "passed-over" ? fate.verdict : skipped.get(fate);
      if (verdict === undefined) break;
      addTo(passedOver, fate, verdict);
    }
    return passedOver;
  };
  // The ends first: a pause that is over is forgotten with the last occurrence that fell into it.
  const passedOver = [...forgottenEnds(forgotten), ...passedOverOf(endFates), ...passedOverOf(fates)];
  const left = waiting.slice(skips?.count ?? 0).filter((one) => one.trigger !== "after" && !isOneOfABacklog(job, one));
  const inTime = unmarked(
    record,
    waiting.filter(({ trigger }) => trigger === "schedule"),
  );
  const admitted = start === undefined ? unmarked(record, left) : undefined;
  const [first] = waiting;
  const deadlineMs = policies.startingDeadlineMs;
  return {
    passedOver,
    ...(start && { start: startOf(job, start) }),
    ...(replacesActive && { replacesActive }),
    ...(inTime && { inTime }),
    ...(admitted && { admit: admitted.last }),
    ...(first && deadlineMs !== undefined && { deadline: new Date(first.at.getTime() + deadlineMs + 1) }),
    ...(quietUntil && { quietUntil }),
  };
}

function isWaiting(fate: Fate): fate is Waiting {
  return fate.is === "waiting";
}

/**
 * What the schedule and the ends of another job's runs have to start, the oldest first. Ends stay in the order in which they were
 * recorded, in which they are decided: by the clocks of their nodes, it may be another one.
 */
function inOrder(occurrences: readonly Waiting[], ends: readonly Waiting[]): readonly Waiting[] {
  if (ends.length === 0) return occurrences;
  const left = [...occurrences];
  const earlier = (at: Date) => {
    const later = left.findIndex((one) => one.at > at);
    return left.splice(0, later === -1 ? left.length : later);
  };
  const merged = ends.flatMap((end) => [...earlier(end.at), end]);
  return [...merged, ...left];
}

function forgottenEnds(forgotten: UndecidedEnds["forgotten"]): readonly PassedOver[] {
  if (forgotten === undefined) return [];
  const { first, last, count, from, to } = forgotten;
  return [{ verdict: { kind: "missed", reason: "gap" }, first, last, count, ends: { from, to } }];
}

function startOf(job: Job, { trigger, at, end }: Waiting): DueStart {
  if (end === undefined) return { trigger, scheduledAt: at, ...askedBySchedule(job) };
  const { run, from, to } = end;
  const after = { job: end.job, run };
  return {
    trigger,
    scheduledAt: at,
    request: requestAfter(run),
    after,
    ends: { from, to, run },
    ...askedBySchedule(job),
  };
}

/** What becomes of the occurrences that may start, given the runs that are active: the first `count` are skipped. */
interface Meeting {
  readonly skips?: { readonly count: number; readonly verdict: PassedOverVerdict };
  readonly start?: Waiting;
  readonly replacesActive?: true;
}

function meetActive(job: Job, record: JobRecord, waiting: readonly Waiting[], now: Date): Meeting {
  const { policies } = job;
  const { overlap, queueLimit } = policies;
  const isBusy = isFull(record, overlap, { policies: policies.run, ...askedBySchedule(job) });
  const backlogAt = waiting.findIndex((one) => isOneOfABacklog(job, one));
  const [first] = waiting;
  if (first === undefined) return {};
  if (backlogAt === 0) {
    const mustWait = isBusy || activeRuns(record).some(({ trigger }) => trigger === "catch-up");
    return mustWait ? {} : { start: first };
  }
  const before = backlogAt === -1 ? waiting : waiting.slice(0, backlogAt);
  const skipsAllBut = (count: number, verdict: PassedOverVerdict) => {
    const skipped = Math.max(0, before.length - count);
    return skipped > 0 ? { skips: { count: skipped, verdict } } : {};
  };
  /** What waits for a start that takes long must not grow without end. */
  const late = before.filter(({ at }) => now.getTime() - at.getTime() > GAP_AFTER_MS).length;
  const skipsLateBut = (count: number, verdict: PassedOverVerdict) =>
    skipsAllBut(before.length - Math.max(0, late - count), verdict);
  const startAfter = ({ skips }: Meeting): Meeting => {
    const start = before[skips?.count ?? 0];
    return { ...(skips && { skips }), ...(start && { start }) };
  };
  switch (overlap) {
    case "replace": {
      const newest = skipsAllBut(1, superseded);
      return isBusy ? { ...newest, replacesActive: true } : startAfter(newest);
    }
    case "queue":
      return isBusy
        ? skipsAllBut(queueLimit, { kind: "skipped", reason: "queue-full", whileActive: true })
        : startAfter(skipsLateBut(queueLimit + 1, { kind: "skipped", reason: "queue-full" }));
    case "forbid":
    case "allow": {
      if (isBusy) return skipsAllBut(0, { kind: "skipped", reason: "still-running", whileActive: true });
      const isEachWanted = overlap === "allow" && policies.catchUp === "all";
      return startAfter(skipsLateBut(isEachWanted ? policies.catchUpLimit : 1, superseded));
    }
  }
}

const superseded = { kind: "skipped", reason: "superseded" } as const;

/** The occurrences of a gap are run one after the other, whatever `overlap` says. */
function isOneOfABacklog({ policies }: Job, { trigger }: Waiting): boolean {
  return policies.catchUp === "all" && trigger === "catch-up";
}

/** The first and the last of these that are not yet marked as waiting. */
function unmarked(record: JobRecord, waiting: readonly Waiting[]): InTime | undefined {
  const inTime = waiting.filter(({ at }) => !isAdmitted(record, at));
  const [first] = inTime;
  const last = inTime.at(-1);
  return first && last && { first: first.at, last: last.at };
}

/** Where so much waits that the newest was not looked at, the newest is seen in time, too. */
function unmarkedBeyond(timetable: Timetable, record: JobRecord, undecided: Undecided, now: Date): InTime | undefined {
  const last = undecided.occurrences.at(-1);
  if (!undecided.isCut || last === undefined) return undefined;
  const first = timetable.next(latest(last, knownThrough(record)));
  return first && first <= now ? { first, last: now } : undefined;
}

/**
 * What is due and not decided when a schedule ends. All of it is skipped: for that reason, or for the pause that it fell
 * into. There may be so much that not all of it is returned.
 */
export function passOverUndecided(
  timetable: Timetable,
  { record, instance, upstream, now }: Seen,
  because: "changed" | "reset" | "removed",
): readonly PassedOver[] {
  const { definition } = record;
  const ended: PassedOverVerdict =
    because === "removed"
      ? { kind: "skipped", reason: because }
      : { kind: "skipped", reason: "rescheduled", ended: because };
  // What is due now is in a pause that holds now.
  const after = new Date(now.getTime() + 1);
  const resumed = resumeJob(record, after) ?? record;
  const holding = holdingOf(resumed, resumeAll(instance, after) ?? instance, after);
  const { ends, forgotten } = undecidedEnds(record, upstream);
  const passedOver = (undecided: readonly { readonly at: Date; readonly end?: UpstreamEnd }[]) => {
    const stretches: PassedOver[] = [];
    for (const one of undecided) {
      const reason =
        one.end === undefined ? timetable.planOf(one.at) : excludedEnd(one.at, timetable, definition.exclusions);
      const hold = holdOf(holding, one.at) ?? (definition.suspended && { reason: "suspended" as const });
      const excluded = reason.kind === "skipped" && ({ kind: "skipped", reason: reason.reason } as const);
      addTo(stretches, one, excluded || (hold ? skippedBy(hold) : ended));
    }
    return stretches;
  };
  return [
    ...forgottenEnds(forgotten),
    ...passedOver(ends.map((end) => ({ at: end.at, end }))),
    ...passedOver(takeUndecided(timetable, record, now).occurrences.map((at) => ({ at }))),
  ];
}

/** Extends the stretch before, if that has the same verdict. */
function addTo(
  passedOver: PassedOver[],
  { at, end }: { readonly at: Date; readonly end?: UpstreamEnd },
  verdict: PassedOverVerdict,
): void {
  const before = passedOver.at(-1);
  if (before === undefined || !isSameVerdict(before.verdict, verdict))
    passedOver.push({ verdict, first: at, last: at, count: 1, ...(end && { ends: endsOf(end) }) });
  else {
    const ends = end && { ends: { ...endsOf(end), ...before.ends, to: end.to } };
    passedOver.splice(-1, 1, { ...before, last: at, count: before.count + 1, ...ends });
  }
}

function endsOf({ from, to, run }: UpstreamEnd): EndsPassed {
  return { from, to, run };
}

function isSameVerdict(a: PassedOverVerdict, b: PassedOverVerdict): boolean {
  return a.kind === b.kind && a.reason === b.reason && a.pause?.why === b.pause?.why && a.pause?.all === b.pause?.all;
}

interface DecidedRequests {
  readonly start?: DueStart;
  readonly replacesActive?: boolean;
  readonly refused: readonly Refusal[];
}

/** Expired requests are not looked at here: they are refused whether the job is declared or not (`requests.ts`). */
function decideRequests(job: Job, record: JobRecord, now: Date): DecidedRequests {
  const waiting = pendingRequests(record).filter((request) => !isExpired(record, request, now));
  const read = waiting.map((request) => readRequest(job, request));
  const unfit = read.filter((each) => "why" in each);
  const fit = read.filter((each) => "start" in each);
  const [first] = fit;
  if (first === undefined) return { refused: unfit };
  const { overlap, run: policies } = job.policies;
  if (!isFull(record, overlap, { policies, ...first.start })) return { start: first.start, refused: unfit };
  if (overlap === "replace" || overlap === "queue") return { replacesActive: overlap === "replace", refused: unfit };
  return { refused: [...unfit, ...fit.map(({ request }) => ({ request, reason: "still-running" as const }))] };
}

/** The definition may have changed since the request was made, and the operator who made it may not have known it. */
function readRequest(
  { inputs }: Job,
  request: RunRequest,
): (Refusal & { readonly why: string }) | { readonly request: RunRequest; readonly start: DueStart } {
  const { id, askedAt, environment, inputs: given = {}, by, reason, trace } = request;
  const read = readInputs(inputs, given);
  if ("problems" in read) return { request, reason: "bad-input", why: problemsInWords(read.problems) };
  const { values } = read;
  const start = {
    trigger: "manual",
    scheduledAt: askedAt,
    request: id,
    ...(environment && { environment }),
    ...(Object.keys(values).length > 0 && { inputs: values }),
    ...(by && { by }),
    ...(reason !== undefined && { reason }),
    ...(trace && { trace }),
  } as const;
  return { request, start };
}

function problemsInWords(problems: readonly InputProblem[]): string {
  return problems.map(({ input, message }) => `${input} ${message}`).join("; ");
}

/** The defaults: no input of a job with a schedule is required and has none. */
export function askedBySchedule({ inputs }: Job): Asked {
  const values = inputs && defaultsOf(inputs);
  return values && Object.keys(values).length > 0 ? { inputs: values } : {};
}

/**
 * What is due and not decided. An occurrence that comes again, because the clock and then the record were set back, has its
 * verdict already: its run shows that it was started.
 */
export function takeUndecided(timetable: Timetable, record: JobRecord, now: Date): Undecided {
  const begun = begunAhead(record);
  const occurrences: Date[] = [];
  for (const at of timetable.between(record.cursor, now)) {
    if (begun.has(at.getTime())) continue;
    if (occurrences.length === MOST_AT_ONCE) return { occurrences, isCut: true };
    occurrences.push(at);
  }
  return { occurrences, isCut: false };
}

function latest(a: Date, b: Date): Date {
  return a > b ? a : b;
}

function earliest(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
