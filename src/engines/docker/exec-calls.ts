import type { IncomingMessage } from "node:http";
import type { Docker } from "./connect.ts";
import { containerPath } from "./containers.ts";
import { expectShape, flag, object, optional, text, whole } from "./shape.ts";
import { expectStatus } from "./status.ts";
import type { DockerAnswer } from "./wire.ts";

/** The body of `POST /containers/ID/exec`. */
export interface ExecBody {
  readonly Cmd: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
}

/** The answer to `GET /exec/ID/json`. */
export interface ExecInspect {
  readonly Running: boolean;
  /** Null until it has ended. */
  readonly ExitCode: number | null;
  /** The process ID on the host; 0 while there is none, and if it could not be started. */
  readonly Pid: number;
  readonly ContainerID: string;
  readonly ProcessConfig: { readonly user?: string };
}

const inspected = object({
  Running: flag,
  ExitCode: optional(whole),
  Pid: whole,
  ContainerID: text,
  ProcessConfig: object({ user: optional(text) }),
});

/**
 * Creates an exec instance: nothing runs until it is started. Every status is an answer; 409 means that the container
 * does not run.
 */
export function createExec(docker: Docker, container: string, body: ExecBody): Promise<DockerAnswer> {
  const attached = { AttachStdout: true, AttachStderr: true, ...body };
  return docker.call({ method: "POST", path: containerPath(container, "/exec"), body: attached });
}

/** Undefined if the engine does not know it, or has forgotten it. */
export async function inspectExec(docker: Docker, execId: string): Promise<ExecInspect | undefined> {
  const what = `inspect exec ${execId}`;
  const answer = await docker.call({ method: "GET", path: `/exec/${execId}/json` });
  const { status, body } = expectStatus(answer, what, 200, 404);
  return status === 404 ? undefined : expectShape<ExecInspect>(body, inspected, what);
}

/** Starts it and attaches: its output follows, and ends with it. A busy engine may be slow to answer. */
export function openExec(docker: Docker, execId: string, signal: AbortSignal): Promise<IncomingMessage> {
  const path = `/exec/${execId}/start`;
  return docker.open({ method: "POST", path, body: { Detach: false, Tty: false }, deadlineMs: 120_000, signal });
}

/** Returns whether the container has a process with this ID on the host; false if the container does not run. */
export async function hasProcess(docker: Docker, container: string, pid: number): Promise<boolean> {
  const path = containerPath(container, "/top");
  const answer = await docker.call({ method: "GET", path, query: { ps_args: "-eo pid" } });
  const { status, body } = expectStatus(answer, `processes of ${container}`, 200, 404, 409);
  if (status !== 200) return false;
  const { Processes } = (body ?? {}) as { readonly Processes?: readonly (readonly string[])[] | null };
  return (Processes ?? []).some(([first]) => first === String(pid));
}
