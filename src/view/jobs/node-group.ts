import { isActive, type JobRecord } from "../../ledger/record.ts";
import { openRecords, type Records } from "../find.ts";
import { counted } from "../words/counted.ts";
import type { JobView } from "./job-view.ts";

/** The jobs that were made for nodes, by the declared job, in the order of their names. */
export function nodeGroups(jobs: Iterable<JobView>): ReadonlyMap<string, readonly JobView[]> {
  const groups = new Map<string, JobView[]>();
  for (const job of jobs) {
    if (job.node === undefined) continue;
    const group = groups.get(job.node.of) ?? [];
    group.push(job);
    groups.set(job.node.of, group);
  }
  return groups;
}

/** The declared jobs of a name that was declared for each node. Empty where there is a job of that name, or no such group. */
export function jobsOfGroup(group: string, records: Records): readonly string[] {
  const open = openRecords(records);
  if (open.has(group)) return [];
  return [...open.values()]
    .filter((record) => isOfGroup(record, group))
    .flatMap(({ job }) => job)
    .sort();
}

/** The active runs of all jobs of a group. */
export function activeRunsOfGroup(group: string, records: Records): readonly string[] {
  return jobsOfGroup(group, records).flatMap((job) =>
    (records.get(job)?.runs ?? []).filter(isActive).map(({ id }) => id),
  );
}

function isOfGroup({ definition, removedAt }: JobRecord, group: string): boolean {
  return definition.node?.of === group && removedAt === undefined;
}

/** So many nodes are named; of more, their number is told. */
const NAMED = 5;

/** How a job stands on its nodes: `12 nodes, 11 succeeded, host-7 failed`. What is unusual names its nodes. */
export function groupInWords(jobs: readonly JobView[]): string {
  const names = (of: (job: JobView) => boolean) => jobs.filter(of).map(({ job, node }) => node?.name ?? job);
  const present = (kind: string | undefined) => (job: JobView) =>
    job.node?.awaySince === undefined && job.lastOutcome?.kind === kind;
  const number = (word: string, of: readonly string[]) => (of.length === 0 ? [] : [`${of.length} ${word}`]);
  const named = (word: string, of: readonly string[]) => {
    if (of.length === 0) return [];
    return [`${of.length > NAMED ? of.length : of.join(" and ")} ${word}`];
  };
  const running = names(({ activeRuns }) => activeRuns > 0);
  return [
    counted(jobs.length, "node"),
    ...number("succeeded", names(present("succeeded"))),
    ...FAILURES.flatMap((kind) => named(WORDS[kind] ?? kind, names(present(kind)))),
    ...number("not run yet", names(present(undefined))),
    ...number("running", running),
    ...named(
      "away",
      names(({ node }) => node?.awaySince !== undefined),
    ),
  ].join(", ");
}

const FAILURES = ["failed", "timed-out", "rejected", "lost", "cancelled", "replaced"] as const;
const WORDS: Readonly<Partial<Record<(typeof FAILURES)[number], string>>> = { "timed-out": "timed out" };
