import type { Job } from "../jobs/job.ts";
import type { DefinitionEvent, SourceProblem } from "./run-events.ts";

/** What the sources declare together, and what is wrong with it. */
export interface Definitions {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly problems: readonly SourceProblem[];
}

/** What is to be told of a change: each problem when it comes and when it goes, and the jobs once. */
export function definitionEvents(before: Definitions, after: Definitions): readonly DefinitionEvent[] {
  const { jobs } = after;
  const added = [...jobs.keys()].filter((name) => !before.jobs.has(name));
  const removed = [...before.jobs.keys()].filter((name) => !jobs.has(name));
  const changed = [...jobs.values()].filter(({ name, hash }) => {
    const known = before.jobs.get(name);
    return known !== undefined && known.hash !== hash;
  });
  const isOther = added.length + removed.length + changed.length > 0;
  return [
    ...missingIn(before.problems, after.problems).map((problem) => ({ event: "problem", ...problem }) as const),
    ...missingIn(after.problems, before.problems).map((problem) => ({ event: "problem-solved", ...problem }) as const),
    ...(isOther
      ? ([
          { event: "jobs-changed", jobs: jobs.size, added, changed: changed.map(({ name }) => name), removed },
        ] as const)
      : []),
  ];
}

function missingIn(known: readonly SourceProblem[], problems: readonly SourceProblem[]): readonly SourceProblem[] {
  const keys = new Set(known.map(keyOf));
  return problems.filter((problem) => !keys.has(keyOf(problem)));
}

function keyOf({ source, at, message }: SourceProblem): string {
  return `${source}\n${at}\n${message}`;
}
