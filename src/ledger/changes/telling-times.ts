/**
 * What is to be told because time has passed, and not because something was written: a run that lasts long, a reminder, a job
 * that is held for long, and what is over or too old. Pure.
 */

import { readPast } from "../past.ts";
import {
  activeRuns,
  type Delivery,
  type HoldReason,
  type InstanceRecord,
  isActive,
  type JobRecord,
  type Notice,
  OPEN_KINDS,
  type OpenNotice,
  type OpenNotices,
} from "../record.ts";
import { addNotice, givenUpTimes, giveUpOld, waitingOf } from "./deliveries.ts";
import { addEnd, idOf, isFailure, isUnlooked, longRunningId, ruleFor, wantsRecovery, withOpen } from "./notices.ts";
import { isOver } from "./pauses.ts";

/** What sends notices gives up old ones itself. This is for where nothing sends any. */
const GIVEN_UP_BY_OTHERS_MS = 30 * 60_000;

/** How far the clocks of two schedulers may differ. */
const CLOCKS_DIFFER_MS = 60_000;

/** A container that is created again, or a file that is moved, is gone for a moment, which deserves no notice. */
const UNDECLARED_AFTER_MS = 10 * 60_000;

/** More than lies between two tries, and than a receiver may ask for. */
const LONGEST_PAUSE_MS = 2 * 3600_000;

/** When, and in view of what, a record is looked at. */
export interface LookedAt {
  readonly now: Date;
  readonly instance?: InstanceRecord | undefined;
}

/** Returns when `noteTimes` will have something to do; undefined: not before the record changes, or the pause of all jobs. */
export function nextTellingAt(record: JobRecord, seen: LookedAt): Date | undefined {
  const times = timersOf(record, seen).map(({ atMs }) => atMs);
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

/** Notes what has become due. Undefined when nothing has. */
export function noteTimes(record: JobRecord | undefined, seen: LookedAt): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined) return undefined;
  const due = timersOf(record, seen).filter(({ atMs }) => atMs <= seen.now.getTime());
  return due.length === 0 ? undefined : due.reduce((next, { ring }) => ring(next), record);
}

/** Something that becomes due at a time. */
interface Timer {
  readonly atMs: number;
  readonly ring: (record: JobRecord) => JobRecord;
}

function timersOf(record: JobRecord, seen: LookedAt): readonly Timer[] {
  const { told, notices, definition } = record;
  if (told === undefined && notices === undefined && definition.telling === undefined) return [];
  const channels = new Set([
    ...(definition.telling?.notify.map(({ to }) => to) ?? []),
    ...Object.keys(told?.open ?? {}),
  ]);
  const hold = record.removedAt === undefined ? holdAt(record, seen) : undefined;
  return [
    ...unlooked(record, seen),
    ...tooOld(record, seen),
    ...ahead(record, seen),
    ...openAhead(record, seen),
    ...[...channels].flatMap((channel) => [
      ...longRunning(record, channel, seen),
      ...undeclared(record, channel),
      ...(record.removedAt === undefined
        ? [...reminder(record, channel, seen), ...notRun(record, { channel, hold }, seen)]
        : []),
    ]),
  ];
}

/** Whatever changes the record now has it looked at. */
function unlooked(record: JobRecord, { now }: LookedAt): readonly Timer[] {
  const isNew = record.told === undefined && asksForNotices(record);
  return isNew || isUnlooked(record) ? [{ atMs: now.getTime(), ring: (record) => ({ ...record }) }] : [];
}

function asksForNotices({ definition: { telling } }: JobRecord): boolean {
  return telling !== undefined && (telling.notify.length > 0 || telling.pings === true);
}

function tooOld(record: JobRecord, { now }: LookedAt): readonly Timer[] {
  const times = givenUpTimes(record).map((at) => at.getTime());
  if (times.length === 0) return [];
  const atMs = Math.min(...times) + GIVEN_UP_BY_OTHERS_MS;
  return [{ atMs, ring: (record) => giveUpOld(record, now) ?? record }];
}

