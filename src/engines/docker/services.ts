import type { Docker } from "./connect.ts";
import type { MountSpec } from "./containers.ts";
import { expectShape, flag, listOf, mapOf, object, optional, type Shape, text, time, whole } from "./shape.ts";
import { RUN_LABELS } from "./specs/run-labels.ts";
import { expectStatus, isRefusal, messageOf } from "./status.ts";
import type { DockerAnswer, DockerRequest } from "./wire.ts";

const labels = optional(mapOf(text));
const taskSpec = object({
  ContainerSpec: optional(
    object({
      Image: text,
      Env: optional(listOf(text)),
      Labels: labels,
      User: optional(text),
      CapabilityDrop: optional(listOf(text)),
    }),
  ),
  Resources: optional(object({ Limits: optional(object({ MemoryBytes: optional(whole) })) })),
  Placement: optional(object({ Constraints: optional(listOf(text)) })),
});
const mode = object({ Replicated: optional(object({ Replicas: optional(whole) })) });
const serviceSpec = object({ Name: text, Labels: labels, TaskTemplate: taskSpec, Mode: optional(mode) });

/** A service as `GET /services` has it, and `GET /services/ID`. */
export const service: Shape = object({
  ID: text,
  Version: object({ Index: whole }),
  CreatedAt: time,
  Spec: serviceSpec,
  PreviousSpec: optional(serviceSpec),
  ServiceStatus: optional(object({ RunningTasks: optional(whole) })),
});

const containerStatus = object({ ContainerID: optional(text), ExitCode: optional(whole) });
const task = object({
  ID: text,
  CreatedAt: time,
  ServiceID: text,
  NodeID: optional(text),
  Spec: taskSpec,
  Status: object({
    Timestamp: time,
    State: text,
    Message: optional(text),
    Err: optional(text),
    ContainerStatus: optional(containerStatus),
  }),
  DesiredState: text,
});
const node = object({
  ID: text,
  Description: optional(
    object({
      Hostname: optional(text),
      Platform: optional(object({ OS: optional(text), Architecture: optional(text) })),
      Engine: optional(object({ EngineVersion: optional(text), Labels: labels })),
    }),
  ),
  Spec: optional(object({ Availability: optional(text), Role: optional(text), Labels: labels })),
  Status: optional(object({ State: optional(text), Addr: optional(text) })),
  ManagerStatus: optional(object({ Leader: optional(flag), Reachability: optional(text) })),
});

/** The path of a service's resource. `nameOrId` may be anything: it is encoded. */
export function servicePath(nameOrId: string, verb = ""): string {
  return `/services/${encodeURIComponent(nameOrId)}${verb}`;
}

/**
 * Finds a service by its whole ID or name: the engine would also match the beginning of an ID. Undefined when there is
 * none.
 */
export async function inspectService(docker: Docker, nameOrId: string): Promise<Service | undefined> {
  const answer = await docker.call({ method: "GET", path: servicePath(nameOrId) });
  if (expectStatus(answer, `inspect service ${nameOrId}`, 200, 404).status === 404) return undefined;
  const found = expectShape<Service>(answer.body, service, `inspect service ${nameOrId}`);
  return found.ID === nameOrId || found.Spec.Name === nameOrId ? found : undefined;
}

/** Lists all services of an instance, with how many of their tasks are running. */
export async function listServices(docker: Docker, instance: string): Promise<readonly Service[]> {
  const query = { filters: ofInstance(instance), status: true };
  const answer = await docker.call({ method: "GET", path: "/services", query });
  return expectShape(expectStatus(answer, "list services", 200).body, listOf(service), "list services");
}

/** Lists all services of the Swarm, with how many of their tasks are running. */
export async function listAllServices(
  docker: Docker,
  limits: Pick<DockerRequest, "signal" | "deadlineMs">,
): Promise<readonly Service[]> {
  const answer = await docker.call({ method: "GET", path: "/services", query: { status: true }, ...limits });
  return expectShape(expectStatus(answer, "list services", 200).body, listOf(service), "list services");
}

/** Lists the tasks of all services of an instance: the filter matches the labels of the services. */
export async function listTasks(docker: Docker, instance: string): Promise<readonly Task[]> {
  const answer = await docker.call({ method: "GET", path: "/tasks", query: { filters: ofInstance(instance) } });
  return expectShape(expectStatus(answer, "list tasks", 200).body, listOf(task), "list tasks");
}

export async function listNodes(docker: Docker, signal?: AbortSignal): Promise<readonly SwarmNode[]> {
  const answer = await docker.call({ method: "GET", path: "/nodes", ...(signal && { signal }) });
  return expectShape(expectStatus(answer, "list nodes", 200).body, listOf(node), "list nodes");
}

/** Takes effect only if the service is still as it was read. */
export function updateService(docker: Docker, { ID, Version }: Service, spec: ServiceSpec): Promise<DockerAnswer> {
  // Without credentials, Swarm keeps those of the spec. With them, it would take an ended task for outdated.
  return docker.call({
    method: "POST",
    path: servicePath(ID, "/update"),
    query: { version: Version.Index },
    body: spec,
  });
}

/** Removes a service with its tasks and their containers. One that is already gone is no error. */
export async function removeService(docker: Docker, id: string): Promise<void> {
  expectStatus(await docker.call({ method: "DELETE", path: servicePath(id) }), `remove service ${id}`, 200, 404);
}

