import type { Docker } from "../docker/connect.ts";
import type { ServiceSpec } from "../docker/service-types.ts";
import { expectStatus, isRefusal, messageOf } from "../docker/status.ts";
import type { DockerAnswer } from "../docker/wire.ts";

/**
 * What the Swarm has against a spec, in its own words; undefined where its answer says nothing of the spec. A status
 * alone does not tell: for a network that it does not know Swarm answers 500, as it does without a leader, and for one
 * that services cannot use 403, as a proxy may; so the network itself is asked for.
 */
export async function faultOf(docker: Docker, spec: ServiceSpec, answer: DockerAnswer): Promise<string | undefined> {
  if (isRefusal(answer)) return messageOf(answer);
  if (answer.status !== 500 && answer.status !== 403) return undefined;
  for (const { Target = "" } of spec.TaskTemplate.Networks ?? []) {
    // A manager without a leader does not find networks either; but then its answer is not of the network.
    if (messageOf(answer).includes(Target) && !(await isForServices(docker, Target))) return messageOf(answer);
  }
  return undefined;
}

async function isForServices(docker: Docker, network: string): Promise<boolean> {
  const answer = await docker.call({ method: "GET", path: `/networks/${encodeURIComponent(network)}` });
  if (expectStatus(answer, `inspect network ${network}`, 200, 404).status === 404) return false;
  const { Scope } = answer.body as { readonly Scope?: string };
  return Scope === "swarm" || PREDEFINED.includes(network);
}

const PREDEFINED = ["bridge", "host"];
