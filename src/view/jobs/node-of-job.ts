import type { JobNode, NodeAway } from "../../job/job.ts";
import type { NodeSeen } from "../../ledger/record.ts";

/** The node of a job that was made for it, by a declaration for each node. */
export interface NodeOfJob extends Pick<JobNode, "of" | "id" | "name"> {
  /** Since when nothing is started there. */
  readonly awaySince?: Date;
  /** Why; absent where no scheduler says it. */
  readonly because?: NodeAway["because"];
}

/** What the record and the running scheduler say of the node together. */
export function nodeOfJob(seen: NodeSeen | undefined, declared: JobNode | undefined): NodeOfJob | undefined {
  const { of, id, name } = declared ?? seen ?? {};
  if (of === undefined || id === undefined || name === undefined) return undefined;
  const { away } = declared ?? {};
  const awaySince = declared !== undefined && away === undefined ? undefined : (seen?.awaySince ?? away?.since);
  return { of, id, name, ...(awaySince && { awaySince }), ...(away && { because: away.because }) };
}

const AWAY: Readonly<Record<NodeAway["because"], string>> = {
  left: "has left the Swarm",
  drain: "is drained",
  pause: "is paused",
  unmatched: "no longer meets the placement constraints",
};

/** For a sentence: `host-7 is drained`. */
export function awayWords({ name, because }: NodeOfJob): string {
  return `${name} ${because === undefined ? "has left the Swarm, or takes no work" : AWAY[because]}`;
}
