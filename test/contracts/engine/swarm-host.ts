import { systemClock } from "../../../src/clock.ts";
import { connectDocker, type Docker } from "../../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../../src/engines/docker/docker-events.ts";
import type { RegistryCredentials } from "../../../src/engines/docker/registry/registry-auth.ts";
import type { ComposeTemplate } from "../../../src/job/job.ts";
import { aTemplate } from "../../support/a-job.ts";
import { swarmEngine } from "../../support/real-engines.ts";
import { commandFor, type EngineUnderTest, type Workload } from "./harness.ts";

/** A manager of a real Swarm, of which the test uses only objects whose names begin with `id`. */
export interface SwarmTestHost extends EngineUnderTest {
  readonly docker: Docker;
  /** `POST /services/create`, in Docker's own words; answers with the ID. `close` removes it. */
  create(name: string, change?: object): Promise<string>;
}

export interface SwarmHostOptions {
  readonly credentials?: Pick<RegistryCredentials, "headerFor">;
}

export function swarmHost(host: string, id: string, options: SwarmHostOptions = {}): SwarmTestHost {
  const docker = connectDocker({ host });
  const events = new DockerEvents(docker, systemClock);
  const parts = { docker, events, clock: systemClock, ...options };
  const engineOf = (instance: string) => swarmEngine({ ...parts, instance });
  const [engine, neighbour] = [engineOf(`${id}-ours`), engineOf(`${id}-theirs`)];
  const created: string[] = [];
  const create = async (name: string, change: object = {}) => {
    const body = { ...inertService, Name: name, ...change };
    const answer = await docker.call({ method: "POST", path: "/services/create", body });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    const { ID } = answer.body as { ID: string };
    created.push(ID);
    return ID;
  };
  return {
    docker,
    engine,
    neighbour,
    prefix: `${id}-`,
    pulls: false,
    // Only of what ran on this very manager it knows more.
    saysOfMissingMemory: [true, "unknown"],
    ownNode: async () => (await docker.info()).name,
    template,
    create,
    makeForeign: (name) => create(name),
    exists: async (name) => (await docker.call({ method: "GET", path: `/services/${name}` })).status === 200,
    removeUnseen: async (id) => {
      await docker.call({ method: "DELETE", path: `/services/${id}` });
    },
    close: async () => {
      const ours = (await Promise.all([engine, neighbour].map((each) => each.list()))).flat();
      const ids = [...ours.map((object) => object.id), ...created];
      await Promise.all(ids.map((each) => docker.call({ method: "DELETE", path: `/services/${each}` })));
    },
  };
}

const inertService = {
  TaskTemplate: { ContainerSpec: { Image: "busybox", Args: ["true"] } },
  Mode: { Replicated: { Replicas: 0 } },
};

function template(workload: Workload): ComposeTemplate {
  return aTemplate({
    command: commandFor(workload),
    init: workload.does !== "not exist",
    ...(workload.does === "use up its memory" && { limits: { memoryBytes: 16 * 1024 * 1024 } }),
  });
}
