/** Requests for manual starts: record → record, or undefined when there is nothing to change. */
import { parentAlone } from "../../job/trace.ts";
import {
  activeRuns,
  expiresAt,
  isPending,
  type JobRecord,
  type PlannedRun,
  pendingRequests,
  plannedRequests,
  type RefuseReason,
  type RunRequest,
} from "../record.ts";

/** For pending requests and the variables of active runs together: none of these can be dropped. */
const MOST_BYTES = 8 * 1024;

/** How many may be pending. As many refused ones are kept, so that every command that waits gets its answer. */
const MOST_PENDING = 20;

/** How long refused requests stay, so that `run --wait` and `explain` can say why. */
const REFUSED_KEPT_MS = 3600_000;

/** Adds a request for a manual start. Undefined when there is no such job, it was removed, or there is no room. */
export function askForRun(record: JobRecord | undefined, asked: RunRequest): JobRecord | undefined {
  if (record === undefined || record.removedAt !== undefined || record.closedAt !== undefined) return undefined;
  const request = withTraceThatFits(record, asked);
  if (!hasRoomFor(record, request)) return undefined;
  return { ...record, requests: [...record.requests, request] };
}

/** Plans a manual start. Undefined where `askForRun` would be. */
export function planRun(record: JobRecord | undefined, asked: PlannedRun): JobRecord | undefined {
  if (record === undefined || record.removedAt !== undefined || record.closedAt !== undefined) return undefined;
  const run = withTraceThatFits(record, asked);
  if (!hasRoomFor(record, run)) return undefined;
  const { planned = [] } = record;
  return { ...record, planned: [...planned, run].toSorted((a, b) => a.startAt.getTime() - b.startAt.getTime()) };
}

/** Makes requests of the planned runs whose time has come. Undefined when it has come for none. */
export function releasePlanned(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  if (record?.planned === undefined) return undefined;
  const due = record.planned.filter(({ startAt }) => startAt <= now);
  return due.length === 0 ? undefined : due.reduce(asRequest, record);
}

/** Returns when `releasePlanned` next has something to do. */
export function plannedAt({ planned }: JobRecord): Date | undefined {
  return planned?.[0]?.startAt;
}

function asRequest(record: JobRecord, run: PlannedRun): JobRecord {
  const [request] = plannedRequests({ ...record, planned: [run] });
  if (request === undefined) return record;
  return { ...withoutPlanned(record, run.id), requests: [...record.requests, request] };
}

function withoutPlanned({ planned = [], ...record }: JobRecord, id: string): JobRecord {
  const left = planned.filter((run) => run.id !== id);
  return left.length === 0 ? record : { ...record, planned: left };
}

/** True when the record has room for one more request. */
export function hasRoomFor(record: JobRecord, request: RunRequest | PlannedRun): boolean {
  const { planned = [] } = record;
  const isTooMany = pendingRequests(record).length + planned.length >= MOST_PENDING;
  return !isTooMany && bytesWith(record, request) <= MOST_BYTES;
}

/** What `MOST_BYTES` is for, with one more request. */
function bytesWith(record: JobRecord, request: RunRequest | PlannedRun): number {
  const { planned = [] } = record;
  const given = activeRuns(record).flatMap(({ environment }) => (environment ? [environment] : []));
  return Buffer.byteLength(JSON.stringify([given, [...pendingRequests(record), ...planned], request]));
}

/** What of a caller's trace there is room for: half of it all stays for what starts need, and no start is refused for its own trace. */
function withTraceThatFits<T extends RunRequest | PlannedRun>(record: JobRecord, asked: T): T {
  const { trace } = asked;
  if (trace === undefined || bytesWith(record, asked) <= MOST_BYTES / 2) return asked;
  const less = { ...asked, trace: parentAlone(trace) };
  if (hasRoomFor(record, less)) return less;
  const { trace: _trace, ...without } = asked;
  return without as T;
}

/** Withdraws a request, or a planned run. Undefined when it is no longer pending. */
export function withdrawRequest(record: JobRecord | undefined, id: string): JobRecord | undefined {
  if (record?.planned?.some((run) => run.id === id)) return withoutPlanned(record, id);
  if (record === undefined || !pendingRequests(record).some((request) => request.id === id)) return undefined;
  return { ...record, requests: record.requests.filter((request) => request.id !== id) };
}

/** Extends the lifetime of a pending request. Undefined when it is not pending, or lives that long already. */
export function keepRequest(record: JobRecord | undefined, id: string, until: Date): JobRecord | undefined {
  const request = record && pendingRequests(record).find((request) => request.id === id);
  if (record === undefined || request === undefined || expiresAt(record, request) >= until) return undefined;
  return replaceRequest(record, request, { ...request, keptUntil: until });
}

/** Notes why a request is not carried out, so that the command that waits for it can say so. */
export function refuseRequest(
  found: JobRecord | undefined,
  id: string,
  reason: RefuseReason,
  now: Date,
): JobRecord | undefined {
  const planned = found?.planned?.find((run) => run.id === id);
  const record = found && planned ? asRequest(found, planned) : found;
  const request = record && pendingRequests(record).find((request) => request.id === id);
  return record && request && dropSurplus(replaceRequest(record, request, refused(request, reason, now)));
}

/** Refuses all pending requests, and all planned runs. */
export function refuseAll(found: JobRecord, reason: RefuseReason, now: Date): JobRecord {
  const record = (found.planned ?? []).reduce(asRequest, found);
  return dropSurplus({
    ...record,
    requests: record.requests.map((request) => (isPending(request) ? refused(request, reason, now) : request)),
  });
}

function dropSurplus(record: JobRecord): JobRecord {
  const newest = record.requests
    .filter((request) => !isPending(request))
    .toSorted((a, b) => refusedAt(a) - refusedAt(b))
    .slice(-MOST_PENDING);
  return { ...record, requests: record.requests.filter((request) => isPending(request) || newest.includes(request)) };
}

/** Returns the request as refused, without what it was for: no run will need that, and only pending requests are bounded. */
function refused(
  {
    environment: _environment,
    inputs: _inputs,
    reason: _reason,
    trace: _trace,
    keptUntil: _keptUntil,
    ...request
  }: RunRequest,
  reason: RefuseReason,
  at: Date,
): RunRequest {
  return { ...request, refused: { reason, at } };
}

/** Drops requests that were refused more than an hour ago. */
export function dropRefusedRequests(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  const requests = record?.requests.filter(
    (request) => isPending(request) || refusedAt(request) + REFUSED_KEPT_MS > now.getTime(),
  );
  if (record === undefined || requests === undefined || requests.length === record.requests.length) return undefined;
  return { ...record, requests };
}

/** Returns when `dropRefusedRequests` next has something to do; undefined when no request is refused. */
export function dropsRefusedAt({ requests }: JobRecord): Date | undefined {
  const times = requests.filter((request) => !isPending(request)).map(refusedAt);
  return times.length === 0 ? undefined : new Date(Math.min(...times) + REFUSED_KEPT_MS);
}

function refusedAt({ refused, askedAt }: RunRequest): number {
  return (refused?.at ?? askedAt).getTime();
}

function replaceRequest(record: JobRecord, request: RunRequest, changed: RunRequest): JobRecord {
  return { ...record, requests: record.requests.map((other) => (other === request ? changed : other)) };
}
