import {
  expiresAt,
  isExpired,
  type JobRecord,
  pendingRequests,
  REQUEST_LIFETIME_MS,
  type RefuseReason,
  type RunRequest,
  type Trigger,
} from "../ledger/record.ts";

/** A request that is not carried out, and why. */
export interface Refusal {
  readonly request: RunRequest;
  readonly reason: RefuseReason;
  /** What was wrong with the request, in words. */
  readonly why?: string;
}

/** The pending request that this run carries out: its ID ends the run's. */
export function requestOf(run: string, record: JobRecord): RunRequest | undefined {
  return pendingRequests(record).find(({ id }) => run.endsWith(`-${id}`));
}

/**
 * The requests that are to be refused now, whether this scheduler carries the job out or not. `isUnknown`: no scheduler
 * has such a job.
 */
export function refusalsOf(
  record: JobRecord,
  { isUnknown }: { readonly isUnknown: boolean },
  now: Date,
): readonly Refusal[] {
  return pendingRequests(record).flatMap((request): readonly Refusal[] => {
    if (isExpired(record, request, now)) return [{ request, reason: "expired" }];
    return isUnknown ? [{ request, reason: "not-declared" }] : [];
  });
}

/**
 * How long the request is to be kept whose start is on its way as `run`: the image may take long to pull, so its lifetime
 * is renewed from its middle on. Undefined where nothing is to be renewed: a `starting_deadline` holds for a request as it does
 * for an occurrence.
 */
export function renewalOf(
  record: JobRecord,
  run: string,
  now: Date,
): { readonly request: RunRequest; readonly until: Date } | undefined {
  const request = requestOf(run, record);
  if (request === undefined || record.definition.startingDeadlineMs !== undefined) return undefined;
  if (isExpired(record, request, now) || now < renewAt(record, request)) return undefined;
  return { request, until: new Date(now.getTime() + REQUEST_LIFETIME_MS) };
}

/** When the first pending request is to be renewed, or expires. Undefined when there is none. */
export function nextLookAtRequests(record: JobRecord, now: Date): Date | undefined {
  const times = pendingRequests(record).map((request) => {
    const at = renewAt(record, request);
    return at > now ? at : expiresAt(record, request);
  });
  return times.length === 0 ? undefined : new Date(Math.min(...times.map((at) => at.getTime())));
}

function renewAt(record: JobRecord, request: RunRequest): Date {
  return new Date(expiresAt(record, request).getTime() - REQUEST_LIFETIME_MS / 2);
}

/** A start that is on its way. */
export interface Launching {
  readonly run: string;
  readonly trigger: Trigger;
}

/** Whether a start that is on its way can only lose: its job is gone, or its request was withdrawn or refused. */
export function isStartUnwanted({ run, trigger }: Launching, record: JobRecord | undefined): boolean {
  if (record === undefined || record.removedAt !== undefined) return true;
  if (record.runs.some(({ id }) => id === run) || trigger !== "manual") return false;
  return requestOf(run, record) === undefined;
}
