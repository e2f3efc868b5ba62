import type { ContainerInspect } from "../docker/container-types.ts";
import type { ExecInspect } from "../docker/exec-calls.ts";
import type { End, ObjectState } from "../engine.ts";
import type { ExecRef } from "./exec-id.ts";

/**
 * The exit code that the engine gives an exec instance whose output it could not hand over to its end, whatever the
 * process ended with; if neither stream could be, while the process still runs (measured, 20.10). One may also end so.
 */
export const LOST_SIGHT = 126;
/** 128 and the number of SIGKILL: what is left of a process whose container ended. */
export const KILLED = 137;

/** The engine does not know the instance any more. */
export const FORGOTTEN: End = {
  kind: "shut-down",
  message:
    "the engine knows nothing of it any more: its container was removed, the engine was restarted, or it ended long ago",
};

/** How it ended is not known. */
export const NOT_RECORDED: End = {
  kind: "exit-unknown",
  message: "the scheduler that read its output was gone before it ended, and the engine did not record its exit code",
};

/** How an exec instance ended whose exit code can be believed; `container` is undefined when it is gone. */
export function readExecEnd(
  exitCode: number,
  { containerStartedAt }: ExecRef,
  container: ContainerInspect | undefined,
): End {
  const livesOn = container?.State.Status === "running" && container.State.StartedAt === containerStartedAt;
  if (exitCode !== KILLED) return { kind: "exited", exitCode, oom: false };
  if (!livesOn) return { kind: "shut-down", message: "its container ended while it ran", exitCode };
  return { kind: "exited", exitCode, oom: (container.HostConfig.Memory ?? 0) > 0 ? "unknown" : false };
}

/** How one is that has not ended; undefined when it has, and its exit code must be looked into. */
export function readExecState({ Running, ExitCode, Pid }: ExecInspect, times: ExecTimes): ObjectState | undefined {
  if (ExitCode !== null) return undefined;
  return Running || Pid !== 0 ? runningSince(times) : { phase: "inert" };
}

/** As far as they are known: the engine keeps none. */
export interface ExecTimes {
  readonly startedAt?: Date;
  readonly endedAt?: Date;
}

/** A start that nobody knows is taken for the swap's time, which came right before it. */
export function runningSince({ startedAt = new Date(0) }: ExecTimes): ObjectState {
  return { phase: "running", startedAt };
}

export function ended(end: End, { startedAt = new Date(0), endedAt }: ExecTimes): ObjectState {
  if (end.kind === "rejected") return { phase: "ended", end };
  return { phase: "ended", end, startedAt, ...(endedAt && { finishedAt: endedAt }) };
}
