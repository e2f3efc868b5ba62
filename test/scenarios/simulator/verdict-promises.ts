import type { ExclusionReason } from "../../../src/job/exclusions/exclusions.ts";
import { isBySchedule, type JobRecord } from "../../../src/ledger/record.ts";
import { timeOfDay } from "./chronicle.ts";
import { plannedStart } from "./exclusion-plan.ts";
import { decidedEnds } from "./follower-promises.ts";
import { pausedBy } from "./instance-promises.ts";
import { occurrencesOf } from "./job-plan.ts";
import { declaredNameOf } from "./node-plan.ts";
import { sumOf, type Witnessed } from "./witnessed.ts";

const GAP_AFTER_MS = 60_000;

/** Every occurrence up to the cursor has exactly one verdict, and a true reason. */
export function* verdictPromises(witnessed: Witnessed): Iterable<string> {
  const { job, before, after, askedAt, now, oracle } = witnessed;
  if (before === undefined) {
    const isSeen = isWithin(after.cursor, oracle.absentSince.get(job) ?? askedAt, now);
    if (!isSeen && !isWithin(after.cursor, askedAt, now))
      yield `the new record of ${job} begins before it was wanted, or later`;
    return;
  }
  if (before.removedAt === undefined && after.removedAt !== undefined) {
    const due = occurrencesOf(before.definition.schedules, before.cursor, after.removedAt);
    const lost = due.filter((at) => !hasBegun(before, at));
    if (lost.length > 0) yield `${job} is removed, and ${lost.length} occurrences have no verdict`;
  }
  if (after.definition.generation < before.definition.generation)
    yield `an older view has changed the record of ${job}`;
  const verdicts = verdictsOn(after) - verdictsOn(before);
  if (beginsAgain(before, after)) {
    yield* beginningPromises(witnessed, before);
    if (verdicts !== 0) yield `${job} begins again, and yet something was decided`;
  } else if (verdicts === 0) {
    const isReset = sameInstant(after.cursor, now) && sumOf(after.totals) === sumOf(before.totals);
    if (!isReset && !sameInstant(after.cursor, before.cursor)) {
      const lost = occurrencesOf(before.definition.schedules, before.cursor, after.cursor);
      yield `the cursor of ${job} moves over ${lost.length} occurrences without a verdict`;
    }
  } else {
    const all = occurrencesOf(before.definition.schedules, before.cursor, after.cursor);
    const ends = decidedEnds(witnessed).map(({ finishedAt }) => finishedAt.getTime());
    const decided = [...ends, ...all.filter((at) => !hasBegun(before, at))];
    if (decided.length !== verdicts)
      yield `${verdicts} verdicts for the ${decided.length} occurrences of ${job} up to ${timeOfDay(after.cursor)}`;
    yield* reasonPromises(witnessed, before, decided);
  }
}

/** The cursor begins where the change was seen, and what was due by the old schedule until then is decided. */
function* beginningPromises({ job, after, askedAt, now, oracle }: Witnessed, before: JobRecord): Iterable<string> {
  const seenAt = new Date(askedAt.getTime() - oracle.delayMs);
  const isAhead = before.cursor >= seenAt || before.cursor >= now;
  const isNow =
    isWithin(after.cursor, seenAt, now) ||
    isWithin(after.cursor, seenAt, askedAt) ||
    (isAhead && sameInstant(after.cursor, before.cursor));
  if (!isNow) yield `the schedule of ${job} has changed, and its cursor does not begin now`;
  if (before.removedAt !== undefined) return;
  const due = occurrencesOf(before.definition.schedules, before.cursor, after.cursor);
  const lost = due.filter((at) => !hasBegun(before, at));
  if (lost.length > 0) yield `the schedule of ${job} has changed, and ${lost.length} occurrences have no verdict`;
}

/** What comes again, since the clock was set back and the job was reset, has its verdict. */
function hasBegun({ runs }: JobRecord, at: number): boolean {
  return runs.some(({ trigger, scheduledAt }) => isBySchedule(trigger) && scheduledAt.getTime() === at);
}

