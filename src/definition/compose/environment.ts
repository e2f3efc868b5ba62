import type { JobKeys } from "../compose/job-schema.ts";
import type { Issue } from "../values/issue.ts";
import { type EnvFileSettings, readEnvFiles } from "../variables/env-file.ts";

/** The keys with what the files that they name say: `env_file` below `environment`, `label_file` below `labels`. */
export function withFiles<Keys extends Partial<JobKeys>>(
  keys: Keys,
  settings: EnvFileSettings,
): { readonly keys: Keys; readonly issues: readonly Issue[] } {
  const { env_file, label_file } = keys;
  if (env_file == null && label_file == null) return { keys, issues: [] };
  const variables = readEnvFiles("env_file", env_file, settings);
  const labels = readEnvFiles("label_file", label_file, settings);
  const ours = labels.assignments.filter(([name]) => name.startsWith("shipbell."));
  const reserved = ours.map(([name]): Issue => {
    const message = `label_file has ${name}, which is a label that only shipbell itself puts on a run`;
    return { path: ["label_file"], on: "value", message, hint: "leave it out" };
  });
  return {
    keys: {
      ...keys,
      environment: [...variables.assignments, ...(keys.environment ?? [])],
      labels: [...labels.assignments, ...(keys.labels ?? [])],
    },
    issues: [...variables.issues, ...labels.issues, ...reserved],
  };
}
