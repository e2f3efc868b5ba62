import { setTimeout as pause } from "node:timers/promises";
import { isActive, type Page, type Run, type Verdict } from "../../src/ledger/page.ts";
import { readPage } from "../../src/ledger/page-json.ts";
import type { EngineClient } from "../lab/engine-client.ts";
import { listOwn, type OwnConfig } from "./own-objects.ts";

/** All that was ever seen on the page of one job. */
export interface SeenPage {
  /** Where its first occurrence comes after. */
  readonly firstCursor: Date;
  readonly page: Page;
  /** By their ids, as they were seen last: a page keeps ended ones for a while only. */
  readonly runs: ReadonlyMap<string, Run>;
  /** When a run was first seen to have ended, and the look before that. */
  readonly endSeen: ReadonlyMap<string, Seen>;
  /** By the instants of their first occurrence. */
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Verdicts that were not those which were seen before for the same occurrence. */
  readonly changedVerdicts: readonly Verdict[];
  readonly largestBytes: number;
}

/** It came to be between these two. */
export interface Seen {
  readonly after: Date;
  readonly by: Date;
}

const EVERY_MS = 2000;

/** Reads all pages again and again, through whichever manager answers, past all proxies and schedulers. */
export class PageObserver {
  readonly seen = new Map<string, SeenPage>();
  /** What could not be read as a page. */
  readonly unreadable = new Set<string>();
  readonly #managers: readonly EngineClient[];
  readonly #instance: string;
  readonly #versions = new Map<string, number>();
  #lookedAt = new Date(0);

  constructor(managers: readonly EngineClient[], instance: string) {
    this.#managers = managers;
    this.#instance = instance;
  }

  get activeRuns(): number {
    const pages = [...this.seen.values()].map(({ page }) => page);
    return pages.reduce((sum, { runs }) => sum + runs.filter(isActive).length, 0);
  }

  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.look();
      await pause(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }

  /** Answers whether there was a manager who told. One that is cut off may tell of the past: versions tell. */
  async look(): Promise<boolean> {
    const lookedAt = new Date();
    const lists = await Promise.all(this.#managers.map((manager) => listOwn(manager, this.#instance).configs()));
    if (lists.every((list) => list === undefined)) return false;
    for (const config of lists.flatMap((list) => list ?? []))
      this.#note(config, { after: this.#lookedAt, by: new Date() });
    this.#lookedAt = lookedAt;
    return true;
  }

  #note({ ID, Version, Spec }: OwnConfig, seen: Seen): void {
    const text = Spec.Labels["shipbell.page"];
    if (text === undefined || (this.#versions.get(ID) ?? 0) >= Version.Index) return;
    this.#versions.set(ID, Version.Index);
    const read = readPage(text);
    if (read.kind === "page")
      this.seen.set(read.page.job, merge(this.seen.get(read.page.job), { page: read.page, text, seen }));
    else this.unreadable.add(`${Spec.Name}: ${read.message}`);
  }
}

interface Look {
  readonly page: Page;
  readonly text: string;
  readonly seen: Seen;
}

function merge(before: SeenPage | undefined, { page, text, seen }: Look): SeenPage {
  const [oldest] = page.verdicts;
  const firstCursor = oldest === undefined ? page.cursor : new Date(oldest.scheduledAt.getTime() - 1);
  const verdicts = new Map(before?.verdicts);
  const changed = page.verdicts.filter((verdict) => {
    const key = verdict.scheduledAt.toISOString();
    const known = verdicts.get(key);
    verdicts.set(key, verdict);
    return known !== undefined && JSON.stringify(known) !== JSON.stringify(verdict);
  });
  return {
    firstCursor: before?.firstCursor ?? firstCursor,
    page,
    runs: new Map([...(before?.runs ?? []), ...page.runs.map((run) => [run.id, run] as const)]),
    endSeen: new Map([
      ...page.runs.filter((run) => !isActive(run)).map(({ id }) => [id, seen] as const),
      ...(before?.endSeen ?? []),
    ]),
    verdicts,
    changedVerdicts: [...(before?.changedVerdicts ?? []), ...changed],
    largestBytes: Math.max(before?.largestBytes ?? 0, Buffer.byteLength(text)),
  };
}
