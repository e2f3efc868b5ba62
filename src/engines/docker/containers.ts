import type { Docker } from "./connect.ts";
import { expectShape, flag, listOf, mapOf, object, optional, text, time, whole } from "./shape.ts";
import { expectStatus } from "./status.ts";

const labels = optional(mapOf(text));
const state = object({
  Status: text,
  ExitCode: whole,
  OOMKilled: flag,
  Error: text,
  StartedAt: text,
  FinishedAt: text,
});
const inspected = object({
  Id: text,
  Name: text,
  Image: optional(text),
  Created: time,
  State: state,
  Config: object({ Image: text, Env: optional(listOf(text)), Labels: labels, User: optional(text) }),
  HostConfig: object({
    Memory: optional(whole),
    VolumesFrom: optional(listOf(text)),
    CapDrop: optional(listOf(text)),
    SecurityOpt: optional(listOf(text)),
  }),
});
const listed = listOf(
  object({
    Id: text,
    Names: listOf(text),
    State: text,
    Labels: labels,
    Image: optional(text),
    Command: optional(text),
  }),
);

/** The path of a container's resource. `nameOrId` may be anything: it is encoded. */
export function containerPath(nameOrId: string, verb = ""): string {
  return `/containers/${encodeURIComponent(nameOrId)}${verb}`;
}

/** Undefined when there is no such container. */
export async function inspectContainer(
  docker: Docker,
  nameOrId: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<ContainerInspect | undefined> {
  const path = containerPath(nameOrId, "/json");
  const what = `inspect ${nameOrId}`;
  const { status, body } = expectStatus(await docker.call({ method: "GET", path, ...options }), what, 200, 404);
  return status === 404 ? undefined : expectShape<ContainerInspect>(body, inspected, what);
}

/** Finds a container by its whole name: the engine would also match the beginning of another container's ID. */
export async function findContainerByName(docker: Docker, name: string): Promise<ContainerInspect | undefined> {
  const found = await inspectContainer(docker, name);
  return found?.Name === `/${name}` ? found : undefined;
}

/** Lists all containers in any state; with `label` (`key=value`, one or several) only those that carry it. */
export async function listContainers(
  docker: Docker,
  { label, ...options }: { readonly label?: string | readonly string[]; readonly signal?: AbortSignal },
): Promise<readonly ContainerSummary[]> {
  const query = { all: true, ...(label !== undefined && { filters: { label: [label].flat() } }) };
  const answer = await docker.call({ method: "GET", path: "/containers/json", query, ...options });
  return expectShape(expectStatus(answer, "list containers", 200).body, listed, "list containers");
}

/**
 * Removes a container with its anonymous volumes, unless it has volumes *from* another container: then the engine
 * cannot tell which are its own, and would also remove an anonymous volume of the other one if that has been removed in
 * the meantime (measured, 20.10).
 *
 * `running`: what to do if its process runs. A container that is kept is reported as "kept".
 */
export async function removeContainer(
  docker: Docker,
  container: ContainerInspect,
  running: "killed" | "kept",
): Promise<"removed" | "kept"> {
  const query = { force: running === "killed", v: (container.HostConfig.VolumesFrom ?? []).length === 0 };
  const answer = await docker.call({ method: "DELETE", path: containerPath(container.Id), query, deadlineMs: 60_000 });
  // 409: it runs and was not to be killed, or another removal of it is under way.
  expectStatus(answer, `remove ${container.Id}`, 204, 404, 409);
  return answer.status === 409 && running === "kept" ? "kept" : "removed";
}

/**
 * The parts of Docker's API that we read and write, as the API names them. `undefined` and `null` both mean "not
 * given": engines of different age say it differently.
 */

/** The body of `POST /containers/create`. */
export interface CreateBody {
  readonly Image: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Env: readonly string[];
  readonly HostConfig: HostConfig;
  readonly Healthcheck: { readonly Test: readonly string[] };
  readonly NetworkingConfig?: { readonly EndpointsConfig: Readonly<Record<string, EndpointSettings>> };
  readonly [key: string]: unknown;
}

/** A file to be put into a container. */
export interface TarFile {
  /** Absolute. */
  readonly path: string;
  readonly data: Uint8Array;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}

export interface HostConfig {
  readonly NetworkMode?: string;
  readonly UTSMode?: string;
  /** Whether an init process runs the command; null: as the engine is configured. */
  readonly Init?: boolean | null;
  /** Bytes; 0: no limit. */
  readonly Memory?: number;
  readonly Binds?: readonly string[] | null;
  readonly Mounts?: readonly MountSpec[] | null;
  readonly VolumesFrom?: readonly string[] | null;
  readonly CapDrop?: readonly string[] | null;
  readonly SecurityOpt?: readonly string[] | null;
  readonly [key: string]: unknown;
}

export interface MountSpec {
  readonly Type: string;
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly [key: string]: unknown;
}

export interface EndpointSettings {
  readonly NetworkID?: string;
  readonly Links?: readonly string[] | null;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
  readonly [key: string]: unknown;
}

/** The answer to `GET /containers/ID/json`. */
export interface ContainerInspect {
  readonly Id: string;
  /** With a slash in front. */
  readonly Name: string;
  /** The ID of its image. */
  readonly Image?: string | null;
  readonly Created: string;
  readonly State: ContainerState;
  readonly Config: ContainerConfig;
  readonly HostConfig: HostConfig;
  readonly Mounts: readonly MountPoint[];
  readonly NetworkSettings: { readonly Networks?: Readonly<Record<string, EndpointSettings>> | null };
}

export interface ContainerState {
  readonly Status: string;
  readonly ExitCode: number;
  readonly OOMKilled: boolean;
  /** Why it could not be started. */
  readonly Error: string;
  readonly StartedAt: string;
  readonly FinishedAt: string;
}

interface ContainerConfig {
  readonly Image: string;
  readonly Hostname?: string;
  readonly Domainname?: string;
  readonly Env?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly User?: string | null;
  /** Seconds. */
  readonly StopTimeout?: number | null;
  readonly [key: string]: unknown;
}

/** Something mounted in a container, of any origin. */
export interface MountPoint {
  readonly Type: string;
  /** Of a volume. */
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly RW: boolean;
}

/** An entry of `GET /containers/json`. */
export interface ContainerSummary {
  readonly Id: string;
  readonly Names: readonly string[];
  /** Seconds since the epoch. */
  readonly Created: number;
  readonly State: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  /** As it was created from it; an ID, once that name has become another image's. */
  readonly Image?: string;
  /** Entrypoint and command, in one line. */
  readonly Command?: string;
}
