import type { Manifest } from "./manifests.ts";
import { treeOf } from "./tree.ts";

/** The ConfigMaps and Secrets of a call. Values of Secrets are not looked at: they would stand in the schedule file. */
export class Store {
  readonly #configMaps = new Map<string, ReadonlyMap<string, string>>();
  readonly #secrets = new Map<string, readonly string[]>();

  constructor(manifests: readonly Manifest[]) {
    for (const { kind, apiVersion, name, tree } of manifests) {
      if (apiVersion !== "v1") continue;
      if (kind === "ConfigMap")
        this.#configMaps.set(
          name,
          new Map(
            Object.entries(treeOf(tree.data)).map(([key, value]) => [key, typeof value === "string" ? value : ""]),
          ),
        );
      if (kind === "Secret")
        this.#secrets.set(name, [
          ...new Set([tree.data, tree.stringData].flatMap((keys) => Object.keys(treeOf(keys)))),
        ]);
    }
  }

  /** Returns the texts of a ConfigMap, if it was given. */
  configMap(name: string): ReadonlyMap<string, string> | undefined {
    return this.#configMaps.get(name);
  }

  /** Returns the keys of a Secret, if it was given. */
  secretKeys(name: string): readonly string[] | undefined {
    return this.#secrets.get(name);
  }
}

/** True for an object that says something about CronJobs, and is none itself. */
export function isStored({ kind, apiVersion }: Manifest): boolean {
  return apiVersion === "v1" && (kind === "ConfigMap" || kind === "Secret");
}
