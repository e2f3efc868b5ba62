import { COMPOSE_LABELS } from "./compose-labels.ts";
import type { ExecKeys } from "./exec-schema.ts";
import type { ExecTarget, ExecTemplate } from "./exec-template.ts";
import { given } from "./given.ts";
import type { Variables } from "./interpolate.ts";
import type { LabelKeys } from "./job-schema.ts";
import type { LabelledObject } from "./labelled-object.ts";
import { environmentOf } from "./make-job.ts";

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

/** What the labels of a container say of a command in it; in a template there are no variables to take from. */
export function makeLabelledExec(keys: LabelKeys, object: LabelledObject): ExecTemplate {
  return { ...commandOf(keys, keys.command ?? [], {}), within: targetOf(object) };
}

type CommandKeys = Pick<ExecKeys, "user" | "working_dir" | "environment" | "timeout" | "overlap">;

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

/** Made anew, it has the same name, or, while Compose is about it, the same place in its service. */
function targetOf({ name, labels }: LabelledObject): ExecTarget {
  const { [COMPOSE_LABELS.project]: project, [COMPOSE_LABELS.service]: service } = labels;
  return {
    container: name,
    ...(service !== undefined && {
      compose: { service, ...given("project", project), ...given("number", labels[COMPOSE_LABELS.number]) },
    }),
    mustDeclareJobs: true,
  };
}
