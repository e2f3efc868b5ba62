import { Agent, request } from "node:http";

/** Requests to an engine's API without a library, on connections that stay open. */
export class RawConnection {
  readonly #socketPath: string;
  readonly #agent: Agent;

  constructor(socketPath: string, connections: number) {
    this.#socketPath = socketPath;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Resolves to the text of the answer; rejects when its status is not the expected one. */
  ask(method: "GET" | "POST" | "DELETE", path: string, expected: number, body?: object): Promise<string> {
    const content = body === undefined ? "" : JSON.stringify(body);
    const headers = {
      host: "docker",
      "content-type": "application/json",
      "content-length": Buffer.byteLength(content),
    };
    const options = { socketPath: this.#socketPath, agent: this.#agent, method, path: `/v1.41${path}`, headers };
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
