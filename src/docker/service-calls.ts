import type { Docker } from "./connect.ts";
import { RUN_LABELS } from "./run-labels.ts";
import type { Service, ServiceSpec, SwarmNode, Task } from "./service-types.ts";
import { expectStatus } from "./status.ts";
import type { DockerAnswer } from "./wire.ts";

/** The path of a service's resource. `nameOrId` may be anything: it is encoded. */
export function servicePath(nameOrId: string, verb = ""): string {
  return `/services/${encodeURIComponent(nameOrId)}${verb}`;
}

/** By its whole ID or name: the engine would also take the beginning of an ID. Undefined when there is none. */
export async function inspectService(docker: Docker, nameOrId: string): Promise<Service | undefined> {
  const answer = await docker.call({ method: "GET", path: servicePath(nameOrId) });
  if (expectStatus(answer, `inspect service ${nameOrId}`, 200, 404).status === 404) return undefined;
  const service = answer.body as Service;
  return service.ID === nameOrId || service.Spec.Name === nameOrId ? service : undefined;
}

/** All services of an instance, with how many of their tasks are running. */
export async function listServices(docker: Docker, instance: string): Promise<readonly Service[]> {
  const query = { filters: ofInstance(instance), status: true };
  const answer = await docker.call({ method: "GET", path: "/services", query });
  return expectStatus(answer, "list services", 200).body as readonly Service[];
}

/** The tasks of all services of an instance: the filter goes by the labels of the services. */
export async function listTasks(docker: Docker, instance: string): Promise<readonly Task[]> {
  const answer = await docker.call({ method: "GET", path: "/tasks", query: { filters: ofInstance(instance) } });
  return expectStatus(answer, "list tasks", 200).body as readonly Task[];
}

export async function listNodes(docker: Docker): Promise<readonly SwarmNode[]> {
  const answer = await docker.call({ method: "GET", path: "/nodes" });
  return expectStatus(answer, "list nodes", 200).body as readonly SwarmNode[];
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
