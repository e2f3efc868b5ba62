import { fitJobName } from "../definition/values/job-name.ts";
import { AWAY_STAYS_MS, type Job, type JobNode, type NodeAway, type Template } from "../job/job.ts";
import { jobHash } from "../job/job-hash.ts";
import { ofOwnJitter } from "../job/own-number.ts";
import { meetsConstraints, type NodeTraits } from "../job/placement.ts";
import type { Snapshot } from "./snapshot.ts";

/** A node of the Swarm, as its engine lists it. */
export interface SwarmNode {
  readonly id: string;
  /** Its hostname, which several may have. */
  readonly name: string;
  readonly state: string;
  readonly availability: "active" | "pause" | "drain";
  readonly traits?: NodeTraits;
}

/** A job that was made for a node before, by its name: what its record says. */
export type KnownNodeJobs = ReadonlyMap<string, Pick<JobNode, "of" | "id" | "name"> & { readonly awaySince?: Date }>;

export interface NodesSeen {
  /** Or why they cannot be listed, where they never could. */
  readonly nodes: readonly SwarmNode[] | { readonly unreadable: string };
  readonly known: KnownNodeJobs;
  readonly now: Date;
}

export interface Expanded {
  readonly snapshot: Snapshot;
  /** When a job for a node that is away is to go. */
  readonly nextGoesAt?: Date;
}

/** Each has a record, which is read and kept in memory: so many for one declared job, and for all of them. */
export const MOST_NODES = 100;
export const MOST_NODE_JOBS = 1000;

/** True where a job of the snapshot is declared for each node. */
export function wantsNodes({ jobs }: Snapshot): boolean {
  for (const { eachNode } of jobs.values()) if (eachNode !== undefined) return true;
  return false;
}

/**
 * Puts a job for each node in place of a job that is declared for each node; the others stay as they are. What is behind the
 * catalog sees ordinary jobs: `clean.host-7`, with a constraint that names the node.
 *
 * A node counts if it is in the Swarm, its availability is active, and it meets the job's constraints; one that is down
 * counts, for it is expected back. The job of a node that no longer counts is suspended, and goes a day later.
 */
export function expandEachNode(snapshot: Snapshot, seen: NodesSeen): Expanded {
  if (!wantsNodes(snapshot)) return { snapshot };
  const out: Out = { jobs: new Map(), problems: [], unread: [], kept: new Set(), made: 0 };
  // A job that is declared under such a name counts.
  for (const job of snapshot.jobs.values()) if (job.eachNode === undefined) out.jobs.set(job.name, job);
  for (const name of snapshot.kept) if (out.jobs.has(name)) out.kept.add(name);
  const goes: Date[] = [];
  for (const job of snapshot.jobs.values())
    if (job.eachNode !== undefined) goes.push(...expandJob(job, seen, snapshot, out));
  const { jobs, kept } = out;
  const problems = [...snapshot.problems, ...out.problems];
  const expanded = { ...snapshot, jobs, kept, problems, unread: [...snapshot.unread, ...out.unread] };
  const [nextGoesAt] = goes.sort((a, b) => a.getTime() - b.getTime());
  return { snapshot: expanded, ...(nextGoesAt && { nextGoesAt }) };
}

interface Out {
  readonly jobs: Map<string, Job>;
  readonly problems: Snapshot["problems"][number][];
  readonly unread: Snapshot["unread"][number][];
  readonly kept: Set<string>;
  made: number;
}

/** Returns when the jobs of nodes that are away are to go. */
function expandJob(declared: Job, { nodes, known, now }: NodesSeen, { kept }: Snapshot, out: Out): readonly Date[] {
  const { origin, name } = declared;
  const tell = (message: string, hint: string) =>
    out.problems.push({ source: origin.source, at: origin.at, message: `the job ${name} ${message}`, hint });
  if ("unreadable" in nodes) {
    out.unread.push({ source: origin.source, unit: origin.unit, job: name });
    tell(
      `is for each node, and the nodes cannot be listed now: ${nodes.unreadable}`,
      "none of its jobs is started until they can be",
    );
    return [];
  }
  const own = new Map([...known].filter(([, { of }]) => of === name));
  const all = [...matching(declared, nodes, own), ...away(declared, { nodes, known: own, now })];
  const taken = all.filter(({ node }) => out.jobs.has(node.job));
  for (const { node } of taken)
    tell(
      `cannot have ${node.job}, which ${out.jobs.get(node.job)?.origin.at} declares`,
      "give one of them another name",
    );
  const free = all.filter(({ node }) => !out.jobs.has(node.job));
  const made = free.slice(0, Math.min(MOST_NODES, MOST_NODE_JOBS - out.made));
  if (made.length < free.length)
    tell(
      `is for ${free.length} nodes, of which ${made.length} get a job: at most ${MOST_NODES} for each such job, and ${MOST_NODE_JOBS} in all`,
      "choose fewer nodes with deploy.placement.constraints",
    );
  if (all.length === 0)
    tell("runs nowhere: no active node of the Swarm meets its constraints", "docker node ls shows the nodes");
  out.made += made.length;
  for (const { node, isAway } of made.toSorted(byName)) {
    out.jobs.set(node.job, jobOf(declared, node, isAway));
    if (kept.has(name)) out.kept.add(node.job);
  }
  return made.flatMap(({ isAway }) => (isAway === undefined ? [] : goesAt(isAway.since)));
}

