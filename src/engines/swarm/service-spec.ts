import type { AccessKeys, ComposeTemplate, StoredFile } from "../../job/job.ts";
import type { HostKeys, TmpfsMount } from "../../job/template.ts";
import type { MountSpec } from "../docker/containers.ts";
import type {
  NetworkAttachment,
  Service,
  ServiceContainerSpec,
  ServicePlacement,
  ServiceResources,
  ServiceSpec,
  TaskSpec,
} from "../docker/services.ts";
import { NO_HEALTHCHECK, writeHealthcheck, writeMount, writeUlimits } from "../docker/specs/compose-keys.ts";
import { writeEnvironment, writeRunLabels } from "../docker/specs/run-labels.ts";
import type { AttemptOrder } from "../engine.ts";
import { serviceVariables } from "./run-variables.ts";

/** The ID and name in Swarm of each `source` that a template mentions. */
export interface StoredIds {
  readonly secrets: ReadonlyMap<string, StoredName>;
  readonly configs: ReadonlyMap<string, StoredName>;
}

export interface StoredName {
  readonly id: string;
  /** In the Swarm's store. */
  readonly name: string;
}

/** The inert service of a job that a schedule file describes. */
export function composeService(
  instance: string,
  order: AttemptOrder,
  of: { readonly template: ComposeTemplate; readonly stored: StoredIds },
): ServiceSpec {
  const { template } = of;
  const { networks, logging } = template;
  const task = {
    ContainerSpec: composeContainerSpec(instance, order, of),
    Resources: writeResources(template),
    Placement: writePlacement(template),
    ...(networks.length > 0 && { Networks: networks.map((name) => writeAttachment(template, name)) }),
    ...(logging && { LogDriver: { Name: logging.driver ?? "", Options: logging.options ?? {} } }),
  };
  const spec = inertService(instance, order, task);
  return template.healthcheck ? withHealthcheck(spec, writeHealthcheck(template.healthcheck)) : spec;
}

function withHealthcheck(spec: ServiceSpec, Healthcheck: object): ServiceSpec {
  const { TaskTemplate } = spec;
  const ContainerSpec = TaskTemplate.ContainerSpec && { ...TaskTemplate.ContainerSpec, Healthcheck };
  return { ...spec, TaskTemplate: { ...TaskTemplate, ...(ContainerSpec && { ContainerSpec }) } };
}

/** A task with a container. */
type RunTask = TaskSpec & { readonly ContainerSpec: ServiceContainerSpec };

/**
 * What holds for every run's service, whatever its template says. It has our labels twice: Swarm finds it and its tasks
 * by the service's labels, and events carry the container's. It has no label of a stack: a deploy with `--prune` would
 * take it for one of the stack's.
 */
export function inertService(instance: string, order: AttemptOrder, task: RunTask): ServiceSpec {
  const labels = writeRunLabels(instance, order);
  const { ContainerSpec } = task;
  return {
    Name: order.objectName,
    Labels: labels,
    TaskTemplate: {
      ...task,
      ContainerSpec: {
        ...ContainerSpec,
        Labels: { ...ContainerSpec.Labels, ...labels },
        Healthcheck: NO_HEALTHCHECK,
        StopGracePeriod: order.stopGracePeriodMs * 1e6,
      },
      RestartPolicy: { Condition: "none" },
    },
    Mode: { Replicated: { Replicas: 0 } },
    // Without an address of its own: a network has only so many.
    EndpointSpec: { Mode: "dnsrr" },
  };
}

/**
 * True as long as it was never activated. Zero replicas are not enough: someone may have scaled it down, and it must
 * not run a second time. But an update keeps the previous spec.
 */
export function isInert({ Spec, PreviousSpec }: Service): boolean {
  return replicasOf(Spec) === 0 && !PreviousSpec;
}

export function replicasOf({ Mode }: ServiceSpec): number {
  return Mode?.Replicated?.Replicas ?? 0;
}

export function activeSpec(spec: ServiceSpec): ServiceSpec {
  return { ...spec, Mode: { Replicated: { Replicas: 1 } } };
}

/** A constraint that no node meets. Swarm stops a task that may not be on its node, and finds no other node for it. */
const STOP_CONSTRAINT = "node.id==stopped-by-shipbell";

export function stoppedSpec(spec: ServiceSpec): ServiceSpec {
  const { Placement } = spec.TaskTemplate;
  const Constraints = [...(Placement?.Constraints ?? []), STOP_CONSTRAINT];
  return { ...spec, TaskTemplate: { ...spec.TaskTemplate, Placement: { ...Placement, Constraints } } };
}

export function isStoppedByUs({ TaskTemplate }: ServiceSpec): boolean {
  return TaskTemplate.Placement?.Constraints?.includes(STOP_CONSTRAINT) ?? false;
}

