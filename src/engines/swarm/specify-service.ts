import type { RunReader } from "../../definition/labels/declares-run.ts";
import type { CloneTemplate, ComposeTemplate, ObjectRef } from "../../job/job.ts";
import { DEFAULT_LABEL_RULES } from "../../job/label-rules.ts";
import type { RejectReason } from "../../ledger/record.ts";
import {
  inspectService,
  type NetworkAttachment,
  type Service,
  type ServiceContainerSpec,
  type ServiceSpec,
} from "../docker/services.ts";
import { cloneEnvironment, cloneLabels, type PrefixRule, refuseCopy, rightsOfService } from "../docker/specs/copy.ts";
import { makeNetworks } from "../docker/specs/made-networks.ts";
import { beyondEngine, SERVICE_NEEDS } from "../docker/specs/needed-api.ts";
import { declaresJobs, readEnvironment } from "../docker/specs/run-labels.ts";
import type { AttemptOrder, Rejection } from "../engine.ts";
import type { Workshop } from "../kind.ts";
import { serviceVariables } from "./run-variables.ts";
import { composeService, inertService } from "./service-spec.ts";
import { findStoredFiles } from "./stored-files.ts";

export type Specified = { readonly kind: "specified"; readonly spec: ServiceSpec } | Rejection;

/** Says what an attempt's service is made from. What the template names is looked up each time. */
export async function specifyService(workshop: Workshop, order: AttemptOrder): Promise<Specified> {
  const { template } = order;
  if (template.kind === "compose") return specifyComposed(workshop, order, template);
  if (template.kind === "clone") return specifyClone(workshop, order, template);
  throw new Error(`no service can be made of a template of kind ${template.kind}`);
}

async function specifyComposed(workshop: Workshop, order: AttemptOrder, template: ComposeTemplate): Promise<Specified> {
  const { docker, instance } = workshop;
  if (template.volumesFrom.length > 0)
    return reject("bad-definition", "a service cannot have the volumes of another container");
  const missing = beyondEngine(template, SERVICE_NEEDS, await docker.apiVersion());
  if (missing !== undefined) return reject("bad-definition", missing);
  // It reaches all nodes.
  const refused = await makeNetworks({ docker, instance }, template.madeNetworks ?? [], "overlay");
  if (refused !== undefined) return refused;
  const stored = await findStoredFiles(workshop, template);
  if ("kind" in stored) return stored;
  return { kind: "specified", spec: composeService(instance, order, { template, stored }) };
}

/**
 * Copies the service that has the name now: the one that declared the job, or another one that declares this same job.
 */
async function specifyClone(
  { docker, instance, rules = DEFAULT_LABEL_RULES, foreign }: Workshop,
  order: AttemptOrder,
  template: CloneTemplate,
): Promise<Specified> {
  const { kind, name } = template.of;
  if (kind !== "service") return reject("bad-definition", `container ${name} cannot be copied by a Swarm`);
  const object = await inspectService(docker, name);
  const labels = object?.Spec.Labels ?? {};
  if (object === undefined || !(await isDeclarer(object, order, template.of, { ...rules, instance, foreign })))
    return reject("template-missing", `there is no service ${name} that declares this job`);
  const rights = rightsOfService(object.Spec.TaskTemplate.ContainerSpec ?? { Image: "" });
  const refused = refuseCopy(template, { kind, name, labels, ...rights }, rules);
  if (refused !== undefined) return refused;
  const spec = cloneService(instance, order, { spec: object.Spec, template, rules });
  if (spec === undefined) return reject("bad-definition", `service ${name} is not one of containers`);
  return { kind: "specified", spec };
}

/**
 * Anyone who may change a service's labels may change all of it, so the same service needs no more than labels of ours.
 */
async function isDeclarer(
  { ID, Spec }: Service,
  order: AttemptOrder,
  { name, version, id }: ObjectRef,
  reader: RunReader & Pick<Workshop, "foreign">,
): Promise<boolean> {
  const labels = Spec.Labels ?? {};
  if (ID === id) return declaresJobs(labels, reader.labelPrefix) || reader.foreign?.declares(labels) === true;
  const { declaresRun } = await import("../../definition/labels/declares-run.ts");
  return declaresRun(order, { kind: "service", id: ID, name, version, labels }, reader);
}

function reject(reason: RejectReason, message: string): Rejection {
  return { kind: "rejected", reason, message };
}

/**
 * A copy of a labelled service: what its tasks are made from, verbatim, except for what would make it answer in the
 * template's name (aliases) and for what a run must be. How the template is published, scaled, updated and restarted is
 * not copied. Undefined if there is nothing to run: the service is not one of containers.
 */
export function cloneService(
  instance: string,
  order: AttemptOrder,
  of: { readonly spec: ServiceSpec; readonly template: CloneTemplate; readonly rules: PrefixRule },
): ServiceSpec | undefined {
  const { TaskTemplate, Networks } = of.spec;
  if (!TaskTemplate.ContainerSpec) return undefined;
  const { Resources, Placement, LogDriver } = TaskTemplate;
  const networks = (TaskTemplate.Networks ?? Networks ?? []).map(withoutAliases);
  return inertService(instance, order, {
    ContainerSpec: cloneContainerSpec(TaskTemplate.ContainerSpec, order, of),
    ...(Resources && { Resources }),
    ...placementOf(Placement, of.template),
    ...(LogDriver ? { LogDriver } : {}),
    ...(networks.length > 0 && { Networks: networks }),
  });
}

function placementOf(
  theirs: ServiceSpec["TaskTemplate"]["Placement"],
  { node }: CloneTemplate,
): Pick<ServiceSpec["TaskTemplate"], "Placement"> {
  if (node === undefined) return theirs ? { Placement: theirs } : {};
  return { Placement: { ...theirs, Constraints: [...(theirs?.Constraints ?? []), `node.id==${node.id}`] } };
}

function cloneContainerSpec(
  theirs: ServiceContainerSpec,
  order: AttemptOrder,
  { template, rules }: { readonly template: CloneTemplate; readonly rules: PrefixRule },
): ServiceContainerSpec {
  const { command, entrypoint, environment, user, workingDir, stopSignal, init } = template;
  return {
    ...theirs,
    // The command was meant for the entrypoint that is replaced.
    ...(entrypoint && { Command: entrypoint, Args: [] }),
    ...(command && { Args: command }),
    ...(user !== undefined && { User: user }),
    ...(workingDir !== undefined && { Dir: workingDir }),
    ...(stopSignal !== undefined && { StopSignal: stopSignal }),
    ...(init !== undefined && { Init: init }),
    Env: cloneEnvironment(theirs.Env ?? [], {
      ...environment,
      ...serviceVariables(order, { ...readEnvironment(theirs.Env), ...environment }),
    }),
    Labels: cloneLabels(theirs.Labels ?? {}, rules),
  };
}

function withoutAliases({ Aliases: _aliases, ...network }: NetworkAttachment): NetworkAttachment {
  return network;
}
