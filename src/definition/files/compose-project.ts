import type { Pair } from "yaml";
import type { Problem } from "../../job/problem.ts";
import type { Declared } from "../compose/declared.ts";
import { isMapValue, type YamlValue } from "../values/yaml.ts";
import type { Variables } from "../variables/interpolate.ts";
import { offsetOf, type YamlDocument } from "./yaml-document.ts";
import type { ReadValue } from "./yaml-value.ts";

interface ProjectFile {
  readonly document: YamlDocument;
  /** What stands at the top of the file, by its key. */
  readonly top: ReadonlyMap<string, Pair>;
  readonly variables: Variables;
  readonly readValue: (node: unknown) => ReadValue;
}

interface InProject {
  readonly declared: Declared;
  readonly problems: readonly Problem[];
}

/**
 * Gives what a Compose file declares the names that it has in its project, where that is known: Compose begins those of
 * volumes and networks with the project's, and has a network `default`. The networks are Compose's to make.
 */
export function inProject(declared: Declared, file: ProjectFile): InProject {
  const { top, readValue } = file;
  const project = projectName(file);
  const written = {
    volumes: readValue(top.get("volumes")?.value).value,
    networks: readValue(top.get("networks")?.value).value,
  };
  const isOwn = (section: "volumes" | "networks", key: string) => {
    const all = written[section];
    const value: YamlValue = isMapValue(all) ? (all[key] ?? null) : null;
    return !isMapValue(value) || (value.name == null && value.external !== "true");
  };
  const isNeeded =
    top.has("services") ||
    [...declared.volumes.keys()].some((key) => isOwn("volumes", key)) ||
    [...declared.networks.keys()].some((key) => isOwn("networks", key));
  const problems = [...notFollowed(file), ...(project === undefined && isNeeded ? unknownProject(file) : [])];
  if (project === undefined) return { declared, problems };
  const volumes = [...declared.volumes].map(([key, volume]) => {
    return [key, isOwn("volumes", key) ? { ...volume, name: `${project}_${key}` } : volume] as const;
  });
  const networks = [...declared.networks].map(([key, network]) => {
    return [key, isOwn("networks", key) ? { name: `${project}_${key}` } : network] as const;
  });
  const byDefault = ["default", { name: `${project}_default` }] as const;
  return {
    declared: {
      ...declared,
      volumes: new Map(volumes),
      networks: new Map([...(top.has("services") ? [byDefault] : []), ...networks]),
    },
    problems,
  };
}

/** Undefined where the file does not tell it. */
export function projectName({
  top,
  variables,
  readValue,
}: Pick<ProjectFile, "top" | "variables" | "readValue">): string | undefined {
  const name = readValue(top.get("name")?.value).value;
  return (typeof name === "string" && name) || variables.COMPOSE_PROJECT_NAME || undefined;
}

function unknownProject({ document, top }: ProjectFile): readonly Problem[] {
  const pair = ["services", "volumes", "networks"].map((key) => top.get(key)).find((each) => each !== undefined);
  if (pair === undefined) return [];
  const message =
    "the name of the project is not known, with which Compose begins the names of volumes and networks: they are taken as they are written, and jobs are not on the project's network";
  const hint = "write name: at the top, as docker compose ls shows it, or set COMPOSE_PROJECT_NAME";
  return [{ at: document.at(offsetOf(pair.key)), message, hint, severity: "warning" }];
}

function notFollowed({ document, top }: ProjectFile): readonly Problem[] {
  const include = top.get("include");
  if (include === undefined) return [];
  const message = "include is not followed: jobs of these files are not declared here";
  const hint = "name the files in the setting schedules";
  return [{ at: document.at(offsetOf(include.key)), message, hint, severity: "warning" }];
}
