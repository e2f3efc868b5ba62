import type { FileValue } from "../imported.ts";
import type { Path } from "./manifests.ts";
import type { Report } from "./report.ts";
import { isTrue, type Tree, textOf, textsOf, treeOf, treesOf } from "./tree.ts";

type Keys = Readonly<Record<string, FileValue>>;

/** Reads `securityContext` of a container, and of its pod where the container says nothing. `path` is the pod's. */
export function readAccess(
  pod: Tree,
  container: Tree,
  { path, report }: { readonly path: Path; readonly report: Report },
): Keys {
  const ofPod = treeOf(pod.securityContext);
  const ofContainer = treeOf(container.securityContext);
  const both = { ...ofPod, ...ofContainer };
  const here = [...path, "securityContext"];
  const { add, drop } = treeOf(ofContainer.capabilities);
  const groups = [
    ...textsOf(ofPod.supplementalGroups),
    ...(textOf(ofPod.fsGroup) === undefined ? [] : [String(ofPod.fsGroup)]),
  ];
  if (textOf(ofPod.fsGroup) !== undefined)
    report.warn(
      "import-volume",
      [...here, "fsGroup"],
      "fsGroup makes the files of volumes the group's; here it is a further group of the process, and files stay as they are",
      {
        key: "group_add",
      },
    );
  if (isTrue(both.runAsNonRoot) && both.runAsUser == null)
    report.warn("import-user", [...here, "runAsNonRoot"], "that the image's user is not root is not checked here", {
      hint: "name the user under user",
    });
  const sysctls = treesOf(ofPod.sysctls).map(({ name, value }) => [textOf(name) ?? "", textOf(value) ?? ""] as const);
  const options = securityOptions(both, { path: here, report });
  for (const key of ["windowsOptions", "fsGroupChangePolicy", "supplementalGroupsPolicy", "seLinuxChangePolicy"])
    if (both[key] != null) report.leaveOut([...here, key]);
  return {
    ...(both.runAsUser != null && { user: userOf(both) }),
    ...userMissing(both, { path: here, report }),
    ...(groups.length > 0 && { group_add: groups }),
    ...(textsOf(add).length > 0 && { cap_add: textsOf(add) }),
    ...(textsOf(drop).length > 0 && { cap_drop: textsOf(drop) }),
    ...(isTrue(ofContainer.privileged) && { privileged: "true" }),
    ...(isTrue(ofContainer.readOnlyRootFilesystem) && { read_only: "true" }),
    ...(options.length > 0 && { security_opt: options }),
    ...(sysctls.length > 0 && { sysctls: Object.fromEntries(sysctls) }),
  };
}

function userOf({ runAsUser, runAsGroup }: Tree): string {
  return runAsGroup == null ? String(runAsUser) : `${runAsUser}:${runAsGroup}`;
}

/** A group belongs to a user, whom the image names. */
function userMissing(
  { runAsUser, runAsGroup }: Tree,
  { path, report }: { readonly path: Path; readonly report: Report },
): Keys {
  if (runAsUser != null || runAsGroup == null) return {};
  report.warn(
    "import-user",
    [...path, "runAsGroup"],
    `the group is ${runAsGroup}, and the user is the image's, which is not known here`,
    {
      hint: `write user: "USER:${runAsGroup}"`,
    },
  );
  return {};
}

function securityOptions(
  context: Tree,
  { path, report }: { readonly path: Path; readonly report: Report },
): readonly string[] {
  const { type: seccomp } = treeOf(context.seccompProfile);
  const { type: apparmor, localhostProfile } = treeOf(context.appArmorProfile);
  const labels = Object.entries(treeOf(context.seLinuxOptions)).map(([key, value]) => `label=${key}:${value}`);
  if (seccomp === "Localhost") report.leaveOut([...path, "seccompProfile"]);
  return [
    ...(context.allowPrivilegeEscalation === "false" ? ["no-new-privileges:true"] : []),
    ...(seccomp === "Unconfined" ? ["seccomp=unconfined"] : []),
    ...(apparmor === "Unconfined" ? ["apparmor=unconfined"] : []),
    ...(apparmor === "Localhost" ? [`apparmor=${textOf(localhostProfile) ?? ""}`] : []),
    ...labels,
    ...(context.procMount === "Unmasked" ? ["systempaths=unconfined"] : []),
  ];
}
