import type { NodeTraits } from "../../src/job/placement.ts";
import type { SwarmNode } from "../../src/sources/each-node.ts";

/** A worker that takes work; say only what matters to the test. */
export function aNode(
  name: string,
  { role = "worker", ...change }: Partial<SwarmNode> & Partial<Pick<NodeTraits, "role">> = {},
): SwarmNode {
  const traits: NodeTraits = {
    hostname: name,
    address: "10.0.0.1",
    role,
    os: "linux",
    architecture: "x86_64",
    labels: {},
    engineLabels: {},
  };
  return { id: `id-${name}`, name, state: "ready", availability: "active", traits, ...change };
}