function beginsAgain(before: JobRecord, after: JobRecord): boolean {
  const isOther = JSON.stringify(before.definition.schedules) !== JSON.stringify(after.definition.schedules);
  return isOther || (before.removedAt !== undefined && after.removedAt === undefined);
}

/** Even with `allow`, no further run starts when the active ones fill the record: fewer than this never do. */
const FILLS_A_RECORD = 30;

function* reasonPromises({ job, after, askedAt, oracle }: Witnessed, before: JobRecord, decided: readonly number[]) {
  const verdict = after.verdicts.at(-1);
  const first = decided[0];
  const last = decided.at(-1);
  if (verdict === undefined || first === undefined || last === undefined) return;
  const count = verdict.count ?? 1;
  const through = verdict.through ?? verdict.scheduledAt;
  if (verdict.scheduledAt.getTime() !== first || through.getTime() !== last || count !== decided.length)
    yield `the verdict of ${job} does not name what it decides`;
  const definition = oracle.definitions.get(before.definition.hash);
  const active = before.runs.filter(({ outcome }) => outcome === undefined).length;
  const isActive = active > 0;
  const overlap = definition?.policies.overlap;
  const ageMs = askedAt.getTime() - last;
  const isLate = ageMs > GAP_AFTER_MS;
  const isSuspended = () => {
    const holds = (before.holds ?? []).filter((hold) => hold.reason === "suspended");
    return decided.every((at) => holds.some(({ since, until }) => since.getTime() <= at && at < until.getTime()));
  };
  const isPaused = () =>
    oracle.instancesSeen(askedAt).some((instance) => {
      const paused = pausedBy(before, instance, askedAt);
      return paused.isPaused || decided.every(paused.isHeld);
    });
  const planned = decided.map((at) => (definition === undefined ? at : plannedStart(definition, at)));
  const isExcluded = (reason: ExclusionReason) => planned.every((plan) => plan === reason);
  if (planned.some((plan) => typeof plan === "string" && plan !== verdict.reason))
    yield `occurrences of ${job} are excluded, and ${verdict.kind} as ${verdict.reason ?? "due"}`;
  const isInGap = before.gaps?.some(({ after, through }) => after.getTime() < first && last <= through.getTime());
  const isTrue: Record<string, boolean | undefined> = {
    "still-running": (overlap === "forbid" && isActive) || (overlap === "allow" && active >= FILLS_A_RECORD),
    "queue-full": overlap === "queue" && (isActive || isLate),
    superseded: overlap === "replace" || (isLate && overlap !== "queue"),
    suspended: definition?.suspended === true || isSuspended(),
    paused: isPaused(),
    "container-not-running": false,
    rescheduled: oracle.definitions.size > 1,
    // When the job of a node goes is looked at elsewhere.
    removed: oracle.removedFromFiles.has(declaredNameOf(job)) || after.definition.node !== undefined,
    excepted: isExcluded("excepted"),
    quiet: isExcluded("quiet"),
    gap: isInGap || askedAt.getTime() - first > GAP_AFTER_MS,
    "too-late": ageMs > (definition?.policies.startingDeadlineMs ?? Number.POSITIVE_INFINITY),
  };
  if (verdict.reason !== undefined && !isTrue[verdict.reason])
    yield `occurrences of ${job} are ${verdict.kind} as ${verdict.reason}, which is not true`;
}

/** How many occurrences were decided, all in all. */
export function verdictsOn({ totals }: JobRecord): number {
  const { schedule = 0, "catch-up": caughtUp = 0, after = 0 } = totals.started;
  return schedule + caughtUp + after + sumOf(totals.skipped) + sumOf(totals.missed);
}

/** Between the two, whichever is the earlier: the clock may have been set back in between. */
function isWithin(at: Date, a: Date, b: Date): boolean {
  return (a <= at && at <= b) || (b <= at && at <= a);
}

function sameInstant(a: Date, b: Date): boolean {
  return a.getTime() === b.getTime();
}
