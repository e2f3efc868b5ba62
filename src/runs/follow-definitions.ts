import type { Clock } from "../clock.ts";
import { follows, overdueAt } from "../decide/definition.ts";
import { type PassedOver, passOverUndecided } from "../decide/due.ts";
import { type Engine, EngineTrouble } from "../engines/engine.ts";
import type { Job } from "../job/job.ts";
import {
  type FoundAttempt,
  followDefinition,
  noteRemoval,
  sameSchedules,
  showsAll,
} from "../ledger/changes/definitions.ts";
import { isSameAfter } from "../ledger/changes/ends.ts";
import { passOver } from "../ledger/changes/occurrences.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { JobRecord } from "../ledger/record.ts";
import type { RunEvents } from "../observe/run-events.ts";
import type { Timetables } from "../schedule/timetable.ts";
import type { Book } from "./book.ts";
import type { RunLogs } from "./output/run-logs.ts";
import type { Pools } from "./pools/pools.ts";
import type { Requests } from "./requests.ts";
import { writeVerdict } from "./verdicts.ts";

interface FollowParts {
  readonly engine: Pick<Engine, "list">;
  readonly ledger: Pick<Ledger, "nextGeneration">;
  readonly book: Pick<
    Book,
    "records" | "instance" | "jobs" | "generationOf" | "renewView" | "firstSeen" | "isGone" | "change"
  >;
  readonly clock: Clock;
  readonly events: RunEvents;
  readonly timetables: Timetables;
  readonly logs: Pick<RunLogs, "claim">;
  readonly requests: Pick<Requests, "tellRefused">;
  readonly pools: Pick<Pools, "isFull">;
}

/** When to look again at a job of another view whose pool is full. */
const POOL_AGAIN_MS = 15_000;

/** How soon it is looked at again whether a definition now fits next to the active runs, whose ends have it looked at, too. */
const ROOM_AGAIN_MS = 15_000;

/**
 * Makes records follow what is declared. On a Swarm, schedulers may see different definitions of a job for a while: the newest
 * view wins, and this scheduler stands by for a job whose record stands under another one.
 */
export class DefinitionFollower {
  readonly #parts: FollowParts;
  /** By job: the definition of another scheduler that was logged, and when it was first seen. */
  readonly #toldOther = new Map<string, { readonly hash: string; readonly since: Date }>();
  #listing: Promise<FoundByJob> | undefined;

  constructor(parts: FollowParts) {
    this.#parts = parts;
  }

  /**
   * Makes the record of a job follow this scheduler's view of it, unless a scheduler with a newer view has set another one.
   * Returns the record as it stands then; undefined when there is none. A record that was lost begins again, with what
   * the engine has of the job.
   *
   * @throws EngineError when the engine or the ledger gives no clear answer.
   */
  async follow(name: string): Promise<JobRecord | undefined> {
    const { book, clock, logs } = this.#parts;
    const record = book.records.get(name);
    const job = book.jobs.get(name);
    const generation = book.generationOf(name);
    const isSettled =
      job === undefined ? !book.isGone(name) : record !== undefined && follows(record, job) && showsAll(record, job);
    if (isSettled || generation === undefined) return record;
    if (record !== undefined && generation < record.definition.generation) return record;
    const firstSeen = record === undefined && job !== undefined ? book.firstSeen(job, clock.now()) : undefined;
    const found = record === undefined ? await this.#findObjects(name) : [];
    const seen = record === undefined ? { record, now: clock.now() } : await this.#passOverOld(record, job);
    const { now } = seen;
    const swap = await book.change(name, (current) => {
      if (!isSame(current, seen.record)) return undefined;
      if (job === undefined) return noteRemoval(current, generation, now);
      const upstream = job.after && book.records.get(job.after.job);
      return followDefinition(current, job, { generation, now, found, upstream, ...(firstSeen && { firstSeen }) });
    });
    if (swap.result === "unknown") throw unclear(name);
    for (const { objectId } of found) logs.claim(objectId);
    if (swap.result === "won" && job === undefined) this.#tellRemovedRequests(seen.record, swap.record);
    // In a record that another scheduler has made or decided on since, there may be more that was due by its schedule.
    const isOther = swap.result === "lost" && !isSame(swap.record, seen.record);
    return isOther ? this.follow(name) : swap.record;
  }

  /**
   * The record stands under another scheduler's newer view of the job: that one carries it out. When it does not, so that
   * the job is two minutes overdue, this scheduler's view becomes the newest. Where it is that already, its definition waits for
   * room next to the active runs. Returns when to look again.
   */
  async standBy(job: Job, record: JobRecord): Promise<Date | undefined> {
    const { ledger, book, clock, events, timetables, pools } = this.#parts;
    const { hash, schedules, exclusions, generation } = record.definition;
    if ((book.generationOf(job.name) ?? 0) >= generation) return new Date(clock.now().getTime() + ROOM_AGAIN_MS);
    const seen = { hash: record.removedAt === undefined ? hash : "removed", since: clock.now() };
    const known = this.#toldOther.get(job.name);
    const other = known?.hash === seen.hash ? known : seen;
    if (other === seen) events.emit({ event: "other-definition", job: job.name, generation });
    this.#toldOther.set(job.name, other);
    // A newer version may know a schedule that this one does not; then this one's own says when the job should have run.
    const timetable = timetables.ofRecord(schedules, exclusions) ?? timetables.of(job.schedules, job.exclusions);
    const takesOverAt = overdueAt(record, timetable, other.since);
    if (takesOverAt === undefined || clock.now() < takesOverAt) return takesOverAt;
    // Then it may rightly wait for a slot.
    if (pools.isFull(record.definition.pool)) return new Date(clock.now().getTime() + POOL_AGAIN_MS);
    book.renewView(job.name, await ledger.nextGeneration());
    await this.follow(job.name);
    return clock.now();
  }

