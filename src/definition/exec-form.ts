import * as z from "zod";
import type { ExecTemplate } from "../job/job.ts";
import { someCommand } from "./compose/command.ts";
import { environment, makeEnvironment } from "./compose/environment.ts";
import { processKeys } from "./compose/process.ts";
import { JOB_KEYS, knownKeys, UNSUPPORTED_KEYS } from "./known-keys.ts";
import { type PolicyKeys, policyKeys } from "./policies.ts";
import { type Checked, explainSchemaIssues } from "./schema-issues.ts";
import { tellingKeys } from "./telling.ts";
import { IS_DOCKER_NAME } from "./values/docker-name.ts";
import { choice, matching, scalar } from "./values/fields.ts";
import { given } from "./values/given.ts";
import type { Issue } from "./values/issue.ts";
import type { YamlMap } from "./values/yaml.ts";
import type { Variables } from "./variables/interpolate.ts";

const dockerName = (expected: string) =>
  scalar({
    expected,
    read: (name) => (IS_DOCKER_NAME.test(name) ? name : undefined),
    forms: [matching(IS_DOCKER_NAME)],
  });

/** A job with `launch: exec`: its command runs in a container that is running already. */
export const execSchema = z.strictObject({
  ...policyKeys,
  ...tellingKeys,
  launch: choice("exec"),
  container: dockerName("a container's name").nullish(),
  service: dockerName("the name of a service in a Compose file").nullish(),
  project: dockerName("a Compose project's name").nullish(),
  command: someCommand,
  user: processKeys.user,
  working_dir: processKeys.working_dir,
  environment: environment.nullish(),
});

type ExecKeys = z.output<typeof execSchema>;

const EXEC_KEYS: readonly string[] = Object.keys(execSchema.shape);

/** Keys that mean nothing where a command runs in another container. */
export const NOT_FOR_EXEC: ReadonlySet<string> = new Set([
  ...JOB_KEYS.filter((key) => !EXEC_KEYS.includes(key)),
  "http",
]);

/** True for a job whose keys are read as those of `execSchema`. */
export function isExec({ launch }: Readonly<Record<string, unknown>>): boolean {
  return launch === "exec";
}

const AN_EXEC_JOB: Checked = {
  above: [],
  known: (place) =>
    place === ""
      ? { allowed: EXEC_KEYS, unsupported: UNSUPPORTED_KEYS, inWords: EXEC_KEYS.join(", ") }
      : knownKeys(place),
};

/** Reads the keys of a job that `isExec`. Keys are undefined where there is an issue. */
export function readExecKeys(written: YamlMap): { readonly keys?: ExecKeys; readonly issues: readonly Issue[] } {
  const misplaced = Object.keys(written).filter((key) => NOT_FOR_EXEC.has(key));
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

/** A key that files and labels alike may not have there. */
export function notForExec(key: string): Issue {
  const message = `${key} cannot be honoured with launch: exec: the command runs in an existing container`;
  return { path: [key], on: "key", message, hint: `leave ${key} out` };
}

/** Checks which container is named, by the keys as they were written. */
function checkTarget({ container, service, project, ...others }: YamlMap): Issue[] {
  // A misspelt key may be any of them.
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

/** No Swarm can run a command in a container that exists already. */
export function noExecInSwarm(hint: string): Issue {
  const message = "launch: exec cannot be honoured: a Swarm cannot run a command in an existing container";
  return { path: ["launch"], on: "value", message, hint };
}

export function makeExec({ container, service, project, ...keys }: ExecKeys, variables: Variables): ExecTemplate {
  const within = {
    ...given("container", container),
    ...(service != null && { compose: { service, ...given("project", project) } }),
    mustDeclareJobs: false,
  };
  return makeExecIn(within, keys, variables);
}

type CommandKeys = Pick<ExecKeys, "user" | "working_dir" | "environment"> &
  Partial<Pick<PolicyKeys, "timeout" | "overlap">> & { readonly command?: readonly string[] | null | undefined };

/** Makes the template of a command in this container. */
export function makeExecIn(within: ExecTemplate["within"], keys: CommandKeys, variables: Variables): ExecTemplate {
  return {
    kind: "exec",
    command: keys.command ?? [],
    ...given("user", keys.user),
    ...given("workingDir", keys.working_dir),
    environment: makeEnvironment(keys.environment, variables),
    needsShell: keys.timeout != null || keys.overlap === "replace",
    within,
  };
}
