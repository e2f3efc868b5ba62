import type { NoticeKind, NotifyRule } from "../../job/notify.ts";
import { type PastRun, readPast } from "../past.ts";
import {
  isActive,
  type JobRecord,
  type MissReason,
  type OpenNotice,
  type OpenNotices,
  type OutcomeKind,
  type SkipReason,
  type Told,
  type Verdict,
} from "../record.ts";
import { addNotice, recount, waitingOf, withTimeForLate } from "./deliveries.ts";
import { withPings } from "./pings.ts";

/**
 * Returns the changed record with the notices about the change: the runs that have ended, the occurrences that were missed
 * or skipped, and the ends of what was told as open. Pure, and applied by each ledger to every change, in the swap that writes
 * it; so nothing that happened is forgotten, whatever wrote it.
 *
 * It looks at what the totals count and `told.looked` does not: also at what an older version has written meanwhile, which
 * knows no notices. Its rules are those that stand in the record. Where a job tells nothing, the record comes back as it is.
 * `now` is when it is written.
 */
export function tellChange(before: JobRecord | undefined, after: JobRecord, now: Date): JobRecord {
  const { telling } = after.definition;
  if (telling === undefined && after.told === undefined && after.pings === undefined) return after;
  const isAsked = telling !== undefined && (telling.notify.length > 0 || telling.pings === true);
  if (!isAsked && after.told?.open === undefined) return withoutTelling(after);
  const told = after.told ?? beginTold(before ?? after);
  const looked = lookedAt(after);
  const ends = newestRuns(after, looked.ended - told.looked.ended);
  let record: JobRecord = { ...after, told: withoutDropped(told, before, after) };
  for (const end of ends) record = tellEnd(record, end);
  record = tellPassedOver(record, "missed", looked.missed - told.looked.missed);
  record = tellPassedOver(record, "skipped", looked.skipped - told.looked.skipped);
  record = endLongRunning(record, ends);
  const all = { ...told.looked, ...looked };
  const timed = withTimeForLate(before, { ...record, told: { ...(record.told ?? told), looked: all } }, now);
  return withPings(before, timed, ends);
}

/** True when an older version has written something of which nothing was told yet. */
export function isUnlooked(record: JobRecord): boolean {
  if (record.told === undefined) return false;
  const [looked, { ended, missed, skipped }] = [lookedAt(record), record.told.looked];
  return looked.ended !== ended || looked.missed !== missed || looked.skipped !== skipped;
}

/** The rule for this channel that asks for this kind. */
export function ruleFor({ definition }: JobRecord, channel: string, kind: NoticeKind): NotifyRule | undefined {
  return definition.telling?.notify.find(({ to, on }) => to === channel && on.includes(kind));
}

/** Returns the record with something new open for a channel, or with nothing of the kind: `undefined`. */
export function withOpen(
  record: JobRecord,
  { channel, kind }: { readonly channel: string; readonly kind: keyof OpenNotices },
  notice: OpenNotice | undefined,
): JobRecord {
  const { told } = record;
  if (told === undefined) return record;
  const { [kind]: _before, ...others } = told.open?.[channel] ?? {};
  const ofChannel: OpenNotices = { ...others, ...(notice && { [kind]: notice }) };
  const { [channel]: _channel, ...channels } = told.open ?? {};
  const open = Object.keys(ofChannel).length === 0 ? channels : { ...channels, [channel]: ofChannel };
  const { open: _open, ...rest } = told;
  return { ...record, told: { ...rest, ...(Object.keys(open).length > 0 && { open }) } };
}

/** A part of an ID that stands for an instant: `20261118t030000z`. */
export function idOf(at: Date): string {
  return at
    .toISOString()
    .replace(/[-:]|\.\d+/g, "")
    .toLowerCase();
}

/** What counts as a failure of a run. One that was cancelled or replaced neither opens nor closes anything. */
const FAILURES: ReadonlySet<OutcomeKind> = new Set(["failed", "rejected", "timed-out", "lost"]);

export function isFailure({ outcome }: Pick<PastRun, "outcome">): boolean {
  return FAILURES.has(outcome);
}

/** A failure that a channel could not be told for good is told again, with a later one, but not more often than this. */
const AGAIN_AFTER_MS = 3600_000;

/** What still waits is delivered; of what is no longer asked for, nothing else is kept. */
function withoutTelling({ told: _told, pings: _pings, ...record }: JobRecord): JobRecord {
  return record;
}

