/** Docker Hub, as its own tools name it in `config.json`. */
export const DOCKER_HUB = "index.docker.io";

/** Other hosts that are Docker Hub, too. */
const HUB_HOSTS = ["docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/** The registry of an image: its first part, if that can be a host (it has a dot or a port, or is `localhost`). */
export function registryOf(image: string): string {
  const host = hostIn(image);
  return host === undefined ? DOCKER_HUB : registryHost(host);
}

/** What the image is called within its registry, without its tag and digest: `library/busybox`, `team/app`. */
export function repositoryOf(image: string): string {
  const host = hostIn(image);
  const path = bareName(host === undefined ? image : image.slice(host.length + 1));
  return registryOf(image) === DOCKER_HUB && !path.includes("/") ? `library/${path}` : path;
}

/** `sha256:…`, if the name has one. */
export function digestIn(image: string): string | undefined {
  const [, digest] = image.split("@", 2);
  return digest;
}

/** `latest` if none is given; undefined for a name that has only a digest. */
export function tagOf(image: string): string | undefined {
  const [name = ""] = image.split("@", 1);
  const tag = /:([^:/]*)$/.exec(name)?.[1];
  return tag ?? (digestIn(image) === undefined ? "latest" : undefined);
}

/** The host in a key of `auths`, which may be a whole address: `https://index.docker.io/v1/`. */
export function registryHost(key: string): string {
  const host = key.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "";
  return HUB_HOSTS.includes(host) ? DOCKER_HUB : host;
}

/** With a tag: without one, the engine pulls every tag there is. */
export function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf("/") + 1);
  return /[:@]/.test(name) ? image : `${image}:latest`;
}

function hostIn(image: string): string | undefined {
  const [first = "", ...rest] = image.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  return isHost ? first : undefined;
}

function bareName(name: string): string {
  return (name.split("@", 1)[0] ?? "").replace(/:[^:/]*$/, "");
}
