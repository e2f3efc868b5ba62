import type { Clock } from "../../clock.ts";
import { isActive, type JobRecord, latestAttempt, type Run } from "../../ledger/record.ts";
import { recordVersion } from "../../view/record-version.ts";

/** What a listener may choose. `jobs` has the events of jobs and of their runs. */
export const TOPICS = ["jobs", "problems", "scheduler"] as const;
export type Topic = (typeof TOPICS)[number];

/** How many events can be caught up with after a lost connection. */
const MOST_KEPT = 1000;
/** Below the time after which proxies and this server take a silent connection for dead. */
const BEAT_MS = 15_000;
/** What happens within this time is told together: one write for each reader, where many runs start in one second. */
const GATHER_MS = 100;
/** So many changes are told at once, however little time there is. */
const MOST_NOTED = 5000;
/** When a browser connects again. */
const RETRY_MS = 3000;
/** A browser that loses its connection is back within seconds; after this long nothing is kept for it. */
const KEPT_UNHEARD_MS = 60_000;

interface EventsParts {
  readonly clock: Clock;
  /** Names this process: numbers of another one say nothing here. */
  readonly epoch: string;
  /** The records as this scheduler knows them. */
  readonly records: () => ReadonlyMap<string, JobRecord> | undefined;
  /** Resolves when the scheduler has time for readers. Default: at once. */
  readonly quiet?: (gone: AbortSignal) => Promise<void>;
}

interface StreamOptions {
  /** Default: all. */
  readonly topics?: ReadonlySet<Topic>;
  /** The last ID that the reader got, from this scheduler or another one. */
  readonly lastEventId?: string | undefined;
  /** Which jobs the reader may know of. */
  readonly sees: (job: string) => boolean;
}

/**
 * Tells readers what has changed, as server-sent events: which job, which run, that there are other problems. It hears of
 * changed records, and every scheduler hears of every one, so it does not matter which of them a reader asks.
 *
 * A reader gets the last state of everything, not every step: while it does not read, events about the same thing become
 * one. Without readers, an event costs a number; otherwise next to nothing until it is sent, however many read.
 */
export class Events {
  readonly #parts: EventsParts;
  readonly #readers = new Set<Reader>();
  /** In the order of their numbers. */
  #kept: Event[] = [];
  /** The newest event about each thing. Older ones no longer say anything. */
  readonly #newest = new Map<string, Event>();
  readonly #noted: Noted[] = [];
  #isGathering = false;
  /** The number of the last event. */
  #last = 0;
  /** The number of the last event that is no longer kept. */
  #dropped = 0;
  #unheardSince: number | undefined = Number.NEGATIVE_INFINITY;

  constructor(parts: EventsParts) {
    this.#parts = parts;
  }

  /** The ID of what has happened up to now. A page that is drawn now misses nothing if its reader goes on behind it. */
  here(): string {
    return this.#idOf(this.#last);
  }

  /** A record was written or deleted, by this scheduler or another one. */
  recordChanged(before: JobRecord | undefined, after: JobRecord | undefined): void {
    this.#note({ kind: "record", before, after });
  }

  /** The engine has seen something happen to a run of the job that its record need not say, such as its start. */
  jobStirred(job: string): void {
    this.#note({ kind: "stir", job });
  }

  /** Definitions have other problems, or something fails, or no longer does. */
  problemsChanged(): void {
    this.#note({ kind: "problems" });
  }

  /** The scheduler has another role, other jobs, or an engine or ledger that is down or up again. */
  schedulerChanged(): void {
    this.#note({ kind: "scheduler" });
  }