function composeContainerSpec(
  instance: string,
  order: AttemptOrder,
  { template, stored }: { readonly template: ComposeTemplate; readonly stored: StoredIds },
): ServiceContainerSpec {
  return {
    Image: template.image,
    ...(template.command && { Args: template.command }),
    // Docker would take an empty list for the image's own.
    ...(template.entrypoint && { Command: template.entrypoint.length === 0 ? [""] : template.entrypoint }),
    ...(template.user !== undefined && { User: template.user }),
    ...(template.workingDir !== undefined && { Dir: template.workingDir }),
    ...(template.stopSignal !== undefined && { StopSignal: template.stopSignal }),
    Env: writeEnvironment({ ...template.environment, ...serviceVariables(order, template.environment) }),
    Labels: template.labels,
    Init: template.init,
    Mounts: writeServiceMounts(template, instance),
    ...writeContainerKeys(template),
    Secrets: template.secrets.map((file) => ({
      SecretID: stored.secrets.get(file.source)?.id,
      SecretName: stored.secrets.get(file.source)?.name,
      File: writeFile(file),
    })),
    Configs: template.configs.map((file) => ({
      ConfigID: stored.configs.get(file.source)?.id,
      ConfigName: stored.configs.get(file.source)?.name,
      File: writeFile(file),
    })),
  };
}

function writeFile({ target, uid, gid, mode }: StoredFile): object {
  return { Name: target, UID: uid, GID: gid, Mode: mode };
}

function writeResources({ limits, reservations, devices }: ComposeTemplate): ServiceResources {
  return {
    Limits: {
      ...writeShare(limits),
      // It has no limit by default.
      ...(limits.pids !== undefined && limits.pids > 0 && { Pids: limits.pids }),
    },
    Reservations: {
      ...writeShare(reservations),
      ...(devices?.genericResources && {
        GenericResources: devices.genericResources.map(({ kind, value }) => ({
          DiscreteResourceSpec: { Kind: kind, Value: value },
        })),
      }),
    },
  };
}

function writeShare({ cpus, memoryBytes }: { readonly cpus?: number; readonly memoryBytes?: number }): object {
  return {
    ...(cpus !== undefined && { NanoCPUs: Math.round(cpus * 1e9) }),
    ...(memoryBytes !== undefined && { MemoryBytes: memoryBytes }),
  };
}

function writePlacement({ placement, platform }: ComposeTemplate): ServicePlacement {
  const [OS, Architecture] = (platform ?? "").split("/");
  return {
    Constraints: placement.constraints,
    Preferences: placement.spread.map((SpreadDescriptor) => ({ Spread: { SpreadDescriptor } })),
    ...(platform !== undefined && { Platforms: [{ OS, Architecture }] }),
  };
}

/** What a template says about a service's containers, beyond what every template has. Empty if it says nothing. */
function writeContainerKeys({ host, access, resources, process }: ComposeTemplate): object {
  return {
    ...(host && writeServiceNames(host)),
    ...(access && writeAccess(access)),
    ...(resources?.ulimits && { Ulimits: writeUlimits(resources.ulimits) }),
    ...(resources?.oomScoreAdj !== undefined && { OomScoreAdj: resources.oomScoreAdj }),
    ...(process?.tty !== undefined && { TTY: process.tty }),
    ...(process?.isolation !== undefined && { Isolation: process.isolation }),
  };
}

function writeServiceMounts(template: ComposeTemplate, instance: string): MountSpec[] {
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

/** Services only have mounts, with a size and a mode. */
function tmpfsAsMount({ target, options }: TmpfsMount): MountSpec {
  const values = new Map(options.map((option) => option.split("=", 2) as [string, string]));
  const size = readSize(values.get("size"));
  const mode = values.get("mode");
  const TmpfsOptions = {
    ...(size !== undefined && { SizeBytes: size }),
    ...(mode !== undefined && { Mode: Number.parseInt(mode, 8) }),
  };
  return { Type: "tmpfs", Target: target, ...(options.length > 0 && { TmpfsOptions }) };
}

function readSize(written: string | undefined): number | undefined {
  const [, digits, unit = ""] = /^(\d+)([kmg]?)$/i.exec(written ?? "") ?? [];
  return digits === undefined ? undefined : Number(digits) * 1024 ** ["", "k", "m", "g"].indexOf(unit.toLowerCase());
}

const SHARED_MEMORY_MODE = 0o1777;

/** What `shm_size` becomes for services, which have no such key: the same file system in the same place. */
function sharedMemory(SizeBytes: number): MountSpec {
  return { Type: "tmpfs", Target: "/dev/shm", TmpfsOptions: { SizeBytes, Mode: SHARED_MEMORY_MODE } };
}

function writeAttachment({ networkSettings }: ComposeTemplate, Target: string): NetworkAttachment {
  const { aliases, driverOpts } = networkSettings?.[Target] ?? {};
  return { Target, ...(aliases && { Aliases: aliases }), ...(driverOpts && { DriverOpts: driverOpts }) };
}

/** Names of hosts, as services have them. */
function writeServiceNames({ hostname, dns, dnsSearch, dnsOpt, extraHosts }: HostKeys): object {
  const DNSConfig = {
    ...(dns && { Nameservers: dns }),
    ...(dnsSearch && { Search: dnsSearch }),
    ...(dnsOpt && { Options: dnsOpt }),
  };
  return {
    ...(hostname !== undefined && { Hostname: hostname }),
    ...(Object.keys(DNSConfig).length > 0 && { DNSConfig }),
    ...(extraHosts && { Hosts: extraHosts.map(({ name, address }) => `${address} ${name}`) }),
  };
}
