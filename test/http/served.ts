import { once } from "node:events";
import { type IncomingMessage, type RequestListener, type RequestOptions, request } from "node:http";
import { text } from "node:stream/consumers";
import { systemClock } from "../../src/clock.ts";
import { parseAuthFile } from "../../src/http/access/auth-file.ts";
import type { FailedSignIn } from "../../src/http/access/failed-sign-ins.ts";
import { Gate } from "../../src/http/access/gate.ts";
import type { Deed } from "../../src/http/route.ts";
import { createRoutes, type RouteParts, type RouteTables } from "../../src/http/routes.ts";
import { listen } from "../../src/http/server.ts";
import { Readers } from "../../src/http/sharing/readers.ts";
import type { World } from "../../src/http/world.ts";
import { formatProblem } from "../../src/job/problem.ts";
import type { By } from "../../src/ledger/record.ts";
import { aWorld } from "../support/a-world.ts";

interface ServedOptions {
  /** The file of `--http-auth`. */
  readonly auth?: string;
  readonly world?: World;
  readonly parts?: Partial<RouteParts>;
  readonly tables?: RouteTables;
  readonly publicUrl?: string;
  readonly onRequest?: (request: IncomingMessage) => void;
}

/** The real server on a free port, as `app.ts` puts it together. */
export async function serveRoutes({ auth, world = aWorld(), parts, tables, publicUrl, onRequest }: ServedOptions = {}) {
  const stop = new AbortController();
  const errors: unknown[] = [];
  const asked: (Deed & { readonly by: By })[] = [];
  const failed: FailedSignIn[] = [];
  const file = { text: auth, rules: rulesOf(auth) };
  const gate = new Gate({
    clock: systemClock,
    rules: () => file.rules,
    publicHost: publicUrl && new URL(publicUrl).host,
    onFailedSignIn: (one) => failed.push(one),
    onStrangeProxy: () => {},
  });
  const all: RouteParts = {
    clock: systemClock,
    gate,
    pages: "on",
    world: async () => world,
    readers: new Readers(systemClock),
    publicOrigin: publicUrl && new URL(publicUrl).origin,
    onAsked: (deed) => asked.push(deed),
    stopping: stop.signal,
    onError: (error) => errors.push(error),
    scrape: () => ({ contentType: "text/plain; version=0.0.4", chunks: pieces("a 1\n") }),
    health: () => ({ ok: true }),
    readiness: () => ({ engine: { ok: true } }),
    ...parts,
  };
  const routes = createRoutes(all, tables);
  const handle: RequestListener = (request, response) => {
    onRequest?.(request);
    routes(request, response);
  };
  const http = await listen({ host: "127.0.0.1", port: 0 }, handle, {
    clock: systemClock,
    signal: stop.signal,
  });
  const { port } = http.address;
  return {
    port,
    errors,
    asked,
    failed,
    /** The file changes. */
    setAuth: (text: string) => {
      file.rules = rulesOf(text);
    },
    send: (method: string, path: string, options: SendOptions = {}) => send({ method, path, port, ...options }),
    /** Stops the scheduler; resolves when no connection is left. */
    stop: async () => {
      stop.abort();
      await http.closed;
    },
  };
}

function rulesOf(text: string | undefined) {
  if (text === undefined) return undefined;
  const read = parseAuthFile(text, "auth.yml");
  if ("problems" in read) throw new Error(read.problems.map(formatProblem).join("\n"));
  return read.rules;
}

export async function* pieces(...texts: string[]): AsyncGenerator<string> {
  yield* texts;
}

export interface SendOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Answers without waiting for the end of the body. */
  readonly headOnly?: boolean;
}

interface Sent {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** Sends exactly these headers: `fetch` would add those of a browser. */
async function send({ headOnly, body, ...options }: SendOptions & RequestOptions): Promise<Sent> {
  const asked = request({ host: "127.0.0.1", agent: false, ...options } as RequestOptions);
  asked.end(body);
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  const head = { status: response.statusCode ?? 0, headers: response.headers };
  if (headOnly) {
    response.destroy();
    return { ...head, body: "" };
  }
  return { ...head, body: await text(response) };
}
