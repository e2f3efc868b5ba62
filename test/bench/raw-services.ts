import { setTimeout as pause } from "node:timers/promises";
import { rawEnvironment, rawLabels } from "./raw-client.ts";
import { RawConnection } from "./raw-connection.ts";
import { type Witness, witnessed } from "./witness.ts";

const ASK_EACH_MS = 50;
const ENDED = ["complete", "failed", "rejected", "shutdown"];

/**
 * What a run on a Swarm cannot do without: a service that is made with its one replica, in one request, and is removed
 * when its task has ended. The service is of the shape of a job's.
 */
export class RawServices {
  readonly #connection: RawConnection;
  readonly #witness: Witness;

  constructor(socketPath: string, connections: number, witness: Witness) {
    this.#connection = new RawConnection(socketPath, connections);
    this.#witness = witness;
  }

  /** Runs to its end a service whose process leaves the file `name`. */
  async run(name: string): Promise<void> {
    const created = await this.#connection.ask("POST", "/services/create", 201, this.#body(name));
    const { ID } = JSON.parse(created) as { ID: string };
    while (!(await this.#hasEnded(ID))) await pause(ASK_EACH_MS);
    await this.#connection.ask("DELETE", `/services/${ID}`, 200);
  }

  async #hasEnded(id: string): Promise<boolean> {
    const filters = encodeURIComponent(JSON.stringify({ service: [id] }));
    const tasks = JSON.parse(await this.#connection.ask("GET", `/tasks?filters=${filters}`, 200)) as Task[];
    return tasks.some(({ Status }) => ENDED.includes(Status.State));
  }

  #body(name: string): object {
    const labels = { "raw.instance": "bench", ...rawLabels(name) };
    const ContainerSpec = {
      Image: "busybox",
      Args: witnessed(name),
      Env: rawEnvironment(name),
      Labels: labels,
      Init: true,
      Mounts: [{ Type: "bind", Source: this.#witness.folder, Target: "/witness" }],
      Healthcheck: { Test: ["NONE"] },
      StopGracePeriod: 10e9,
    };
    return {
      Name: name,
      Labels: labels,
      TaskTemplate: { ContainerSpec, RestartPolicy: { Condition: "none" } },
      Mode: { Replicated: { Replicas: 1 } },
      EndpointSpec: { Mode: "dnsrr" },
    };
  }
}

interface Task {
  readonly Status: { readonly State: string };
}
