import type { Job } from "../jobs/job.ts";
import { followDefinition, noteRemoval } from "../ledger/definition-changes.ts";
import type { Page } from "../ledger/page.ts";
import type { Book } from "./book.ts";

/** What the sources declare together. */
export interface Declared {
  readonly jobs: ReadonlyMap<string, Job>;
  /** False while something is declared that cannot be read: then a job that is not in `jobs` is not gone. */
  readonly complete: boolean;
}

/**
 * Makes these the jobs, and the pages follow them, as a scheduler of this generation sees them. Answers with the jobs
 * whose pages changed.
 */
export async function followDefinitions(
  { jobs, complete }: Declared,
  book: Book,
  generation: number,
  now: Date,
): Promise<readonly string[]> {
  book.declare(jobs);
  const changed = [...jobs.values()].filter((job) => isNews(job, book.pages.get(job.name)));
  const gone = complete ? undeclared(book).filter(({ removedAt }) => removedAt === undefined) : [];
  await Promise.all([
    ...changed.map((job) => book.change(job.name, (page) => followDefinition(page, job, generation, now))),
    ...gone.map(({ job }) => book.change(job, (page) => noteRemoval(page, generation, now))),
  ]);
  return [...changed.map(({ name }) => name), ...gone.map(({ job }) => job)];
}

function isNews({ hash }: Job, page: Page | undefined): boolean {
  return page === undefined || page.removedAt !== undefined || page.definition.hash !== hash;
}

function undeclared({ jobs, pages }: Book): Page[] {
  return [...pages.values()].filter(({ job }) => !jobs.has(job));
}
