import type { EachNode, Job } from "../../../src/job/job.ts";
import { jobHash } from "../../../src/job/job-hash.ts";
import type { FakeNode } from "../../support/fake-nodes.ts";
import type { NodesPlan } from "./story.ts";

/** Those that come and go, by their hostnames. */
export const HOSTS = ["node 1", "node 2", "node 3"] as const;

/** It takes no work, and is always there: a Swarm has one node at least. */
export const MANAGER = "manager";

export const LABEL = { works: "yes" };

/** The nodes that a job is declared for. */
export function eachNodeOf(which: NodesPlan["jobs"][number] | undefined): EachNode | undefined {
  if (which === undefined || which === "any") return undefined;
  return { constraints: which === "labelled" ? ["node.labels.works == yes"] : [] };
}

/** The declared job: `backup` for `backup.node-1`; any other job itself. */
export function declaredNameOf(job: string): string {
  return job.split(".", 1)[0] ?? job;
}

export function nodeJobName(declared: string, host: string): string {
  return `${declared}.${host.replace(" ", "-")}`;
}

/** The job of a node, by what the documents say of it. */
export function nodeJob(
  declared: Job,
  host: string,
  { id, isAway }: { readonly id: string; readonly isAway: boolean },
): Job {
  const { eachNode: _eachNode, hash: _hash, template, ...rest } = declared;
  if (template.kind !== "compose") throw new Error("nothing else is declared here");
  const { placement } = template;
  const constraints = [...placement.constraints, `node.id == ${id}`];
  const job = {
    ...rest,
    name: nodeJobName(declared.name, host),
    template: { ...template, placement: { ...placement, constraints } },
    suspended: declared.suspended || isAway,
    node: { of: declared.name, id, name: host },
  };
  return { ...job, hash: jobHash(job) };
}

/** Whether a job that is declared for these nodes is for this one, be it up or down. */
export function isForNode({ constraints }: EachNode, { availability = "active", labels = {} }: FakeNode): boolean {
  return availability === "active" && (constraints.length === 0 || "works" in labels);
}
