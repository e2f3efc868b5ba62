import type { ImageUsed } from "../../../ledger/record.ts";
import type { Docker } from "../connect.ts";
import type { ContainerInspect } from "../containers.ts";
import { unlessDown } from "../status.ts";
import { digestIn, registryOf, repositoryOf } from "./image-reference.ts";
import { imagePath } from "./images.ts";

/**
 * The images of containers, each asked for once, while its container runs: where containerd keeps the images, one whose tag has
 * moved on no longer has a digest.
 */
export class ImagesUsed {
  readonly #known = new Map<string, ImageUsed>();

  /** Asks, the first time. That the engine does not say holds nothing up: it is asked again. */
  async note(docker: Docker, container: ContainerInspect): Promise<void> {
    if (this.#known.has(container.Id)) return;
    const image = await imageUsed(docker, container).catch(unlessDown);
    if (image === undefined) return;
    if (this.#known.size >= AT_MOST) this.#known.clear();
    this.#known.set(container.Id, image);
  }

  /** Asks only for one that was never seen to run. */
  async of(docker: Docker, container: ContainerInspect): Promise<ImageUsed> {
    return this.#known.get(container.Id) ?? imageUsed(docker, container);
  }

  forget(containerId: string): undefined {
    this.#known.delete(containerId);
  }
}

/** What becomes of the run is waited for meanwhile. */
const ANSWER_WITHIN_MS = 10_000;

/** Containers that others remove are never forgotten. */
const AT_MOST = 10_000;

/**
 * The image that a container was made from. The digest is one by which the registry of that name knows the image; an
 * image that was built or imported here has none, unless containerd keeps the images: there each has one, which is its ID, and
 * the engine does not tell whether a registry knows it (28.5). An image that has been removed, or about which the engine says
 * nothing, is known by its ID alone.
 */
export async function imageUsed(docker: Docker, { Image, Config }: ContainerInspect): Promise<ImageUsed> {
  const name = Config.Image;
  if (!Image) return pinnedImage(name);
  const digest = digestIn(name) ?? digestOf(name, await repoDigests(docker, Image));
  return { name, ...(digest && { digest }), id: Image };
}

/** What is known of an image from its name alone. */
export function pinnedImage(name: string): ImageUsed {
  const digest = digestIn(name);
  return { name, ...(digest && { digest }) };
}

async function repoDigests(docker: Docker, id: string): Promise<readonly string[]> {
  const path = imagePath(id, "/json");
  const { status, body } = await docker.call({ method: "GET", path, deadlineMs: ANSWER_WITHIN_MS });
  if (status !== 200) return [];
  const { RepoDigests } = (body ?? {}) as { readonly RepoDigests?: unknown };
  return Array.isArray(RepoDigests) ? RepoDigests.filter((each) => typeof each === "string") : [];
}

/** `busybox@sha256:…` is of `docker.io/library/busybox:1.36`, too. */
function digestOf(name: string, digests: readonly string[]): string | undefined {
  const isOfIt = (each: string) => registryOf(each) === registryOf(name) && repositoryOf(each) === repositoryOf(name);
  const found = digests.find(isOfIt);
  return found && digestIn(found);
}
