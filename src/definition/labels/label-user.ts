import { shown } from "../values/issue.ts";
import type { LabelledObject } from "./labelled-object.ts";

type Owner = Pick<LabelledObject, "kind" | "user" | "mayBecomeAnyone">;

/** Whether a copy of the object may run as this user: not when that could do what the object cannot. */
export function mayRunAs(user: string, object: Owner): boolean {
  return user === object.user || object.mayBecomeAnyone;
}

/** What to say to those who have asked for it nevertheless. */
export function explainUser(user: string, { kind, user: own }: Owner): { message: string; hint: string } {
  const runsAs = own === "" ? "the user of its image" : shown(own);
  const message = `user ${shown(user)} cannot be set by a label: this ${kind} runs as ${runsAs}, and may not be able to become another`;
  const root = kind === "service" ? "says user: root itself" : "runs as root";
  return { message, hint: `leave it out; only a ${kind} that ${root}, with all capabilities of root, may be another` };
}
