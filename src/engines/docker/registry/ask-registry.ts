import { EngineTrouble, type Rejection } from "../../engine.ts";
import type { Docker } from "../connect.ts";
import { messageOf } from "../status.ts";
import { explainPull } from "./explain-pull.ts";
import { rejectPull } from "./pull-failure.ts";

/** How long an engine may take to hear from a registry, by default. */
const ASK_WITHIN_MS = 10_000;

export type RegistryAnswer =
  | { readonly kind: "found"; readonly digest: string }
  | Rejection
  /** A proxy in front of the engine forbids the question, or the answer has no known form. */
  | { readonly kind: "unknown" };

/**
 * Asks, through the engine, what an image's registry has under its name now; nothing is pulled. Throws
 * `EngineUnavailable` if it is the engine that does not answer.
 */
export async function askRegistry(
  docker: Docker,
  image: string,
  registryAuth: string | undefined,
  withinMs = ASK_WITHIN_MS,
): Promise<RegistryAnswer> {
  const path = `/distribution/${image.split("/").map(encodeURIComponent).join("/")}/json`;
  const auth = registryAuth === undefined ? {} : { registryAuth };
  try {
    const answer = await docker.call({ method: "GET", path, deadlineMs: withinMs, ...auth });
    const digest = digestOf(answer.body);
    if (answer.status === 200) return digest === undefined ? { kind: "unknown" } : { kind: "found", digest };
    // A proxy in front of the engine; a registry's own refusals have known words.
    const pull = { status: answer.status, message: messageOf(answer) };
    const explained = await explainPull(docker, image, { answer: pull, registryAuth });
    return explained.reason === "pull-failed" && answer.status === 403 ? { kind: "unknown" } : explained;
  } catch (error) {
    if (!(error instanceof EngineTrouble)) throw error;
    return silent(image, registryAuth, withinMs);
  }
}

function silent(image: string, registryAuth: string | undefined, withinMs: number): Rejection {
  const words = `no answer within ${withinMs / 1000} s`;
  return rejectPull("unreachable", { image, hasLogin: registryAuth !== undefined }, words);
}

function digestOf(body: unknown): string | undefined {
  const { Descriptor } = (body ?? {}) as { readonly Descriptor?: { readonly digest?: unknown } | null };
  const digest = Descriptor?.digest;
  return typeof digest === "string" && /^sha256:[0-9a-f]{64}$/.test(digest) ? digest : undefined;
}
