import type { Docker } from "../docker/connect.ts";
import { inspectService, updateService } from "../docker/service-calls.ts";
import type { Service } from "../docker/service-types.ts";
import { unexpected } from "../docker/status.ts";
import type { DockerAnswer } from "../docker/wire.ts";
import { type Activated, forbidden } from "../engine.ts";
import { faultOf } from "./service-fault.ts";
import { activeSpec, isInert } from "./service-spec.ts";

/** How often it is sent again after the service has changed under it. */
const TRIES = 3;

/**
 * See `Engine.activate`, and `activateAgain`, which is the same: from zero replicas to one, only from the version in
 * which it was never activated. Of all requests for that, however late they come, Swarm carries out one.
 */
export async function activateService(docker: Docker, id: string): Promise<Activated> {
  let service = await inspectService(docker, id);
  for (let tries = 1; service !== undefined && isInert(service); tries++) {
    const answer = await updateService(docker, service, activeSpec(service.Spec));
    if (answer.status === 200) break;
    const now = await inspectService(docker, id);
    // Swarm itself changes a service's version, soon after it was made, without touching its spec.
    const isOutdated = now?.Version.Index !== service.Version.Index;
    if (!isOutdated || tries === TRIES) return judgeRefusal(docker, service, answer);
    service = now;
  }
  // One that is gone may have run meanwhile, by another scheduler's request: a look finds that it is gone.
  return { kind: "activated" };
}

async function judgeRefusal(docker: Docker, service: Service, answer: DockerAnswer): Promise<Activated> {
  const message = await faultOf(docker, service.Spec, answer);
  const trouble = unexpected(answer, `activate service ${service.ID}`);
  if (message === undefined && trouble.isForbidden) return forbidden(trouble);
  if (message === undefined) throw trouble;
  return { kind: "rejected", reason: "start-failed", message };
}
