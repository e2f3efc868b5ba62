import type { EachNode, Template } from "../job/job.ts";
import { AS_SERVICES, LEAVE_OUT } from "./compose/key-group.ts";
import type { PolicyKeys } from "./policies.ts";
import type { Issue } from "./values/issue.ts";

type Written = Readonly<Record<string, unknown>>;

/** `constraints`: those of the object that is run, where the template does not have them. Undefined for a job of its own. */
export function makeEachNode(
  { nodes }: PolicyKeys,
  template: Template,
  constraints: readonly string[] = [],
): EachNode | undefined {
  if (nodes !== "each") return undefined;
  return { constraints: template.kind === "compose" ? template.placement.constraints : constraints };
}

/** `JOB.NODE` has to fit into 63 characters, and to tell nodes apart. */
const LONGEST_NAME = 40;

export function checkNameForNodes(name: string, { nodes }: Written): Issue[] {
  if (nodes == null || name.length <= LONGEST_NAME) return [];
  const message = `nodes needs a shorter job name: ${name} has ${name.length} characters, and more than ${LONGEST_NAME} leave no room for the name of a node`;
  return [{ path: ["nodes"], on: "value", message, hint: `shorten the job's name to ${LONGEST_NAME} characters` }];
}

/** Finds a job for each node where there is but one. */
export function refuseNodesOfContainers({ nodes }: Written): Issue[] {
  if (nodes == null) return [];
  const message = "nodes cannot be honoured: only a Swarm has several nodes, and jobs run as plain containers here";
  return [{ path: ["nodes"], on: "key", message, hint: `${LEAVE_OUT}, or ${AS_SERVICES}` }];
}
