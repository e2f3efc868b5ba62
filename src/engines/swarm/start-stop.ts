import type { Clock } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import { faultOf, inspectService, removeService, type Service, updateService } from "../docker/services.ts";
import { unexpected } from "../docker/status.ts";
import type { DockerAnswer } from "../docker/wire.ts";
import { type Activated, forbidden, type ObjectState } from "../engine.ts";
import { activeSpec, isInert, isStoppedByUs, stoppedSpec } from "./service-spec.ts";
import type { TaskWatch } from "./task-watch.ts";

/** How often an update is sent again after the service has changed in the meantime. */
const TRIES = 3;

/**
 * See `Engine.activate` and `activateAgain`, which are the same here: from zero replicas to one, and only from the
 * version that was never activated. Of all such requests, however late they come, Swarm carries out one.
 */
export async function activateService(docker: Docker, id: string): Promise<Activated> {
  let service = await inspectService(docker, id);
  for (let tries = 1; service !== undefined && isInert(service); tries++) {
    const answer = await updateService(docker, service, activeSpec(service.Spec));
    if (answer.status === 200) break;
    const now = await inspectService(docker, id);
    // Swarm itself changes a service's version soon after its creation, without touching its spec.
    const isOutdated = now?.Version.Index !== service.Version.Index;
    if (!isOutdated || tries === TRIES) return judgeRefusal(docker, service, answer);
    service = now;
  }
  // A service that is gone may have run, at another scheduler's request; the next look finds that it is gone.
  return { kind: "activated" };
}

async function judgeRefusal(docker: Docker, service: Service, answer: DockerAnswer): Promise<Activated> {
  const message = await faultOf(docker, service.Spec, answer);
  const trouble = unexpected(answer, `activate service ${service.ID}`);
  if (message === undefined && trouble.isForbidden) return forbidden(trouble);
  if (message === undefined) throw trouble;
  return { kind: "rejected", reason: "start-failed", message };
}

interface StopParts {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly tasks: TaskWatch;
  readonly look: (id: string) => Promise<ObjectState | undefined>;
}

/**
 * How long Swarm may take after the grace period: it starts counting a second late, and its nodes report the end with a
 * delay.
 */
const MARGIN_MS = 15_000;

/**
 * See `Engine.stop`. The service gets a constraint that no node meets, so Swarm stops its task and finds no node for
 * another; unlike after a removal or with no replicas, exit code and output can still be read. The grace period is the
 * one that the service was prepared with: Swarm has no other.
 */
export async function stopService(parts: StopParts, id: string, gracePeriodMs: number): Promise<void> {
  const state = await parts.look(id);
  if (state?.phase !== "running" && state?.phase !== "pending") return;
  await constrain(parts.docker, id);
  parts.tasks.begin(id);
  await untilOver(parts, id, gracePeriodMs + MARGIN_MS);
}

/**
 * See `Engine.withdraw`. A service that was never activated is changed first, which succeeds only while that is still
 * so: a later request to activate it finds another version. A service whose task waits for a node is removed as it is.
 */
export async function withdrawService({ docker, look }: Pick<StopParts, "docker" | "look">, id: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const service = await inspectService(docker, id);
    if (service === undefined) return;
    if (!isInert(service)) break;
    const answer = await updateService(docker, service, stoppedSpec(service.Spec));
    if (answer.status === 200) return removeService(docker, id);
    if (tries === TRIES) throw unexpected(answer, `withdraw service ${id}`);
  }
  if ((await look(id))?.phase === "pending") await removeService(docker, id);
}

async function constrain(docker: Docker, id: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const service = await inspectService(docker, id);
    if (service === undefined || isInert(service) || isStoppedByUs(service.Spec)) return;
    const answer = await updateService(docker, service, stoppedSpec(service.Spec));
    if (answer.status === 200) return;
    if (tries === TRIES) throw unexpected(answer, `stop service ${id}`);
  }
}

async function untilOver({ clock, tasks }: StopParts, id: string, withinMs: number): Promise<void> {
  const over = new AbortController();
  tasks.listen((changed) => changed === id && !tasks.isActive(id) && over.abort(), over.signal);
  await clock.wait(withinMs, over.signal);
  over.abort();
}
