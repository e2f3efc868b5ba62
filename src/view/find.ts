import { nearestWord } from "../job/problem.ts";
import type { Ledger } from "../ledger/ledger.ts";
import type { JobRecord, Run } from "../ledger/record.ts";
import type { Terminal } from "../cli/terminal/terminal.ts";

/** What a command works with that reads or changes records. */
export interface LedgerParts {
  readonly ledger: Ledger;
  readonly terminal: Pick<Terminal, "out" | "err">;
}

/** The record of a job; undefined, and told, when there is none. */
export async function findRecord(job: string, parts: LedgerParts): Promise<JobRecord | undefined> {
  const record = await parts.ledger.read(job);
  if (record !== undefined && record.closedAt === undefined) return record;
  await tellNoJob(job, parts);
  return undefined;
}

/**
 * Says that there is no such job (any more), and which name was meant, as far as that can be guessed. Where it cannot, the
 * job may have been refused: no record tells of that.
 */
export async function tellNoJob(job: string, { ledger, terminal }: LedgerParts): Promise<void> {
  const records = openRecords((await ledger.load()).records);
  if (records.has(job)) terminal.err(`shipbell: no source declares ${job} any more`);
  else terminal.err(`shipbell: there is no job "${job}"${didYouMean(job, records.keys()) || WHERE_PROBLEMS_ARE}`);
}

const WHERE_PROBLEMS_ARE = ' (where a label or file declares it, "shipbell problems" says what is wrong with that)';

/** ` (did you mean "backup"?)`, or nothing. */
export function didYouMean(written: string, names: Iterable<string>): string {
  const nearest = nearestWord(written, names);
  return nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
}

export interface FoundRun {
  readonly record: JobRecord;
  readonly run: Run;
}

/** The run of that id. A job's name can be cut in it, so that all records are asked. */
export function findRun(id: string, records: ReadonlyMap<string, JobRecord>): FoundRun | undefined {
  for (const record of records.values()) {
    const run = record.runs.find((run) => run.id === id);
    if (run !== undefined) return { record, run };
  }
  return undefined;
}

/** Records that are not on their way out. */
export function openRecords(records: ReadonlyMap<string, JobRecord>): ReadonlyMap<string, JobRecord> {
  return new Map([...records].filter(([, record]) => record.closedAt === undefined));
}

export function runIds(records: ReadonlyMap<string, JobRecord>): readonly string[] {
  return [...records.values()].flatMap(({ runs }) => runs.map(({ id }) => id));
}
