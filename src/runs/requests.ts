import type { Clock } from "../clock.ts";
import { nextLookAtRequests, type Refusal, refusalsOf, renewalOf } from "../decide/requests.ts";
import {
  dropRefusedRequests,
  dropsRefusedAt,
  keepRequest,
  plannedAt,
  refuseRequest,
  releasePlanned,
} from "../ledger/changes/requests.ts";
import type { JobRecord, RefuseReason, RunRequest } from "../ledger/record.ts";
import type { RunEvents } from "../observe/run-events.ts";
import type { Book } from "./book.ts";

interface RequestsParts {
  readonly book: Pick<Book, "records" | "jobs" | "generationOf" | "change">;
  readonly clock: Clock;
  readonly events: RunEvents;
}

/** Ends the requests that are not to be started any longer, and keeps those alive whose start takes long. */
export class Requests {
  readonly #parts: RequestsParts;

  constructor(parts: RequestsParts) {
    this.#parts = parts;
  }

  /**
   * Sees to the requests of a job, whether this scheduler carries the job out or not. `launching`: the run that is just
   * being started. Returns when to look again.
   */
  async look(record: JobRecord, launching: string | undefined): Promise<Date | undefined> {
    const { book, clock } = this.#parts;
    const { job } = record;
    if (record.requests.length === 0 && record.planned === undefined) return undefined;
    await this.#release(record);
    await this.#renew(record, launching);
    const current = book.records.get(job) ?? record;
    const now = clock.now();
    await this.refuse(job, refusalsOf(current, { isUnknown: this.#isUnknown(current) }, now));
    const latest = book.records.get(job) ?? current;
    const nextLook = earliest(nextLookAtRequests(latest, now), plannedAt(latest));
    return earliest(nextLook, await this.#dropRefused(job));
  }

  /** Writes the refusals, and tells those that no other scheduler had dealt with meanwhile. */
  async refuse(job: string, refusals: readonly Refusal[]): Promise<void> {
    const { book, clock } = this.#parts;
    for (const { request, reason, why } of refusals) {
      const swap = await book.change(job, (record) => refuseRequest(record, request.id, reason, clock.now()));
      if (swap.result === "won") this.tellRefused(job, { request, reason, ...(why !== undefined && { why }) });
    }
  }

  tellRefused(job: string, { request, reason, why }: Refusal): void {
    const { clock, events } = this.#parts;
    const message = why ?? messageOf(request, reason, clock.now());
    events.emit({ event: "run-refused", job, reason, ...(message !== undefined && { message }) });
  }

  /** Makes requests of the planned runs whose time has come. */
  async #release(record: JobRecord): Promise<void> {
    const { book, clock } = this.#parts;
    const now = clock.now();
    const at = plannedAt(record);
    if (at !== undefined && at <= now) await book.change(record.job, (current) => releasePlanned(current, now));
  }

  async #renew(record: JobRecord, launching: string | undefined): Promise<void> {
    const { book, clock } = this.#parts;
    const renewal = launching === undefined ? undefined : renewalOf(record, launching, clock.now());
    if (renewal === undefined) return;
    await book.change(record.job, (current) => keepRequest(current, renewal.request.id, renewal.until));
  }

  /** True when this scheduler has no such job, and no other scheduler has a newer view of it. */
  #isUnknown({ job, definition }: JobRecord): boolean {
    const { book } = this.#parts;
    const generation = book.generationOf(job);
    return !book.jobs.has(job) && generation !== undefined && generation >= definition.generation;
  }

  /** Takes away requests that were refused long enough ago; returns when the next one is. */
  async #dropRefused(job: string): Promise<Date | undefined> {
    const { book, clock } = this.#parts;
    const now = clock.now();
    const record = book.records.get(job);
    const at = record && dropsRefusedAt(record);
    if (at === undefined || at > now) return at;
    const swap = await book.change(job, (current) => dropRefusedRequests(current, now));
    return swap.result === "won" ? dropsRefusedAt(swap.record) : undefined;
  }
}

function messageOf({ askedAt }: RunRequest, reason: RefuseReason, now: Date): string | undefined {
  if (reason === "not-declared") return "no source that can be read declares the job";
  if (reason !== "expired") return undefined;
  const seconds = Math.round((now.getTime() - askedAt.getTime()) / 1000);
  return `requested at ${askedAt.toISOString()}, and not started in ${seconds} s`;
}

function earliest(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}
