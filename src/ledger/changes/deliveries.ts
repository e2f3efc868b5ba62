/**
 * How notices wait for their channels, and leave: record → record, or undefined when there is nothing to change. Pure.
 *
 * A channel has its notices in the order in which they happened. Only the first of them (its head) is sent; so whatever waits
 * behind it has certainly not been heard, and may still become one with what comes after it.
 */
import type { NoticeKind } from "../../job/notify.ts";
import {
  type Delivery,
  type JobRecord,
  type Notice,
  type NoticeCounts,
  OPEN_KINDS,
  type OpenNotice,
  type OpenNotices,
  type Told,
  type ToldOnce,
} from "../record.ts";

/** What cannot be delivered for so long is given up. */
const GIVE_UP_AFTER_MS = 24 * 3600_000;

/** What was written down so long after it happened has a day from then on: no scheduler was there, or a node's clock is wrong. */
const LATE_MS = 3600_000;

/** When there are more, the oldest are given up. */
const MOST_NOTICES = 8;

/** For so many channels it is known what they were told: those that the job names, and some that it named before. */
const MOST_COUNTED = 12;

/** One notice for one channel. */
export interface DeliveryKey {
  /** The notice's. */
  readonly id: string;
  readonly channel: string;
}

/** A notice that is to be sent to a channel as soon as its time has come. */
export interface WaitingDelivery extends DeliveryKey {
  /** With count and beginning as they are for this channel. */
  readonly notice: Notice;
  /** From when on it may be sent: `delivery.next`. */
  readonly delivery: Delivery;
}

/** Returns the head of each channel. What waits behind a head is not to be sent before it is delivered or given up. */
export function waitingDeliveries({ notices = [] }: Pick<JobRecord, "notices">): readonly WaitingDelivery[] {
  const heads = new Map<string, WaitingDelivery>();
  for (const notice of notices)
    for (const [channel, delivery] of Object.entries(notice.to))
      if (!heads.has(channel))
        heads.set(channel, { id: notice.id, channel, notice: asFor(notice, delivery), delivery });
  return [...heads.values()];
}

/** Returns the heads whose time has come. */
export function dueDeliveries(record: Pick<JobRecord, "notices">, now: Date): readonly WaitingDelivery[] {
  return waitingDeliveries(record).filter(({ delivery }) => delivery.next <= now);
}

/** Returns when this is given up. */
export function givenUpAt({ at }: Pick<Notice, "at">, { until }: Pick<Delivery, "until">): Date {
  return until ?? new Date(at.getTime() + GIVE_UP_AFTER_MS);
}

/** Returns when each notice is given up by each of its channels. */
export function givenUpTimes({ notices = [] }: Pick<JobRecord, "notices">): readonly Date[] {
  return notices.flatMap((notice) => Object.values(notice.to).map((delivery) => givenUpAt(notice, delivery)));
}

/** Returns the record with a whole day for what is new in it, and happened long before it is written. */
export function withTimeForLate(before: JobRecord | undefined, after: JobRecord, now: Date): JobRecord {
  const known = new Set(before?.notices?.map(({ id }) => id));
  const isLate = ({ id, at }: Notice) => !known.has(id) && now.getTime() - at.getTime() >= LATE_MS;
  if (after.notices?.some(isLate) !== true) return after;
  const until = new Date(now.getTime() + GIVE_UP_AFTER_MS);
  const extended = ({ to, ...notice }: Notice): Notice => ({
    ...notice,
    to: Object.fromEntries(Object.entries(to).map(([channel, delivery]) => [channel, { ...delivery, until }])),
  });
  return { ...after, notices: after.notices.map((notice) => (isLate(notice) ? extended(notice) : notice)) };
}

function asFor(notice: Notice, { count = notice.count, since = notice.since }: Delivery): Notice {
  return { ...notice, ...(count !== undefined && { count }), ...(since && { since }) };
}

