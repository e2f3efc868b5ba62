import type { RunReader } from "../../../definition/labels/declares-run.ts";
import type { LabelledObject } from "../../../definition/labels/labelled-object.ts";
import { type Candidate, explainUser, isRoot, mayRunAs, refuseJob } from "../../../definition/labels/refusal.ts";
import type { Template } from "../../../job/job.ts";
import type { LabelRules } from "../../../job/label-rules.ts";
import type { AttemptOrder, Rejection } from "../../engine.ts";
import type { ContainerInspect } from "../containers.ts";
import type { ServiceContainerSpec } from "../services.ts";
import { type Labels, RUN_LABELS_PREFIX } from "./run-labels.ts";

/** The object as it is now. Its name is the one that it was read by: Compose renames what it replaces. */
type CopiedObject = Candidate & Rights;

/**
 * Checks a template against the object that is copied (or runs a command), which may not be the one that its label was
 * read from.
 */
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

/** An object's image, and the user that it runs as. */
export type Rights = Pick<LabelledObject, "image" | "user" | "mayBecomeAnyone">;

/** Docker fills in the image's user when it creates a container: none means root. */
export function rightsOfContainer({ Config, HostConfig }: Pick<ContainerInspect, "Config" | "HostConfig">): Rights {
  const user = Config.User ?? "";
  const mayBeRoot = user === "" || isRoot(user);
  // Root with a dropped capability or another seccomp profile may not be able to become another user.
  const isWhole = isEmpty(HostConfig.CapDrop) && isEmpty(HostConfig.SecurityOpt);
  return { image: Config.Image, user, mayBecomeAnyone: mayBeRoot && isWhole };
}

/** Swarm does not know the image's user. */
export function rightsOfService({ Image, User, CapabilityDrop, Privileges }: ServiceContainerSpec): Rights {
  const user = User ?? "";
  const isWhole = isEmpty(CapabilityDrop) && !Privileges?.Seccomp && !Privileges?.AppArmor;
  return { image: Image, user, mayBecomeAnyone: isRoot(user) && isWhole };
}

function isEmpty(list: readonly string[] | null | undefined): boolean {
  return (list ?? []).length === 0;
}

export type PrefixRule = Pick<LabelRules, "labelPrefix">;

/**
 * The owners' labels: `up --remove-orphans`, `down` and stack deploys take every object with such labels for their own.
 */
const FOREIGN_OWNERS = ["com.docker.compose.", "com.docker.swarm.", "com.docker.stack."];

export function cloneLabels(labels: Labels, { labelPrefix }: PrefixRule): Labels {
  const dropped = [RUN_LABELS_PREFIX, `${labelPrefix}.`, ...FOREIGN_OWNERS];
  return Object.fromEntries(
    Object.entries(labels).filter(([key]) => !dropped.some((prefix) => key.startsWith(prefix))),
  );
}

export function cloneEnvironment(theirs: readonly string[], ours: Readonly<Record<string, string>>): string[] {
  const kept = theirs.filter((variable) => ours[variable.split("=", 1)[0] ?? ""] === undefined);
  return [...kept, ...Object.entries(ours).map(([name, value]) => `${name}=${value}`)];
}

/** Whether a container that was found by its name itself declares the order's job. */
export async function declaresOrder(
  order: AttemptOrder,
  { Id, Name, Config }: ContainerInspect,
  reader: RunReader,
): Promise<boolean> {
  // It reads labels: a scheduler without such jobs does not load what that takes.
  const { declaresRun } = await import("../../../definition/labels/declares-run.ts");
  const object = { kind: "container", id: Id, name: Name.slice(1), version: Id, labels: Config.Labels ?? {} } as const;
  return declaresRun(order, object, reader);
}
