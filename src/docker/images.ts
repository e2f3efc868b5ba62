import type { Pulled } from "../runs/engine.ts";
import { EngineTrouble } from "../runs/engine.ts";
import type { Docker } from "./connect.ts";
import { explainPull } from "./explain-pull.ts";
import { withTag } from "./image-reference.ts";
import { expectStatus, messageOf } from "./status.ts";

/** The path of an image's resource, by its name or ID. */
export function imagePath(image: string, verb: string): string {
  return `/images/${image.split("/").map(encodeURIComponent).join("/")}${verb}`;
}

/** How long the engine may take to reach the registry, with its own retries, before the first word of progress. */
const PULL_BEGINS_MS = 5 * 60_000;

/** An image of another platform is not the one that is wanted. */
export async function isImageMissing(docker: Docker, image: string, platform?: string): Promise<boolean> {
  const path = imagePath(image, "/json");
  const answer = expectStatus(await docker.call({ method: "GET", path }), `inspect image ${image}`, 200, 404);
  if (answer.status === 404) return true;
  const { Os, Architecture } = answer.body as { readonly Os?: string; readonly Architecture?: string };
  // Some are of none that is known.
  return platform !== undefined && Boolean(Architecture) && !`${platform}/`.startsWith(`${Os}/${Architecture}/`);
}

/**
 * Brings an image. Whatever the engine says against it is a value: that its registry refuses us or cannot be reached
 * is true of this image, while the engine and its other images are well. Throws an `EngineError` when the engine
 * falls silent, and when `signal` is aborted.
 */
export async function pullImage(
  docker: Docker,
  image: string,
  options: {
    readonly registryAuth: string | undefined;
    readonly signal: AbortSignal;
    readonly platform?: string | undefined;
  },
): Promise<Pulled> {
  const { registryAuth, signal, platform } = options;
  const response = await docker.open({
    method: "POST",
    path: "/images/create",
    query: { fromImage: withTag(image), ...(platform !== undefined && { platform }) },
    deadlineMs: PULL_BEGINS_MS,
    signal,
    ...(registryAuth !== undefined && { registryAuth }),
  });
  const { statusCode: status = 0, headers } = response;
  const error = await lastError(response, image, status);
  if (status === 200 && error === undefined) return { kind: "pulled" };
  const message = error ?? messageOf({ status, headers, body: undefined });
  return explainPull(docker, image, { answer: { status, message }, registryAuth });
}

/** The progress is a stream of JSON lines; what went wrong after its beginning stands in one of them. */
async function lastError(progress: AsyncIterable<Buffer>, image: string, status: number): Promise<string | undefined> {
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
    // A proxy before the engine has other words than JSON.
    if (cause instanceof SyntaxError && status !== 200) return undefined;
    throw new EngineTrouble(`pull of ${image}: the answer broke off`, { cause });
  }
}

function errorIn(line: string): string | undefined {
  if (line.trim() === "") return undefined;
  const { error, errorDetail, message } = JSON.parse(line) as PullMessage;
  return errorDetail?.message ?? error ?? message;
}

/** `message` is that of an answer that is an error as a whole. */
interface PullMessage {
  readonly error?: string;
  readonly errorDetail?: { readonly message?: string };
  readonly message?: string;
}
