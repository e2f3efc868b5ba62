/** Docker Hub, as its own tools name it in `config.json`. */
export const DOCKER_HUB = "index.docker.io";

/** The registry of an image: its first part, where that can be a host (it has a dot or a port, or is `localhost`). */
export function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  return isHost ? registryHost(first) : DOCKER_HUB;
}

/** The host in a key of `auths`, which may be a whole address: `https://index.docker.io/v1/`. */
export function registryHost(key: string): string {
  const host = key.replace(/^https?:\/\//, "").split("/", 1)[0] ?? "";
  return ["docker.io", "registry-1.docker.io"].includes(host) ? DOCKER_HUB : host;
}

/** With a tag: without one, the engine pulls every tag there is. */
export function withTag(image: string): string {
  const name = image.slice(image.lastIndexOf("/") + 1);
  return /[:@]/.test(name) ? image : `${image}:latest`;
}
