import { randomBytes } from "node:crypto";
import type { ExecTemplate } from "../../job/job.ts";
import { DEFAULT_LABEL_RULES, type LabelRules } from "../../job/label-rules.ts";
import type { Docker } from "../docker/connect.ts";
import type { ContainerInspect } from "../docker/container-types.ts";
import { createExec } from "../docker/exec-calls.ts";
import { writeEnvironment } from "../docker/specs/container-spec.ts";
import { refuseCopy } from "../docker/specs/refuse-copy.ts";
import { runEnvironment } from "../docker/specs/run-labels.ts";
import { declaresOrder, type Workshop } from "../docker/specs/specify-container.ts";
import { rightsOfContainer } from "../docker/specs/whose-rights.ts";
import { isRefusal, messageOf, unexpected } from "../docker/status.ts";
import { type AttemptOrder, EngineTrouble, type NotReady, type Prepared } from "../engine.ts";
import { writeExecId } from "./exec-id.ts";
import { hasShell } from "./exec-shell.ts";
import { findExecContainer } from "./find-exec-container.ts";

/** How the process of an exec instance is found inside its container. */
const MARK_VARIABLE = "SHIPBELL_EXEC";

/**
 * Makes an exec instance, inert. One that was made before and is not bound stays as it is: it is not in any list,
 * cannot be removed, and nobody will start it; the engine drops it with its container's end.
 *
 * The attempt's object name is that of the container.
 */
export async function prepareExec(
  { docker, instance, rules = DEFAULT_LABEL_RULES }: Workshop,
  order: AttemptOrder,
  template: ExecTemplate,
): Promise<Prepared> {
  const { within } = template;
  const mayBe = (found: ContainerInspect) =>
    !within.mustDeclareJobs || declaresOrder(order, found, { ...rules, instance });
  const container = await findExecContainer(docker, within, mayBe);
  if ("kind" in container) return container;
  const { user, workingDir, command, environment, needsShell } = template;
  const refused = refuseLabelled(template, container, rules);
  if (refused !== undefined) return refused;
  const asUser = user === undefined ? {} : { User: user };
  const shell = needsShell ? await findShell(docker, container.Id, asUser) : true;
  if (shell === false) return shellMissing(container.Name.slice(1));
  if (shell !== true) return shell;
  const mark = randomBytes(6).toString("hex");
  const answer = await createExec(docker, container.Id, {
    Cmd: command,
    Env: writeEnvironment({ ...environment, ...runEnvironment(order), [MARK_VARIABLE]: mark }),
    ...asUser,
    ...(workingDir !== undefined && { WorkingDir: workingDir }),
  });
  // It has gone, ended or was paused since it was looked at.
  if (answer.status === 404 || answer.status === 409)
    return { kind: "not-ready", reason: "container-not-running", message: messageOf(answer) };
  if (isRefusal(answer)) return { kind: "rejected", reason: "bad-definition", message: messageOf(answer) };
  if (answer.status !== 201) throw unexpected(answer, `exec in ${container.Id}`);
  const ref = { execId: (answer.body as { Id: string }).Id, mark, containerStartedAt: container.State.StartedAt };
  return { kind: "prepared", objectId: writeExecId(ref), objectName: container.Name.slice(1) };
}

/** Of what a label asks for, as the container is now. */
function refuseLabelled(template: ExecTemplate, container: ContainerInspect, rules: LabelRules): Prepared | undefined {
  if (!template.within.mustDeclareJobs) return undefined;
  const labels = container.Config.Labels ?? {};
  const name = container.Name.slice(1);
  return refuseCopy(template, { kind: "container", name, labels, ...rightsOfContainer(container) }, rules);
}

/** Whether there is one; or that the container has gone, ended or was paused just now. */
async function findShell(
  docker: Docker,
  container: string,
  asUser: { readonly User?: string },
): Promise<boolean | NotReady> {
  try {
    return await hasShell(docker, container, asUser);
  } catch (error) {
    if (!(error instanceof EngineTrouble) || (error.status !== 404 && error.status !== 409)) throw error;
    return { kind: "not-ready", reason: "container-not-running", message: error.message };
  }
}

function shellMissing(container: string): Prepared {
  const message =
    `container ${container} has no sh, and Docker itself cannot end a command that it runs in a container: ` +
    "without one timeout and overlap: replace cannot be honoured; leave them out";
  return { kind: "rejected", reason: "bad-definition", message };
}
