const ID = /^(sha256:)?[0-9a-f]{12,64}$/;
const HUB = /^(?:(?:index\.)?docker\.io\/)?(?:library\/)?/;

/**
 * The names that an image goes by, as people write them: `busybox`, `busybox:1.36`, `docker.io/library/busybox`, … A
 * digest is no part of them, but stands in the one that is as it was written. An ID is its own name, and no other.
 */
export function imageNames(image: string): readonly string[] {
  const [reference = "", digest] = image.split("@", 2);
  if (ID.test(reference)) return [image];
  const tagAt = /:[^/:]*$/.exec(reference)?.index ?? reference.length;
  const repository = reference.slice(0, tagAt);
  // Without a tag it is the latest one; beside a digest, no tag counts.
  const tag = reference.slice(tagAt) || (digest === undefined ? ":latest" : "");
  return [image, ...repositoryNames(repository).flatMap((name) => [name, `${name}${tag}`])];
}

/** `busybox` is `docker.io/library/busybox`, `shop/web` is `docker.io/shop/web`. */
function repositoryNames(repository: string): readonly string[] {
  const [first = "", ...rest] = repository.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  if (isHost && !/^(index\.)?docker\.io$/.test(first)) return [repository];
  const short = repository.replace(HUB, "");
  return [short, `docker.io/${short.includes("/") ? "" : "library/"}${short}`];
}
