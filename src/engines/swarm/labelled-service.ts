import type { LabelledObject } from "../../definition/labels/parse-labels.ts";
import { hashOf } from "../../job/job-hash.ts";
import type { ServiceContainerSpec } from "../docker/service-types.ts";
import { declaresJobs, type Labels, RUN_LABELS } from "../docker/specs/run-labels.ts";
import { rightsOfService } from "../docker/specs/whose-rights.ts";

/** An entry of `GET /services`, as far as it is read here. */
export interface ServiceEntry {
  readonly ID: string;
  readonly CreatedAt: string;
  readonly Spec: {
    readonly Name: string;
    readonly Labels?: Labels | null;
    readonly TaskTemplate: TaskTemplate;
    readonly Mode?: {
      readonly Replicated?: { readonly Replicas?: number | null } | null;
      readonly Global?: object | null;
      readonly ReplicatedJob?: { readonly TotalCompletions?: number | null } | null;
      readonly GlobalJob?: object | null;
    } | null;
  };
}

interface TaskTemplate {
  readonly ContainerSpec?: ServiceContainerSpec | null;
  /** A counter, which makes Swarm start the tasks anew. */
  readonly ForceUpdate?: number;
}

/** True for the service of a run, of whatever instance. */
export function isRunService({ Spec }: ServiceEntry): boolean {
  return (
    Spec.Labels?.[RUN_LABELS.run] !== undefined || containerLabels(Spec.TaskTemplate)[RUN_LABELS.run] !== undefined
  );
}

/** Undefined for a service that neither declares jobs nor tries to. */
export function readLabelledService(service: ServiceEntry, labelPrefix: string): LabelledObject | undefined {
  const { ID, CreatedAt, Spec } = service;
  const labels = Spec.Labels ?? {};
  const misplaced = misplacedLabels(labels, containerLabels(Spec.TaskTemplate), labelPrefix);
  if (isRunService(service) || (!declaresJobs(labels, labelPrefix) && misplaced.length === 0)) return undefined;
  const stopGracePeriodNs = Spec.TaskTemplate.ContainerSpec?.StopGracePeriod ?? undefined;
  return {
    kind: "service",
    id: ID,
    name: Spec.Name,
    version: versionOf(Spec.TaskTemplate),
    labels,
    running: isRunning(Spec),
    ...spreadOf(Spec),
    ...rightsOfService(Spec.TaskTemplate.ContainerSpec ?? { Image: "" }),
    createdAt: new Date(CreatedAt),
    ...(stopGracePeriodNs !== undefined && { stopGracePeriodMs: Math.round(stopGracePeriodNs / 1e6) }),
    ...(misplaced.length > 0 && { misplaced }),
  };
}

/** What a run is copied from. Not the version that Swarm counts: every `stack deploy` raises that, whatever it changes. */
function versionOf({ ForceUpdate, ...copied }: TaskTemplate): string {
  return hashOf(copied);
}

/** A service in one of the job modes is none that goes on running: it has run its command once, and ended. */
function isRunning({ Mode }: ServiceEntry["Spec"]): boolean {
  if (Mode?.Global) return true;
  // Swarm takes one replica where no number is given.
  return Mode?.Replicated ? (Mode.Replicated.Replicas ?? 1) > 0 : false;
}

/** A service whose tasks are more than one by its mode. */
function spreadOf({ Mode }: ServiceEntry["Spec"]): Pick<LabelledObject, "spread"> {
  if (Mode?.GlobalJob) return { spread: { mode: "global-job" } };
  if (Mode?.Global) return { spread: { mode: "global" } };
  const completions = Mode?.ReplicatedJob?.TotalCompletions ?? 1;
  return Mode?.ReplicatedJob && completions > 1 ? { spread: { mode: "replicated-job", completions } } : {};
}

function containerLabels({ ContainerSpec }: TaskTemplate): Labels {
  return ContainerSpec?.Labels ?? {};
}

function misplacedLabels(own: Labels, ofContainers: Labels, labelPrefix: string): string[] {
  const isMisplaced = (label: string) => label.startsWith(`${labelPrefix}.`) && !Object.hasOwn(own, label);
  return Object.keys(ofContainers).filter(isMisplaced).sort();
}