function byName({ node: a }: Member, { node: b }: Member): number {
  return a.job < b.job ? -1 : 1;
}

interface NamedNode {
  readonly job: string;
  readonly id: string;
  readonly name: string;
}

interface Member {
  readonly node: NamedNode;
  readonly isAway?: NodeAway;
}

/** The nodes that count, those first that have a job already. */
function matching(job: Job, nodes: readonly SwarmNode[], known: KnownNodeJobs): readonly Member[] {
  return nameNodes(job.name, countingNodes(job, nodes, known), known).map((node) => ({ node }));
}

/**
 * A node that is down does not count either while the job of its name is that of another node, which is there, drained or
 * without a label: it is what that one was before it joined again.
 */
function countingNodes(
  { name, eachNode }: Job,
  nodes: readonly SwarmNode[],
  known: KnownNodeJobs,
): readonly SwarmNode[] {
  const there = new Set(nodes.filter(({ state }) => state !== "down").map(({ id }) => id));
  const ofKnown = new Set([...known.values()].map(({ id }) => id));
  return nodes.filter((node) => {
    const owner = known.get(nodeJobName(name, node.name, ""))?.id;
    const isFormer = node.state === "down" && !ofKnown.has(node.id) && owner !== undefined && there.has(owner);
    return !isFormer && whyAway(node, eachNode?.constraints ?? []) === undefined;
  });
}

/** The jobs that are known for nodes which no longer count, for as long as they stay. */
function away(
  job: Job,
  { nodes, known, now }: { readonly nodes: readonly SwarmNode[]; readonly known: KnownNodeJobs; readonly now: Date },
): readonly Member[] {
  const constraints = job.eachNode?.constraints ?? [];
  const taken = new Set(matching(job, nodes, known).flatMap(({ node }) => [node.job, node.id]));
  return [...known].flatMap(([job, { id, name: host, awaySince = now }]) => {
    // Under another name its node has another job, and under its name there is another node now.
    if (taken.has(job) || taken.has(id) || goesAt(awaySince) <= now) return [];
    const because =
      whyAway(
        nodes.find((node) => node.id === id),
        constraints,
      ) ?? "left";
    return [{ node: { job, id, name: host }, isAway: { since: awaySince, because } }];
  });
}

function goesAt(since: Date): Date {
  return new Date(since.getTime() + AWAY_STAYS_MS);
}

function whyAway(node: SwarmNode | undefined, constraints: readonly string[]): NodeAway["because"] | undefined {
  if (node === undefined) return "left";
  if (node.availability !== "active") return node.availability;
  return node.traits === undefined || meetsConstraints(node.id, node.traits, constraints) ? undefined : "unmatched";
}

/**
 * Names the job of each node: `JOB.HOSTNAME`. A node keeps the name that its job has. Of several nodes with one hostname, one
 * has it as it is, and the others with a part of their IDs; but a node that is down, while another has its name, is what that
 * other one was before it joined again, and has no job.
 */
function nameNodes(job: string, nodes: readonly SwarmNode[], known: KnownNodeJobs): readonly NamedNode[] {
  const knownAs = new Map([...known].map(([name, { id }]) => [id, name]));
  const rank = ({ id, state }: SwarmNode) => (state === "down" ? 2 : 0) + (knownAs.has(id) ? 0 : 1);
  const inOrder = nodes.toSorted((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1));
  const named = new Map<string, NamedNode>();
  for (const { id, name, state } of inOrder) {
    const plain = knownAs.get(id) ?? nodeJobName(job, name, "");
    if (state === "down" && named.has(plain)) continue;
    const free = named.has(plain) ? nodeJobName(job, name, `-${id.slice(0, ID_SHOWN)}`) : plain;
    named.set(free, { job: free, id, name });
  }
  return [...named.values()];
}

/** Enough to tell nodes of one name apart. */
const ID_SHOWN = 12;
const LONGEST_NAME = 63;

/** Room for it is left by the check of the declared job's name (`definition/read-job.ts`). */
function nodeJobName(job: string, host: string, suffix: string): string {
  const fitted = fitJobName(host.slice(0, LONGEST_NAME)) ?? "node";
  return `${job}.${fitted.slice(0, LONGEST_NAME - job.length - 1 - suffix.length)}${suffix}`;
}

/** The hash follows from name, template and whether it is suspended: two schedulers make the same job of a node. */
function jobOf(declared: Job, { job: name, id, name: host }: NamedNode, away: NodeAway | undefined): Job {
  const { eachNode: _eachNode, hash: _hash, node: _node, ...rest } = declared;
  const job = {
    ...rest,
    name,
    schedules: declared.schedules.map((schedule) => ofOwnJitter(schedule, name)),
    template: onNode(declared, id),
    suspended: declared.suspended || away !== undefined,
    node: { of: declared.name, id, name: host, ...(away && { away }) },
  };
  return { ...job, hash: jobHash(job) };
}

function onNode({ name, template }: Job, id: string): Template {
  if (template.kind === "clone") return { ...template, node: { id, of: name } };
  if (template.kind !== "compose") return template;
  const { placement } = template;
  return { ...template, placement: { ...placement, constraints: [...placement.constraints, `node.id == ${id}`] } };
}
