import { EngineTrouble } from "../runs/engine.ts";
import type { DockerAnswer } from "./wire.ts";

/** The engine's own words, or the bare status where it gave none. */
export function messageOf(answer: DockerAnswer): string {
  const { message } = (answer.body ?? {}) as { readonly message?: unknown };
  return typeof message === "string" && message !== "" ? message : `HTTP status ${answer.status}`;
}

/**
 * The answer, if its status is one of those that the caller knows what to make of. Any other says nothing of the
 * object: it throws `EngineTrouble`, and the caller looks again later.
 */
export function expectStatus(answer: DockerAnswer, what: string, ...statuses: readonly number[]): DockerAnswer {
  if (statuses.includes(answer.status)) return answer;
  throw unexpected(answer, what);
}

export function unexpected(answer: DockerAnswer, what: string): EngineTrouble {
  const { request, status } = answer;
  const message = `${what}: the engine answered ${status}: ${messageOf(answer)}`;
  return new EngineTrouble(message, { status, ...(request !== undefined && { signature: `${request}: ${status}` }) });
}

/** For what is only good to know: undefined where the engine is there and does not say. Throws `EngineUnavailable`. */
export function unlessDown(error: unknown): undefined {
  if (!(error instanceof EngineTrouble)) throw error;
  return undefined;
}

/**
 * True when the engine refused *this request's content*: a 4xx that the same request would get tomorrow, too. Not
 * among them: what a proxy in front of the engine forbids (401, 403, 407), and what is a matter of time (408, 409, 429).
 */
export function isRefusal(answer: DockerAnswer): boolean {
  const { status } = answer;
  return status >= 400 && status < 500 && ![401, 403, 407, 408, 409, 429].includes(status);
}
