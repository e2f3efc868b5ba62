import type { CloneTemplate } from "../../job/job.ts";
import type { NetworkAttachment, ServiceContainerSpec, ServiceSpec } from "../docker/service-types.ts";
import { cloneEnvironment, cloneLabels, type PrefixRule } from "../docker/specs/clone-spec.ts";
import { runEnvironment } from "../docker/specs/run-labels.ts";
import type { AttemptOrder } from "../engine.ts";
import { inertService } from "./service-spec.ts";

/**
 * A copy of a labelled service: what its tasks are made from, verbatim, but for what would make it answer in the
 * template's name (aliases), and for what a run must be. How the template is published, scaled, updated and restarted
 * is its own. Undefined where there is nothing to run: the service is not one of containers.
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
    ...(Placement && { Placement }),
    ...(LogDriver ? { LogDriver } : {}),
    ...(networks.length > 0 && { Networks: networks }),
  });
}

function cloneContainerSpec(
  theirs: ServiceContainerSpec,
  order: AttemptOrder,
  { template, rules }: { readonly template: CloneTemplate; readonly rules: PrefixRule },
): ServiceContainerSpec {
  const { command, entrypoint, environment, user, workingDir, stopSignal, init } = template;
  return {
    ...theirs,
    // The command was meant for the entrypoint that is not there any more.
    ...(entrypoint && { Command: entrypoint, Args: [] }),
    ...(command && { Args: command }),
    ...(user !== undefined && { User: user }),
    ...(workingDir !== undefined && { Dir: workingDir }),
    ...(stopSignal !== undefined && { StopSignal: stopSignal }),
    ...(init !== undefined && { Init: init }),
    Env: cloneEnvironment(theirs.Env ?? [], { ...environment, ...runEnvironment(order) }),
    Labels: cloneLabels(theirs.Labels ?? {}, rules),
  };
}

function withoutAliases({ Aliases: _aliases, ...network }: NetworkAttachment): NetworkAttachment {
  return network;
}
