import { type Clock, startDeadline } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import { type ContainerInspect, inspectContainer } from "../docker/containers.ts";
import { initFailure, NOT_RUN } from "../docker/init-failure.ts";
import { readLog } from "../docker/output/log-stream.ts";
import { readContainerState } from "../docker/read-container.ts";
import { askRegistry } from "../docker/registry/ask-registry.ts";
import { imageUsed, pinnedImage } from "../docker/registry/image-used.ts";
import type { RegistryCredentials } from "../docker/registry/registry-auth.ts";
import { type Service, servicePath, type Task } from "../docker/services.ts";
import { EngineError, type ObjectState, OutputGone, type Rejection } from "../engine.ts";
import { decisiveTask } from "./read-tasks.ts";

export interface EndParts {
  readonly docker: Docker;
  readonly clock: Clock;
  readonly credentials?: Pick<RegistryCredentials, "headerFor">;
}

/** How long each question about an end may take: a lost node may never answer. */
const ASK_WITHIN_MS = 10_000;
/** How often an empty log, or one that cannot be read, is read again. */
const TRIES_WHEN_SILENT = 4;
const TRIES_WHEN_AWAY = 15;
const ASK_AGAIN_MS = 1000;

type Ended = ObjectState & { readonly phase: "ended" };

/**
 * Adds to the end of a service's task what only others know: its container, if it is on this engine; the init process
 * that could not run the command; the registry that would not give the image. One that does not answer adds nothing.
 * Never throws an `EngineError`.
 */
export async function completeEnd(
  parts: EndParts,
  { service, tasks }: { readonly service: Service; readonly tasks: readonly Task[] },
  state: Ended,
): Promise<Ended> {
  const task = decisiveTask(tasks);
  const spec = task?.Spec.ContainerSpec;
  if (!task || !spec) return state;
  const named = { ...state, image: pinnedImage(spec.Image) };
  try {
    return await complete(parts, { service, task, image: spec.Image }, named);
  } catch (error) {
    if (error instanceof EngineError) return named;
    throw error;
  }
}

interface EndedTask {
  readonly service: Service;
  readonly task: Task;
  readonly image: string;
}

async function complete(parts: EndParts, { service, task, image }: EndedTask, state: Ended): Promise<Ended> {
  const { end } = state;
  if (end.kind === "rejected" && end.reason === "image-missing") {
    const { image: _image, ...unknown } = state;
    return { ...unknown, end: await explainMissing(parts, image, end) };
  }
  if (end.kind !== "exited") return state;
  const failure = await findInitFailure(parts, service, end.exitCode);
  const container = await findContainer(parts.docker, task);
  const seen = container === undefined ? state : { ...state, image: await imageUsed(parts.docker, container) };
  return failure === undefined ? withTimes(seen, container, task) : withoutStart(seen, failure);
}

/** What ran for a moment was the init process, not the job. */
function withoutStart({ startedAt: _startedAt, ...state }: Ended, end: Rejection): Ended {
  return { ...state, end };
}

/** The nodes only say that they have no such image; the registry says why, to us as to them. */
async function explainMissing({ docker, credentials }: EndParts, image: string, end: Rejection): Promise<Rejection> {
  const asked = await askRegistry(docker, image, credentials?.headerFor(image));
  if (asked.kind === "rejected" && asked.reason !== "pull-failed") return asked;
  if (asked.kind === "rejected") return { ...end, message: `${end.message} (its registry: ${asked.message})` };
  if (asked.kind === "unknown") return end;
  return { ...end, message: `${end.message} (its registry does have it: the node may not reach it)` };
}

/** With an init process, only the last line tells that a command could not be run: see `init-failure.ts`. */
async function findInitFailure(parts: EndParts, service: Service, exitCode: number): Promise<Rejection | undefined> {
  if (service.Spec.TaskTemplate.ContainerSpec?.Init !== true || !NOT_RUN.includes(exitCode)) return undefined;
  const message = initFailure(await insistOnLastLine(parts, service.ID));
  return message === undefined ? undefined : { kind: "rejected", reason: "start-failed", message };
}

/**
 * A manager that has just become the leader does not hear yet what the nodes have logged, and a node may be away for a
 * moment: an empty log is read again a few times, and one that cannot be read more often.
 */
async function insistOnLastLine({ docker, clock }: EndParts, serviceId: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    const read = await readLastLine(docker, serviceId).catch(ifUnavailable);
    if (read === "gone") return "";
    const isEnough =
      read === "unavailable" ? tries >= TRIES_WHEN_AWAY : read !== undefined || tries >= TRIES_WHEN_SILENT;
    if (isEnough) return read ?? "";
    await clock.wait(ASK_AGAIN_MS, new AbortController().signal);
  }
}

/** Undefined if there is none. */
async function readLastLine(docker: Docker, serviceId: string): Promise<string | undefined> {
  const query = { stdout: true, stderr: true, timestamps: true, tail: 1 };
  const deadline = startDeadline(ASK_WITHIN_MS);
  const path = servicePath(serviceId, "/logs");
  let last: string | undefined;
  try {
    for await (const { line } of readLog(docker, { method: "GET", path, query, signal: deadline.signal })) last = line;
  } finally {
    deadline.clear();
  }
  return last;
}

function ifUnavailable(error: unknown): "unavailable" | "gone" {
  if (error instanceof OutputGone) return "gone";
  if (!(error instanceof EngineError)) throw error;
  return "unavailable";
}

/** Undefined on other nodes, as with most tasks. */
async function findContainer(docker: Docker, { Status }: Task): Promise<ContainerInspect | undefined> {
  const id = Status.ContainerStatus?.ContainerID ?? "";
  return id === "" ? undefined : inspectContainer(docker, id);
}

/** Adds the container's own times, and whether it ran out of memory. */
function withTimes(state: Ended, container: ContainerInspect | undefined, { Spec }: Task): Ended {
  const known = container && readContainerState(container.State, Spec.Resources?.Limits?.MemoryBytes);
  return known?.phase === "ended" && known.end.kind === "exited" ? { ...state, ...known } : state;
}
