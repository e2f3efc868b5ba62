import { type End, EngineTrouble, type ObjectState, type OwnObject } from "../engine.ts";
import type { ContainerState, ContainerSummary } from "./containers.ts";
import { readRunLabels } from "./specs/run-labels.ts";

/** 128 plus the number of SIGKILL, with which a removal by force begins. */
const KILLED = 137;

/**
 * Returns the state of one of our containers from its inspection; undefined when it counts as gone: it is being removed
 * before it ever ran, or by force while it ran. `memoryLimitBytes`: 0 for none.
 *
 * @throws EngineTrouble for a status that no engine is known to have.
 */
export function readContainerState(state: ContainerState, memoryLimitBytes = 0): ObjectState | undefined {
  switch (state.Status) {
    case "created":
    case "initialized": // Podman's: created, with its namespaces
      return hasFailedToStart(state) ? failedStart(state) : { phase: "inert" };
    case "running":
    case "paused":
    case "stopping": {
      // Podman's
      const startedAt = readTime(state.StartedAt);
      return { phase: "running", ...(startedAt && { startedAt }) };
    }
    case "restarting":
      return { phase: "ended", end: readExit(state, memoryLimitBytes), ...readTimes(state), runsAgain: true };
    case "stopped": // Podman's: for a moment, its exit code is not written down yet
      return readTime(state.FinishedAt) === undefined ? { phase: "ending" } : readExited(state, memoryLimitBytes);
    case "exited":
    case "removing":
    case "dead":
      return readEnd(state, memoryLimitBytes);
    default:
      throw new EngineTrouble(`the engine calls a container "${state.Status}", which says nothing about its process`);
  }
}

/** The engine's reason why it could not be started. */
function startError(state: ContainerState): string {
  return state.Error || `the container could not be started (${state.ExitCode})`;
}

/** A failed start leaves the container `created` and raises no event; the error and the exit code tell. */
function hasFailedToStart(state: ContainerState): boolean {
  return state.Error !== "" || state.ExitCode !== 0;
}

function failedStart(state: ContainerState): ObjectState {
  return { phase: "ended", end: { kind: "rejected", reason: "start-failed", message: startError(state) } };
}

/** `exited`; `removing` and `dead` also know how the process ended, unless the removal ended it. */
function readEnd(state: ContainerState, memoryLimitBytes: number): ObjectState | undefined {
  if (readTime(state.StartedAt) === undefined) return state.Status === "exited" ? failedStart(state) : undefined;
  if (state.Status !== "exited" && state.ExitCode === KILLED && !state.OOMKilled) return undefined;
  return readExited(state, memoryLimitBytes);
}

function readExited(state: ContainerState, memoryLimitBytes: number): ObjectState {
  return { phase: "ended", end: readExit(state, memoryLimitBytes), ...readTimes(state) };
}

function readExit(state: ContainerState, memoryLimitBytes: number): End {
  return { kind: "exited", exitCode: state.ExitCode, oom: readOom(state, memoryLimitBytes) };
}

function readTimes(state: ContainerState): { readonly startedAt?: Date; readonly finishedAt?: Date } {
  const startedAt = readTime(state.StartedAt);
  const finishedAt = readTime(state.FinishedAt);
  return { ...(startedAt && { startedAt }), ...(finishedAt && { finishedAt }) };
}

/**
 * A busy engine sometimes hears of an end before it hears of the lack of memory, and then never says so (measured,
 * 20.10: 14 of 192). So for a process that was killed under a limit it is unknown.
 */
function readOom({ OOMKilled, ExitCode }: ContainerState, memoryLimitBytes: number): boolean | "unknown" {
  return !OOMKilled && ExitCode === KILLED && memoryLimitBytes > 0 ? "unknown" : OOMKilled;
}

/** The engine writes a missing time as the year 1. */
function readTime(text: string): Date | undefined {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() <= 1 ? undefined : time;
}

/** Undefined if it is not an object of this instance. */
export function readOwnContainer(instance: string, summary: ContainerSummary): OwnObject | undefined {
  const name = containerName(summary.Names);
  const attempt = readRunLabels(instance, { name, labels: summary.Labels ?? {} });
  return (
    attempt && {
      id: summary.Id,
      name,
      ...attempt,
      inert: ["created", "initialized"].includes(summary.State),
      running: isRunning(summary.State),
    }
  );
}

/** Whether it has a process: a paused container has one. */
export function isRunning(state: string): boolean {
  return ["running", "paused", "restarting", "stopping"].includes(state);
}

/** Its own name has one slash, in front. A name with more is a link: another container's name for it. */
export function containerName(names: readonly string[]): string {
  const own = names.find((name) => name.lastIndexOf("/") === 0) ?? names[0] ?? "";
  return own.replace(/^\//, "");
}
