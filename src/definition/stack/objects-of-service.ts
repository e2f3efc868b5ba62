import { COMPOSE_LABELS, type LabelledObject, STACK_LABEL } from "../labels/labelled-object.ts";
import { isRoot } from "../labels/refusal.ts";
import type { YamlValue } from "../values/yaml.ts";
import type { LabelledService } from "./labelled-service.ts";

interface Deployment {
  readonly project: string;
  readonly isStack: boolean;
}

/** Returns what the labels of the service will stand on when its file has been deployed, as an engine would list it. */
export function objectsOf(service: LabelledService, { project, isStack }: Deployment): LabelledObject[] {
  const { labels, deploy } = service;
  const isMisplaced = isStack && labels.at.size > 0;
  const misplaced = isMisplaced ? [...labels.at.keys()].filter((label) => !deploy.at.has(label)).sort() : [];
  const isService = deploy.at.size > 0 || isMisplaced;
  return [
    ...(isService ? [{ ...serviceOf(service, project), ...(misplaced.length > 0 && { misplaced }) }] : []),
    ...(labels.at.size > 0 && !isStack ? [containerOf(service, project)] : []),
  ];
}

function serviceOf({ name, deploy, deployKeys, keys }: LabelledService, project: string): LabelledObject {
  const user = textOf(keys.user);
  return {
    ...unknownYet,
    kind: "service",
    name: `${project}_${name}`,
    labels: { ...deploy.values, [STACK_LABEL.service]: project },
    running: isKeptRunning(deployKeys),
    ...spreadOf(deployKeys),
    image: textOf(keys.image),
    user,
    mayBecomeAnyone: isRoot(user) && isEmpty(keys.cap_drop),
  };
}

function containerOf({ name, labels, keys }: LabelledService, project: string): LabelledObject {
  const user = textOf(keys.user);
  return {
    ...unknownYet,
    kind: "container",
    name: textOf(keys.container_name) || `${project}-${name}-1`,
    labels: { ...labels.values, [STACK_LABEL.container]: project, [COMPOSE_LABELS.service]: name },
    running: staysUp(keys),
    image: textOf(keys.image) || `${project}-${name}`,
    user,
    // An image's own user is not known here (`doubtContainer` says so).
    mayBecomeAnyone: (user === "" || isRoot(user)) && isEmpty(keys.cap_drop) && isEmpty(keys.security_opt),
  };
}

const unknownYet = { id: "", version: "", createdAt: new Date(0) } as const;

/** As a Swarm counts it: with one replica where nothing is said. */
function isKeptRunning({ mode, replicas }: LabelledService["deployKeys"]): boolean {
  if (mode === "global") return true;
  return (mode === null || mode === "replicated") && replicas !== "0";
}

function spreadOf({ mode, replicas }: LabelledService["deployKeys"]): Pick<LabelledObject, "spread"> {
  if (mode === "global" || mode === "global-job") return { spread: { mode } };
  const completions = Number(replicas ?? 1);
  return mode === "replicated-job" && completions > 1 ? { spread: { mode, completions } } : {};
}

/** True where Compose starts it, and the engine starts it again whenever it ends. */
function staysUp({ restart, profiles }: LabelledService["keys"]): boolean {
  return (restart === "always" || restart === "unless-stopped") && isEmpty(profiles);
}

function textOf(value: YamlValue): string {
  return typeof value === "string" ? value : "";
}

function isEmpty(value: YamlValue): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
