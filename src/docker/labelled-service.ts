import { hashOf } from "../jobs/job-hash.ts";
import type { LabelledObject } from "../jobs/parse-labels.ts";
import { declaresJobs, type Labels, OUR_LABELS_PREFIX, RUN_LABELS } from "./run-labels.ts";

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
    } | null;
  };
}

interface TaskTemplate {
  readonly ContainerSpec?: {
    readonly Labels?: Labels | null;
    /** Nanoseconds. */
    readonly StopGracePeriod?: number | null;
  } | null;
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
export function readLabelledService(service: ServiceEntry): LabelledObject | undefined {
  const { ID, CreatedAt, Spec } = service;
  const labels = Spec.Labels ?? {};
  const misplaced = misplacedLabels(labels, containerLabels(Spec.TaskTemplate));
  if (isRunService(service) || (!declaresJobs(labels) && misplaced.length === 0)) return undefined;
  const stopGracePeriodNs = Spec.TaskTemplate.ContainerSpec?.StopGracePeriod ?? undefined;
  return {
    kind: "service",
    id: ID,
    name: Spec.Name,
    version: versionOf(Spec.TaskTemplate),
    labels,
    running: isRunning(Spec),
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

function containerLabels({ ContainerSpec }: TaskTemplate): Labels {
  return ContainerSpec?.Labels ?? {};
}

function misplacedLabels(own: Labels, ofContainers: Labels): string[] {
  const isMisplaced = (label: string) => label.startsWith(OUR_LABELS_PREFIX) && !Object.hasOwn(own, label);
  return Object.keys(ofContainers).filter(isMisplaced).sort();
}