  /**
   * Yields events in the form `text/event-stream`, until `gone` is aborted, and then `bye`: a reader that still gets that
   * connects again, and then to another scheduler where there is one.
   */
  async *stream({ topics, lastEventId, sees }: StreamOptions, gone: AbortSignal): AsyncGenerator<string, void, void> {
    const wants = (event: Event) => (topics?.has(event.topic) ?? true) && (event.job === undefined || sees(event.job));
    const reader: Reader = { wants, hasNews: true, readUpTo: this.#placeOf(lastEventId), wake: undefined };
    this.#readers.add(reader);
    this.#unheardSince = undefined;
    const wake = () => reader.wake?.();
    gone.addEventListener("abort", wake);
    try {
      yield `retry: ${RETRY_MS}\nid: ${this.#idOf(this.#last)}\n\n`;
      while (!gone.aborted) {
        const text = this.#take(reader);
        if (text !== "") yield text;
        if (text === "" && !(await this.#hasNews(reader, gone))) yield ": beat\n\n";
      }
      yield "event: bye\ndata: {}\n\n";
    } finally {
      gone.removeEventListener("abort", wake);
      this.#readers.delete(reader);
      if (this.#readers.size === 0) this.#unheardSince = this.#parts.clock.now().getTime();
    }
  }

  /** False when there was none for as long as a connection may be silent. */
  async #hasNews(reader: Reader, gone: AbortSignal): Promise<boolean> {
    const stirred = new AbortController();
    // Often, and for each reader: a reason of its own saves an exception.
    reader.wake = () => stirred.abort("news");
    if (!gone.aborted && !reader.hasNews) await this.#parts.clock.wait(BEAT_MS, stirred.signal);
    reader.wake = undefined;
    return stirred.signal.aborted || reader.hasNews;
  }

  /** True while anybody reads, or has read a moment ago. Otherwise what happens need not be known afterwards. */
  #isHeard(): boolean {
    const since = this.#unheardSince;
    if (since === undefined || Math.abs(this.#parts.clock.now().getTime() - since) < KEPT_UNHEARD_MS) return true;
    this.#dropped = ++this.#last;
    this.#kept = [];
    this.#newest.clear();
    return false;
  }

  /** What follows from it is worked out later: an operator's start may be under way. */
  #note(what: Noted): void {
    if (!this.#isHeard()) return;
    this.#noted.push(what);
    if (this.#noted.length >= MOST_NOTED) this.#tell();
    if (!this.#isGathering) void this.#gather();
  }

  async #gather(): Promise<void> {
    const never = new AbortController().signal;
    this.#isGathering = true;
    await this.#parts.clock.wait(GATHER_MS, never);
    await this.#parts.quiet?.(never);
    this.#isGathering = false;
    this.#tell();
  }

  /** Makes events of what was noted. */
  #tell(): void {
    for (const what of this.#noted.splice(0)) for (const event of eventsOf(what)) this.#add(event);
  }

  #add(what: Omit<Event, "number">): void {
    const event: Event = { ...what, number: ++this.#last };
    const thing = `${event.event} ${event.key}`;
    const older = this.#newest.get(thing);
    if (older !== undefined) older.isOutdated = true;
    this.#newest.set(thing, event);
    this.#kept.push(event);
    // In larger steps than one, each of which would move all the others.
    if (this.#kept.length >= 2 * MOST_KEPT) this.#drop();
    for (const reader of this.#readers) {
      if (reader.hasNews || !reader.wants(event)) continue;
      reader.hasNews = true;
      reader.wake?.();
    }
  }

  #drop(): void {
    const current = this.#kept.filter(({ isOutdated }) => isOutdated !== true);
    for (const { event, key, number } of current.splice(0, Math.max(0, current.length - MOST_KEPT))) {
      this.#newest.delete(`${event} ${key}`);
      this.#dropped = number;
    }
    this.#kept = current;
  }

  /** The number up to which a reader with that ID has read; undefined where that is not known. One without an ID has missed nothing. */
  #placeOf(lastEventId: string | undefined): number | undefined {
    if (lastEventId === undefined || lastEventId === "") return this.#last;
    const [, epoch, number] = /^([\w-]+)\.(\d{1,15})$/.exec(lastEventId) ?? [];
    const last = Number(number);
    return epoch !== this.#parts.epoch || last > this.#last ? undefined : last;
  }

  /** What the reader has not had yet: of each thing the newest event, or that it is to read everything again. */
  #take(reader: Reader): string {
    const { readUpTo, wants } = reader;
    reader.hasNews = false;
    reader.readUpTo = this.#last;
    const events = readUpTo === undefined || readUpTo < this.#dropped ? undefined : this.#since(readUpTo).filter(wants);
    if (events === undefined || events.length > MOST_KEPT)
      return `event: reset\nid: ${this.#idOf(this.#last)}\ndata: {}\n\n`;
    return events.map((event) => this.#write(event)).join("");
  }

  #since(number: number): readonly Event[] {
    const after = this.#kept.findLastIndex((event) => event.number <= number) + 1;
    return this.#kept.slice(after).filter(({ isOutdated }) => isOutdated !== true);
  }

  #write(event: Event): string {
    event.text ??= `event: ${event.event}\nid: ${this.#idOf(event.number)}\ndata: ${JSON.stringify(this.#dataOf(event))}\n\n`;
    return event.text;
  }

  #dataOf({ event, key, job = "" }: Event): object {
    const record = this.#parts.records()?.get(job);
    if (event === "job") return { job, ...(record && { version: recordVersion(record) }) };
    if (event === "run") return runData(key, job, record);
    return {};
  }

  #idOf(number: number): string {
    return `${this.#parts.epoch}.${number}`;
  }
}

