import { randomBytes } from "node:crypto";
import type { Docker } from "../docker/connect.ts";
import { type ContainerInspect, containerPath, inspectContainer, removeContainer } from "../docker/containers.ts";
import { readContainerState } from "../docker/read-container.ts";
import { AGAIN } from "../docker/specs/run-labels.ts";
import { expectStatus, isForbidden, isRefusal, messageOf, unexpected } from "../docker/status.ts";
import type { DockerAnswer } from "../docker/wire.ts";
import { type Activated, forbidden, type ObjectName, type Rejection } from "../engine.ts";

/** A burst of starts queues inside the engine: each may take long, and does come to its end. */
const START_DEADLINE_MS = 120_000;
/** What the engine may take beyond the grace period, to kill. */
const KILL_MARGIN_MS = 15_000;
/** What engines hold in a number of seconds: 68 years. */
const LONGEST_GRACE_S = 2 ** 31 - 1;

/**
 * See `Engine.activate`. One request, when the engine has nothing against it. It goes by the name, since that can be
 * taken from a container: what comes late then finds nothing to start.
 */
export async function startContainer(docker: Docker, { id, name }: ObjectName): Promise<Activated> {
  const path = containerPath(name, "/start");
  const answer = await docker.call({ method: "POST", path, deadlineMs: START_DEADLINE_MS });
  if (answer.status === 204 || answer.status === 304) return { kind: "activated" };
  return (await judgeFailedStart(docker, id, answer)) ?? REMOVED_BEFORE;
}

/** It was inert, and nothing but this request could have started it. */
const REMOVED_BEFORE: Rejection = {
  kind: "rejected",
  reason: "start-failed",
  message: "the container was removed before it was started",
};

/** See `Engine.activateAgain`. The container gets another name, and is only started if it did not run until then. */
export async function startContainerAgain(docker: Docker, id: string): Promise<Activated> {
  const container = await inspectContainer(docker, id);
  // Whether it ever ran cannot be known: a look finds that it is gone.
  if (container === undefined) return { kind: "activated" };
  const fenced = await fence(docker, container);
  if (fenced.kind === "rejected") return fenced;
  if (fenced.kind === "gone") return { kind: "activated" };
  // Inspection waits for a start that the engine is busy with: from here on, what is inert stays so.
  const state = (await inspectContainer(docker, id))?.State;
  if (state !== undefined && readContainerState(state)?.phase !== "inert") return { kind: "activated" };
  return startContainer(docker, { id, name: fenced.name });
}

/** See `Engine.withdraw`. The container gets another name first: what comes late then finds nothing to start. */
export async function withdrawContainer(docker: Docker, id: string): Promise<void> {
  const container = await inspectContainer(docker, id);
  if (container === undefined || !isStartable(container)) return;
  // Where something forbids another name, it is removed without: the engine itself keeps what runs.
  if ((await fence(docker, container)).kind === "gone") return;
  const fenced = await inspectContainer(docker, id);
  if (fenced !== undefined && isStartable(fenced)) await removeContainer(docker, fenced, "kept");
}

/** True until its process has run, or a start of it has failed. */
function isStartable({ State }: ContainerInspect): boolean {
  return readContainerState(State)?.phase === "inert";
}

type Fenced = { readonly kind: "fenced"; readonly name: string } | { readonly kind: "gone" } | Rejection;

/** Gives the container another name, by which only the caller can start it. */
async function fence(docker: Docker, { Id: id, Name }: ContainerInspect): Promise<Fenced> {
  const name = `${Name.slice(1)}${AGAIN}${randomBytes(3).toString("hex")}`;
  const rename = { method: "POST", path: containerPath(id, "/rename"), query: { name } } as const;
  const renamed = await docker.call(rename);
  if (isForbidden(renamed)) return forbidden(unexpected(renamed, `rename ${id}`));
  const isGone = expectStatus(renamed, `rename ${id}`, 204, 404).status === 404;
  return isGone ? { kind: "gone" } : { kind: "fenced", name };
}

/**
 * The status alone does not tell a container that can never start from an engine in trouble: both are 500. But a
 * start that failed leaves its reason with the container. Undefined when there is no such container.
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

/** See `Engine.stop`. A container that is not there, or does not run, is stopped. */
export async function stopContainer(docker: Docker, id: string, gracePeriodMs: number): Promise<void> {
  const t = Math.min(Math.ceil(gracePeriodMs / 1000), LONGEST_GRACE_S);
  const deadlineMs = t * 1000 + KILL_MARGIN_MS;
  const answer = await docker.call({ method: "POST", path: containerPath(id, "/stop"), query: { t }, deadlineMs });
  expectStatus(answer, `stop ${id}`, 204, 304, 404);
}
