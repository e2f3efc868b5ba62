import { COMPOSE_LABELS } from "../../definition/labels/labelled-object.ts";
import type { ComposeService, ExecTarget } from "../../job/job.ts";
import type { Docker } from "../docker/connect.ts";
import type { ContainerInspect, ContainerSummary } from "../docker/container-types.ts";
import { findContainerByName, inspectContainer, listContainers } from "../docker/containers.ts";
import { containerName } from "../docker/read-container.ts";
import type { NotReady, Rejection } from "../engine.ts";

/** Whether a container that has the name may be the one that is meant. */
type MayBe = (container: ContainerInspect) => boolean;

/** The container that a command is to run in, as it is now: it runs; or why there is none. */
export async function findExecContainer(
  docker: Docker,
  { container: name, compose }: ExecTarget,
  mayBe: MayBe,
): Promise<ContainerInspect | NotReady | Rejection> {
  if (name === undefined)
    return compose === undefined ? notReady("there is no container") : findOfCompose(docker, compose);
  const named = await findContainerByName(docker, name);
  if (named === undefined) return notReady(`there is no container ${name}`);
  if (!mayBe(named)) return notReady(`there is no container ${name} that declares this job`);
  return isReady(named) ? named : notReady(`container ${name} is ${named.State.Status}`);
}

function isReady({ State }: ContainerInspect): boolean {
  return State.Status === "running";
}

/** Of several that run the first, as Compose counts them. Labels alone say which: see `ambiguous`. */
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
  // Compose counts from 1. What says otherwise goes last.
  return Number.isSafeInteger(number) && number > 0 ? number : Number.MAX_SAFE_INTEGER;
}

type Labels = ContainerSummary["Labels"];

/**
 * Why it cannot be told which of these is the first: anyone who makes a container can write Compose's labels, and where
 * two claim one place, one of them lies. Compose itself gives each place once.
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
