import type { ExecTemplate } from "../job/exec-template.ts";
import type { ExecKeys } from "./compose/exec-schema.ts";
import type { ProcessKeys } from "./compose/job-schema.ts";
import type { LabelledObject } from "./labels/labelled-object.ts";
import { environmentOf } from "./make-job.ts";
import { given } from "./values/given.ts";
import type { Variables } from "./variables/interpolate.ts";

/** What a schedule file says of a command in a container. */
export function makeExec(keys: ExecKeys, variables: Variables): ExecTemplate {
  const { container, service, project } = keys;
  return {
    ...commandOf(keys, keys.command, variables),
    within: {
      ...given("container", container),
      ...(service != null && { compose: { service, ...given("project", project) } }),
      mustDeclareJobs: false,
    },
  };
}

/**
 * What the labels of a container say of a command in it; in a template there are no variables to take from. The
 * container is known by its name, which no other container has; labels of Compose may be anybody's.
 */
export function makeLabelledExec(keys: ProcessKeys, { name }: Pick<LabelledObject, "name">): ExecTemplate {
  return { ...commandOf(keys, keys.command ?? [], {}), within: { container: name, mustDeclareJobs: true } };
}

type CommandKeys = Pick<ProcessKeys, "user" | "working_dir" | "environment" | "timeout" | "overlap">;

function commandOf(keys: CommandKeys, command: readonly string[], variables: Variables): Omit<ExecTemplate, "within"> {
  return {
    kind: "exec",
    command,
    ...given("user", keys.user),
    ...given("workingDir", keys.working_dir),
    environment: environmentOf(keys.environment ?? [], variables),
    needsShell: keys.timeout != null || keys.overlap === "replace",
  };
}