  /** The record stands under this scheduler's own view, again or still. */
  noteAgreement(job: string): void {
    if (this.#toldOther.delete(job)) this.#parts.events.emit({ event: "definition-agreed", job });
  }

  /** The job is no longer declared. */
  forget(job: string): void {
    this.#toldOther.delete(job);
  }

  /**
   * Before a record follows another schedule, or none: what was due by the one before and is not decided, because
   * it waited or no scheduler was there, is skipped as `rescheduled` or `removed`. So it has its verdict, too. Returns the
   * record, and the instant up to which all is decided in it.
   *
   * @throws EngineError when the ledger gives no clear answer.
   */
  async #passOverOld(
    record: JobRecord,
    job: Job | undefined,
  ): Promise<{ readonly record: JobRecord | undefined; readonly now: Date }> {
    const { book, clock, timetables } = this.#parts;
    let current: JobRecord | undefined = record;
    let now = clock.now();
    while (current !== undefined && (endsSchedule(current, job) || endsAfter(current, job))) {
      now = clock.now();
      const because = job === undefined ? "removed" : "changed";
      const timetable = endsSchedule(current, job) ? this.#oldTimetable(current) : timetables.of([]);
      const upstream = endsAfter(current, job) ? current.after && book.records.get(current.after.job) : undefined;
      const [stretch] = passOverUndecided(
        timetable,
        { record: current, instance: book.instance, upstream, now },
        because,
      );
      if (stretch === undefined) return { record: current, now };
      const swap = await this.#passOverOne(current, stretch, now);
      if (swap.result === "lost" && swap.record && isDecidedAs(swap.record, current)) return { record: current, now };
      current = swap.record;
    }
    return { record: current, now };
  }

  async #passOverOne(seen: JobRecord, stretch: PassedOver, now: Date) {
    const isAsSeen = (record: JobRecord) =>
      record.definition.hash === seen.definition.hash && isDecidedAs(record, seen);
    const swap = await writeVerdict(
      seen.job,
      (record, instance) => (record && isAsSeen(record) ? passOver(record, stretch, { now, instance }) : undefined),
      this.#parts,
    );
    if (swap.result === "unknown") throw unclear(seen.job);
    return swap;
  }

  /** Of a schedule that this version cannot follow, as another version could, nothing is known to have been due. */
  #oldTimetable({ definition: { schedules, exclusions } }: JobRecord) {
    const { timetables } = this.#parts;
    const known = schedules.filter((schedule) => timetables.ofRecord([schedule]) !== undefined);
    return timetables.ofRecord(known, exclusions) ?? timetables.of(known);
  }

  #tellRemovedRequests(before: JobRecord | undefined, after: JobRecord): void {
    const wasRefused = new Set(before?.requests.flatMap(({ id, refused }) => (refused ? id : [])));
    for (const request of after.requests)
      if (request.refused?.reason === "removed" && !wasRefused.has(request.id))
        this.#parts.requests.tellRefused(after.job, { request, reason: "removed" });
  }

  /** Finds what a job without a record has on the engine. However many jobs are asked for at once, it is one request. */
  async #findObjects(job: string): Promise<readonly FoundAttempt[]> {
    this.#listing ??= this.#listFound().finally(() => {
      this.#listing = undefined;
    });
    return (await this.#listing).get(job) ?? [];
  }

  /** What was never activated does not count: no record had begun it, or another scheduler is about to. */
  async #listFound(): Promise<FoundByJob> {
    const active = (await this.#parts.engine.list()).filter(({ inert }) => !inert);
    return Map.groupBy(
      active.map(({ id: objectId, name: objectName, ...labels }) => ({ ...labels, objectId, objectName })),
      ({ job }) => job,
    );
  }
}

type FoundByJob = ReadonlyMap<string, readonly FoundAttempt[]>;

function unclear(job: string): EngineTrouble {
  return new EngineTrouble(`the ledger gave no clear answer about the record of ${job}`);
}

function isSame(record: JobRecord | undefined, seen: JobRecord | undefined): boolean {
  if (record === undefined || seen === undefined) return record === seen;
  return isDecidedAs(record, seen) && record.definition.hash === seen.definition.hash;
}

/** True when as much is decided in the one record as in the other. */
function isDecidedAs(record: JobRecord, seen: JobRecord): boolean {
  return record.cursor.getTime() === seen.cursor.getTime() && record.after?.ended === seen.after?.ended;
}

/** Whether the record has followed a schedule that the job, as it is now, does not have. */
function endsSchedule({ removedAt, definition }: JobRecord, job: Job | undefined): boolean {
  return removedAt === undefined && (job === undefined || !sameSchedules(definition, job));
}

/** Whether the record has followed ends of another job that do not start the job, as it is now. */
function endsAfter({ removedAt, after }: JobRecord, job: Job | undefined): boolean {
  return removedAt === undefined && after !== undefined && !isSameAfter(after, job?.after);
}
