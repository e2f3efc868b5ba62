import { type KnownJob, mayDeclare, type Unread } from "../definition/reading.ts";
import type { Job } from "../job/job.ts";
import type { JobRecord, NodeSeen } from "../ledger/record.ts";
import type { DefinitionEvent, SourceProblem } from "../observe/run-events.ts";

/** What the sources declare together, and what is wrong with it. */
export interface Definitions {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly problems: readonly SourceProblem[];
  /** Names of jobs that keep their last good definition, because they cannot be read now. */
  readonly kept: ReadonlySet<string>;
  /** What cannot be read, and may declare jobs that are not in `jobs`. */
  readonly unread: readonly Unread[];
  /** Jobs that are no longer in `jobs`, and may be declared by what cannot be read. They are not started. */
  readonly unsure: ReadonlyMap<string, KnownJob>;
}

export const noDefinitions: Definitions = {
  jobs: new Map(),
  problems: [],
  kept: new Set(),
  unread: [],
  unsure: new Map(),
};

/** Returns what the sources declare now. A job that they declared before, and that something unreadable may declare, is unsure. */
export function nextDefinitions(before: Definitions, now: Omit<Definitions, "unsure">): Definitions {
  const known: readonly KnownJob[] = [...before.jobs.values(), ...before.unsure.values()];
  const unsure = known.filter((job) => !now.jobs.has(job.name) && now.unread.some((unread) => mayDeclare(unread, job)));
  return { ...now, unsure: new Map(unsure.map((job) => [job.name, job])) };
}

/** Returns what to log of a change: each problem when it comes and when it goes, the jobs once, and what is kept. */
export function definitionEvents(before: Definitions, after: Definitions): readonly DefinitionEvent[] {
  const { jobs } = after;
  const added = [...jobs.keys()].filter((name) => !before.jobs.has(name) && !before.unsure.has(name));
  const known = [...before.jobs.keys(), ...before.unsure.keys()];
  const removed = known.filter((name) => !jobs.has(name) && !after.unsure.has(name));
  const changed = [...jobs.values()].filter(({ name, hash }) => {
    const known = before.jobs.get(name);
    return known === undefined ? before.unsure.has(name) : known.hash !== hash;
  });
  const kept = [...after.kept].filter((name) => !before.kept.has(name));
  const unsure = [...after.unsure.keys()].filter((name) => !before.unsure.has(name));
  const isOther = added.length + removed.length + changed.length > 0;
  return [
    ...missingIn(before.problems, after.problems).map((problem) => ({ event: "problem", ...problem }) as const),
    ...missingIn(after.problems, before.problems).map((problem) => ({ event: "problem-solved", ...problem }) as const),
    ...(isOther
      ? ([
          { event: "jobs-changed", jobs: jobs.size, added, changed: changed.map(({ name }) => name), removed },
        ] as const)
      : []),
    ...(kept.length > 0 ? ([{ event: "definitions-kept", jobs: kept }] as const) : []),
    ...(unsure.length > 0 ? ([{ event: "definitions-unsure", jobs: unsure }] as const) : []),
  ];
}

function missingIn(known: readonly SourceProblem[], problems: readonly SourceProblem[]): readonly SourceProblem[] {
  const keys = new Set(known.map(keyOf));
  return problems.filter((problem) => !keys.has(keyOf(problem)));
}

function keyOf({ source, at, message }: SourceProblem): string {
  return `${source}\n${at}\n${message}`;
}

/** What the record says about where its job was declared. */
export function knownJob({ job: name, definition: { origin, node } }: JobRecord): KnownJob {
  return { name, ...(origin !== undefined && { origin }), ...(node !== undefined && { node }) };
}

/** The jobs that were made for nodes, by name, as their records say it; without those that are no longer declared. */
export function nodeJobs(records: ReadonlyMap<string, JobRecord>): ReadonlyMap<string, NodeSeen> {
  const jobs = new Map<string, NodeSeen>();
  for (const [job, { definition, removedAt, closedAt }] of records)
    if (definition.node !== undefined && removedAt === undefined && closedAt === undefined)
      jobs.set(job, definition.node);
  return jobs;
}