/** The channel has it. Undefined when that was noted before. */
export function noteDelivered(record: JobRecord | undefined, key: DeliveryKey, now: Date): JobRecord | undefined {
  const found = find(record, key);
  if (record === undefined || found === undefined) return undefined;
  const open = changeOpen(record.told, key, ({ heard: _heard, ...known }) => ({ ...known, at: now, heard: true }));
  const told = open && withLast(open, { notice: asFor(found.notice, found.delivery), channel: key.channel }, now);
  return counted(withTold(without(record, key), told), { ...key, kind: found.notice.kind, as: "delivered" });
}

/** How a try went that did not deliver it, for now. */
export interface Tried {
  /** How often it had been tried before this try. */
  readonly after: number;
  readonly next: Date;
  /** See `Delivery`. */
  readonly last: string;
  readonly perhapsHeard?: true;
}

/** Undefined when this try was noted before, or the channel has got it meanwhile. */
export function noteTried(record: JobRecord | undefined, key: DeliveryKey, tried: Tried): JobRecord | undefined {
  const found = find(record, key);
  if (record === undefined || found === undefined || found.delivery.tries !== tried.after) return undefined;
  const { after, ...how } = tried;
  const notices = record.notices?.map((notice) =>
    notice === found.notice
      ? { ...notice, to: { ...notice.to, [key.channel]: { ...found.delivery, ...how, tries: after + 1 } } }
      : notice,
  );
  const open = tried.perhapsHeard ? changeOpen(record.told, key, (known) => ({ ...known, heard: true })) : record.told;
  return merged({ ...withTold(record, open), ...(notices && { notices }) });
}

/**
 * The channel will never have it. What it opened stays open, so that no recovery is sent of a failure that was never heard of. Undefined when
 * that was noted before.
 */
export function noteGivenUp(record: JobRecord | undefined, key: DeliveryKey, now: Date): JobRecord | undefined {
  const found = find(record, key);
  if (record === undefined || found === undefined) return undefined;
  const open = changeOpen(record.told, key, (known) => ({ ...known, at: now }));
  const given = counted(withTold(without(record, key), open), { ...key, kind: found.notice.kind, as: "dropped" });
  return found.delivery.perhapsHeard ? given : withoutEndOf(given, key);
}

/** Returns the record without notices that are too old. Undefined when there are none. */
export function giveUpOld(record: JobRecord, now: Date): JobRecord | undefined {
  const old = (record.notices ?? []).flatMap((notice) =>
    Object.entries(notice.to).flatMap(([channel, delivery]) =>
      givenUpAt(notice, delivery) <= now ? [{ id: notice.id, channel }] : [],
    ),
  );
  if (old.length === 0) return undefined;
  return old.reduce((left, key) => noteGivenUp(left, key, now) ?? left, record);
}

/** Returns the record without its oldest notice; undefined when it has none. */
export function giveUpOldest(record: JobRecord): JobRecord | undefined {
  const [oldest] = record.notices ?? [];
  return oldest && giveUp(record, oldest, oldest.at);
}

/** Returns the record without what was open for one channel, whose end it will not be told; undefined when nothing is open. */
export function closeOldest(record: JobRecord): JobRecord | undefined {
  if (record.told?.open === undefined) return undefined;
  const { open, ...told } = record.told;
  const [[channel, _closed] = [undefined], ...others] = Object.entries(open);
  if (channel === undefined) return undefined;
  const left = { ...told, ...(others.length > 0 && { open: Object.fromEntries(others) }) };
  return counted({ ...record, told: left }, { channel, kind: "recovered", as: "dropped" });
}

/** Returns the record without what channels heard of last; undefined when it has none of that. */
export function forgetLast({ told, ...record }: JobRecord): JobRecord | undefined {
  if (told?.last === undefined) return undefined;
  const { last: _last, ...rest } = told;
  return { ...record, told: rest };
}

function giveUp(record: JobRecord, { id, to }: Notice, now: Date): JobRecord {
  return Object.keys(to).reduce((left, channel) => noteGivenUp(left, { id, channel }, now) ?? left, record);
}

/** What is new for a channel. */
export interface NewNotice extends Omit<Notice, "to"> {
  readonly channel: string;
  /** See `Delivery`. */
  readonly ends?: string | undefined;
  readonly onlyIfHeard?: boolean;
}

