import type { DockerJobRun } from "../../engines/engine.ts";
import type { Job, Origin } from "../../job/job.ts";
import type { ViewProblem } from "./scheduler-view.ts";

/** How long a run tells that Docker's scheduler has the job. More than a day: a job that is due each day is named all the time. */
const TELLS_FOR_MS = 25 * 3_600_000;

/** By a job's name, what Docker's own scheduler calls it: `shop.backup`. */
export type DockerNames = ReadonlyMap<string, readonly string[]>;

/** The jobs that Docker's own scheduler may start as well. It starts by schedule alone. */
export function dockerMayStart(jobs: Iterable<Job>): readonly Job[] {
  const found: Job[] = [];
  for (const job of jobs)
    if (job.origin.composeJob !== undefined && job.schedules.length > 0 && !job.suspended) found.push(job);
  return found;
}

/** Whether a run of Docker's scheduler, by its start, still tells what that scheduler has. */
export function isRecent({ startedAt }: Pick<DockerJobRun, "startedAt">, now: Date): boolean {
  return now.getTime() - startedAt.getTime() < TELLS_FOR_MS;
}

/**
 * Returns which of these jobs Docker's own scheduler starts, too, each with its names there. A job is the same where name and
 * project are. Where the project of the file is not known, it may be any.
 */
export function alsoStartedByDocker(
  jobs: Iterable<Job>,
  { runs, now }: { readonly runs: Iterable<DockerJobRun>; readonly now: Date },
): DockerNames {
  const projectsOf = new Map<string, Set<string>>();
  for (const run of runs) {
    if (run.compose === undefined || !isRecent(run, now)) continue;
    const { project, job } = run.compose;
    projectsOf.set(job, (projectsOf.get(job) ?? new Set()).add(project));
  }
  const found = new Map<string, readonly string[]>();
  for (const { name, origin } of dockerMayStart(jobs)) {
    const { project } = origin.composeJob ?? {};
    const projects = [...(projectsOf.get(name) ?? [])].filter((each) => project === undefined || each === project);
    if (projects.length > 0)
      found.set(
        name,
        projects.toSorted().map((each) => `${each}.${name}`),
      );
  }
  return found;
}

/** Returns a warning for each of these jobs that has names in Docker's own scheduler: what is wrong, and what to do about it. */
export function dockerJobProblems(jobs: Iterable<Job>, names: DockerNames): readonly ViewProblem[] {
  return dockerMayStart(jobs).flatMap(({ name, origin }): ViewProblem[] => {
    const known = names.get(name);
    if (known === undefined) return [];
    const [text, ...otherwise] = dockerJobWords(origin, known);
    const hint = [
      `take it out of the engine with "docker job rm ${known.join(" ")}", or out of this file`,
      ...otherwise,
    ];
    return [
      {
        ...{ source: "scheduler", job: name, at: origin.at, severity: "warning" },
        message: `Docker's own scheduler starts ${text}`,
        hint: hint.join("; "),
      },
    ];
  });
}

/** What Docker's scheduler starts, and what else to do where it is not certain that it is the same. */
export function dockerJobWords(
  { composeJob }: Origin,
  names: readonly string[],
): readonly [text: string, otherwise?: string] {
  if (composeJob?.project !== undefined) return [`this job, too, as ${names.join()}: it runs twice`];
  return [
    `a job of this name, too, as ${names.join(" and ")}: if it is this one, it runs twice`,
    "if it is another one, write name: at the top of the file, with the project that it is of",
  ];
}
