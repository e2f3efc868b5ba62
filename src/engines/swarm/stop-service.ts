import type { Clock } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import { inspectService, removeService, updateService } from "../docker/service-calls.ts";
import { unexpected } from "../docker/status.ts";
import type { ObjectState } from "../engine.ts";
import { isInert, isStoppedByUs, stoppedSpec } from "./service-spec.ts";
import type { TaskWatch } from "./task-watch.ts";

export interface StopParts {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly tasks: TaskWatch;
  readonly look: (id: string) => Promise<ObjectState | undefined>;
}

/** How often the update is sent again after the service has changed under it. */
const TRIES = 3;
/** What Swarm may take beyond the grace period: it begins a second late, and its nodes tell of the end when they do. */
const MARGIN_MS = 15_000;

/**
 * See `Engine.stop`. The service gets a constraint that no node meets, so Swarm stops its task and finds no place for
 * another one; unlike after a removal, or with no replicas, the exit code and the output can still be read. The grace
 * period is the one that it was prepared with: Swarm has no other.
 */
export async function stopService(parts: StopParts, id: string, gracePeriodMs: number): Promise<void> {
  const state = await parts.look(id);
  if (state?.phase !== "running" && state?.phase !== "pending") return;
  await constrain(parts.docker, id);
  parts.tasks.begin(id);
  await untilOver(parts, id, gracePeriodMs + MARGIN_MS);
}

/**
 * See `Engine.withdraw`. A service that was never activated is changed first, which only goes while that is still so:
 * a request to activate it that comes later finds another version. One whose task waits for a node is removed as it is.
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
