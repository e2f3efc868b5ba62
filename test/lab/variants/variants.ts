import type { Release } from "./release-root.ts";

/** An engine other than this machine's own: of another release, of another make, or configured in another way. */
export interface EngineVariant {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** The Debian release that its programs are of. */
  readonly release: Release;
  readonly program: "dockerd" | "rootless dockerd" | "podman";
  /** More options of dockerd. */
  readonly options?: readonly string[];
}

/** All of them. A new one is a row here, and a row in `test/every-engine/plan.ts` that says what is run on it. */
export const ENGINE_VARIANTS = [
  { name: "trixie", title: "Docker Engine of Debian 13", release: "trixie", program: "dockerd" },
  { name: "sid", title: "Docker Engine of Debian sid, graph driver", release: "sid", program: "dockerd" },
  {
    name: "sid-containerd",
    title: "Docker Engine of Debian sid, containerd image store",
    release: "sid",
    program: "dockerd",
    options: ["--feature", "containerd-snapshotter=true"],
  },
  { name: "sid-rootless", title: "rootless Docker Engine of Debian sid", release: "sid", program: "rootless dockerd" },
  { name: "podman-bookworm", title: "Podman of Debian 12", release: "bookworm", program: "podman" },
  { name: "podman-sid", title: "Podman of Debian sid", release: "sid", program: "podman" },
] as const satisfies readonly EngineVariant[];

/** The environment variable that says which variant the engines of a test run are; without it, they are this machine's. */
export const VARIANT_VARIABLE = "SHIPBELL_LAB_ENGINE";

/** The variant of that name; undefined for none, the machine's own. Throws for a name that there is not. */
export function variantNamed(name: string | undefined): EngineVariant | undefined {
  if (name === undefined || name === "") return undefined;
  const found = ENGINE_VARIANTS.find((variant) => variant.name === name);
  if (found !== undefined) return found;
  throw new Error(`the lab has no engine "${name}": it has ${ENGINE_VARIANTS.map(({ name }) => name).join(", ")}.`);
}

/** Whether a variant of that name is Podman's. */
export function isPodman(name: string | undefined): boolean {
  return ENGINE_VARIANTS.some((variant) => variant.name === name && variant.program === "podman");
}
