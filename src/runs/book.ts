import { type KnownJob, mayDeclare, type Unread } from "../definition/unread.ts";
import type { Job } from "../job/job.ts";
import { noteOrigin } from "../ledger/changes/definition-changes.ts";
import type { Ledger, PageChange, Swap } from "../ledger/ledger.ts";
import { type Attempt, activeRuns, latestAttempt, type Page, type Run } from "../ledger/page.ts";

/** What the sources declare together. */
export interface Declared {
  readonly jobs: ReadonlyMap<string, Job>;
  /** What cannot be read: a job that it may declare is not gone because it is not in `jobs`. */
  readonly unread: readonly Unread[];
}

/**
 * What this scheduler knows: the jobs as they are declared, and the pages as it read them last. A page here may be
 * old; nothing is decided but by a swap (`change`), which is given the page as it stands.
 */
export class Book {
  readonly #ledger: Ledger;
  readonly #onEnded: (objectId: string, job: string) => void;
  readonly #pages = new Map<string, Page>();
  readonly #outdated = new Set<string>();
  readonly #awaited = new Map<string, { readonly hash: string; readonly since: Date }>();
  #jobs: ReadonlyMap<string, Job> = new Map();
  /** Undefined before anything was declared. */
  #unread: readonly Unread[] | undefined;
  /** By job: which generation this scheduler's view of it is of. A view is as old as what it shows. */
  readonly #generations = new Map<string, number>();
  #firstGeneration: number | undefined;

  /** `onEnded` hears of every attempt whose end comes to be recorded on a page that is known here, by whomever. */
  constructor(ledger: Ledger, onEnded: (objectId: string, job: string) => void = () => {}) {
    this.#ledger = ledger;
    this.#onEnded = onEnded;
  }

  get jobs(): ReadonlyMap<string, Job> {
    return this.#jobs;
  }

  get pages(): ReadonlyMap<string, Page> {
    return this.#pages;
  }

  /** Why the ledger could not be used the last time; undefined when it could. */
  get ledgerDownBecause(): string | undefined {
    return this.#ledger.downBecause;
  }

  /** Makes these the jobs, in this generation. Returns those of which that changes something. */
  declare({ jobs, unread }: Declared, generation: number): readonly string[] {
    this.#firstGeneration ??= generation;
    const changed = [...jobs.values()].filter(({ name, hash }) => this.#jobs.get(name)?.hash !== hash);
    const gone = [...this.#jobs.keys()].filter((name) => !jobs.has(name));
    const names = [...changed.map(({ name }) => name), ...gone];
    for (const name of names) this.#generations.set(name, generation);
    for (const name of gone) if (!this.#pages.has(name)) this.#forget(name);
    this.#jobs = jobs;
    this.#unread = unread;
    // Also those that are known to be gone only now that something else can be read.
    return [...new Set([...names, ...[...this.#pages.keys()].filter((name) => this.isGone(name))])];
  }

  /** How new this scheduler's view of the job is; undefined before anything was declared. */
  generationOf(job: string): number | undefined {
    return this.#generations.get(job) ?? this.#firstGeneration;
  }

  /** Makes this scheduler's view of the job the newest. */
  renewView(job: string, generation: number): void {
    this.#generations.set(job, generation);
  }

  /**
   * When a job that has no page yet was first seen as it is: its page may have to wait for the engine, and what comes
   * due meanwhile counts.
   */
  firstSeen({ name, hash }: Job, now: Date): Date {
    const awaited = this.#awaited.get(name);
    if (awaited?.hash === hash && awaited.since <= now) return awaited.since;
    this.#awaited.set(name, { hash, since: now });
    return now;
  }

  /** Whether there is a page of a job that surely is not declared any more, and this is not noted on it yet. */
  isGone(job: string): boolean {
    const page = this.#pages.get(job);
    if (page === undefined || page.removedAt !== undefined || this.#jobs.has(job)) return false;
    return this.#unread?.every((unread) => !mayDeclare(unread, knownJob(page))) ?? false;
  }

  /** Reads all pages; answers with what could not be read. */
  async load(): Promise<readonly { readonly job: string; readonly message: string }[]> {
    const { pages, unreadable } = await this.#ledger.load();
    for (const [job, page] of pages) this.#pages.set(job, page);
    return unreadable;
  }

  openAttempts(): readonly OpenAttempt[] {
    return [...this.#pages.values()].flatMap(openAttempts);
  }

  /** Somebody else has changed the page: if it cannot be read now, it will be before anything is decided on it. */
  reread(job: string): Promise<void> {
    this.#outdated.add(job);
    return this.freshen(job);
  }

  /** Reads the page if it could not be read when somebody else had changed it. */
  async freshen(job: string): Promise<void> {
    if (!this.#outdated.delete(job)) return;
    try {
      await this.refresh(job);
    } catch (error) {
      this.#outdated.add(job);
      throw error;
    }
  }

  async refresh(job: string): Promise<Page | undefined> {
    return this.#keep(job, await this.#ledger.read(job));
  }

  async change(job: string, change: PageChange): Promise<Swap> {
    const swap = await this.#ledger.update(job, (page) => {
      const next = change(page);
      return next && noteOrigin(next, this.#jobs.get(job));
    });
    if (swap.result !== "unknown") this.#keep(job, swap.page);
    return swap;
  }

  /** Deletes a page that was swapped to closed. */
  async remove(job: string): Promise<void> {
    await this.#ledger.remove(job);
    this.#pages.delete(job);
    if (!this.#jobs.has(job)) this.#forget(job);
  }

  /** No page and no source knows it. */
  #forget(job: string): void {
    this.#generations.delete(job);
    this.#awaited.delete(job);
    this.#outdated.delete(job);
  }

  #keep(job: string, page: Page | undefined): Page | undefined {
    const before = this.#pages.get(job);
    if (page === undefined) {
      this.#pages.delete(job);
      return undefined;
    }
    this.#pages.set(job, page);
    this.#awaited.delete(job);
    if (before !== undefined && before !== page) this.#tellEnded(before, page);
    return page;
  }

  #tellEnded(before: Page, page: Page): void {
    const open = new Set(openAttempts(page).map(({ objectId }) => objectId));
    for (const { objectId } of openAttempts(before)) if (!open.has(objectId)) this.#onEnded(objectId, page.job);
  }
}

/** What the page says of where its job was declared. */
export function knownJob({ job: name, definition: { origin } }: Page): KnownJob {
  return { name, ...(origin !== undefined && { origin }) };
}

/** An attempt that has no outcome yet, and whose object exists or existed. */
export interface OpenAttempt {
  readonly run: Run;
  readonly attempt: Attempt;
  readonly objectId: string;
}

export function openAttempts(page: Page): readonly OpenAttempt[] {
  return activeRuns(page).flatMap((run) => {
    const attempt = latestAttempt(run);
    return attempt.objectId === undefined || attempt.outcome !== undefined
      ? []
      : [{ run, attempt, objectId: attempt.objectId }];
  });
}

/** True when some attempt on the page is carried by this object. */
export function isBound(page: Page, objectId: string): boolean {
  return boundAttempt(page, objectId) !== undefined;
}

/** The attempt on the page that is carried by this object. */
export function boundAttempt(page: Page, objectId: string): Attempt | undefined {
  return page.runs.flatMap(({ attempts }) => attempts).find((attempt) => attempt.objectId === objectId);
}
