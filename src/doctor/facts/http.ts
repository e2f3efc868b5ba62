import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { startDeadline } from "../../clock.ts";
import { reachable } from "../../settings/settings.ts";
import type { Greeted } from "../deployment.ts";
import type { HttpFacts } from "../looks/http.ts";
import { isEverywhere, readOwnContainer } from "./own-container.ts";

const ANSWER_WITHIN_MS = 5000;

/** Asks what listens at the scheduler's address, and who can reach it. */
export async function gatherHttp(
  { settings, docker, info, scheduler }: Greeted,
  auth: Rules | undefined,
): Promise<HttpFacts> {
  const { listen, pages } = settings;
  const address = reachable(listen);
  const own = info === undefined ? undefined : await readOwnContainer(docker, listen.port).catch(() => undefined);
  const isOfMachine = own === undefined || own.usesHostNetwork;
  const openAt = isOfMachine
    ? isEverywhere(listen.host)
      ? `port ${listen.port} of this machine`
      : undefined
    : own.publishedAt;
  return {
    address,
    answer: await ask(address),
    isSchedulerHere: scheduler.kind === "answers",
    pages,
    ...(openAt !== undefined && { openAt }),
    ...(own?.isOfSwarm && { isOfSwarm: true }),
    ...(auth && { auth: { anonymous: auth.anonymous, isMetricsOpen: auth.metrics === "open" } }),
  };
}

/** What is read here of the file of `--http-auth`. */
export interface Rules {
  readonly anonymous: string;
  readonly metrics: string;
}

async function ask(address: string): Promise<HttpFacts["answer"]> {
  try {
    const ready = await request(`http://${address}/readyz`);
    if (!isReadiness(ready.text)) return { kind: "other", text: `it answers ${ready.status} to /readyz` };
    const health = await request(`http://${address}/healthz`);
    return { kind: "health", isWell: health.status === 200, text: health.text.trim() };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (code === "ECONNREFUSED") return { kind: "free" };
    if (code.startsWith("HPE_") || code === "ECONNRESET") return { kind: "other", text: "it does not speak HTTP" };
    return { kind: "trouble", message: error instanceof Error ? error.message : String(error) };
  }
}

/** Only shipbell's `/readyz` has both. */
function isReadiness(body: string): boolean {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === "object" && json !== null && "ready" in json && "checks" in json;
  } catch {
    return false;
  }
}

async function request(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const deadline = startDeadline(ANSWER_WITHIN_MS);
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { signal: deadline.signal, agent: false }, resolve).once("error", reject);
    });
    return { status: answer.statusCode ?? 0, text: await text(answer) };
  } finally {
    deadline.clear();
  }
}