/** The failures in a row before there was a rule count, too; but what has already happened is not told. */
function beginTold(record: JobRecord): Told {
  const past = readPast(record).filter((run) => run.outcome === "succeeded" || isFailure(run));
  const row = past.slice(past.findLastIndex(({ outcome }) => outcome === "succeeded") + 1);
  const [first] = row;
  return { looked: lookedAt(record), ...(first && { failing: { since: first.finishedAt, count: row.length } }) };
}

function lookedAt({ totals }: JobRecord): Told["looked"] {
  const ended = Object.values(totals.ended).map((byTrigger) => sum(byTrigger));
  return { ended: ended.reduce((a, b) => a + b, 0), missed: sum(totals.missed), skipped: sum(totals.skipped) };
}

function sum(counts: Readonly<Record<string, number | undefined>>): number {
  return Object.values(counts).reduce<number>((total, count = 0) => total + count, 0);
}

/** The runs that ended last, in the order in which they did. */
function newestRuns(record: JobRecord, count: number): readonly PastRun[] {
  return count <= 0 ? [] : readPast(record).slice(-count);
}

/**
 * What is open for a channel that no rule names any longer is still closed for it; not so a failure whose rule wanted no
 * recovery.
 */
function withoutDropped(told: Told, before: JobRecord | undefined, after: JobRecord): Told {
  const rulesBefore = before?.definition.telling?.notify ?? [];
  if (told.open === undefined || before?.definition.telling === after.definition.telling) return told;
  const isNamed = (channel: string) => after.definition.telling?.notify.some(({ to }) => to === channel) ?? false;
  let record: JobRecord = { ...after, told };
  for (const { to: channel, on } of rulesBefore)
    if (!on.includes("recovered") && !isNamed(channel))
      record = withOpen(record, { channel, kind: "failed" }, undefined);
  return record.told ?? told;
}

function tellEnd(record: JobRecord, end: PastRun): JobRecord {
  if (end.outcome === "succeeded") return tellSuccess(record, end);
  return isFailure(end) ? tellFailure(record, end) : record;
}

function tellFailure(record: JobRecord, end: PastRun): JobRecord {
  const { told } = record;
  if (told === undefined) return record;
  const { since = end.finishedAt, count = 0, ...added } = told.failing ?? {};
  const failing = { ...added, since, count: count + 1 };
  let next: JobRecord = { ...record, told: { ...told, failing } };
  for (const rule of record.definition.telling?.notify ?? []) {
    if (!rule.on.includes("failed")) continue;
    const open = told.open?.[rule.to]?.failed;
    const waiting = open && waitingOf(next, rule.to, open);
    if (waiting) next = recount(next, { id: waiting.id, channel: rule.to }, failing.count);
    else if (open === undefined ? failing.count >= rule.after : isToldAgain(open, end))
      next = openFailure(next, rule.to, { end, open, failing });
  }
  return next;
}

function isToldAgain(open: OpenNotice, { finishedAt }: PastRun): boolean {
  return !open.heard && finishedAt.getTime() - open.at.getTime() >= AGAIN_AFTER_MS;
}

interface Failure {
  readonly end: PastRun;
  readonly open: OpenNotice | undefined;
  readonly failing: NonNullable<Told["failing"]>;
}

function openFailure(record: JobRecord, channel: string, { end, open, failing }: Failure): JobRecord {
  const times = (open?.times ?? 0) + 1;
  const first = open?.id ?? `${runIdOf(record, end)}/failed`;
  const told = addNotice(record, {
    channel,
    id: times === 1 ? first : `${first}/${times}`,
    kind: "failed",
    at: end.finishedAt,
    ...factsOf(end),
    since: failing.since,
    count: failing.count,
    ...(times > 1 && { times }),
  });
  const opened = { ...open, id: first, since: failing.since, at: end.finishedAt, times };
  return withOpen(told, { channel, kind: "failed" }, opened);
}

function tellSuccess(record: JobRecord, end: PastRun): JobRecord {
  const { told } = record;
  if (told?.failing === undefined && told?.open === undefined) return record;
  const { failing, ...fine } = told;
  let next: JobRecord = { ...record, told: fine };
  for (const [channel, { failed }] of Object.entries(told.open ?? {})) {
    if (failed === undefined) continue;
    next = withOpen(next, { channel, kind: "failed" }, undefined);
    if (!wantsRecovery(record, channel)) continue;
    const { since, count } = failing ?? { since: failed.since, count: 1 };
    next = addEnd(next, failed, {
      channel,
      id: `${runIdOf(record, end)}/recovered`,
      kind: "recovered",
      at: end.finishedAt,
      ...factsOf(end),
      since,
      count,
    });
  }
  return next;
}

