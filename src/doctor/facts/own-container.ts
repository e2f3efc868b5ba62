import { readFile } from "node:fs/promises";
import { inspectContainer } from "../../engines/docker/containers.ts";
import { inspectService } from "../../engines/docker/services.ts";
import type { Greeted } from "../deployment.ts";

/** The container in which this process runs, as the engine of the settings knows it. */
export interface OwnContainer {
  readonly usesHostNetwork: boolean;
  /** Whether a service of a Swarm made it. */
  readonly isOfSwarm: boolean;
  /** What of the machine leads to this port: `port 80 of all addresses of the host`. Absent: only other containers reach it. */
  readonly publishedAt?: string;
}

/**
 * Finds out how others reach a port of this container. Undefined when this process runs in no container, or in none of this
 * engine.
 */
export async function readOwnContainer(docker: Greeted["docker"], port: number): Promise<OwnContainer | undefined> {
  const id = await ownContainerId();
  const found = id === undefined ? undefined : await inspectContainer(docker, id);
  if (found === undefined) return undefined;
  const { NetworkMode, PortBindings } = found.HostConfig;
  const serviceId = found.Config.Labels?.["com.docker.swarm.service.id"];
  const isOfSwarm = serviceId !== undefined;
  if (NetworkMode === "host") return { usesHostNetwork: true, isOfSwarm };
  const bound = ((PortBindings ?? {}) as Readonly<Record<string, readonly Binding[] | null>>)[`${port}/tcp`] ?? [];
  const open = bound.find(({ HostIp }) => isEverywhere(HostIp));
  const ofService = await publishedBy(docker, serviceId, port);
  const publishedAt = open ? `${portOf(open)} of all addresses of the host` : ofService;
  return { usesHostNetwork: false, isOfSwarm, ...(publishedAt !== undefined && { publishedAt }) };
}

interface Binding {
  readonly HostIp?: string;
  readonly HostPort?: string;
}

/** Without a number, Docker chooses one at each start. */
function portOf({ HostPort }: Binding): string {
  return HostPort ? `port ${HostPort}` : "a port";
}

export function isEverywhere(host: string | undefined): boolean {
  return host === undefined || ["", "0.0.0.0", "::"].includes(host);
}

async function publishedBy(
  docker: Greeted["docker"],
  id: string | undefined,
  port: number,
): Promise<string | undefined> {
  const service = id === undefined ? undefined : await inspectService(docker, id);
  const ports = (service?.Spec.EndpointSpec?.Ports ?? []) as readonly ServicePort[];
  const published = ports.find(({ TargetPort, PublishedPort }) => TargetPort === port && PublishedPort !== undefined);
  return published && `port ${published.PublishedPort} of each node`;
}

interface ServicePort {
  readonly TargetPort?: number;
  readonly PublishedPort?: number;
}

/** Docker mounts files of its own into each container, from a folder that is named after it. */
async function ownContainerId(): Promise<string | undefined> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8").catch(() => "");
  return /\/containers\/([0-9a-f]{64})\/(?:hostname|hosts|resolv\.conf)\b/.exec(mounts)?.[1];
}
