import type { LabelledObject } from "../../../definition/labels/labelled-object.ts";
import type { ContainerInspect } from "../containers.ts";
import type { ServiceContainerSpec } from "../services.ts";

/** Of which image an object is, and whom it runs as. */
export type Rights = Pick<LabelledObject, "image" | "user" | "mayBecomeAnyone">;

const ROOT = /^(0|root)(:|$)/;

/** Docker fills in the image's user when it makes a container: none is root. */
export function rightsOfContainer({ Config, HostConfig }: Pick<ContainerInspect, "Config" | "HostConfig">): Rights {
  const user = Config.User ?? "";
  const isRoot = user === "" || ROOT.test(user);
  // Root that has lost a capability, or that has another seccomp profile, may not be able to become somebody else.
  const isWhole = isEmpty(HostConfig.CapDrop) && isEmpty(HostConfig.SecurityOpt);
  return { image: Config.Image, user, mayBecomeAnyone: isRoot && isWhole };
}

/** Swarm does not know whom the image says. */
export function rightsOfService({ Image, User, CapabilityDrop, Privileges }: ServiceContainerSpec): Rights {
  const user = User ?? "";
  const isWhole = isEmpty(CapabilityDrop) && !Privileges?.Seccomp && !Privileges?.AppArmor;
  return { image: Image, user, mayBecomeAnyone: ROOT.test(user) && isWhole };
}

function isEmpty(list: readonly string[] | null | undefined): boolean {
  return (list ?? []).length === 0;
}
