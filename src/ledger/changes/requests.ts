/** What operators ask for, in the record: record → record, or undefined when there is nothing to change. */
import {
  activeRuns,
  expiresAt,
  isPending,
  type JobRecord,
  pendingRequests,
  type RefuseReason,
  type RunRequest,
} from "../record.ts";

/** Of the requests that are pending and of the variables of active runs, together: nothing of it can be dropped. */
const MOST_BYTES = 8 * 1024;

/** How many may be pending. As many refused ones stay at most: all that wait for an answer get one. */
const MOST_PENDING = 20;

/** Refused requests stay for so long, so that `run --wait` and `explain` can say why. */
const REFUSED_KEPT_MS = 3600_000;

/** Asks for a manual start. Undefined when there is no such job (any more), or no room. */
export function askForRun(record: JobRecord | undefined, request: RunRequest): JobRecord | undefined {
  if (record === undefined || record.removedAt !== undefined || record.closedAt !== undefined) return undefined;
  if (!hasRoomFor(record, request)) return undefined;
  return { ...record, requests: [...record.requests, request] };
}

/** Whether one more can be asked for before something of what was is over. */
export function hasRoomFor(record: JobRecord, request: RunRequest): boolean {
  if (pendingRequests(record).length >= MOST_PENDING) return false;
  const given = activeRuns(record).flatMap(({ environment }) => (environment ? [environment] : []));
  return Buffer.byteLength(JSON.stringify([given, pendingRequests(record), request])) <= MOST_BYTES;
}

/** Takes back a request. Undefined when it is not pending: it was carried out or refused before. */
export function withdrawRequest(record: JobRecord | undefined, id: string): JobRecord | undefined {
  if (record === undefined || !pendingRequests(record).some((request) => request.id === id)) return undefined;
  return { ...record, requests: record.requests.filter((request) => request.id !== id) };
}

/** Lets a pending request live until then. Undefined when it is not pending, or lives as long as that. */
export function keepRequest(record: JobRecord | undefined, id: string, until: Date): JobRecord | undefined {
  const request = record && pendingRequests(record).find((request) => request.id === id);
  if (record === undefined || request === undefined || expiresAt(record, request) >= until) return undefined;
  return replaceRequest(record, request, { ...request, keptUntil: until });
}

/** Says in the record why a request is not carried out, so that a command that waits for it learns the reason. */
export function refuseRequest(
  record: JobRecord | undefined,
  id: string,
  reason: RefuseReason,
  now: Date,
): JobRecord | undefined {
  const request = record && pendingRequests(record).find((request) => request.id === id);
  return record && request && dropSurplus(replaceRequest(record, request, refused(request, reason, now)));
}

/** Refuses all that is pending. */
export function refuseAll(record: JobRecord, reason: RefuseReason, now: Date): JobRecord {
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

/** The request as refused. No run will need its variables. */
function refused(
  { environment: _environment, keptUntil: _keptUntil, ...request }: RunRequest,
  reason: RefuseReason,
  at: Date,
): RunRequest {
  return { ...request, refused: { reason, at } };
}

/** Takes away requests that were refused an hour ago. */
export function dropRefusedRequests(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  const requests = record?.requests.filter(
    (request) => isPending(request) || refusedAt(request) + REFUSED_KEPT_MS > now.getTime(),
  );
  if (record === undefined || requests === undefined || requests.length === record.requests.length) return undefined;
  return { ...record, requests };
}

/** When `dropRefusedRequests` next has something to do; undefined when the record has no refused request. */
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