function ofInstance(instance: string): object {
  return { label: [`${RUN_LABELS.instance}=${instance}`] };
}

/**
 * The parts of Docker's API for services that we read and write, as the API names them. `undefined` and `null` both
 * mean "not given".
 */

/** The body of `POST /services/create` and of an update. What is not named here is passed on as it is. */
export interface ServiceSpec {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly TaskTemplate: TaskSpec;
  readonly Mode?: { readonly Replicated?: { readonly Replicas?: number } | null; readonly [key: string]: unknown };
  readonly EndpointSpec?: { readonly Mode?: string; readonly [key: string]: unknown };
  /** Specs from before API 1.44 may have them here. */
  readonly Networks?: readonly NetworkAttachment[] | null;
  readonly [key: string]: unknown;
}

export interface TaskSpec {
  /** Absent in plugins and attachments to networks. */
  readonly ContainerSpec?: ServiceContainerSpec | null;
  readonly Resources?: ServiceResources | null;
  readonly RestartPolicy?: { readonly Condition?: string; readonly [key: string]: unknown } | null;
  readonly Placement?: ServicePlacement | null;
  readonly Networks?: readonly NetworkAttachment[] | null;
  readonly [key: string]: unknown;
}

export interface ServiceContainerSpec {
  readonly Image: string;
  /** The image's entrypoint is replaced by it. */
  readonly Command?: readonly string[] | null;
  /** The image's command is replaced by it. */
  readonly Args?: readonly string[] | null;
  readonly Env?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly User?: string | null;
  readonly CapabilityDrop?: readonly string[] | null;
  readonly Privileges?: {
    readonly Seccomp?: object | null;
    readonly AppArmor?: object | null;
    readonly [key: string]: unknown;
  } | null;
  readonly Init?: boolean | null;
  readonly Mounts?: readonly MountSpec[] | null;
  readonly Secrets?: readonly object[] | null;
  readonly Configs?: readonly object[] | null;
  /** Nanoseconds. */
  readonly StopGracePeriod?: number;
  readonly [key: string]: unknown;
}

export interface ServiceResources {
  readonly Limits?: { readonly MemoryBytes?: number; readonly [key: string]: unknown } | null;
  readonly [key: string]: unknown;
}

export interface ServicePlacement {
  readonly Constraints?: readonly string[] | null;
  readonly [key: string]: unknown;
}

export interface NetworkAttachment {
  /** A name when it is written, the network's ID when it is read. */
  readonly Target?: string;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
  readonly [key: string]: unknown;
}

/** The answer to `GET /services/ID`, and an entry of `GET /services`. */
export interface Service {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: ServiceSpec;
  /** Present after the first update. */
  readonly PreviousSpec?: ServiceSpec | null;
  /** Present if it was asked for. */
  readonly ServiceStatus?: { readonly RunningTasks?: number };
}

/** An entry of `GET /tasks`. */
export interface Task {
  readonly ID: string;
  readonly CreatedAt: string;
  readonly ServiceID: string;
  /** Absent until a node was found. */
  readonly NodeID?: string | null;
  readonly Spec: TaskSpec;
  readonly Status: TaskStatus;
  readonly DesiredState: string;
}

export interface TaskStatus {
  /** When it came into this state. */
  readonly Timestamp: string;
  readonly State: string;
  readonly Message?: string;
  readonly Err?: string;
  readonly ContainerStatus?: { readonly ContainerID?: string; readonly ExitCode?: number } | null;
}

/** An entry of `GET /nodes`. */
export interface SwarmNode {
  readonly ID: string;
  readonly Description?: {
    readonly Hostname?: string;
    readonly Platform?: { readonly OS?: string; readonly Architecture?: string } | null;
    readonly Engine?: { readonly EngineVersion?: string; readonly Labels?: NodeLabels | null } | null;
  };
  readonly Spec?: { readonly Availability?: string; readonly Role?: string; readonly Labels?: NodeLabels | null };
  readonly Status?: { readonly State?: string; readonly Addr?: string };
  /** Of managers only. */
  readonly ManagerStatus?: { readonly Leader?: boolean; readonly Reachability?: string } | null;
}

type NodeLabels = Readonly<Record<string, string>>;

/**
 * Returns why the Swarm refuses a spec, in its own words; undefined if its answer says nothing about the spec. The
 * status alone does not tell: for an unknown network Swarm answers 500, as it does without a leader, and for a network
 * that services cannot use 403, as a proxy may. So the network itself is inspected.
 */
export async function faultOf(docker: Docker, spec: ServiceSpec, answer: DockerAnswer): Promise<string | undefined> {
  if (isRefusal(answer)) return messageOf(answer);
  if (answer.status !== 500 && answer.status !== 403) return undefined;
  for (const { Target = "" } of spec.TaskTemplate.Networks ?? []) {
    // A manager without a leader does not find networks either, but then its answer does not name the network.
    if (messageOf(answer).includes(Target) && !(await isForServices(docker, Target))) return messageOf(answer);
  }
  return undefined;
}

async function isForServices(docker: Docker, network: string): Promise<boolean> {
  const answer = await docker.call({ method: "GET", path: `/networks/${encodeURIComponent(network)}` });
  if (expectStatus(answer, `inspect network ${network}`, 200, 404).status === 404) return false;
  const { Scope } = answer.body as { readonly Scope?: string };
  return Scope === "swarm" || PREDEFINED.includes(network);
}

const PREDEFINED = ["bridge", "host"];
