import { randomBytes } from "node:crypto";
import type { Docker } from "../docker/connect.ts";
import { type ContainerInspect, containerPath, inspectContainer, removeContainer } from "../docker/containers.ts";
import { readContainerState } from "../docker/read-container.ts";
import { nameAgain } from "../docker/specs/run-labels.ts";
import { expectStatus, isForbidden, isRefusal, messageOf, unexpected } from "../docker/status.ts";
import type { DockerAnswer } from "../docker/wire.ts";
import { type Activated, forbidden, type ObjectName, type Rejection } from "../engine.ts";

/** A burst of starts queues inside the engine: each may take long, but does end. */
const START_DEADLINE_MS = 120_000;
/** How long the engine may take to kill, after the grace period. */
const KILL_MARGIN_MS = 15_000;
/** The largest number of seconds that engines accept: 68 years. */
const LONGEST_GRACE_S = 2 ** 31 - 1;

/**
 * See `Engine.activate`. One request, unless the engine objects. It names the container, because a name can be taken
 * away: a late request then finds nothing to start.
 */
export async function startContainer(docker: Docker, { id, name }: ObjectName): Promise<Activated> {
  const path = containerPath(name, "/start");
  const answer = await docker.call({ method: "POST", path, deadlineMs: START_DEADLINE_MS });
  if (answer.status === 204 || answer.status === 304) return { kind: "activated" };
  return (await judgeFailedStart(docker, id, answer)) ?? REMOVED_BEFORE;
}

/** It was inert, and only this request could have started it. */
const REMOVED_BEFORE: Rejection = {
  kind: "rejected",
  reason: "start-failed",
  message: "the container was removed before it was started",
};

/** See `Engine.activateAgain`. The container gets another name, and is started only if it has not run by then. */
export async function startContainerAgain(docker: Docker, id: string): Promise<Activated> {
  const container = await inspectContainer(docker, id);
  // Whether it ever ran cannot be known; the next look finds that it is gone.
  if (container === undefined) return { kind: "activated" };
  const fenced = await fence(docker, container);
  if (fenced.kind === "rejected") return fenced;
  if (fenced.kind === "gone") return { kind: "activated" };
  // An inspection waits for a start that is under way: a container that is inert after it stays inert.
  const state = (await inspectContainer(docker, id))?.State;
  if (state !== undefined && readContainerState(state)?.phase !== "inert") return { kind: "activated" };
  return startContainer(docker, { id, name: fenced.name });
}

/** See `Engine.withdraw`. The container gets another name first: a late request to start it then finds nothing. */
export async function withdrawContainer(docker: Docker, id: string): Promise<void> {
  const container = await inspectContainer(docker, id);
  if (container === undefined || !isStartable(container)) return;
  // Where renaming is forbidden, it is removed anyway: the engine itself keeps a container that runs.
  if ((await fence(docker, container)).kind === "gone") return;
  const fenced = await inspectContainer(docker, id);
  if (fenced !== undefined && isStartable(fenced)) await removeContainer(docker, fenced, "kept");
}

/** True until its process has run, or starting it has failed. */
function isStartable({ State }: ContainerInspect): boolean {
  return readContainerState(State)?.phase === "inert";
}

type Fenced = { readonly kind: "fenced"; readonly name: string } | { readonly kind: "gone" } | Rejection;

/** Gives the container a name that only the caller knows. */
async function fence(docker: Docker, { Id: id, Name }: ContainerInspect): Promise<Fenced> {
  const name = nameAgain(Name.slice(1), randomBytes(3).toString("hex"));
  const rename = { method: "POST", path: containerPath(id, "/rename"), query: { name } } as const;
  const renamed = await docker.call(rename);
  if (isForbidden(renamed)) return forbidden(unexpected(renamed, `rename ${id}`));
  const isGone = expectStatus(renamed, `rename ${id}`, 204, 404).status === 404;
  return isGone ? { kind: "gone" } : { kind: "fenced", name };
}

/**
 * The status alone does not distinguish a container that can never start from an engine in trouble: both are 500. But a
 * failed start leaves its reason in the container. Undefined when there is no such container.
 */
async function judgeFailedStart(docker: Docker, id: string, answer: DockerAnswer): Promise<Activated | undefined> {
  if (isForbidden(answer)) return forbidden(unexpected(answer, `start ${id}`));
  const container = await inspectContainer(docker, id);
  const state = container && readContainerState(container.State);
  if (state === undefined) return undefined;
  if (state.phase === "ended" && state.end.kind === "rejected") return state.end;
  if (state.phase !== "inert") return { kind: "activated" };
  if (!isRefusal(answer)) throw unexpected(answer, `start ${id}`);
  return { kind: "rejected", reason: "start-failed", message: messageOf(answer) };
}

/** See `Engine.stop`. A container that does not exist or does not run counts as stopped. */
export async function stopContainer(docker: Docker, id: string, gracePeriodMs: number): Promise<void> {
  const t = Math.min(Math.ceil(gracePeriodMs / 1000), LONGEST_GRACE_S);
  const deadlineMs = t * 1000 + KILL_MARGIN_MS;
  const answer = await docker.call({ method: "POST", path: containerPath(id, "/stop"), query: { t }, deadlineMs });
  expectStatus(answer, `stop ${id}`, 204, 304, 404);
}
