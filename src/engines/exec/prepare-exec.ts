import { randomBytes } from "node:crypto";
import { COMPOSE_LABELS } from "../../definition/labels/labelled-object.ts";
import type { ComposeService, ExecTarget, ExecTemplate } from "../../job/job.ts";
import { DEFAULT_LABEL_RULES, type LabelRules } from "../../job/label-rules.ts";
import type { Docker } from "../docker/connect.ts";
import {
  type ContainerInspect,
  type ContainerSummary,
  findContainerByName,
  inspectContainer,
  listContainers,
} from "../docker/containers.ts";
import { createExec } from "../docker/exec-calls.ts";
import { containerName } from "../docker/read-container.ts";
import { declaresOrder, refuseCopy, rightsOfContainer } from "../docker/specs/copy.ts";
import { readEnvironment, runEnvironment, writeEnvironment } from "../docker/specs/run-labels.ts";
import { isRefusal, messageOf, unexpected } from "../docker/status.ts";
import { type AttemptOrder, EngineTrouble, type NotReady, type Prepared, type Rejection } from "../engine.ts";
import type { Workshop } from "../kind.ts";
import { writeExecId } from "./exec-id.ts";
import { hasShell } from "./exec-shell.ts";

/** The variable by which the process of an exec instance is found inside its container. */
const MARK_VARIABLE = "SHIPBELL_EXEC";

/**
 * Creates an exec instance, inert. One that was created before and is not bound stays as it is: it is in no list,
 * cannot be removed, and will never be started; the engine drops it when its container ends.
 *
 * The attempt's object name is that of the container.
 */
export async function prepareExec(
  { docker, instance, rules = DEFAULT_LABEL_RULES, foreign }: Workshop,
  order: AttemptOrder,
  template: ExecTemplate,
): Promise<Prepared> {
  if ((await docker.maker()) === "Podman") return NOT_WITH_PODMAN;
  const { within } = template;
  const mayBe = async (found: ContainerInspect) =>
    !within.mustDeclareJobs || declaresOrder(order, found, { ...rules, instance, foreign });
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
    Env: writeEnvironment({
      ...environment,
      ...runEnvironment(order, { ...readEnvironment(container.Config.Env), ...environment }),
      [MARK_VARIABLE]: mark,
    }),
    ...asUser,
    ...(workingDir !== undefined && { WorkingDir: workingDir }),
  });
  // The container has ended, been paused or been removed since the look.
  if (answer.status === 404 || answer.status === 409)
    return { kind: "not-ready", reason: "container-not-running", message: messageOf(answer) };
  if (isRefusal(answer)) return { kind: "rejected", reason: "bad-definition", message: messageOf(answer) };
  if (answer.status !== 201) throw unexpected(answer, `exec in ${container.Id}`);
  const ref = { execId: (answer.body as { Id: string }).Id, mark, containerStartedAt: container.State.StartedAt };
  return { kind: "prepared", objectId: writeExecId(ref), objectName: container.Name.slice(1) };
}

/**
 * Its answers are the same for a command that could not be started and for one that ended with 127, and for one that has not
 * begun and one that ended well (4.3 to 5.8).
 */
const NOT_WITH_PODMAN: Rejection = {
  kind: "rejected",
  reason: "bad-definition",
  message: "launch: exec needs Docker Engine: Podman does not tell how a command in a running container has ended",
};

/** Checks what a label asks for against the container as it is now. */
function refuseLabelled(template: ExecTemplate, container: ContainerInspect, rules: LabelRules): Prepared | undefined {
  if (!template.within.mustDeclareJobs) return undefined;
  const labels = container.Config.Labels ?? {};
  const name = container.Name.slice(1);
  return refuseCopy(template, { kind: "container", name, labels, ...rightsOfContainer(container) }, rules);
}

/** Returns whether there is one, or that the container has just ended, been paused or been removed. */
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

/** Whether a container with that name may be the one that is meant. */
type MayBe = (container: ContainerInspect) => Promise<boolean>;

/** Finds the running container that a command is to run in, or says why there is none. */
async function findExecContainer(
  docker: Docker,
  { container: name, compose }: ExecTarget,
  mayBe: MayBe,
): Promise<ContainerInspect | NotReady | Rejection> {
  if (name === undefined)
    return compose === undefined ? notReady("there is no container") : findOfCompose(docker, compose);
  const named = await findContainerByName(docker, name);
  if (named === undefined) return notReady(`there is no container ${name}`);
  if (!(await mayBe(named))) return notReady(`there is no container ${name} that declares this job`);
  return isReady(named) ? named : notReady(`container ${name} is ${named.State.Status}`);
}

function isReady({ State }: ContainerInspect): boolean {
  return State.Status === "running";
}

/** Of several running containers, the first as Compose counts them. Only labels say which: see `ambiguous`. */
async function findOfCompose(
  docker: Docker,
  { service, project, number }: ComposeService,
): Promise<ContainerInspect | NotReady | Rejection> {
  const wanted = { service, project, number };
  const label = (["service", "project", "number"] as const).flatMap((key) =>
    wanted[key] === undefined ? [] : [`${COMPOSE_LABELS[key]}=${wanted[key]}`],
  );
  const all = (await listContainers(docker, { label })).filter(
    ({ Labels }) => Labels?.[COMPOSE_LABELS.oneOff] !== "True",
  );
  const running = all
    .filter(({ State }) => State === "running")
    .toSorted((a, b) => numberOf(a.Labels) - numberOf(b.Labels));
  const why = ambiguous(service, running);
  if (why !== undefined) return { kind: "rejected", reason: "bad-definition", message: why };
  const [first] = running;
  const container = first && (await inspectContainer(docker, first.Id));
  if (container !== undefined && isReady(container)) return container;
  const states = all.map(({ Names, State }) => `${containerName(Names)} is ${State}`).join(", ");
  return notReady(`no container of the Compose service ${service} runs${states && ` (${states})`}`);
}

function numberOf(labels: Labels): number {
  const number = Number(labels?.[COMPOSE_LABELS.number]);
  // Compose counts from 1. Anything else sorts last.
  return Number.isSafeInteger(number) && number > 0 ? number : Number.MAX_SAFE_INTEGER;
}

type Labels = ContainerSummary["Labels"];

/**
 * Says why the first of these is ambiguous: anyone who creates a container can write Compose's labels, and if two claim
 * the same number, one is lying. Compose itself assigns each number once.
 */
function ambiguous(service: string, running: readonly ContainerSummary[]): string | undefined {
  const projects = [...new Set(running.map(({ Labels }) => Labels?.[COMPOSE_LABELS.project]))];
  if (projects.length > 1)
    return `several Compose projects have a service ${service} (${projects.join(", ")}): say which with project`;
  const claims = running.filter(({ Labels }) => numberOf(Labels) === numberOf(running[0]?.Labels));
  if (claims.length < 2) return undefined;
  const names = claims.map(({ Names }) => containerName(Names)).join(" and ");
  return `${names} both claim to be the same container of the Compose service ${service}: say which with container`;
}

function notReady(message: string): NotReady {
  return { kind: "not-ready", reason: "container-not-running", message };
}
