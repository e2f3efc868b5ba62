import type { Rejection } from "../engine.ts";
import type { MountSpec } from "./containers.ts";
import type { Task } from "./services.ts";

const TAKEN_BACK = /^assigned node no longer meets constraints/;

/** What a node may take to hear that a process of its is to end, and to say so, beside the grace period. */
const HEARS_WITHIN_MS = 10_000;
const DEFAULT_GRACE_PERIOD_NS = 10e9;

/**
 * True of a task that a manager has given up because its node may not have it any more: the node's labels were changed,
 * or the node came back while the task was told to stop. Swarm says `rejected`, whether the process runs or not, and
 * takes no word of the node after it (swarmkit's constraint enforcer, seen on Engine 20.10). Only the text tells.
 */
export function isTakenBack({ Status }: Task): boolean {
  return Status.State === "rejected" && TAKEN_BACK.test(Status.Err || Status.Message || "");
}

/** Until when the process of such a task may go on, by the clock by which it was seen to be taken back. */
export function mayRunUntil({ Spec }: Task, takenBackAt: Date): Date {
  const graceNs = Spec.ContainerSpec?.StopGracePeriod ?? DEFAULT_GRACE_PERIOD_NS;
  return new Date(takenBackAt.getTime() + graceNs / 1e6 + HEARS_WITHIN_MS);
}

/** No status tells why a node refuses a task, only its words. */
export function readRejection(message: string): Rejection {
  if (/^no such image/i.test(message)) return rejected("image-missing", message);
  return rejected(/^invalid /i.test(message) ? "bad-definition" : "start-failed", message);
}

export function rejected(reason: Rejection["reason"], message: string): Rejection {
  return { kind: "rejected", reason, message };
}

/** The same, and whose path it is where the words name one that was to be mounted: shipbell's own container may well have it. */
export function withHostPath(rejection: Rejection, mounts: readonly MountSpec[] | null | undefined): Rejection {
  const { message = "" } = rejection;
  const isNamed = ({ Type, Source = "" }: MountSpec) => Type === "bind" && Source !== "" && message.includes(Source);
  const source = mounts?.find(isNamed)?.Source;
  if (source === undefined) return rejection;
  return { ...rejection, message: `${message} (${source} is a path of the host, not of shipbell's own container)` };
}
