import type { Docker } from "./connect.ts";
import type { Service, ServiceSpec, SwarmNode, Task } from "./service-types.ts";
import { expectShape, listOf, mapOf, object, optional, type Shape, text, time, whole } from "./shape.ts";
import { RUN_LABELS } from "./specs/run-labels.ts";
import { expectStatus } from "./status.ts";
import type { DockerAnswer } from "./wire.ts";

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
  Description: optional(object({ Hostname: optional(text) })),
  Spec: optional(object({ Availability: optional(text) })),
  Status: optional(object({ State: optional(text) })),
});

/** The path of a service's resource. `nameOrId` may be anything: it is encoded. */
export function servicePath(nameOrId: string, verb = ""): string {
  return `/services/${encodeURIComponent(nameOrId)}${verb}`;
}

/** By its whole ID or name: the engine would also take the beginning of an ID. Undefined when there is none. */
export async function inspectService(docker: Docker, nameOrId: string): Promise<Service | undefined> {
  const answer = await docker.call({ method: "GET", path: servicePath(nameOrId) });
  if (expectStatus(answer, `inspect service ${nameOrId}`, 200, 404).status === 404) return undefined;
  const found = expectShape<Service>(answer.body, service, `inspect service ${nameOrId}`);
  return found.ID === nameOrId || found.Spec.Name === nameOrId ? found : undefined;
}

/** All services of an instance, with how many of their tasks are running. */
export async function listServices(docker: Docker, instance: string): Promise<readonly Service[]> {
  const query = { filters: ofInstance(instance), status: true };
  const answer = await docker.call({ method: "GET", path: "/services", query });
  return expectShape(expectStatus(answer, "list services", 200).body, listOf(service), "list services");
}

/** The tasks of all services of an instance: the filter goes by the labels of the services. */
export async function listTasks(docker: Docker, instance: string): Promise<readonly Task[]> {
  const answer = await docker.call({ method: "GET", path: "/tasks", query: { filters: ofInstance(instance) } });
  return expectShape(expectStatus(answer, "list tasks", 200).body, listOf(task), "list tasks");
}

export async function listNodes(docker: Docker): Promise<readonly SwarmNode[]> {
  const answer = await docker.call({ method: "GET", path: "/nodes" });
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

/** Its tasks and their containers go with it. It is content when the service is gone already. */
export async function removeService(docker: Docker, id: string): Promise<void> {
  expectStatus(await docker.call({ method: "DELETE", path: servicePath(id) }), `remove service ${id}`, 200, 404);
}

function ofInstance(instance: string): object {
  return { label: [`${RUN_LABELS.instance}=${instance}`] };
}
