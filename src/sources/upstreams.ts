import { mayDeclare, type Unread } from "../definition/reading.ts";
import type { Job, SourceName } from "../job/job.ts";
import { didYouMean, nearestWord, type Problem } from "../job/problem.ts";

/** Declared jobs, after what each says of another one was looked at. */
interface Linked {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly problems: readonly (Problem & { readonly source: SourceName })[];
  /** Names of jobs that stand by their last good definition. */
  readonly kept: readonly string[];
  readonly unread: readonly Unread[];
}

interface Declared {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly unread: readonly Unread[];
  /** What was declared before: the last good definitions. */
  readonly before: ReadonlyMap<string, Job>;
}

/**
 * Looks at what `after` says, once all jobs are known. Jobs that start each other in a circle are refused: each stands by its
 * last good definition, and one without is not carried out. A job whose upstream no source declares stays as it is, as that may
 * come: this is a warning.
 */
export function linkUpstreams({ jobs: declared, unread, before }: Declared): Linked {
  if (![...declared.values()].some(({ after }) => after !== undefined))
    return { jobs: declared, problems: [], kept: [], unread: [] };
  const jobs = new Map(declared);
  const refused = new Map<string, Problem & { readonly source: SourceName }>();
  for (let circle = findCircle(jobs); circle !== undefined; circle = findCircle(jobs)) {
    const changed = circle.filter((job) => isOtherThan(job, before.get(job.name)));
    for (const job of changed.length > 0 ? changed : circle) {
      if (!refused.has(job.name)) refused.set(job.name, circularProblem(job, circle));
      const last = before.get(job.name);
      if (changed.length > 0 && last !== undefined) jobs.set(job.name, last);
      else jobs.delete(job.name);
    }
  }
  const gone = [...refused.keys()].filter((name) => !jobs.has(name));
  return {
    jobs,
    problems: [
      ...refused.values(),
      ...[...jobs.values()].flatMap((job) => undeclaredProblem(job, { jobs, refused, unread })),
    ],
    kept: [...refused.keys()].filter((name) => jobs.has(name)),
    unread: gone.flatMap((name) => {
      const origin = declared.get(name)?.origin;
      return origin === undefined ? [] : [{ source: origin.source, unit: origin.unit, job: name }];
    }),
  };
}

/** Each job has at most one upstream: who follows them comes to an end, or to where it has been. */
function findCircle(jobs: ReadonlyMap<string, Job>): readonly Job[] | undefined {
  const isDone = new Set<string>();
  for (const first of jobs.values()) {
    const path: Job[] = [];
    for (let job: Job | undefined = first; job !== undefined && !isDone.has(job.name); ) {
      isDone.add(job.name);
      path.push(job);
      const upstream: Job | undefined = declaredAs(job.after?.job, jobs);
      const begin = path.findIndex(({ name }) => name === upstream?.name);
      if (begin !== -1) return path.slice(begin);
      job = upstream;
    }
  }
  return undefined;
}

/** The job of that name; of one for a node (`clean.host-1`), the job that is declared for each of them. */
function declaredAs(name: string | undefined, jobs: ReadonlyMap<string, Job>): Job | undefined {
  if (name === undefined) return undefined;
  const own = jobs.get(name);
  for (let dot = name.indexOf("."); own === undefined && dot !== -1; dot = name.indexOf(".", dot + 1)) {
    const each = jobs.get(name.slice(0, dot));
    if (each?.eachNode !== undefined) return each;
  }
  return own;
}

/** True where the job was declared before, and otherwise. */
function isOtherThan(job: Job, before: Job | undefined): boolean {
  return before !== undefined && before.hash !== job.hash;
}

function circularProblem({ name, origin }: Job, circle: readonly Job[]) {
  const names = circle.map((job) => job.name);
  const begin = names.indexOf(name);
  // In the order in which they would start each other.
  const path = [...names.slice(begin), ...names.slice(0, begin + 1)].reverse().join(" → ");
  return {
    source: origin.source,
    at: origin.at,
    message: `the job ${name} would start itself again and again by after: ${path}`,
    hint: "take after away from one of them",
  };
}

interface Known extends Pick<Declared, "jobs" | "unread"> {
  readonly refused: ReadonlyMap<string, unknown>;
}

function undeclaredProblem({ name, after, origin }: Job, { jobs, refused, unread }: Known): Linked["problems"] {
  const upstream = after?.job;
  if (upstream === undefined || refused.has(upstream)) return [];
  const found = declaredAs(upstream, jobs);
  if (found?.name === upstream && found.eachNode !== undefined) {
    const message = `after of the job ${name} names ${upstream}, which is a job on each node: no end of it will start the job`;
    const hint = `name that of one node, such as ${upstream}.NODE`;
    return [{ source: origin.source, at: origin.at, message, hint, severity: "warning" }];
  }
  if (found !== undefined) return [];
  if (unread.some((each) => mayDeclare(each, { name: upstream }))) return [];
  const message = `after of the job ${name} names ${upstream}, which is not declared: no end of it will start the job`;
  const hint = didYouMean(nearestWord(upstream, jobs.keys())) ?? `declare a job ${upstream}, or name another one`;
  return [{ source: origin.source, at: origin.at, message, hint, severity: "warning" }];
}
