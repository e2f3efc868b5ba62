import { type Candidate, explainUser, mayRunAs, refuseJob } from "../../../definition/labels/refusal.ts";
import type { Template } from "../../../job/job.ts";
import type { LabelRules } from "../../../job/label-rules.ts";
import type { Rejection } from "../../engine.ts";
import type { Rights } from "./whose-rights.ts";

/** The object as it is now. Its name is the one that it was read by: Compose renames what it replaces. */
export type CopiedObject = Candidate & Rights;

/** What is read of a label holds for the object that it was read from, and the one that is copied (or runs a command) may be another. */
export function refuseCopy(
  template: Pick<Template, "kind"> & { readonly user?: string },
  object: CopiedObject,
  rules: LabelRules,
): Rejection | undefined {
  const { user } = template;
  const refusal =
    refuseJob(template, object, rules) ??
    (user !== undefined && !mayRunAs(user, object) ? explainUser(user, object) : undefined);
  return refusal && { kind: "rejected", reason: "not-allowed", message: `${object.name}: ${refusal.message}` };
}
