import { EngineUnavailable } from "../runs/engine.ts";
import type { DockerAnswer } from "./wire.ts";

/** The engine's own words, or the bare status where it gave none. */
export function messageOf(answer: DockerAnswer): string {
  const { message } = (answer.body ?? {}) as { readonly message?: unknown };
  return typeof message === "string" && message !== "" ? message : `HTTP status ${answer.status}`;
}

/**
 * The answer, if its status is one of those that the caller knows what to make of. Any other says nothing of the
 * object: it throws `EngineUnavailable`, and the caller looks again later.
 */
export function expectStatus(answer: DockerAnswer, what: string, ...statuses: readonly number[]): DockerAnswer {
  if (statuses.includes(answer.status)) return answer;
  throw unexpected(answer, what);
}

export function unexpected(answer: DockerAnswer, what: string): EngineUnavailable {
  return new EngineUnavailable(`${what}: the engine answered ${answer.status}: ${messageOf(answer)}`);
}

/**
 * True when the engine refused *this request's content*: a 4xx that the same request would get tomorrow, too. Not
 * among them: what a proxy in front of the engine forbids (401, 403, 407), and what is a matter of time (408, 409, 429).
 */
export function isRefusal(answer: DockerAnswer): boolean {
  const { status } = answer;
  return status >= 400 && status < 500 && ![401, 403, 407, 408, 409, 429].includes(status);
}
