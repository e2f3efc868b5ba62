import type { Broken, Reading, Unread } from "../definition/reading.ts";
import { type Job, type Origin, SOURCES, type SourceName } from "../job/job.ts";
import { isSameTelling } from "../job/notify.ts";
import type { Problem } from "../job/problem.ts";
import { settlePools } from "./pools.ts";
import { linkUpstreams } from "./upstreams.ts";

/** Everything that all sources together declare, as far as they can be read. */
export interface Snapshot {
  readonly jobs: ReadonlyMap<string, Job>;
  readonly problems: readonly SourceProblem[];
  /** Names in `jobs` that stand by their last good definition, because the current one cannot be read. */
  readonly kept: ReadonlySet<string>;
  /** What cannot be read and has no last good version: a job that is not in `jobs` may be declared there. */
  readonly unread: readonly Unread[];
  /** How many slots each pool has. */
  readonly pools: ReadonlyMap<string, number>;
  /** The pools that the operator declares; undefined where that is not known. */
  readonly givenPools?: ReadonlyMap<string, number> | undefined;
  /** What the next merge starts from. */
  readonly views: Readonly<Partial<Record<SourceName, SourceView>>>;
}

interface SourceProblem extends Problem {
  readonly source: SourceName;
}

/** What is known about one source: how it reads now, and the last good version of what cannot be read. */
interface SourceView {
  readonly jobs: readonly Job[];
  readonly kept: ReadonlySet<Job>;
  readonly problems: readonly Problem[];
  readonly unread: readonly Unread[];
  readonly pools: NonNullable<Reading["pools"]>;
}

/** How a source answered. A failure concerns the source as a whole. */
export type Answer =
  | { readonly source: SourceName; readonly reading: Reading }
  | { readonly source: SourceName; readonly failure: Problem };

export const emptySnapshot: Snapshot = {
  jobs: new Map(),
  problems: [],
  kept: new Set(),
  unread: [],
  pools: new Map(),
  views: {},
};

/**
 * Takes the newest answers of some sources and leaves the others as they were. What is broken keeps its last good
 * version, so no mistake makes the schedule smaller. A job goes only when its source was read well and does not have it.
 */
export function mergeReadings(previous: Snapshot, answers: readonly Answer[]): Snapshot {
  const views = { ...previous.views };
  for (const answer of answers) {
    const before = views[answer.source];
    views[answer.source] = "reading" in answer ? viewOf(answer, before) : failedView(answer, before);
  }
  const inOrder = SOURCES.flatMap((source) => views[source] ?? []);
  const { jobs: declared, repeated } = firstOfEachName(inOrder.flatMap((view) => view.jobs));
  const { givenPools: given } = previous;
  const declaredPools = inOrder.flatMap((view) => view.pools);
  const { jobs: pooled, pools, ...ofPools } = settlePools({ jobs: declared, pools: declaredPools, given }, previous);
  const unread = [...inOrder.flatMap((view) => view.unread), ...ofPools.unread];
  const { jobs, ...linked } = linkUpstreams({ jobs: pooled, unread, before: previous.jobs });
  const kept = inOrder.flatMap((view) => [...view.kept]).flatMap((job) => (jobs.get(job.name) === job ? job.name : []));
  return {
    jobs,
    problems: [
      ...SOURCES.flatMap((source) => problemsOf(source, views[source])),
      ...repeated,
      ...ofPools.problems,
      ...linked.problems,
    ],
    kept: new Set([...kept, ...ofPools.kept, ...linked.kept]),
    unread: [...unread, ...linked.unread],
    pools,
    ...(given && { givenPools: given }),
    views,
  };
}

type Failed = Extract<Answer, { readonly failure: Problem }>;
type Read = Exclude<Answer, Failed>;

function failedView({ source, failure }: Failed, before: SourceView | undefined): SourceView {
  const jobs = before?.jobs ?? [];
  const unread = before?.unread ?? [{ source }];
  return { jobs, kept: new Set(jobs), problems: [failure], unread, pools: before?.pools ?? [] };
}

