import type { ComposeTemplate } from "../../job/job.ts";
import type { NetworkSettings } from "../../job/template.ts";
import { isOlder } from "../docker/api-version.ts";
import type { CreateBody, EndpointSettings, MountSpec, TarFile } from "../docker/containers.ts";
import { writeHealthcheck, writeMount } from "../docker/specs/compose-keys.ts";
import { runEnvironment, writeEnvironment, writeRunLabels } from "../docker/specs/run-labels.ts";
import type { AttemptOrder } from "../engine.ts";
import { isBind, writeHostConfig } from "./host-config.ts";

/** What is sent to make an attempt's container. */
export interface ContainerSpec {
  readonly body: CreateBody;
  /** All networks that the container belongs to, in order. `body` names the first one as its `NetworkMode`. */
  readonly networks: ReadonlyMap<string, EndpointSettings>;
  /** Put into it before it is started. */
  readonly files?: readonly TarFile[];
  /** `linux/arm64`; absent: the engine's own. */
  readonly platform?: string;
}

/** Since API 1.44 a container can be created on several networks; before, it is connected to the others afterwards. */
const SEVERAL_NETWORKS_API = "1.44";

/** The networks that the container can be created on. */
export function networksAtOnce({ networks }: ContainerSpec, apiVersion: string): readonly string[] {
  return [...networks.keys()].slice(0, isOlder(apiVersion, SEVERAL_NETWORKS_API) ? 1 : undefined);
}

/** The body, with these of its networks. A single network without settings is already named by the mode. */
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

/** The container of a job that a schedule file describes. */
export function composeContainer(instance: string, order: AttemptOrder, template: ComposeTemplate): ContainerSpec {
  const { limits, reservations, host, process } = template;
  const macAddress = macAddressOf(template);
  return {
    body: {
      Image: template.image,
      ...(template.command && { Cmd: template.command }),
      // Docker would take an empty list for the image's own.
      ...(template.entrypoint && { Entrypoint: template.entrypoint.length === 0 ? [""] : template.entrypoint }),
      ...(template.user !== undefined && { User: template.user }),
      ...(template.workingDir !== undefined && { WorkingDir: template.workingDir }),
      ...(template.stopSignal !== undefined && { StopSignal: template.stopSignal }),
      Env: writeEnvironment({ ...template.environment, ...runEnvironment(order, template.environment) }),
      Labels: { ...template.labels, ...writeRunLabels(instance, order) },
      Healthcheck: writeHealthcheck(template.healthcheck),
      ...(host?.hostname !== undefined && { Hostname: host.hostname }),
      ...(host?.domainname !== undefined && { Domainname: host.domainname }),
      ...(macAddress !== undefined && { MacAddress: macAddress }),
      ...(process?.tty !== undefined && { Tty: process.tty }),
      HostConfig: {
        ...RUN_HOST_CONFIG,
        Init: template.init,
        Mounts: [
          ...template.volumes.filter((volume) => !isBind(volume)).map((volume) => writeMount(volume, instance)),
          ...writeFileMounts(template),
        ],
        VolumesFrom: template.volumesFrom,
        ...(limits.memoryBytes !== undefined && { Memory: limits.memoryBytes }),
        ...(limits.cpus !== undefined && { NanoCpus: Math.round(limits.cpus * 1e9) }),
        ...(limits.pids !== undefined && { PidsLimit: limits.pids }),
        ...(reservations.memoryBytes !== undefined && { MemoryReservation: reservations.memoryBytes }),
        ...(template.networks[0] !== undefined && { NetworkMode: template.networks[0] }),
        ...writeHostConfig(template),
      },
    },
    networks: writeEndpoints(template),
    files: writeTexts(template),
    ...(template.platform !== undefined && { platform: template.platform }),
  };
}

/** Mounts secrets and configs that are files already, as Compose does. */
function writeFileMounts({ secrets, configs }: ComposeTemplate): MountSpec[] {
  return [...secrets, ...configs].flatMap(({ content, target }) =>
    content?.from === "file" ? [{ Type: "bind", Source: content.path, Target: target, ReadOnly: true }] : [],
  );
}

/** The secrets and configs of which only the text is known. */
function writeTexts({ secrets, configs }: ComposeTemplate): TarFile[] {
  return [...secrets, ...configs].flatMap(({ content, target, uid, gid, mode }) =>
    content?.from === "text"
      ? [{ path: target, data: Buffer.from(content.text()), uid: Number(uid), gid: Number(gid), mode }]
      : [],
  );
}

/** A container's settings on each of its networks, in their order. */
function writeEndpoints({ networks, networkSettings, host }: ComposeTemplate): Map<string, EndpointSettings> {
  const endpoints = networks.map((name) => [name, writeEndpoint(networkSettings?.[name] ?? {})] as const);
  // Newer engines take the container's address for that of its first network, and expect it there.
  const [[first, endpoint] = [], ...others] = endpoints;
  const MacAddress = host?.macAddress;
  if (first === undefined || MacAddress === undefined) return new Map(endpoints);
  return new Map([[first, { ...endpoint, MacAddress }], ...others]);
}

function writeEndpoint(settings: NetworkSettings): EndpointSettings {
  const IPAMConfig = {
    ...(settings.ipv4Address !== undefined && { IPv4Address: settings.ipv4Address }),
    ...(settings.ipv6Address !== undefined && { IPv6Address: settings.ipv6Address }),
    ...(settings.linkLocalIps && { LinkLocalIPs: settings.linkLocalIps }),
  };
  return {
    ...(settings.aliases && { Aliases: settings.aliases }),
    ...(Object.keys(IPAMConfig).length > 0 && { IPAMConfig }),
    ...(settings.macAddress !== undefined && { MacAddress: settings.macAddress }),
    ...(settings.driverOpts && { DriverOpts: settings.driverOpts }),
    ...(settings.gwPriority !== undefined && { GwPriority: settings.gwPriority }),
  };
}

/** Older engines know only one address: the container's, on its first network. */
function macAddressOf({ networks, networkSettings, host }: ComposeTemplate): string | undefined {
  const [first = ""] = networks;
  return host?.macAddress ?? networkSettings?.[first]?.macAddress;
}
