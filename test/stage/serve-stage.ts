import { systemClock } from "../../src/clock.ts";
import type { Role } from "../../src/http/route.ts";
import { createRoutes } from "../../src/http/routes.ts";
import { listen } from "../../src/http/server.ts";
import { Readers } from "../../src/http/sharing/readers.ts";
import { readinessOf } from "../../src/view/scheduler/readiness.ts";
import { standingClock } from "../support/standing-clock.ts";
import { type Situation, type Stage, setStage } from "./stage.ts";

export interface ServedStage extends Stage, AsyncDisposable {
  /** `http://127.0.0.1:PORT/` */
  readonly url: string;
}

/** Serves the stage by the real HTTP server, on 127.0.0.1; everyone has the role. Port 0 is a free one. */
export async function serveStage(
  situation: Situation,
  { role = "operate", port = 0 }: { readonly role?: Role; readonly port?: number } = {},
): Promise<ServedStage> {
  const stage = await setStage(situation);
  const stop = new AbortController();
  const { asset: _, ...world } = stage.world;
  const routes = createRoutes({
    clock: systemClock,
    gate: {
      callerOf: async () => (role === "operate" ? { role, name: "anna" } : { role }),
      metricsRole: () => "none",
      hasUsers: false,
      rules: () => undefined,
    },
    pages: "on",
    world: async () => ({ ...world, clock: standingClock(world.clock.now()) }),
    stopping: stop.signal,
    onAsked: () => {},
    scrape: () => ({ contentType: "text/plain; version=0.0.4", chunks: nothing() }),
    readers: new Readers(systemClock),
    health: () => ({ ok: true }),
    readiness: () => readinessOf({ ...world.scheduler(), jobCount: world.scheduler().jobs.size, keptJobs: new Set() }),
    onError: (error, path) => process.stderr.write(`${path}: ${String(error)}\n`),
  });
  const http = await listen({ host: "127.0.0.1", port }, routes, { clock: systemClock, signal: stop.signal });
  const end = async () => {
    stop.abort();
    await http.closed;
  };
  return { ...stage, url: `http://127.0.0.1:${http.address.port}/`, [Symbol.asyncDispose]: end };
}

async function* nothing(): AsyncGenerator<string> {}
