import { startDeadline } from "../../clock.ts";
import { type ObjectState, OutputGone } from "../engine.ts";
import type { Docker } from "./connect.ts";
import { type ContainerInspect, containerPath } from "./containers.ts";
import { readLog } from "./output/log-stream.ts";

/** A shell's exit codes for a command that it cannot run or does not find. Docker's init uses the same. */
export const NOT_RUN = [126, 127];
const READ_WITHIN_MS = 10_000;

/**
 * Corrects the state of a container whose init process could not run the command: it was rejected, in the init's words.
 * Without an init the engine itself refuses such a start; with one the start succeeds, and the init ends with a shell's
 * exit code and says why in its last line. Any other state stays as it is; only those two exit codes cost a request.
 */
export async function judgeInit(docker: Docker, container: ContainerInspect, state: ObjectState): Promise<ObjectState> {
  if (container.HostConfig.Init !== true || state.phase !== "ended" || state.end.kind !== "exited") return state;
  if (!NOT_RUN.includes(state.end.exitCode)) return state;
  const message = initFailure((await lastLine(docker, container.Id)) ?? "");
  if (message === undefined) return state;
  // Without `startedAt`: what ran for a moment was not the job.
  const { finishedAt } = state;
  const end = { kind: "rejected", reason: "start-failed", message } as const;
  return { phase: "ended", end, ...(finishedAt && { finishedAt }) };
}

/**
 * Returns `exec nope failed: No such file or directory` for `[FATAL tini (7)] exec nope failed: …`; undefined for any
 * other line.
 */
export function initFailure(line: string): string | undefined {
  return /^\[FATAL tini \(\d+\)\] (exec .* failed: .+)$/s.exec(line)?.[1];
}

/** The last line of the log: a command that never ran printed none. Undefined if the log cannot be read. */
async function lastLine(docker: Docker, id: string): Promise<string | undefined> {
  const path = containerPath(id, "/logs");
  const query = { stdout: true, stderr: true, timestamps: true, tail: 1 };
  const deadline = startDeadline(READ_WITHIN_MS);
  let last: string | undefined;
  try {
    for await (const { line } of readLog(docker, { method: "GET", path, query, signal: deadline.signal })) last = line;
  } catch (error) {
    if (!(error instanceof OutputGone)) throw error;
  } finally {
    deadline.clear();
  }
  // A log that hangs must not prevent the end from being recorded, with the known exit code.
  return last;
}
