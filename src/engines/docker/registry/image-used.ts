import type { ImageUsed } from "../../../ledger/record.ts";
import type { Docker } from "../connect.ts";
import type { ContainerInspect } from "../containers.ts";
import { digestIn, registryOf, repositoryOf } from "./image-reference.ts";
import { imagePath } from "./images.ts";

/**
 * The image that a container was made from. The digest is one by which the registry of that name knows the image; an
 * image that was built or imported here has none. An image that has been removed, or about which the engine says
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
  const { status, body } = await docker.call({ method: "GET", path: imagePath(id, "/json") });
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
