import type { Rejection } from "../engine.ts";
import type { MountSpec } from "./containers.ts";
import type { Task } from "./services.ts";

const TAKEN_BACK = /^assigned node no longer meets constraints/;

/** How long a node may take, besides the grace period, to hear that a process must end and to report its end. */
const HEARS_WITHIN_MS = 10_000;
const DEFAULT_GRACE_PERIOD_NS = 10e9;

/**
 * True for a task that a manager has given up because its node may no longer have it: the node's labels were changed,
 * or the node came back while the task was being stopped. Swarm reports `rejected` whether or not the process runs, and
 * ignores later reports of the node (swarmkit's constraint enforcer, seen on Engine 20.10). Only the text tells.
 */
export function isTakenBack({ Status }: Task): boolean {
  return Status.State === "rejected" && TAKEN_BACK.test(Status.Err || Status.Message || "");
}

/** Until when the process of such a task may go on, by the clock of `takenBackAt`. */
export function mayRunUntil({ Spec }: Task, takenBackAt: Date): Date {
  const graceNs = Spec.ContainerSpec?.StopGracePeriod ?? DEFAULT_GRACE_PERIOD_NS;
  return new Date(takenBackAt.getTime() + graceNs / 1e6 + HEARS_WITHIN_MS);
}

/** Only the words of a node tell why it refuses a task; no status does. */
export function readRejection(message: string): Rejection {
  if (/^no such image/i.test(message)) return rejected("image-missing", message);
  return rejected(/^invalid /i.test(message) ? "bad-definition" : "start-failed", message);
}

export function rejected(reason: Rejection["reason"], message: string): Rejection {
  return { kind: "rejected", reason, message };
}

/** Adds to a rejection that names a mounted path whose path it is: shipbell's own container may have the same one. */
export function withHostPath(rejection: Rejection, mounts: readonly MountSpec[] | null | undefined): Rejection {
  const { message = "" } = rejection;
  const isNamed = ({ Type, Source = "" }: MountSpec) => Type === "bind" && Source !== "" && message.includes(Source);
  const source = mounts?.find(isNamed)?.Source;
  if (source === undefined) return rejection;
  return { ...rejection, message: `${message} (${source} is a path of the host, not of shipbell's own container)` };
}
