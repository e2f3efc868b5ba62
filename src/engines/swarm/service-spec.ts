import type { ComposeTemplate, StoredFile } from "../../job/job.ts";
import type {
  Service,
  ServiceContainerSpec,
  ServicePlacement,
  ServiceResources,
  ServiceSpec,
  TaskSpec,
} from "../docker/service-types.ts";
import { writeEnvironment } from "../docker/specs/container-spec.ts";
import { NO_HEALTHCHECK, writeHealthcheck } from "../docker/specs/healthcheck-spec.ts";
import { writeAttachment } from "../docker/specs/network-spec.ts";
import { runEnvironment, writeRunLabels } from "../docker/specs/run-labels.ts";
import type { AttemptOrder } from "../engine.ts";
import { writeContainerKeys, writeServiceMounts } from "./service-keys-spec.ts";

/** What Swarm knows a secret or a config by, for each `source` that a template mentions. */
export interface StoredIds {
  readonly secrets: ReadonlyMap<string, StoredName>;
  readonly configs: ReadonlyMap<string, StoredName>;
}

export interface StoredName {
  readonly id: string;
  /** In the Swarm's store. */
  readonly name: string;
}

/** The service of a job that a schedule file describes, inert. */
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

/** A task, and the container in it. */
export type RunTask = TaskSpec & { readonly ContainerSpec: ServiceContainerSpec };

/**
 * What holds for every run's service, whatever its template says. It has our labels twice: by those of the service
 * Swarm finds it and its tasks, those of the container are in its events. It has no label of a stack: a deploy with
 * `--prune` would take it for one of the stack's.
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
    // Without an address of its own: those of a network come to an end.
    EndpointSpec: { Mode: "dnsrr" },
  };
}

/**
 * True as long as it was never activated. Zero replicas alone do not say so: somebody may have scaled it down, and it
 * must not run a second time. But an update leaves the spec of before it.
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

/** What no node is. Swarm stops what may not be where it is, and finds no other place for it. */
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
    // An empty list would mean the image's own to Docker.
    ...(template.entrypoint && { Command: template.entrypoint.length === 0 ? [""] : template.entrypoint }),
    ...(template.user !== undefined && { User: template.user }),
    ...(template.workingDir !== undefined && { Dir: template.workingDir }),
    ...(template.stopSignal !== undefined && { StopSignal: template.stopSignal }),
    Env: writeEnvironment({ ...template.environment, ...runEnvironment(order) }),
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
      // Without limit it is anyway.
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