/** Tells a channel that something is over of which it has heard, or will have. */
export function addEnd(record: JobRecord, open: OpenNotice, end: Parameters<typeof addNotice>[1]): JobRecord {
  const waiting = waitingOf(record, end.channel, open);
  if (waiting === undefined && !open.heard) return record;
  return addNotice(record, { ...end, ends: waiting?.id, onlyIfHeard: !open.heard });
}

/** Also a channel that no rule names any longer. */
export function wantsRecovery(record: JobRecord, channel: string): boolean {
  const isNamed = record.definition.telling?.notify.some(({ to }) => to === channel) ?? false;
  return !isNamed || ruleFor(record, channel, "recovered") !== undefined;
}

/** A run whose record was lost and rebuilt may have no name. */
function runIdOf({ job }: JobRecord, { id, scheduledAt }: PastRun): string {
  return id ?? `${job}-${idOf(scheduledAt)}`;
}

function factsOf({ id, outcome, exitCode }: PastRun) {
  return { ...(id !== undefined && { run: id }), outcome, ...(exitCode !== undefined && { exitCode }) };
}

/**
 * One notice for all that is new, about its first and last occurrence, and with the reason of the last. No notice says that
 * what the definition excludes was skipped.
 */
function tellPassedOver(record: JobRecord, kind: "missed" | "skipped", passedOver: number): JobRecord {
  const newest = passedOver > 0 ? newestVerdicts(record, kind, passedOver) : [];
  const verdicts = newest.filter(({ reason }) => !isExclusion(reason));
  const excluded = newest.filter(({ reason }) => isExclusion(reason)).reduce((sum, { count = 1 }) => sum + count, 0);
  const count = passedOver - excluded;
  const [first, last] = [verdicts[0], verdicts.at(-1)];
  if (first === undefined || last === undefined) return record;
  const notice = {
    id: `${record.job}-${idOf(first.scheduledAt)}/${kind}`,
    kind,
    at: last.decidedAt,
    since: first.scheduledAt,
    through: last.through ?? last.scheduledAt,
    ...(last.reason && { reason: last.reason as MissReason | SkipReason }),
    ...(count > 1 && { count }),
  };
  const rules = record.definition.telling?.notify.filter(({ on }) => on.includes(kind)) ?? [];
  return rules.reduce((next, { to: channel }) => addNotice(next, { channel, ...notice }), record);
}

function isExclusion(reason: Verdict["reason"]): boolean {
  return reason === "excepted" || reason === "quiet";
}

/** The newest verdicts of the kind that together are about so many occurrences, oldest first. */
function newestVerdicts({ verdicts }: JobRecord, kind: Verdict["kind"], count: number): readonly Verdict[] {
  const found: Verdict[] = [];
  let left = count;
  for (const verdict of verdicts.toReversed()) {
    if (left <= 0) break;
    if (verdict.kind !== kind) continue;
    found.unshift(verdict);
    left -= verdict.count ?? 1;
  }
  return found;
}

const LONG_RUNNING = "/long-running";

/** What a run that lasts long opens. */
export function longRunningId(run: string): string {
  return run + LONG_RUNNING;
}

function runOf({ id }: OpenNotice): string {
  return id.slice(0, -LONG_RUNNING.length);
}

/** A run that lasted long has ended, or is not in the record any longer. */
function endLongRunning(record: JobRecord, ends: readonly PastRun[]): JobRecord {
  let next = record;
  for (const [channel, { longRunning }] of Object.entries(record.told?.open ?? {})) {
    if (longRunning === undefined) continue;
    const id = runOf(longRunning);
    const run = record.runs.find((run) => run.id === id);
    if (run !== undefined && isActive(run)) continue;
    next = withOpen(next, { channel, kind: "longRunning" }, undefined);
    // A run of a job that keeps no history is not in the record any longer.
    const end = ends.find((end) => end.id === id);
    next = addEnd(next, longRunning, {
      channel,
      id: `${longRunning.id}/ended`,
      kind: "long-running",
      at: end?.finishedAt ?? longRunning.at,
      run: id,
      ...(end && factsOf(end)),
      since: longRunning.since,
      closes: true,
    });
  }
  return next;
}