/** The clock was set back: what would wait for it to come to where it was is sent now. */
function ahead({ notices = [] }: JobRecord, { now }: LookedAt): readonly Timer[] {
  const isAhead = ({ tries, next }: Delivery) =>
    next.getTime() - now.getTime() > (tries === 0 ? CLOCKS_DIFFER_MS : LONGEST_PAUSE_MS);
  if (!notices.some(({ to }) => Object.values(to).some(isAhead))) return [];
  const brought = ({ to, ...notice }: Notice) => {
    const deliveries = Object.entries(to).map(([channel, delivery]) =>
      isAhead(delivery) ? [channel, { ...delivery, next: now }] : [channel, delivery],
    );
    return { ...notice, to: Object.fromEntries(deliveries) as Notice["to"] };
  };
  const ring = (record: JobRecord) => ({ ...record, notices: (record.notices ?? []).map(brought) });
  return [{ atMs: now.getTime(), ring }];
}

/** Reminders count from now, and not from when the clock was to come to where it was. */
function openAhead({ told }: JobRecord, { now }: LookedAt): readonly Timer[] {
  const isAhead = ({ at }: OpenNotice) => at.getTime() - now.getTime() > CLOCKS_DIFFER_MS;
  const aheadOf = (open: OpenNotices) =>
    OPEN_KINDS.flatMap((kind) => (open[kind] && isAhead(open[kind]) ? [{ kind, notice: open[kind] }] : []));
  if (!Object.values(told?.open ?? {}).some((open) => aheadOf(open).length > 0)) return [];
  const brought = (open: OpenNotices): OpenNotices => ({
    ...open,
    ...Object.fromEntries(aheadOf(open).map(({ kind, notice }) => [kind, { ...notice, at: now }])),
  });
  const ring = (record: JobRecord): JobRecord =>
    record.told?.open === undefined
      ? record
      : {
          ...record,
          told: {
            ...record.told,
            open: Object.fromEntries(Object.entries(record.told.open).map(([to, open]) => [to, brought(open)])),
          },
        };
  return [{ atMs: now.getTime(), ring }];
}

/** One run at a time: the oldest that is active. */
function longRunning(record: JobRecord, channel: string, { now }: LookedAt): readonly Timer[] {
  const { expectedDurationMs } = record.definition.telling ?? {};
  if (expectedDurationMs === undefined || ruleFor(record, channel, "long-running") === undefined) return [];
  if (record.told?.open?.[channel]?.longRunning !== undefined) return [];
  const began = activeRuns(record).map((run) => ({ run: run.id, since: run.attempts[0]?.boundAt ?? run.scheduledAt }));
  const [oldest] = began.toSorted((a, b) => a.since.getTime() - b.since.getTime());
  if (oldest === undefined) return [];
  const ring = (record: JobRecord) =>
    openNotice(record, { channel, kind: "longRunning" }, { id: longRunningId(oldest.run), ...oldest, at: now });
  return [{ atMs: oldest.since.getTime() + expectedDurationMs, ring }];
}

/** A failure that stays open. What still waits for the channel needs no reminder. */
function reminder(record: JobRecord, channel: string, { now }: LookedAt): readonly Timer[] {
  const open = record.told?.open?.[channel]?.failed;
  const remindMs = ruleFor(record, channel, "failed")?.remindMs;
  if (open === undefined || remindMs === undefined || waitingOf(record, channel, open)) return [];
  const ring = (record: JobRecord) => openNotice(record, { channel, kind: "failed" }, { ...open, at: now });
  return [{ atMs: open.at.getTime() + remindMs, ring }];
}

/** A pause or suspension that lasts, and its end. */
function notRun(
  record: JobRecord,
  { channel, hold }: { readonly channel: string; readonly hold: HoldSeen | undefined },
  { now }: LookedAt,
): readonly Timer[] {
  const open = record.told?.open?.[channel]?.notRun;
  const kind = { channel, kind: "notRun" } as const;
  if (open !== undefined && hold === undefined)
    return [{ atMs: now.getTime(), ring: (record) => endNotRun(record, channel, { open, at: now }) }];
  const remindMs = ruleFor(record, channel, "not-run")?.remindMs;
  if (hold === undefined || remindMs === undefined || (open && waitingOf(record, channel, open))) return [];
  const first = { id: `${record.job}-${idOf(hold.since)}/not-run`, since: hold.since };
  const ring = (record: JobRecord) => openNotice(record, kind, { ...(open ?? first), held: hold.reason, at: now });
  return [{ atMs: (open?.at ?? hold.since).getTime() + remindMs, ring }];
}

