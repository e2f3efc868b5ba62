import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An HTTP server on a socket, that answers as the test says: for what a real engine cannot be made to do. */
export interface FakeDockerHost {
  readonly host: string;
  /** `METHOD path?query`, in the order of their arrival. */
  readonly requests: string[];
  /** What the next ping is answered with. */
  apiVersion: string;
  /** More headers of that answer: whose it is. */
  pingHeaders: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** `GET /_ping` is answered, with the API version; all else goes to `answer`. */
export async function fakeDockerHost(answer: Answer, apiVersion = "1.41"): Promise<FakeDockerHost> {
  const folder = mkdtempSync(join(tmpdir(), "shipbell-host-"));
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (request.url?.startsWith("/_ping"))
      response.writeHead(200, { "Api-Version": host.apiVersion, ...host.pingHeaders }).end("OK");
    else answer(request, response);
  });
  const socket = join(folder, "docker.sock");
  server.listen(socket);
  await once(server, "listening");
  const host: FakeDockerHost = {
    host: `unix://${socket}`,
    requests,
    apiVersion,
    pingHeaders: {},
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      rmSync(folder, { recursive: true });
    },
  };
  return host;
}
