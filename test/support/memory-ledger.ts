import { fitted } from "../../src/ledger/changes/size-changes.ts";
import type { Ledger, LedgerContents, PageChange, Swap } from "../../src/ledger/ledger.ts";
import type { Page } from "../../src/ledger/page.ts";
import { type ReadPage, readPage, writePage } from "../../src/ledger/page-json.ts";

/**
 * What several ledgers of one test share: the pages, as text, so that what a page cannot carry is lost here too.
 */
export class MemoryLedgerStore {
  readonly texts = new Map<string, string>();
  /** With which cursor each page began: what was due before never existed. */
  readonly firstCursors = new Map<string, Date>();
  readonly listeners = new Set<{ owner: MemoryLedger; wake: (job?: string) => void }>();
  generation = 0;
  /** Hears of every page that is written, at that moment; `after` is undefined for one that is deleted. */
  onWrite: (write: PageWrite) => void = () => {};
  readonly #parsed = new Map<string, { readonly text: string; readonly read: ReadPage }>();

  /** What somebody removes by hand is heard of like any other change. */
  removeByHand(job: string): void {
    this.texts.delete(job);
    for (const { wake } of this.listeners) wake(job);
  }

  /** Parsing is what costs most, and a page is read more often than it is written. */
  readPage(job: string): ReadPage | undefined {
    const text = this.texts.get(job);
    if (text === undefined) return undefined;
    const known = this.#parsed.get(job);
    if (known?.text === text) return known.read;
    const read = readPage(text);
    this.#parsed.set(job, { text, read });
    return read;
  }
}

export interface PageWrite {
  readonly job: string;
  readonly before: Page | undefined;
  readonly after: Page | undefined;
  readonly by: MemoryLedger;
}

/** A ledger in memory. It may be believed because it passes the same contract as the real ones. */
export class MemoryLedger implements Ledger {
  readonly #store: MemoryLedgerStore;
  /** Called before each swap, and when it is written but not answered yet; a test may wait in it for ever. */
  onUpdate: (job: string, moment: "before" | "after") => Promise<void> = async () => {};

  constructor(store = new MemoryLedgerStore()) {
    this.#store = store;
  }

  async load(): Promise<LedgerContents> {
    const pages = new Map<string, Page>();
    const unreadable: { job: string; message: string }[] = [];
    for (const job of [...this.#store.texts.keys()]) {
      const read = this.#store.readPage(job);
      if (read === undefined) continue;
      if (read.kind === "page") pages.set(job, read.page);
      else unreadable.push({ job, message: read.message });
      if (read.kind === "damaged") this.#store.texts.delete(job);
    }
    return { pages, unreadable };
  }

  async read(job: string): Promise<Page | undefined> {
    return this.#read(job);
  }

  #read(job: string): Page | undefined {
    const read = this.#store.readPage(job);
    if (read === undefined || read.kind === "page") return read?.page;
    throw new Error(`the page of ${job} cannot be used: ${read.message}`);
  }

  async update(job: string, change: PageChange): Promise<Swap> {
    await this.onUpdate(job, "before");
    const swap = this.#swap(job, change);
    await this.onUpdate(job, "after");
    return swap;
  }

  /** Without a pause from the reading to the writing, so that nobody comes between. */
  #swap(job: string, change: PageChange): Swap {
    const current = this.#read(job);
    const next = fitted(change)(current);
    if (next === undefined) return { result: "lost", page: current };
    this.#store.texts.set(job, writePage(next));
    if (current === undefined) this.#store.firstCursors.set(job, next.cursor);
    this.#store.onWrite({ job, before: current, after: this.#read(job), by: this });
    for (const { owner, wake } of this.#store.listeners) if (owner !== this) wake(job);
    return { result: "won", page: next };
  }

  async remove(job: string): Promise<void> {
    const page = this.#read(job);
    if (page?.closedAt === undefined) return;
    this.#store.texts.delete(job);
    this.#store.onWrite({ job, before: page, after: undefined, by: this });
  }

  async nextGeneration(): Promise<number> {
    return ++this.#store.generation;
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    const listener = { owner: this, wake };
    this.#store.listeners.add(listener);
    signal.addEventListener("abort", () => this.#store.listeners.delete(listener));
  }
}
