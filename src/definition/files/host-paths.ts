import type { Section } from "../compose/declaration-schema.ts";
import type { JobKeys } from "../compose/job-schema.ts";
import { type Issue, part } from "../values/issue.ts";
import { normalizePath } from "../values/normalize-path.ts";

/** Where relative paths begin, and whether it is in doubt that this is the same place on the host. */
export interface HostPathSettings {
  /** Absolute path of the schedule file's folder, as shipbell sees it. */
  readonly folder: string;
  /**
   * True where it is to be said that a relative path is one of the host: nothing tells whether the folder has the same name
   * there. Default: it is taken as it is.
   */
  readonly doubtHostPaths?: boolean;
}

/** A bind mount is made by the engine, on its host, and shipbell may see other folders than that. */
export function doubtBinds({ volumes }: Partial<JobKeys>, settings: HostPathSettings): Issue[] {
  if (!settings.doubtHostPaths) return [];
  return (volumes ?? []).flatMap(({ type, source }, index) =>
    type === "bind" && source !== undefined ? doubt(["volumes", index], source, settings) : [],
  );
}

/** The same of a file that a secret or config is mounted from, where jobs are plain containers; a Swarm is given what shipbell reads. */
export function doubtFile(section: Section, name: string, file: string, settings: HostPathSettings): Issue[] {
  return settings.doubtHostPaths ? doubt([section, name, "file"], file, settings) : [];
}

function doubt(path: Issue["path"], source: string, { folder }: HostPathSettings): Issue[] {
  if (source.startsWith("/")) return [];
  const key = path.filter((step) => typeof step === "string").join(".");
  const whole = normalizePath(`${folder}/${source}`);
  const message = `${key} has the relative path ${part(source)}, which is ${part(whole)} on the host, not in shipbell's own container`;
  const hint = "write the absolute path that it has on the host";
  return [{ path, on: "value", message, hint, severity: "warning" }];
}
