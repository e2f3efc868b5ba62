import type { Making } from "../jobs/declared.ts";
import type { ComposeTemplate, VolumeMount } from "../jobs/job.ts";
import type { AttemptOrder } from "../runs/engine.ts";
import { isOlder } from "./api-version.ts";
import type { CreateBody, EndpointSettings, MountSpec, TarFile } from "./container-types.ts";
import { RUN_LABELS, runEnvironment, writeRunLabels } from "./run-labels.ts";

/** What is sent to make an attempt's container. */
export interface ContainerSpec {
  readonly body: CreateBody;
  /** All networks that the container belongs to, in order. `body` names the first one as its `NetworkMode`. */
  readonly networks: ReadonlyMap<string, EndpointSettings>;
  /** Put into it before it is started. */
  readonly files?: readonly TarFile[];
}

/** Since API 1.44 a container can be created on several networks; before, it is connected to the others afterwards. */
const SEVERAL_NETWORKS_API = "1.44";

/** Those of its networks that the container can be created on. */
export function networksAtOnce({ networks }: ContainerSpec, apiVersion: string): readonly string[] {
  return [...networks.keys()].slice(0, isOlder(apiVersion, SEVERAL_NETWORKS_API) ? 1 : undefined);
}

/** The body, with these of its networks. One, of which there is nothing to say, is named by its mode already. */
export function createBody({ body, networks }: ContainerSpec, atOnce: readonly string[]): CreateBody {
  const EndpointsConfig = Object.fromEntries(atOnce.map((name) => [name, networks.get(name) ?? {}]));
  const saysNothing =
    atOnce.length < 2 && Object.values(EndpointsConfig).every((each) => Object.keys(each).length === 0);
  return saysNothing ? body : { ...body, NetworkingConfig: { EndpointsConfig } };
}

/** What holds for every run's container, whatever its template says. */
export const RUN_HOST_CONFIG = {
  // The engine must never start it again, nor take its record away before we have read it.
  RestartPolicy: { Name: "no" },
  AutoRemove: false,
} as const;

/** A run is judged by its exit code: its image's health check would only cost, and confuse. */
export const NO_HEALTHCHECK = { Test: ["NONE"] } as const;

/** The container of a job that a schedule file describes. */
export function composeContainer(instance: string, order: AttemptOrder, template: ComposeTemplate): ContainerSpec {
  const { limits, reservations } = template;
  return {
    body: {
      Image: template.image,
      ...(template.command && { Cmd: template.command }),
      // An empty list would mean the image's own to Docker.
      ...(template.entrypoint && { Entrypoint: template.entrypoint.length === 0 ? [""] : template.entrypoint }),
      ...(template.user !== undefined && { User: template.user }),
      ...(template.workingDir !== undefined && { WorkingDir: template.workingDir }),
      ...(template.stopSignal !== undefined && { StopSignal: template.stopSignal }),
      Env: writeEnvironment({ ...template.environment, ...runEnvironment(order) }),
      Labels: { ...template.labels, ...writeRunLabels(instance, order) },
      Healthcheck: NO_HEALTHCHECK,
      HostConfig: {
        ...RUN_HOST_CONFIG,
        Init: template.init,
        Mounts: [...template.volumes.map((mount) => writeMount(mount, instance)), ...writeFileMounts(template)],
        VolumesFrom: template.volumesFrom,
        ...(limits.memoryBytes !== undefined && { Memory: limits.memoryBytes }),
        ...(limits.cpus !== undefined && { NanoCpus: Math.round(limits.cpus * 1e9) }),
        ...(limits.pids !== undefined && { PidsLimit: limits.pids }),
        ...(reservations.memoryBytes !== undefined && { MemoryReservation: reservations.memoryBytes }),
        ...(template.networks[0] !== undefined && { NetworkMode: template.networks[0] }),
      },
    },
    networks: new Map(template.networks.map((name) => [name, {}])),
    files: writeTexts(template),
  };
}

export function writeEnvironment(variables: Readonly<Record<string, string>>): string[] {
  return Object.entries(variables).map(([name, value]) => `${name}=${value}`);
}

/** As a mount, not as `Binds`: those would make a folder that is not there, and the job would run on an empty one. */
export function writeMount(mount: VolumeMount, instance: string): MountSpec {
  const { making } = mount;
  return {
    Type: mount.type,
    ...(mount.source !== undefined && { Source: mount.source }),
    Target: mount.target,
    ReadOnly: mount.readOnly,
    // Holds where there is no volume of that name: then the engine makes it so.
    ...(making && { VolumeOptions: writeMaking(making, instance) }),
  };
}

function writeMaking({ driver, options, labels }: Making, instance: string): object {
  const isPlain = driver === undefined && Object.keys(options).length === 0;
  return {
    Labels: { ...labels, [RUN_LABELS.instance]: instance },
    ...(!isPlain && { DriverConfig: { Name: driver ?? "local", Options: options } }),
  };
}

/** Secrets and configs that are files already, as Compose does it. */
function writeFileMounts({ secrets, configs }: ComposeTemplate): MountSpec[] {
  return [...secrets, ...configs].flatMap(({ content, target }) =>
    content?.from === "file" ? [{ Type: "bind", Source: content.path, Target: target, ReadOnly: true }] : [],
  );
}

/** Those of which only the text is known. */
function writeTexts({ secrets, configs }: ComposeTemplate): TarFile[] {
  return [...secrets, ...configs].flatMap(({ content, target, uid, gid, mode }) =>
    content?.from === "text"
      ? [{ path: target, data: Buffer.from(content.text()), uid: Number(uid), gid: Number(gid), mode }]
      : [],
  );
}
