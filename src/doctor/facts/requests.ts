import { tryRequests } from "../../engines/docker/try-requests.ts";
import type { Greeted } from "../deployment.ts";
import type { RequestTried } from "../looks/requests.ts";
import { neededRequests } from "../needed-requests.ts";

/** Tries each kind of request that jobs of this kind of engine need, so that it can have no effect. */
export async function gatherRequests(
  { docker, clock, kind, declared }: Greeted,
  signal: AbortSignal,
): Promise<readonly RequestTried[]> {
  if (kind === undefined) return [];
  const { jobs } = await declared();
  const hasExec = [...jobs.values()].some(({ template }) => template.kind === "exec");
  const needed = neededRequests(kind.abilities.objectKind, hasExec);
  const names = needed.map(({ request }) => request);
  const passages = await tryRequests(docker, names, { now: clock.now(), signal });
  return needed.flatMap((each, index) => {
    const passage = passages[index];
    return passage === undefined ? [] : [{ ...each, ...passage }];
  });
}
