import { nearestWord } from "../job/problem.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { Page, Run } from "../ledger/page.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** What a command works with that reads or changes pages. */
export interface LedgerParts {
  readonly ledger: Ledger;
  readonly terminal: Pick<Terminal, "out" | "err">;
}

/** The page of a job; undefined, and told, when there is none. */
export async function findPage(job: string, parts: LedgerParts): Promise<Page | undefined> {
  const page = await parts.ledger.read(job);
  if (page !== undefined && page.closedAt === undefined) return page;
  await tellNoJob(job, parts);
  return undefined;
}

/**
 * Says that there is no such job (any more), and which name was meant, as far as that can be guessed. Where it cannot, the
 * job may have been refused: no page tells of that.
 */
export async function tellNoJob(job: string, { ledger, terminal }: LedgerParts): Promise<void> {
  const pages = openPages((await ledger.load()).pages);
  if (pages.has(job)) terminal.err(`shipbell: no source declares ${job} any more`);
  else terminal.err(`shipbell: there is no job "${job}"${didYouMean(job, pages.keys()) || WHERE_PROBLEMS_ARE}`);
}

const WHERE_PROBLEMS_ARE = ' (where a label or file declares it, "shipbell problems" says what is wrong with that)';

/** ` (did you mean "backup"?)`, or nothing. */
export function didYouMean(written: string, names: Iterable<string>): string {
  const nearest = nearestWord(written, names);
  return nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
}

export interface FoundRun {
  readonly page: Page;
  readonly run: Run;
}

/** The run of that id. A job's name can be cut in it, so that all pages are asked. */
export function findRun(id: string, pages: ReadonlyMap<string, Page>): FoundRun | undefined {
  for (const page of pages.values()) {
    const run = page.runs.find((run) => run.id === id);
    if (run !== undefined) return { page, run };
  }
  return undefined;
}

/** Pages that are not on their way out. */
export function openPages(pages: ReadonlyMap<string, Page>): ReadonlyMap<string, Page> {
  return new Map([...pages].filter(([, page]) => page.closedAt === undefined));
}

export function runIds(pages: ReadonlyMap<string, Page>): readonly string[] {
  return [...pages.values()].flatMap(({ runs }) => runs.map(({ id }) => id));
}
