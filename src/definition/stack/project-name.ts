import { basename } from "node:path";
import type { YamlValue } from "../values/yaml.ts";
import type { Variables } from "../variables/interpolate.ts";

interface ProjectSource {
  /** What the operator said. */
  readonly project?: string;
  readonly variables: Variables;
  /** Under `name` in the file. */
  readonly named: YamlValue;
  /** The file's, as an absolute path. */
  readonly folder: string;
}

/** Returns the name of the project that Compose makes of a file; a stack's is known only to who deploys it. */
export function projectName({ project, variables, named, folder }: ProjectSource): string {
  const written = typeof named === "string" ? named : "";
  const ofFolder = basename(folder)
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, "")
    .replace(/^[_-]+/, "");
  return project || variables.COMPOSE_PROJECT_NAME || written || ofFolder || "default";
}