/** Returns the record with one more notice, which becomes one with what waits for the same channel where it can. */
export function addNotice(record: JobRecord, { channel, ends, onlyIfHeard = false, ...notice }: NewNotice): JobRecord {
  const notices = record.notices ?? [];
  const delivery = {
    tries: 0,
    next: notice.at,
    ...(ends !== undefined && { ends }),
    ...(onlyIfHeard && { onlyIfHeard: true as const }),
  };
  const same = notices.find(({ id }) => id === notice.id);
  const added = same
    ? notices.map((each) => (each === same ? withDelivery(each, channel, delivery) : each))
    : [...notices, { ...notice, to: { [channel]: delivery } }];
  let next = merged({ ...record, notices: added });
  while ((next.notices?.length ?? 0) > MOST_NOTICES) next = giveUpOldest(next) ?? next;
  return next;
}

/** Returns the record with another count in a notice that has certainly not been heard yet; otherwise the same record. */
export function recount(record: JobRecord, { id, channel }: DeliveryKey, count: number): JobRecord {
  const waiting = (record.notices ?? []).filter(({ to }) => channel in to);
  const index = waiting.findIndex((notice) => notice.id === id);
  const [notice, delivery] = [waiting[index], waiting[index]?.to[channel]];
  if (notice === undefined || delivery === undefined || !isUnheard(delivery, index)) return record;
  const changed = withDelivery(notice, channel, { ...delivery, count });
  return withNotices(
    record,
    (record.notices ?? []).map((each) => (each === notice ? changed : each)),
  );
}

/** True when no try that was begun may have been heard, and none may be under way that is the first. */
function isUnheard({ tries, perhapsHeard }: Delivery, place: number): boolean {
  return !perhapsHeard && (place > 0 || tries > 0);
}

/** The notice about this that still waits for the channel, if one does. */
export function waitingOf({ notices = [] }: JobRecord, channel: string, open: OpenNotice): Notice | undefined {
  return notices.find((notice) => !notice.closes && channel in notice.to && isOf(notice.id, open));
}

/**
 * Joins what waits for one channel, and was not heard: a beginning with its end, and notices of one kind. What is just being
 * sent, or may have been heard, stays as it is, so that each try says the same.
 */
function merged(record: JobRecord): JobRecord {
  const channels = new Set((record.notices ?? []).flatMap(({ to }) => Object.keys(to)));
  let notices = record.notices ?? [];
  for (const channel of channels) notices = mergedFor(channel, notices);
  return withNotices(record, notices);
}

function mergedFor(channel: string, notices: readonly Notice[]): readonly Notice[] {
  const waiting = notices.filter(({ to }) => channel in to);
  const unheard = waiting.flatMap((older, index) => {
    const delivery = older.to[channel];
    if (delivery === undefined || !isUnheard(delivery, index)) return [];
    const later = waiting.slice(index + 1);
    const end = later.find(({ to }) => to[channel]?.ends === older.id);
    const next = end ?? later.find(({ kind, closes }) => kind === older.kind && closes === older.closes);
    return next ? [{ older, delivery, next, isEnd: end !== undefined }] : [];
  });
  const pair = unheard.find(({ isEnd }) => isEnd) ?? unheard[0];
  if (pair === undefined) return notices;
  const { older, delivery, next, isEnd } = pair;
  const joined = join(delivery, next.to[channel] ?? delivery, isEnd ? undefined : { older, next });
  const changed = notices.map((notice) => (notice === next ? withDelivery(next, channel, joined) : notice));
  return mergedFor(channel, removed(changed, { id: older.id, channel }));
}

/** An end already says what it ends; of two of one kind, the later one says how many there were. */
function join(
  { tries, next, last, count: olderCount, since: olderSince }: Delivery,
  { ends: _ends, onlyIfHeard: _onlyIfHeard, ...later }: Delivery,
  two: { readonly older: Notice; readonly next: Notice } | undefined,
): Delivery {
  const waits = { tries, next, ...(last !== undefined && { last }) };
  if (two === undefined) return { ...later, ...waits };
  const count = (olderCount ?? two.older.count ?? 1) + (later.count ?? two.next.count ?? 1);
  const since = earliest(olderSince ?? two.older.since, later.since ?? two.next.since);
  return { ...later, ...waits, count, ...(since && { since }) };
}