function viewOf({ source, reading }: Read, before: SourceView | undefined): SourceView {
  const declared = new Set(reading.jobs.map(placeOf));
  const isKept = brokenTest(reading.broken);
  const settling = new Set(reading.settling);
  const stay = (before?.jobs ?? []).filter(
    (job) => (isKept(job) || settling.has(job.origin.unit)) && !declared.has(placeOf(job)),
  );
  const kept = stay.filter((job) => isKept(job) || before?.kept.has(job));
  const unsettled = [...settling].filter((unit) => !stay.some((job) => job.origin.unit === unit));
  return {
    // A job that held a name keeps it while it cannot be read.
    jobs: [...stay, ...reading.jobs],
    kept: new Set(kept),
    problems: reading.problems,
    unread: [
      ...reading.broken.filter((broken) => !kept.some(brokenTest([broken]))),
      ...unsettled.map((unit) => ({ unit })),
    ].map((each): Unread => ({ source, ...each })),
    pools: [...poolsThatStay(reading, before), ...(reading.pools ?? [])],
  };
}

/** The pools of units that cannot be read now. */
function poolsThatStay({ broken, brokenPools = [] }: Reading, before: SourceView | undefined): SourceView["pools"] {
  const units = new Set([...broken.flatMap(({ unit, job }) => (job === undefined ? unit : [])), ...brokenPools]);
  return (before?.pools ?? []).filter(({ unit }) => units.has(unit));
}

function placeOf(job: Job): string {
  return `${job.origin.unit}\n${job.name}`;
}

function brokenTest(broken: readonly Broken[]): (job: Job) => boolean {
  const units = new Set(broken.flatMap(({ unit, job }) => (job === undefined ? unit : [])));
  const places = new Set(broken.flatMap(({ unit, job }) => (job === undefined ? [] : `${unit}\n${job}`)));
  return (job) => units.has(job.origin.unit) || places.has(placeOf(job));
}

function problemsOf(source: SourceName, view: SourceView | undefined): SourceProblem[] {
  return (view?.problems ?? []).map((problem) => ({ ...problem, source }));
}

function firstOfEachName(declared: readonly Job[]): { jobs: Map<string, Job>; repeated: SourceProblem[] } {
  const jobs = new Map<string, Job>();
  const repeated: SourceProblem[] = [];
  for (const job of declared) {
    const first = jobs.get(job.name);
    if (first === undefined) jobs.set(job.name, job);
    else repeated.push(repetition(job, first));
  }
  return { jobs, repeated };
}

function repetition({ name, origin }: Job, first: Job): SourceProblem {
  const message = `the job ${name} is already declared by ${first.origin.at}, which counts`;
  return { source: origin.source, at: origin.at, message, hint: "give one of them another name" };
}

/** True when the two have the same jobs, declared in the same places, and the same problems. */
export function isSameSnapshot(a: Snapshot, b: Snapshot): boolean {
  return (
    isSameUnread(a.unread, b.unread) &&
    a.jobs.size === b.jobs.size &&
    a.kept.size === b.kept.size &&
    a.pools.size === b.pools.size &&
    [...a.pools].every(([pool, limit]) => b.pools.get(pool) === limit) &&
    [...a.kept].every((name) => b.kept.has(name)) &&
    JSON.stringify(a.problems) === JSON.stringify(b.problems) &&
    [...a.jobs.values()].every((job) => isSameJob(job, b.jobs.get(job.name)))
  );
}

function isSameUnread(a: Snapshot["unread"], b: Snapshot["unread"]): boolean {
  const isSame = (one: Unread, other: Unread | undefined) =>
    one.source === other?.source && one.unit === other.unit && one.job === other.job && one.text === other.text;
  return a.length === b.length && a.every((one, i) => isSame(one, b[i]));
}

function isSameJob(a: Job, b: Job | undefined): boolean {
  if (b === undefined) return false;
  if (a === b) return true;
  const isSame = a.hash === b.hash && isSamePlace(a.origin, b.origin) && isSameTelling(a.telling, b.telling);
  return isSame && isSameNode(a.node, b.node);
}

function isSameNode(a: Job["node"], b: Job["node"]): boolean {
  return a?.of === b?.of && a?.id === b?.id && a?.name === b?.name && a?.away?.because === b?.away?.because;
}

function isSamePlace(a: Origin, b: Origin): boolean {
  return a.at === b.at && a.source === b.source && a.stack === b.stack && isSameComposeJob(a, b);
}

function isSameComposeJob({ composeJob: a }: Origin, { composeJob: b }: Origin): boolean {
  return a?.project === b?.project && (a === undefined) === (b === undefined);
}
