import { type EnvFileSettings, readEnvFiles } from "./env-file.ts";
import type { Issue } from "./issue.ts";
import type { JobKeys } from "./job-schema.ts";

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
