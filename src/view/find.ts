import { nearestWord } from "../job/problem.ts";
import { activeRuns, type JobRecord, type Run } from "../ledger/record.ts";

/** All records of a ledger, by job. */
export type Records = ReadonlyMap<string, JobRecord>;

/** The records that are not closed: a closed one is about to be deleted. */
export function openRecords(records: Records): Records {
  return new Map([...records].filter(([, record]) => record.closedAt === undefined));
}

interface FoundRun {
  readonly record: JobRecord;
  readonly run: Run;
}

/** The run with that ID. All records are searched, since an ID may have only a part of the job's name. */
export function findRun(id: string, records: Records): FoundRun | undefined {
  for (const record of records.values()) {
    const run = record.runs.find((run) => run.id === id);
    if (run !== undefined) return { record, run };
  }
  return undefined;
}

/** The run with that ID, or the latest run of the job with that name; `none` for a job whose record has no run. */
export function findRunOrLatest(runOrJob: string, records: Records): FoundRun | "none" | undefined {
  const record = records.get(runOrJob);
  if (record === undefined) return findRun(runOrJob, records);
  const run = record.runs.at(-1);
  return run === undefined ? "none" : { record, run };
}

export function runIds(records: Records): readonly string[] {
  return [...records.values()].flatMap(({ runs }) => runs.map(({ id }) => id));
}

/**
 * Why there is no job of that name, with the name that was probably meant. Where none is near, its definition may have
 * been refused: no record says that.
 */
export function whyNoJob(job: string, records: Records): string {
  const open = openRecords(records);
  if (open.has(job)) return `no source declares ${job} any longer`;
  const onNode = open.values().find(({ definition }) => definition.node?.of === job);
  if (onNode !== undefined) return `${job} is declared for each node: name the job of one, such as ${onNode.job}`;
  return `there is no job "${job}"${didYouMean(job, open.keys()) || WHERE_PROBLEMS_ARE}`;
}

const WHERE_PROBLEMS_ARE = ' (where a label or file declares it, "shipbell problems" says what is wrong with that)';

/** Why there is no run with that ID, with the one that was probably meant. */
export function whyNoRun(id: string, records: Records): string {
  const open = openRecords(records);
  const record = open.get(id);
  if (record === undefined) return `there is no run "${id}"${didYouMean(id, runIds(open))}`;
  const active = activeRuns(record).map((run) => run.id);
  return `${id} is a job, ${active.length === 0 ? "and no run of it is active" : `and active is ${active.join(", ")}`}`;
}

/** ` (did you mean "backup"?)`, or nothing where no name is near. */
export function didYouMean(written: string, names: Iterable<string>): string {
  const nearest = nearestWord(written, names);
  return nearest === undefined ? "" : ` (did you mean "${nearest}"?)`;
}
