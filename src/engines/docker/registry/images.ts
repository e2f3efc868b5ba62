import { startDeadline } from "../../../clock.ts";
import { EngineTrouble, type Pulled, type Rejection } from "../../engine.ts";
import type { Docker } from "../connect.ts";
import { expectStatus, messageOf } from "../status.ts";
import { explainPull } from "./explain-pull.ts";
import { withTag } from "./image-reference.ts";

/** The path of an image's resource, by its name or ID. */
export function imagePath(image: string, verb: string): string {
  return `/images/${image.split("/").map(encodeURIComponent).join("/")}${verb}`;
}

/** How long the engine may take to reach the registry, with its own retries, before the first word of progress. */
const PULL_BEGINS_MS = 5 * 60_000;
/** How long a pull may make no progress: no further byte, no other step. */
const PULL_STALLS_MS = 5 * 60_000;

/** The part of an image's inspection that we read. */
interface ImageInspect {
  readonly Id?: string;
  readonly Os?: string;
  readonly Architecture?: string;
}

/** What the engine has under this name now; undefined if it has nothing. */
export async function findImage(docker: Docker, image: string): Promise<ImageInspect | undefined> {
  const path = imagePath(image, "/json");
  const answer = expectStatus(await docker.call({ method: "GET", path }), `inspect image ${image}`, 200, 404);
  return answer.status === 404 ? undefined : ((answer.body ?? {}) as ImageInspect);
}

/** An image of another platform is not the one that is wanted. */
export async function isImageMissing(docker: Docker, image: string, platform?: string): Promise<boolean> {
  const found = await findImage(docker, image);
  if (found === undefined) return true;
  const { Os, Architecture } = found;
  // Some images have no known platform.
  return platform !== undefined && Boolean(Architecture) && !`${platform}/`.startsWith(`${Os}/${Architecture}/`);
}

/**
 * Pulls an image. Every refusal is a value: a registry that refuses us or cannot be reached, and a download that stands
 * still, concern this image only. Throws an `EngineError` when the connection breaks, and when `signal` is aborted.
 */
export async function pullImage(
  docker: Docker,
  image: string,
  options: {
    readonly registryAuth: string | undefined;
    readonly signal: AbortSignal;
    readonly platform?: string | undefined;
    readonly stallsMs?: number;
  },
): Promise<Pulled> {
  const { registryAuth, signal, platform, stallsMs = PULL_STALLS_MS } = options;
  const response = await docker.open({
    method: "POST",
    path: "/images/create",
    query: { fromImage: withTag(image), ...(platform !== undefined && { platform }) },
    deadlineMs: PULL_BEGINS_MS,
    signal,
    ...(registryAuth !== undefined && { registryAuth }),
  });
  const { statusCode: status = 0, headers } = response;
  const progress = new PullProgress();
  const silence = startDeadline(stallsMs);
  const end = () => response.destroy();
  const over = AbortSignal.any([signal, silence.signal]);
  over.addEventListener("abort", end, { once: true });
  let error: string | undefined;
  try {
    error = await lastError(response, image, { status, onLine: (line) => progress.isNew(line) && silence.restart() });
  } catch (cause) {
    if (!signal.aborted && silence.signal.aborted) return stalled(image, progress, stallsMs);
    throw cause;
  } finally {
    over.removeEventListener("abort", end);
    silence.clear();
    response.destroy();
  }
  if (status === 200 && error === undefined) return { kind: "pulled" };
  const message = error ?? messageOf({ status, headers, body: undefined });
  return explainPull(docker, image, { answer: { status, message }, registryAuth });
}

/** Progress is a stream of JSON lines; what goes wrong after its beginning is in one of them. */
async function lastError(
  progress: AsyncIterable<Buffer>,
  image: string,
  { status, onLine }: { readonly status: number; readonly onLine: (line: PullMessage) => void },
): Promise<string | undefined> {
  const errorIn = (text: string): string | undefined => {
    if (text.trim() === "") return undefined;
    const line = JSON.parse(text) as PullMessage;
    onLine(line);
    const { error, errorDetail, message } = line;
    return errorDetail?.message ?? error ?? message;
  };
  let error: string | undefined;
  let rest = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of progress) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      error = lines.reduce((found, line) => errorIn(line) ?? found, error);
    }
    return errorIn(rest) ?? error;
  } catch (cause) {
    // A proxy in front of the engine may answer with something other than JSON.
    if (cause instanceof SyntaxError && status !== 200) return undefined;
    throw new EngineTrouble(`pull of ${image}: the answer broke off`, { cause });
  }
}

/**
 * The progress of a pull, layer by layer. An engine whose download stands still may keep sending the same line, or
 * start again: only what was never reported before is progress.
 */
export class PullProgress {
  readonly #furthest = new Map<string, number>();
  latest = "nothing";

  isNew({ id = "", status = "", progressDetail }: PullMessage): boolean {
    const step = `${id} ${status}`.trim();
    const current = progressDetail?.current ?? 0;
    if (current <= (this.#furthest.get(step) ?? -1)) return false;
    this.#furthest.set(step, current);
    const { total } = progressDetail ?? {};
    this.latest = `"${status}"${id && ` of ${id}`}${total ? `, ${current} of ${total} bytes` : ""}`;
    return true;
  }
}

function stalled(image: string, { latest }: PullProgress, stallsMs: number): Rejection {
  const message = `the pull of ${image} stands still: nothing new for ${stallsMs / 1000} s after ${latest}`;
  return { kind: "rejected", reason: "pull-failed", message };
}

/** `message`: if the whole answer is an error. */
interface PullMessage {
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
  readonly message?: string;
  readonly id?: string;
  readonly status?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}
