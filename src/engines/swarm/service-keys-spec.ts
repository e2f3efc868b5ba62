import type { AccessKeys, ComposeTemplate } from "../../job/job.ts";
import type { MountSpec } from "../docker/container-types.ts";
import { writeUlimits } from "../docker/specs/host-config-spec.ts";
import { sharedMemory, tmpfsAsMount, writeMount } from "../docker/specs/mount-spec.ts";
import { writeServiceNames } from "../docker/specs/network-spec.ts";

/** What a template says of a service's containers, beyond what each has. Nothing, where it says nothing. */
export function writeContainerKeys({ host, access, resources, process }: ComposeTemplate): object {
  return {
    ...(host && writeServiceNames(host)),
    ...(access && writeAccess(access)),
    ...(resources?.ulimits && { Ulimits: writeUlimits(resources.ulimits) }),
    ...(resources?.oomScoreAdj !== undefined && { OomScoreAdj: resources.oomScoreAdj }),
    ...(process?.tty !== undefined && { TTY: process.tty }),
    ...(process?.isolation !== undefined && { Isolation: process.isolation }),
  };
}

export function writeServiceMounts(template: ComposeTemplate, instance: string): MountSpec[] {
  const { volumes, tmpfs = [], resources } = template;
  const shm = resources?.shmSize;
  return [
    ...volumes.map((volume) => writeMount(volume, instance)),
    ...tmpfs.map(tmpfsAsMount),
    ...(shm === undefined ? [] : [sharedMemory(shm)]),
  ];
}

function writeAccess(access: AccessKeys): object {
  const { groupAdd, capAdd, capDrop, sysctls, readOnly } = access;
  const Privileges = writePrivileges(access);
  return {
    ...(groupAdd && { Groups: groupAdd }),
    ...(capAdd && { CapabilityAdd: capAdd }),
    ...(capDrop && { CapabilityDrop: capDrop }),
    ...(sysctls && { Sysctls: sysctls }),
    ...(readOnly !== undefined && { ReadOnly: readOnly }),
    ...(Object.keys(Privileges).length > 0 && { Privileges }),
  };
}

function writePrivileges({ securityOpt = [], credentialSpec }: AccessKeys): object {
  const options = securityOpt.map(splitOption);
  const optionOf = (name: string) => options.findLast((option) => option.name === name)?.value;
  const noNew = optionOf("no-new-privileges");
  const seccomp = optionOf("seccomp");
  const labels = options.filter(({ name }) => name === "label").map(({ value }) => value);
  return {
    ...(noNew !== undefined && { NoNewPrivileges: noNew !== "false" }),
    ...(seccomp !== undefined && { Seccomp: writeSeccomp(seccomp) }),
    ...(optionOf("apparmor") === "unconfined" && { AppArmor: { Mode: "disabled" } }),
    ...(labels.length > 0 && { SELinuxContext: writeLabels(labels) }),
    ...(credentialSpec && {
      CredentialSpec: {
        ...(credentialSpec.file != null && { File: credentialSpec.file }),
        ...(credentialSpec.registry != null && { Registry: credentialSpec.registry }),
      },
    }),
  };
}

function splitOption(option: string): { readonly name: string; readonly value: string } {
  const at = option.indexOf("=");
  return at === -1 ? { name: option, value: "" } : { name: option.slice(0, at), value: option.slice(at + 1) };
}

function writeSeccomp(profile: string): object {
  if (profile === "unconfined") return { Mode: "unconfined" };
  if (profile === "builtin") return { Mode: "default" };
  return { Mode: "custom", Profile: Buffer.from(profile).toString("base64") };
}

/** `disable`, or `user:NAME` and its like. */
function writeLabels(labels: readonly string[]): object {
  if (labels.includes("disable")) return { Disable: true };
  const parts = labels.map((label) => label.split(":"));
  return Object.fromEntries(
    parts.map(([part = "", ...value]) => [part.charAt(0).toUpperCase() + part.slice(1), value.join(":")]),
  );
}
