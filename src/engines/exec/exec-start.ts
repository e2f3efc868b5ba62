import type { IncomingMessage } from "node:http";
import { type Clock, startDeadline } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import { type ExecInspect, inspectExec, openExec } from "../docker/exec-calls.ts";
import { readLines } from "../docker/output/log-stream.ts";
import { isForbidden, isRefusal, messageOf, orForbidden, unexpected } from "../docker/status.ts";
import { type DockerAnswer, shapeOf } from "../docker/wire.ts";
import { type Activated, EngineError, forbidden } from "../engine.ts";

const LOOK_EVERY_MS = 50;
/** A busy engine may be slow. */
const START_WITHIN_MS = 120_000;
/** How long the engine may take to say why a command could not be started. */
const READ_WITHIN_MS = 10_000;

/**
 * `started`: the instance was started, and this is its output. `elsewhere`: it was started before, and its output went
 * to that client.
 */
type StartedExec =
  | { readonly kind: "started"; readonly response: IncomingMessage }
  | { readonly kind: "elsewhere" | "gone" }
  | Exclude<Activated, { readonly kind: "activated" }>;

/**
 * Starts an exec instance. The engine starts it at most once, however often and however late it is asked to, and by any
 * client. `gone`: the engine does not know it, so its container has been removed since.
 */
export async function startExec(docker: Docker, execId: string, clock: Clock): Promise<StartedExec> {
  const exec = await orForbidden(() => inspectExec(docker, execId));
  if (exec === undefined) return { kind: "gone" };
  if ("kind" in exec) return exec;
  // For an instance that was started before, the engine's answer would look like output.
  if (!isInert(exec)) return { kind: "elsewhere" };
  const response = await openExec(docker, execId, new AbortController().signal);
  if (!hasStarted(response)) {
    const answer = await readRefusal(response, execId);
    if (isForbidden(answer)) return forbidden(unexpected(answer, `start exec ${execId}`));
    const now = await inspectExec(docker, execId);
    if (now === undefined) return { kind: "gone" };
    if (!isInert(now)) return { kind: "elsewhere" };
    // Its container has ended or been paused since, or the engine refuses the command.
    if (answer.status === 409) return { kind: "rejected", reason: "container-not-running", message: messageOf(answer) };
    if (isRefusal(answer)) return { kind: "rejected", reason: "start-failed", message: messageOf(answer) };
    throw unexpected(answer, `start exec ${execId}`);
  }
  const seen = await waitForProcess(docker, execId, clock);
  return seen === "failed" ? failedStart(await readAll(response)) : { kind: "started", response };
}

/**
 * The answer begins before the process does; if the process cannot start, the answer says so in place of output. If the
 * engine does not say, the output must still be read, or the process may wait for a reader forever; a later look
 * tells.
 */
async function waitForProcess(docker: Docker, execId: string, clock: Clock): Promise<"failed" | "started"> {
  const until = clock.now().getTime() + START_WITHIN_MS;
  try {
    while (clock.now().getTime() < until) {
      const exec = await inspectExec(docker, execId);
      if (exec !== undefined && hasFailedToStart(exec)) return "failed";
      if (exec === undefined || exec.Pid !== 0) return "started";
      await clock.wait(LOOK_EVERY_MS, new AbortController().signal);
    }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
  }
  return "started";
}

export function isInert({ Running, ExitCode, Pid }: ExecInspect): boolean {
  return !Running && Pid === 0 && ExitCode === null;
}

/** It has an exit code but never had a process. */
export function hasFailedToStart({ Running, ExitCode, Pid }: ExecInspect): boolean {
  return !Running && Pid === 0 && ExitCode !== null;
}

function failedStart(message: string): StartedExec {
  return { kind: "rejected", reason: "start-failed", message: message || "the command could not be started" };
}

/** Reads the answer of a start that was not carried out. */
export async function readRefusal(response: IncomingMessage, execId: string): Promise<DockerAnswer> {
  const { statusCode: status = 0, headers } = response;
  const request = shapeOf({ method: "POST", path: `/exec/${execId}/start` });
  return { request, status, headers, body: { message: (await readAll(response)) || undefined } };
}

/** Whether the command's output follows. */
export function hasStarted({ statusCode }: IncomingMessage): boolean {
  return statusCode === 200 || statusCode === 101;
}

/** What the engine says in place of output, or in a JSON answer. */
async function readAll(response: IncomingMessage): Promise<string> {
  const lines: string[] = [];
  const deadline = startDeadline(READ_WITHIN_MS);
  deadline.signal.addEventListener("abort", () => response.destroy(), { once: true });
  try {
    for await (const { line } of readLines(response, { now: () => new Date(0) })) lines.push(line);
  } catch {
    // It only adds an explanation.
  } finally {
    deadline.clear();
  }
  return wordsOf(lines.join(" ").trim());
}

/** The message of a JSON answer; any other answer as a whole. */
function wordsOf(text: string): string {
  if (!text.startsWith("{")) return text;
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text;
  }
}
