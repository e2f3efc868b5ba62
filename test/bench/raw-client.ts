import { hostname } from "node:os";
import { RawConnection } from "./raw-connection.ts";

/** The command of every container that is measured. */
export const COMMAND: readonly string[] = ["true"];

/**
 * What a start cannot do without: two requests, without a library, on a connection that stays open. The container is
 * of the shape of a job's: as many labels and variables, an init process, the same network and log driver.
 */
export class RawClient {
  readonly #connection: RawConnection;
  readonly #connections: number;
  readonly #label: string;
  #count = 0;

  /** All containers get this label: `key=value`. */
  constructor(socketPath: string, connections: number, label: string) {
    this.#connection = new RawConnection(socketPath, connections);
    this.#connections = connections;
    this.#label = label;
  }

  /** Resolves, once it was started, to the container's ID. */
  async start(): Promise<string> {
    const id = await this.create();
    await this.begin(id);
    return id;
  }

  /** Starts as many, as many at once as there are connections. Resolves to the containers' IDs. */
  async startAll(count: number): Promise<readonly string[]> {
    const ids: string[] = [];
    let left = count;
    const startNext = async () => {
      while (left-- > 0) ids.push(await this.start());
    };
    await Promise.all(Array.from({ length: this.#connections }, startNext));
    return ids;
  }

  /** The first half of it: what can be done before a start is due. Resolves to the container's ID. */
  async create(): Promise<string> {
    const name = `raw-client-${hostname()}-${++this.#count}`;
    const created = await this.#connection.ask("POST", `/containers/create?name=${name}`, 201, this.#body(name));
    return (JSON.parse(created) as { Id: string }).Id;
  }

  /** The second half. */
  async begin(id: string): Promise<void> {
    await this.#connection.ask("POST", `/containers/${id}/start`, 204);
  }

  #body(name: string): object {
    const [key = "", value = ""] = this.#label.split("=");
    return {
      Image: "busybox",
      Cmd: COMMAND,
      Env: rawEnvironment(name),
      Labels: { [key]: value, ...rawLabels(name) },
      Healthcheck: { Test: ["NONE"] },
      HostConfig: { Init: true, RestartPolicy: { Name: "no" } },
    };
  }
}

/** As many variables as a run's container gets. */
export function rawEnvironment(run: string): string[] {
  return Object.entries(factsOf(run)).map(([fact, value]) => `RAW_${fact.toUpperCase().replace("-", "_")}=${value}`);
}

/** As many labels as a run's container gets, but for one. */
export function rawLabels(run: string): Record<string, string> {
  const facts = Object.entries(factsOf(run)).map(([fact, value]) => [`raw.${fact}`, value]);
  return { "raw.definition": "0123456789abcdef", ...Object.fromEntries(facts) };
}

function factsOf(run: string): Record<string, string> {
  const now = new Date().toISOString();
  return { job: "raw-client", run, "scheduled-at": now, attempt: "1", trigger: "schedule" };
}