/** What was recorded first need not have happened first. */
function earliest(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function withDelivery(notice: Notice, channel: string, delivery: Delivery): Notice {
  return { ...notice, to: { ...notice.to, [channel]: delivery } };
}

function find(record: JobRecord | undefined, { id, channel }: DeliveryKey) {
  const notice = record?.notices?.find((notice) => notice.id === id && channel in notice.to);
  const delivery = notice?.to[channel];
  return notice && delivery && { notice, delivery };
}

function without(record: JobRecord, key: DeliveryKey): JobRecord {
  return withNotices(record, removed(record.notices ?? [], key));
}

function removed(notices: readonly Notice[], { id, channel }: DeliveryKey): readonly Notice[] {
  return notices.flatMap((notice) => {
    if (notice.id !== id || !(channel in notice.to)) return [notice];
    const { [channel]: _delivery, ...to } = notice.to;
    return Object.keys(to).length === 0 ? [] : [{ ...notice, to }];
  });
}

/** Takes back the end that was to be told to the channel only if this notice was heard. */
function withoutEndOf(record: JobRecord, { id, channel }: DeliveryKey): JobRecord {
  const end = record.notices?.find(({ to }) => to[channel]?.ends === id);
  return end?.to[channel]?.onlyIfHeard ? without(record, { id: end.id, channel }) : record;
}

function withNotices({ notices: _notices, ...record }: JobRecord, notices: readonly Notice[]): JobRecord {
  return notices.length === 0 ? record : { ...record, notices };
}

function withTold(record: JobRecord, told: Told | undefined): JobRecord {
  return told === record.told || told === undefined ? record : { ...record, told };
}

/** Changes what this notice, or an earlier one of the same, opened for the channel, while it is open. */
function changeOpen(
  told: Told | undefined,
  { id, channel }: DeliveryKey,
  change: (open: OpenNotice) => OpenNotice,
): Told | undefined {
  const ofChannel = told?.open?.[channel];
  if (told === undefined || ofChannel === undefined) return told;
  const changed = OPEN_KINDS.flatMap((kind) => {
    const open = ofChannel[kind];
    return open && isOf(id, open) ? [[kind, change(open)]] : [];
  });
  const next: OpenNotices = { ...ofChannel, ...Object.fromEntries(changed) };
  return { ...told, open: { ...told.open, [channel]: next } };
}

function isOf(id: string, open: OpenNotice): boolean {
  return id === open.id || id.startsWith(`${open.id}/`);
}

/** A reminder changes nothing: what counts is when the channel first heard of it. */
function withLast(
  told: Told,
  { notice, channel }: { readonly notice: Notice; readonly channel: string },
  now: Date,
): Told {
  const { run, count, since = notice.at } = notice;
  const kind = notice.kind === "recovered" ? "failed" : notice.kind;
  const { [channel]: ofChannel = {}, ...others } = told.last ?? {};
  const before = ofChannel[kind];
  const same: ToldOnce = before?.since.getTime() === since.getTime() ? before : { since };
  const isEnd = notice.kind === "recovered" || notice.closes === true;
  const changed: ToldOnce = isEnd
    ? { ...same, endAt: now, ...(run !== undefined && { endRun: run }) }
    : { at: now, ...(run !== undefined && { run }), ...(count !== undefined && { count }), ...same };
  const kept = Object.entries(others).slice(1 - MOST_COUNTED);
  return { ...told, last: { ...Object.fromEntries(kept), [channel]: { ...ofChannel, [kind]: changed } } };
}

interface CountedNotice {
  readonly channel: string;
  readonly kind: NoticeKind;
  readonly as: keyof NoticeCounts;
}

function counted(record: JobRecord, { channel, kind, as }: CountedNotice): JobRecord {
  const { [channel]: before = {}, ...others } = record.totals.notices ?? {};
  const kinds = before[as] ?? {};
  const counts = { ...before, [as]: { ...kinds, [kind]: (kinds[kind] ?? 0) + 1 } };
  const kept = Object.entries(others).slice(1 - MOST_COUNTED);
  return { ...record, totals: { ...record.totals, notices: { ...Object.fromEntries(kept), [channel]: counts } } };
}