/** What has happened, before it is known what that means to readers. */
type Noted =
  | { readonly kind: "record"; readonly before: JobRecord | undefined; readonly after: JobRecord | undefined }
  | { readonly kind: "stir"; readonly job: string }
  | { readonly kind: "problems" | "scheduler" };

function eventsOf(what: Noted): readonly Omit<Event, "number">[] {
  switch (what.kind) {
    case "stir":
      return [jobEvent(what.job)];
    case "record": {
      const job = (what.after ?? what.before)?.job;
      if (job === undefined) return [];
      const runs = changedRuns(what.before, what.after);
      return [jobEvent(job), ...runs.map(({ id: key }) => ({ event: "run", topic: "jobs", key, job }) as const)];
    }
    default:
      return [{ event: what.kind, topic: what.kind, key: "" }];
  }
}

function jobEvent(job: string): Omit<Event, "number"> {
  return { event: "job", topic: "jobs", key: job, job };
}

interface Event {
  readonly event: "job" | "run" | "problems" | "scheduler";
  readonly topic: Topic;
  /** Events of one kind and key are about the same thing. */
  readonly key: string;
  readonly job?: string;
  readonly number: number;
  /** There is a newer one about the same thing. */
  isOutdated?: true;
  /** As it is sent. Made when it first is: all readers get the same. */
  text?: string;
}

/** One reader, and how far it has read. */
interface Reader {
  readonly wants: (event: Event) => boolean;
  /** Undefined for one that is to read everything again. */
  readUpTo: number | undefined;
  /** Whether anything that it wants may have happened since. */
  hasNews: boolean;
  /** Ends its wait. */
  wake: (() => void) | undefined;
}

/** The runs that are other than before in what people are shown of them. */
function changedRuns(before: JobRecord | undefined, after: JobRecord | undefined): readonly Run[] {
  const known = new Map((before?.runs ?? []).map((run) => [run.id, run]));
  return (after?.runs ?? []).filter((run) => {
    const old = known.get(run.id);
    return old === undefined || (old !== run && stageOf(old) !== stageOf(run));
  });
}

/** Equal for runs that are equally far. */
function stageOf(run: Run): string {
  const { outcome, number, retryAt, stopping, startedAt } = latestAttempt(run);
  return [run.outcome?.kind, number, outcome?.kind, retryAt?.getTime(), stopping?.reason, startedAt?.getTime()].join();
}

function runData(id: string, job: string, record: JobRecord | undefined): object {
  const run = record?.runs.find((run) => run.id === id);
  if (run === undefined) return { run: id, job };
  return { run: id, job, active: isActive(run), ...(run.outcome && { outcome: run.outcome.kind }) };
}