/** Nothing will succeed, or be resumed, of a job that is gone: what its channels heard of it is over. */
function undeclared(record: JobRecord, channel: string): readonly Timer[] {
  const { removedAt, told } = record;
  const { failed, notRun } = told?.open?.[channel] ?? {};
  if (removedAt === undefined || (failed ?? notRun) === undefined || record.runs.some(isActive)) return [];
  const ring = (record: JobRecord) => {
    const ended = failed ? endFailure(record, channel, { open: failed, at: removedAt }) : record;
    return notRun ? endNotRun(ended, channel, { open: notRun, at: removedAt, reason: "removed" }) : ended;
  };
  // A run may have failed since.
  const sinceMs = Math.max(...[removedAt, failed?.at ?? removedAt].map((at) => at.getTime()));
  return [{ atMs: sinceMs + UNDECLARED_AFTER_MS, ring }];
}

const KINDS = { failed: "failed", longRunning: "long-running", notRun: "not-run" } as const;

/** What is told, as far as it is known when it becomes due. `times`: how many notices there were of it before. */
interface Opening extends Pick<OpenNotice, "id" | "since" | "at"> {
  readonly run?: string;
  readonly times?: number;
  readonly heard?: true;
  readonly held?: HoldReason;
}

/** Opens it for the channel, or tells it again. */
function openNotice(
  record: JobRecord,
  { channel, kind }: { readonly channel: string; readonly kind: keyof OpenNotices },
  { held, run, times: before = 0, ...open }: Opening,
): JobRecord {
  const times = before + 1;
  const added = addNotice(record, {
    channel,
    id: times === 1 ? open.id : `${open.id}/${times}`,
    kind: KINDS[kind],
    at: open.at,
    ...(run !== undefined && { run }),
    ...(kind === "failed" && lastFailure(record)),
    since: open.since,
    ...(held && { held }),
    ...(times > 1 && { times }),
  });
  return withOpen(added, { channel, kind }, { ...open, times });
}

/** A reminder is about the latest failure. */
function lastFailure(record: JobRecord) {
  const last = readPast(record).findLast(isFailure);
  const count = record.told?.failing?.count;
  return {
    ...(last?.id !== undefined && { run: last.id, outcome: last.outcome }),
    ...(last?.exitCode !== undefined && { exitCode: last.exitCode }),
    ...(count !== undefined && { count }),
  };
}

interface Ending {
  readonly open: OpenNotice;
  readonly at: Date;
  /** Why, where the job is gone. */
  readonly reason?: "removed";
}

/** The end of a failure of which no run will ever be a recovery. */
function endFailure(record: JobRecord, channel: string, { open, at }: Ending): JobRecord {
  const ended = withOpen(record, { channel, kind: "failed" }, undefined);
  if (!wantsRecovery(record, channel)) return ended;
  const { since, count } = record.told?.failing ?? { since: open.since, count: 1 };
  const id = `${record.job}-${idOf(at)}/recovered`;
  return addEnd(ended, open, { channel, id, kind: "recovered", at, reason: "removed", since, count });
}

function endNotRun(record: JobRecord, channel: string, { open, at, reason }: Ending): JobRecord {
  const ended = withOpen(record, { channel, kind: "notRun" }, undefined);
  return addEnd(ended, open, {
    channel,
    id: `${open.id}/ended`,
    kind: "not-run",
    at,
    ...(reason && { reason }),
    since: open.since,
    closes: true,
  });
}

interface HoldSeen {
  readonly reason: HoldReason;
  readonly since: Date;
}

/** What keeps the schedule from being carried out now, and since when. */
function holdAt({ paused, definition }: JobRecord, { instance, now }: LookedAt): HoldSeen | undefined {
  const pauses = [paused, instance?.paused].flatMap((pause) => (pause && !isOver(pause, now) ? [pause.since] : []));
  const [pausedSince] = pauses.toSorted((a, b) => a.getTime() - b.getTime());
  if (pausedSince !== undefined) return { reason: "paused", since: pausedSince };
  const { suspended, suspendedSince } = definition;
  return suspended && suspendedSince ? { reason: "suspended", since: suspendedSince } : undefined;
}
