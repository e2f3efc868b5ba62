import { COMPOSE_LABELS } from "../jobs/compose-labels.ts";
import type { ComposeService, ExecTarget } from "../jobs/exec-template.ts";
import type { LabelRules } from "../jobs/label-rules.ts";
import type { NotReady, Rejection } from "../runs/engine.ts";
import type { Docker } from "./connect.ts";
import type { ContainerInspect } from "./container-types.ts";
import { findContainerByName, inspectContainer, listContainers } from "./containers.ts";
import { containerName } from "./read-container.ts";
import { declaresJobs, type Labels } from "./run-labels.ts";

/** The container that a command is to run in, as it is now: it runs; or why there is none. */
export async function findExecContainer(
  docker: Docker,
  target: ExecTarget,
  { labelPrefix }: Pick<LabelRules, "labelPrefix">,
): Promise<ContainerInspect | NotReady | Rejection> {
  const { container: name, compose, mustDeclareJobs } = target;
  const mayBe = (labels: Labels) => !mustDeclareJobs || declaresJobs(labels, labelPrefix);
  const named = name === undefined ? undefined : await findContainerByName(docker, name);
  const known = named && mayBe(named.Config.Labels ?? {}) ? named : undefined;
  if (known !== undefined && isReady(known)) return known;
  const found = compose && (await findOfCompose(docker, compose, mayBe));
  if (found !== undefined && (!("kind" in found) || found.kind === "rejected")) return found;
  if (known !== undefined) return notReady(`container ${name} is ${known.State.Status}`);
  return found ?? notReady(`there is no container ${name}${mustDeclareJobs ? " that declares a job" : ""}`);
}

function isReady({ State }: ContainerInspect): boolean {
  return State.Status === "running";
}

/** Of several that run the first, as Compose counts them. */
async function findOfCompose(
  docker: Docker,
  { service, project, number }: ComposeService,
  mayBe: (labels: Labels) => boolean,
): Promise<ContainerInspect | NotReady | Rejection> {
  const wanted = { service, project, number };
  const label = (["service", "project", "number"] as const).flatMap((key) =>
    wanted[key] === undefined ? [] : [`${COMPOSE_LABELS[key]}=${wanted[key]}`],
  );
  const all = (await listContainers(docker, { label })).filter(
    ({ Labels }) => Labels?.[COMPOSE_LABELS.oneOff] !== "True" && mayBe(Labels ?? {}),
  );
  const running = all
    .filter(({ State }) => State === "running")
    .toSorted((a, b) => numberOf(a.Labels) - numberOf(b.Labels));
  const projects = [...new Set(running.map(({ Labels }) => Labels?.[COMPOSE_LABELS.project]))];
  if (projects.length > 1) return ambiguous(service, projects.join(", "));
  const [first] = running;
  const container = first && (await inspectContainer(docker, first.Id));
  if (container !== undefined && isReady(container)) return container;
  const states = all.map(({ Names, State }) => `${containerName(Names)} is ${State}`).join(", ");
  return notReady(`no container of the Compose service ${service} runs${states && ` (${states})`}`);
}

function numberOf(labels: Labels | null | undefined): number {
  return Number(labels?.[COMPOSE_LABELS.number] ?? 0);
}

function ambiguous(service: string, projects: string): Rejection {
  const message = `several Compose projects have a service ${service} (${projects}): say which with project`;
  return { kind: "rejected", reason: "bad-definition", message };
}

function notReady(message: string): NotReady {
  return { kind: "not-ready", reason: "container-not-running", message };
}
