/** What an engine takes for an image: https://pkg.go.dev/github.com/distribution/reference. */
const HOST =
  /^(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$/;
const PART = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$|^sha512:[0-9a-f]{128}$/;
const ID = /^(?:sha256:)?[0-9a-f]{64}$/;
const LONGEST_NAME = 255;

interface Parts {
  readonly host?: string;
  readonly path: readonly string[];
  readonly tag?: string;
  readonly digest?: string;
}

/** True for a name that an engine can look for: `busybox:1.36`, `registry.example:5000/team/app@sha256:…`, or an ID. */
export function isImageReference(written: string): boolean {
  if (ID.test(written)) return true;
  const { host, path, tag, digest } = splitReference(written);
  return (
    (host === undefined || (HOST.test(host) && !hasNoSuchPort(host))) &&
    path.every((part) => PART.test(part)) &&
    path.join("/").length <= LONGEST_NAME &&
    // Engines take such a text for an ID alone.
    !(host === undefined && path.length === 1 && /^[0-9a-f]{64}$/.test(path[0] ?? "")) &&
    (tag === undefined || TAG.test(tag)) &&
    (digest === undefined || DIGEST.test(digest))
  );
}

const HIGHEST_PORT = 65_535;

/** An engine takes any number for a port, and then cannot connect to it. */
function hasNoSuchPort(host: string): boolean {
  const port = /:(\d+)$/.exec(host)?.[1];
  return port !== undefined && !(Number(port) >= 1 && Number(port) <= HIGHEST_PORT);
}

function splitReference(written: string): Parts {
  const at = written.indexOf("@");
  const name = at === -1 ? written : written.slice(0, at);
  const [first = "", ...rest] = name.split("/");
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase());
  const path = isHost ? rest : [first, ...rest];
  const last = path.at(-1) ?? "";
  const colon = last.indexOf(":");
  return {
    ...(isHost && { host: first }),
    path: colon === -1 ? path : [...path.slice(0, -1), last.slice(0, colon)],
    ...(colon !== -1 && { tag: last.slice(colon + 1) }),
    ...(at !== -1 && { digest: written.slice(at + 1) }),
  };
}

/** Returns what to write instead of a text that is no image's name. */
export function meantImage(written: string): string | undefined {
  const [first = "", ...more] = written.split(/\s+/);
  if (more.length > 0)
    return isImageReference(first)
      ? `write image: ${first} alone; what docker run takes as options are keys of their own, such as volumes`
      : "a name has no spaces; what docker run takes as options are keys of their own, such as volumes";
  const bare = written.replace(/^[a-z]+:\/\//i, "");
  if (bare !== written) return isImageReference(bare) ? `write ${bare}` : "leave the protocol out";
  const { host, tag, digest } = splitReference(written);
  if (host !== undefined && HOST.test(host) && hasNoSuchPort(host))
    return `the port of a registry is 1 to ${HIGHEST_PORT}`;
  if (digest !== undefined && !DIGEST.test(digest)) return "a digest is sha256: and 64 hexadecimal digits";
  // A host may have capitals; what has neither a dot nor a port is rather a part of the repository.
  const isHost = host !== undefined && /[.:]/.test(host);
  const start = isHost ? host.length : 0;
  const end =
    written.length - (tag === undefined ? 0 : tag.length + 1) - (digest === undefined ? 0 : digest.length + 1);
  const lower = written.slice(0, start) + written.slice(start, end).toLowerCase() + written.slice(end);
  if (lower !== written && isImageReference(lower)) return `a repository has no capitals: write ${lower}`;
  if (tag === "") return "leave out the colon, or write a tag after it";
  if (tag !== undefined && !TAG.test(tag)) return "a tag has letters, digits, _ . and -, and at most 128 of them";
  return undefined;
}

const SHORT_ID = /^(sha256:)?[0-9a-f]{12,64}$/;
const HUB = /^(?:(?:index\.)?docker\.io\/)?(?:library\/)?/;

/**
 * Returns the names that an image goes by, as people write them: `busybox`, `busybox:1.36`, `docker.io/library/busybox`, … A
 * digest is part of only one of them, the text as it was written. An ID has no other name.
 */
export function imageNames(image: string): readonly string[] {
  const [reference = "", digest] = image.split("@", 2);
  if (SHORT_ID.test(reference)) return [image];
  const tagAt = /:[^/:]*$/.exec(reference)?.index ?? reference.length;
  const repository = reference.slice(0, tagAt);
  // Without a tag it is the latest one; with a digest, no tag counts.
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
