import type { Rejection } from "../engine.ts";
import type { MountSpec } from "./containers.ts";

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
