import { EngineTrouble, forbidden, type ObjectState, type Rejection } from "../engine.ts";
import type { DockerAnswer } from "./wire.ts";

/** A proxy may answer with a whole page. */
const LONGEST_MESSAGE = 1000;

/** The engine's own words, without the tags of a proxy's page; the bare status if it gave none. */
export function messageOf(answer: DockerAnswer): string {
  const { message } = (answer.body ?? {}) as { readonly message?: unknown };
  if (typeof message !== "string") return `HTTP status ${answer.status}`;
  const words = message.startsWith("<") ? message.replace(/<[^<>]*>/g, " ").replace(/\s+/g, " ") : message;
  return words.trim().slice(0, LONGEST_MESSAGE) || `HTTP status ${answer.status}`;
}

/**
 * Returns the answer if its status is one of those that the caller handles. Any other says nothing about the object: it
 * throws `EngineTrouble`, and the caller looks again later.
 */
export function expectStatus(answer: DockerAnswer, what: string, ...statuses: readonly number[]): DockerAnswer {
  if (statuses.includes(answer.status)) return answer;
  throw unexpected(answer, what);
}

export function unexpected(answer: DockerAnswer, what: string): EngineTrouble {
  const { request, status } = answer;
  const options = { status, ...(request !== undefined && { signature: `${request}: ${status}` }) };
  const trouble = new EngineTrouble(`${what}: the engine answered ${status}: ${messageOf(answer)}`, options);
  if (!trouble.isForbidden) return trouble;
  const message =
    `${what}: ${request ?? "the request"} is forbidden (${status}: ${messageOf(answer)}); ` +
    "what is between shipbell and the engine, a socket proxy say, has to allow it";
  return new EngineTrouble(message, options);
}

/** Prepares an attempt. If one of its requests is forbidden, that is the result, since nothing runs yet. */
export async function orForbidden<T>(prepare: () => Promise<T>): Promise<T | Rejection> {
  try {
    return await prepare();
  } catch (error) {
    if (error instanceof EngineTrouble && error.isForbidden) return forbidden(error);
    throw error;
  }
}

/** Looks at one object. Trouble with it becomes its state, and does not affect others. */
export async function orUnclear(look: () => Promise<ObjectState | undefined>): Promise<ObjectState | undefined> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof EngineTrouble)) throw error;
    return { phase: "unclear", trouble: error };
  }
}

/** For optional facts: undefined if the engine is there but does not say. Throws `EngineUnavailable`. */
export function unlessDown(error: unknown): undefined {
  if (!(error instanceof EngineTrouble)) throw error;
  return undefined;
}

/** True if a proxy in front of the engine, or an authorization plugin, refused the request. */
export function isForbidden({ status }: Pick<DockerAnswer, "status">): boolean {
  return new EngineTrouble("", { status }).isForbidden;
}

/**
 * True if the engine refused *this request's content*: a 4xx that the same request would always get. Not included: what
 * a proxy in front of the engine forbids (401, 403, 407), and what depends on the moment (408, 409, 429).
 */
export function isRefusal(answer: DockerAnswer): boolean {
  const { status } = answer;
  return status >= 400 && status < 500 && ![401, 403, 407, 408, 409, 429].includes(status);
}
