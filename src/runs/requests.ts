import type { Refusal } from "../decide/due.ts";
import { dropRefusedRequests, dropsRefusedAt, keepRequest, refuseRequest } from "../ledger/changes/requests.ts";
import {
  expiresAt,
  isExpired,
  type JobRecord,
  pendingRequests,
  REQUEST_LIFETIME_MS,
  type RefuseReason,
  type RunRequest,
} from "../ledger/record.ts";
import type { RunParts } from "./run-parts.ts";

/** A start that takes long is kept alive from the middle of its request's lifetime on. */
const HALF_MS = REQUEST_LIFETIME_MS / 2;

/**
 * Ends the requests of a job that are not to be started any longer, whether this scheduler carries the job out or not:
 * those that have expired, and all of them where no scheduler would take them. Returns when to look again.
 */
export async function seeToRequests(
  name: string,
  record: JobRecord,
  parts: RunParts & { launching(job: string): string | undefined },
): Promise<Date | undefined> {
  const { book, clock } = parts;
  if (record.requests.length === 0) return undefined;
  await keepLaunching(name, record, parts.launching(name), parts);
  const current = book.records.get(name) ?? record;
  const now = clock.now();
  await refuseRequests(name, refusalsOf(current, { isUnknown: isUnknown(name, current, parts) }, now), parts);
  return earliest(nextLook(book.records.get(name) ?? current, now), await tidyRequests(name, parts));
}

/** The requests in the record that are to be refused now, and why. Pure. */
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

/** True when this scheduler has no such job, and no other scheduler has a newer view of it. */
function isUnknown(name: string, { definition }: JobRecord, { book }: RunParts): boolean {
  const generation = book.generationOf(name);
  return !book.jobs.has(name) && generation !== undefined && generation >= definition.generation;
}

/** Writes the refusals, and tells those that were not carried out or withdrawn meanwhile. */
export async function refuseRequests(name: string, refused: readonly Refusal[], parts: RunParts): Promise<void> {
  const { book, clock } = parts;
  for (const { request, reason } of refused) {
    const swap = await book.change(name, (record) => refuseRequest(record, request.id, reason, clock.now()));
    if (swap.result === "won") tellRefused(name, request, reason, parts);
  }
}

export function tellRefused(job: string, request: RunRequest, reason: RefuseReason, { events, clock }: RunParts): void {
  const message = messageOf(request, reason, clock.now());
  events.emit({ event: "run-refused", job, reason, ...(message !== undefined && { message }) });
}

function messageOf({ askedAt }: RunRequest, reason: RefuseReason, now: Date): string | undefined {
  if (reason === "not-declared") return "no source that can be read declares the job";
  if (reason !== "expired") return undefined;
  const seconds = Math.round((now.getTime() - askedAt.getTime()) / 1000);
  return `requested at ${askedAt.toISOString()}, and not started in ${seconds} s`;
}

/**
 * Keeps the request alive whose start this scheduler is busy with: its image may take long to pull. A
 * `starting_deadline` holds for a request as it does for an occurrence.
 */
async function keepLaunching(name: string, record: JobRecord, run: string | undefined, parts: RunParts): Promise<void> {
  const request = run === undefined ? undefined : pendingRequests(record).find(({ id }) => run.endsWith(`-${id}`));
  if (request === undefined || record.definition.startingDeadlineMs !== undefined) return;
  const now = parts.clock.now();
  if (isExpired(record, request, now) || now < renewAt(record, request)) return;
  const until = new Date(now.getTime() + REQUEST_LIFETIME_MS);
  await parts.book.change(name, (current) => keepRequest(current, request.id, until));
}

function renewAt(record: JobRecord, request: RunRequest): Date {
  return new Date(expiresAt(record, request).getTime() - HALF_MS);
}

/** Takes away requests that were refused long enough ago; returns when the next one is. */
async function tidyRequests(name: string, { book, clock }: RunParts): Promise<Date | undefined> {
  const now = clock.now();
  const record = book.records.get(name);
  const at = record && dropsRefusedAt(record);
  if (at === undefined || at > now) return at;
  const swap = await book.change(name, (current) => dropRefusedRequests(current, now));
  return swap.result === "won" ? dropsRefusedAt(swap.record) : undefined;
}

function nextLook(record: JobRecord, now: Date): Date | undefined {
  return pendingRequests(record)
    .map((request) => (renewAt(record, request) > now ? renewAt(record, request) : expiresAt(record, request)))
    .reduce<Date | undefined>(earliest, undefined);
}

function earliest(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
