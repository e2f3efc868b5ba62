import type { Usage } from "../../ledger/record.ts";
import type { Docker } from "./connect.ts";
import { containerPath } from "./containers.ts";
import { atMost } from "./parallel.ts";
import { mapOf, object, optional, whole } from "./shape.ts";
import { expectStatus } from "./status.ts";

/** An engine answers with its next reading, of which it makes one a second (20.10). */
const ANSWER_WITHIN_MS = 5000;

/** As an answer takes up to a second, a thousand containers that are each asked about once a minute need this many. */
const QUESTIONS_AT_ONCE = 16;

const answered = object({
  cpu_stats: optional(object({ cpu_usage: optional(object({ total_usage: optional(whole) })) })),
  memory_stats: optional(object({ usage: optional(whole), stats: optional(mapOf(whole)) })),
});

interface RawStats {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number | null } | null } | null;
  readonly memory_stats?: {
    readonly usage?: number | null;
    readonly stats?: Readonly<Record<string, number>> | null;
  } | null;
}

/** What containers use, as their engine counts it while they run. */
export class ContainerUsage {
  readonly #docker: Docker;
  readonly #inTurn = atMost(QUESTIONS_AT_ONCE);

  constructor(docker: Docker) {
    this.#docker = docker;
  }

  /** Undefined where the engine has no such container, or its process has ended: then all is 0. Throws an `EngineError`. */
  read(containerId: string, signal: AbortSignal): Promise<Usage | undefined> {
    return this.#inTurn(async () => {
      const query = { stream: false, "one-shot": true };
      const path = containerPath(containerId, "/stats");
      const answer = await this.#docker.call({ method: "GET", path, query, signal, deadlineMs: ANSWER_WITHIN_MS });
      const { status, body } = expectStatus(answer, `read what ${containerId} uses`, 200, 404, 409);
      return status === 200 ? readUsage(body) : undefined;
    });
  }
}

/**
 * Returns what an answer to `GET /containers/ID/stats` says. Memory is counted as `docker stats` does: without the files that the
 * kernel has cached and would give up first. With cgroup v1 there would also be a peak, but with that cache, so that a job
 * that reads a large file would have used as much memory; with v2 the API has none.
 */
export function readUsage(body: unknown): Usage | undefined {
  // Of a container that has just ended, the answer may be empty.
  if (!answered(body)) return undefined;
  const { cpu_stats: cpu, memory_stats: memory } = body as RawStats;
  const cpuMs = counted((cpu?.cpu_usage?.total_usage ?? 0) / 1e6, MOST_CPU_MS);
  const used = counted(memory?.usage ?? 0, Number.MAX_SAFE_INTEGER);
  if (cpuMs === undefined && used === undefined) return undefined;
  const { total_inactive_file: ofV1, inactive_file: ofV2 = 0 } = memory?.stats ?? {};
  const cached = ofV1 ?? ofV2;
  return {
    ...(cpuMs !== undefined && { cpuMs }),
    ...(used !== undefined && { peakMemoryBytes: cached >= 0 && cached < used ? used - cached : used }),
  };
}

/** Nanoseconds are counted in 64 bits, of which half are what a count below zero becomes. */
const MOST_CPU_MS = 2 ** 63 / 1e6 - 1;

/** What is no count at all, or has gone below zero, is not known. */
function counted(figure: number, most: number): number | undefined {
  const whole = Math.floor(figure);
  return whole > 0 && whole <= most ? whole : undefined;
}
