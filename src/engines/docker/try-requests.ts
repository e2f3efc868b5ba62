import { randomBytes } from "node:crypto";
import type { Docker } from "./connect.ts";
import { inParallel } from "./parallel.ts";
import type { DockerRequest } from "./wire.ts";

/** What came of a request. `passed`: it has reached the engine, whatever that said. */
export type Passage =
  | { readonly answer: "passed" }
  | { readonly answer: "refused"; readonly status: number }
  | { readonly answer: "none"; readonly message: string };

const AT_ONCE = 6;
const EACH_MS = 10_000;

/** The statuses of a proxy or an authorization plugin that refuses. The engine itself answers none of these requests so. */
const REFUSED: readonly number[] = [401, 403, 405, 407];

/**
 * Finds out which kinds of request reach the engine, by sending each in a form that can have no effect: it names objects that
 * do not exist, an image that no image can be called, or has no body where the engine demands one.
 *
 * `requests` are as docs/security.md writes them: `POST /containers/NAME/start`. The result is in their order. Never rejects.
 */
export async function tryRequests(
  docker: Docker,
  requests: readonly string[],
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<readonly Passage[]> {
  // No object has this name, for it is a new one each time.
  const name = `shipbell-doctor-${randomBytes(8).toString("hex")}`;
  return inParallel(requests, AT_ONCE, async (request): Promise<Passage> => {
    try {
      const { status } = await docker.call({ ...harmless(request, { name, now }), deadlineMs: EACH_MS, signal });
      return REFUSED.includes(status) ? { answer: "refused", status } : { answer: "passed" };
    } catch (error) {
      return { answer: "none", message: error instanceof Error ? error.message : String(error) };
    }
  });
}

function harmless(request: string, { name, now }: { readonly name: string; readonly now: Date }): DockerRequest {
  const [method = "GET", path = ""] = request.split(" ");
  // References have no capitals: the engine refuses this one without asking a registry for it.
  const image = `Not-${name}`;
  const none = { filters: { id: [name] } };
  const seconds = Math.floor(now.getTime() / 1000);
  const queries: Readonly<Record<string, DockerRequest["query"]>> = {
    "GET /events": { since: seconds, until: seconds },
    "GET /services": none,
    "GET /tasks": none,
    "GET /nodes": none,
    "GET /configs": none,
    "GET /secrets": none,
    "GET /networks": none,
    "GET /containers/json": { limit: 1 },
    "GET /services/NAME/logs": { stdout: true },
    "GET /containers/NAME/logs": { stdout: true },
    "GET /containers/NAME/stats": { stream: false },
    "PUT /containers/NAME/archive": { path: "/" },
    "POST /containers/NAME/rename": { name: `${name}-again` },
    "POST /services/NAME/update": { version: 1 },
    "POST /configs/NAME/update": { version: 1 },
    "POST /images/create": { fromImage: image },
  };
  const query = queries[request];
  return {
    method: method as DockerRequest["method"],
    path: path.replace("NAME", name).replace("IMAGE", image).replace("/exec/ID", `/exec/${name}`),
    ...(query && { query }),
  };
}
