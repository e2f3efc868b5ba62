import { Agent, request } from "node:http";
import { hostname } from "node:os";

/** The command of every container that is measured. */
export const COMMAND: readonly string[] = ["true"];

/**
 * What a start cannot do without: two requests, without a library, on a connection that stays open. The container is
 * of the shape of a job's: as many labels and variables, an init process, the same network and log driver.
 */
export class RawClient {
  readonly #socketPath: string;
  readonly #agent: Agent;
  readonly #label: string;
  #count = 0;

  /** All containers get this label: `key=value`. */
  constructor(socketPath: string, connections: number, label: string) {
    this.#socketPath = socketPath;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
    this.#label = label;
  }

  /** Resolves, once it was started, to the container's ID. */
  async start(): Promise<string> {
    const name = `raw-client-${hostname()}-${++this.#count}`;
    const created = await this.#post(`/containers/create?name=${name}`, this.#body(name), 201);
    const { Id } = JSON.parse(created) as { Id: string };
    await this.#post(`/containers/${Id}/start`, undefined, 204);
    return Id;
  }

  #body(name: string): object {
    const now = new Date().toISOString();
    const facts = { job: "raw-client", run: name, "scheduled-at": now, attempt: "1", trigger: "schedule" };
    const [key = "", value = ""] = this.#label.split("=");
    return {
      Image: "busybox",
      Cmd: COMMAND,
      Env: Object.entries(facts).map(([fact, value]) => `RAW_${fact.toUpperCase().replace("-", "_")}=${value}`),
      Labels: { [key]: value, "raw.definition": "0123456789abcdef", ...prefixed("raw.", facts) },
      Healthcheck: { Test: ["NONE"] },
      HostConfig: { Init: true, RestartPolicy: { Name: "no" } },
    };
  }

  #post(path: string, body: object | undefined, expected: number): Promise<string> {
    const content = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      host: "docker",
      "content-type": "application/json",
      "content-length": Buffer.byteLength(content),
    };
    const options = {
      socketPath: this.#socketPath,
      agent: this.#agent,
      method: "POST",
      path: `/v1.41${path}`,
      headers,
    };
    return new Promise((resolve, reject) => {
      const asked = request(options, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => {
          text += chunk;
        });
        answer.on("end", () =>
          answer.statusCode === expected ? resolve(text) : reject(new Error(`${path}: ${answer.statusCode} ${text}`)),
        );
      });
      asked.on("error", reject);
      asked.end(content);
    });
  }
}

function prefixed(prefix: string, facts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).map(([key, value]) => [prefix + key, value]));
}
