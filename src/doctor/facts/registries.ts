import { readFile } from "node:fs/promises";
import { registryOf } from "../../engines/docker/registry/image-reference.ts";
import { readRegistryConfig } from "../../engines/docker/registry/registry-config.ts";
import type { Greeted } from "../deployment.ts";
import type { RegistryFacts } from "../looks/registries.ts";

/** Reads the credentials for registries, and which images need them. No secret is in what is returned. */
export async function gatherRegistries({ settings, declared }: Greeted): Promise<RegistryFacts> {
  const { registryConfig: path, given } = settings;
  const images = new Map<string, string[]>();
  for (const { template } of (await declared()).jobs.values()) {
    if (template.kind !== "compose") continue;
    const registry = registryOf(template.image);
    const known = images.get(registry) ?? [];
    if (!known.includes(template.image)) images.set(registry, [...known, template.image]);
  }
  const isChosen = given.has("registryConfig");
  const none = { ...(path !== undefined && { path }), isChosen, warnings: [], logins: [], images };
  if (path === undefined) return { ...none, file: "missing" };
  try {
    const { logins, warnings } = readRegistryConfig(await readFile(path, "utf8"));
    return { ...none, file: "read", warnings, logins: [...logins.keys()] };
  } catch (error) {
    const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
    return {
      ...none,
      file: isMissing ? "missing" : { unreadable: error instanceof Error ? error.message : String(error) },
    };
  }
}
