import type * as z from "zod";
import { type Assignments, assignments, labels } from "../values/assignments.ts";
import { type Issue, nameIn, quoted } from "../values/issue.ts";
import { ENV_FILE_KEYS, type EnvFileSettings, envFile, readEnvFiles } from "../variables/env-file.ts";
import { type Variables, variableIn } from "../variables/interpolate.ts";
import type { KeyGroup } from "./key-group.ts";

export const environment = assignments((name) =>
  /\s$/.test(name)
    ? `has the name ${quoted(/^\S+\s+$/.test(name) ? name : nameIn(name))}; no space may stand before the "="`
    : undefined,
);

const keys = {
  environment: environment.nullish(),
  env_file: envFile.nullish(),
  labels: labels("a run").nullish(),
  label_file: envFile.nullish(),
};

type Keys = z.output<z.ZodObject<typeof keys>>;

/**
 * Returns the variables of a job. As in Compose, a name without a value takes the scheduler's variable of that name, and
 * is left out where there is none.
 */
export function makeEnvironment(
  assignments: Assignments | null | undefined,
  variables: Variables,
): Readonly<Record<string, string>> {
  const values = Object.fromEntries(
    (assignments ?? []).map(([name, value]) => [name, value ?? variableIn(variables, name)] as const),
  );
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** Adds what the named files say: `env_file` below `environment`, `label_file` below `labels`. */
export function withFiles<Some extends Partial<Keys>>(
  written: Some,
  settings: EnvFileSettings,
): { readonly keys: Some; readonly issues: readonly Issue[] } {
  const { env_file, label_file } = written;
  if (env_file == null && label_file == null) return { keys: written, issues: [] };
  const variables = readEnvFiles("env_file", env_file, settings);
  const labels = readEnvFiles("label_file", label_file, settings);
  const reserved = labels.assignments.filter(([name]) => name.startsWith("shipbell."));
  const issues = reserved.map(([name]): Issue => {
    const message = `label_file has ${name}, which is a label that only shipbell itself puts on a run`;
    return { path: ["label_file"], on: "value", message, hint: "leave it out" };
  });
  return {
    keys: {
      ...written,
      environment: [...variables.assignments, ...(written.environment ?? [])],
      labels: [...labels.assignments, ...(written.labels ?? [])],
    },
    issues: [...variables.issues, ...labels.issues, ...issues],
  };
}

/** The variables and labels of a run, with the files that hold some of them. */
export const environmentGroup = {
  keys,
  inner: { env_file: ENV_FILE_KEYS, label_file: ENV_FILE_KEYS },
  userNamed: ["environment", "labels"],
} satisfies KeyGroup;
