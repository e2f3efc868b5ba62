import { systemClock } from "../../../src/clock.ts";
import { connectDocker, type Docker } from "../../../src/engines/docker/connect.ts";
import { DockerEvents } from "../../../src/engines/docker/docker-events.ts";
import type { ComposeTemplate } from "../../../src/job/job.ts";
import { aTemplate } from "../../support/a-job.ts";
import { containerEngine } from "../../support/real-engines.ts";
import { commandFor, type EngineUnderTest, type Workload } from "./harness.ts";

/** A real engine, of which the test uses only objects whose names begin with `id`. */
export interface ContainerHost extends EngineUnderTest {
  readonly docker: Docker;
  readonly events: DockerEvents;
  /** `POST /containers/create`, in Docker's own words; answers with the ID. `close` removes it. */
  create(name: string, body: object): Promise<string>;
}

export function containerHost(host: string, id: string): ContainerHost {
  const docker = connectDocker({ host });
  const events = new DockerEvents(docker, systemClock);
  const engineOf = (instance: string) => containerEngine({ docker, events, clock: systemClock, instance });
  const [engine, neighbour] = [engineOf(`${id}-ours`), engineOf(`${id}-theirs`)];
  const created: string[] = [];
  const create = async (name: string, body: object) => {
    const answer = await docker.call({ method: "POST", path: "/containers/create", query: { name }, body });
    if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
    const { Id } = answer.body as { Id: string };
    created.push(Id);
    return Id;
  };
  return {
    docker,
    events,
    engine,
    neighbour,
    prefix: `${id}-`,
    pulls: true,
    // A busy engine does not always hear of it; that it says so in the end is tested in test/e2e/outcomes.test.ts.
    saysOfMissingMemory: [true, "unknown"],
    template,
    create,
    makeForeign: (name) => create(name, { Image: "busybox", Cmd: ["true"], HostConfig: { NetworkMode: "none" } }),
    exists: async (name) => (await docker.call({ method: "GET", path: `/containers/${name}/json` })).status === 200,
    removeUnseen: async (id) => {
      await docker.call({ method: "DELETE", path: `/containers/${id}`, query: { force: true } });
    },
    close: async () => {
      const ours = (await Promise.all([engine, neighbour].map((each) => each.list()))).flat();
      const ids = [...ours.map((object) => object.id), ...created];
      const remove = (path: string) => docker.call({ method: "DELETE", path, query: { force: true, v: true } });
      await Promise.all(ids.map((each) => remove(`/containers/${each}`)));
    },
  };
}

function template(workload: Workload): ComposeTemplate {
  return aTemplate({
    command: commandFor(workload),
    networks: ["none"],
    // With an init process it is that one which the engine starts, and the command's absence is an exit code.
    init: workload.does !== "not exist",
    ...(workload.does === "use up its memory" && { limits: { memoryBytes: 16 * 1024 * 1024 } }),
  });
}
