import * as z from "zod";
import { type Checked, explainSchemaIssues } from "../schema-issues.ts";
import { environment } from "../values/assignments.ts";
import { command } from "../values/command.ts";
import { IS_DOCKER_NAME } from "../values/docker-name.ts";
import * as field from "../values/fields.ts";
import { matching } from "../values/input-schema.ts";
import type { Issue } from "../values/issue.ts";
import type { YamlMap } from "../values/yaml.ts";
import { UNSUPPORTED_KEYS } from "./compose-keys.ts";
import { JOB_KEYS, policyKeys, user } from "./job-schema.ts";
import { knownKeys } from "./known-keys.ts";

const dockerName = (expected: string) =>
  field.scalar({
    expected,
    read: (name) => (IS_DOCKER_NAME.test(name) ? name : undefined),
    forms: [matching(IS_DOCKER_NAME)],
  });

/** Where and how a command is run: in a container that runs already. */
const execKeys = {
  launch: field.choice("exec"),
  container: dockerName("a container's name").nullish(),
  service: dockerName("the name of a service in a Compose file").nullish(),
  project: dockerName("a Compose project's name").nullish(),
  command: command.refine((words) => words.length > 0, "must not be empty"),
  user: user.nullish(),
  working_dir: field.absolutePath.nullish(),
  environment: environment.nullish(),
};

/** A job with `launch: exec` in a schedule file. */
export const execSchema = z.strictObject({ ...policyKeys, ...execKeys });

export type ExecKeys = z.output<typeof execSchema>;

const EXEC_KEYS: readonly string[] = Object.keys(execSchema.shape);

/** Which mean something only where a job has a container of its own, and only where its command runs in another. */
const FOR_RUN_ALONE: ReadonlySet<string> = new Set(JOB_KEYS.filter((key) => !EXEC_KEYS.includes(key)));
const FOR_EXEC_ALONE: ReadonlySet<string> = new Set(EXEC_KEYS.filter((key) => !JOB_KEYS.includes(key)));

/** Which key says it: what else a job says is read accordingly. */
export function isExec({ launch }: YamlMap): boolean {
  return launch === "exec";
}

/** Whether a key says nothing of a job that `isExec`, or is not. */
export function isForOtherJobs(key: string, job: YamlMap): boolean {
  return (isExec(job) ? FOR_RUN_ALONE : FOR_EXEC_ALONE).has(key);
}

const AN_EXEC_JOB: Checked = {
  above: [],
  known: (place) =>
    place === ""
      ? { allowed: EXEC_KEYS, unsupported: UNSUPPORTED_KEYS, inWords: EXEC_KEYS.join(", ") }
      : knownKeys(place),
};

/** Reads the keys of a job that `isExec`. */
export function readExecKeys(written: YamlMap): { readonly keys?: ExecKeys; readonly issues: readonly Issue[] } {
  const misplaced = Object.keys(written).filter((key) => FOR_RUN_ALONE.has(key));
  const parsed = execSchema.safeParse(
    Object.fromEntries(Object.entries(written).filter(([key]) => !misplaced.includes(key))),
  );
  const issues = [
    ...misplaced.map(notForExec),
    ...(parsed.success ? [] : explainSchemaIssues(parsed.error.issues, written, AN_EXEC_JOB)),
    ...checkTarget(written),
  ];
  return parsed.success && issues.length === 0 ? { keys: parsed.data, issues } : { issues };
}

export const NO_EXEC_IN_SWARM =
  "launch: exec cannot be honoured: a Swarm cannot run a command in a container that is there already";

/** Files and labels alike. */
export function notForExec(key: string): Issue {
  const message = `${key} cannot be honoured with launch: exec: the command runs in a container that is there already`;
  return { path: [key], on: "key", message, hint: `leave ${key} out` };
}

/** Whether they are right by themselves or not. */
function checkTarget({ container, service, project, ...others }: YamlMap): Issue[] {
  // A key that is misspelt may be any of them.
  if (Object.keys(others).some((key) => !JOB_KEYS.includes(key) && !EXEC_KEYS.includes(key))) return [];
  if (container != null && service != null) {
    const message = "service and container both say where the command is to run";
    return [{ path: ["service"], on: "key", message, hint: "keep one of them" }];
  }
  if (container == null && service == null) {
    const hint = "add container: with a container's name, or service: with that of a Compose service";
    return [{ path: ["launch"], on: "value", message: "launch: exec does not say in which container", hint }];
  }
  if (project == null || service != null) return [];
  return [{ path: ["project"], on: "key", message: "project says nothing without service", hint: "leave it out" }];
}
