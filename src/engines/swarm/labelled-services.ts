import type { LabelledObject, ServiceDeploy } from "../../definition/labels/labelled-object.ts";
import { hashOf } from "../../job/job-hash.ts";
import type { Docker } from "../docker/connect.ts";
import type { DockerEvents, EngineEvent } from "../docker/docker-events.ts";
import { type ServiceContainerSpec, service, servicePath } from "../docker/services.ts";
import { expectShape, listOf } from "../docker/shape.ts";
import { rightsOfService } from "../docker/specs/copy.ts";
import { declaresAny, type LabelReader, type Labels, RUN_LABELS } from "../docker/specs/run-labels.ts";
import { expectStatus } from "../docker/status.ts";

/** The services of a Swarm that declare jobs: not those that run them. For `sources/labelled-objects.ts`. */
export class LabelledServices {
  readonly #docker: Docker;
  readonly #events: DockerEvents;
  readonly #reader: LabelReader;
  /** The IDs of known services of runs. */
  #runIds = new Set<string>();
  /** The IDs of services that are being inspected. Their events in the meantime can be ignored. */
  readonly #asked = new Set<string>();

  constructor(docker: Docker, events: DockerEvents, reader: LabelReader) {
    this.#docker = docker;
    this.#events = events;
    this.#reader = reader;
  }

  /** Lists all of them, or throws an `EngineError`. One request; only a manager answers it. */
  async list(signal: AbortSignal): Promise<readonly LabelledObject[]> {
    // The engine cannot filter them: keys like `shipbell.jobs.NAME.schedule` are not known in advance, and it does not
    // filter services by labels of their containers.
    const answer = await this.#docker.call({ method: "GET", path: "/services", signal });
    const { body } = expectStatus(answer, "list services", 200);
    const services = expectShape<readonly ServiceEntry[]>(body, listOf(service), "list services");
    this.#runIds = new Set(services.filter(isRunService).map(({ ID }) => ID));
    return services.flatMap((service) => readLabelledService(service, this.#reader) ?? []);
  }

  /**
   * Calls `wake` whenever `list` may return something else, until `signal` is aborted. An event of a service tells no
   * labels, so one that is new is asked for: a run costs one request for its service, however many there are.
   */
  watch(wake: () => void, signal: AbortSignal): void {
    const onEvent = ({ type, action, id }: EngineEvent) => {
      if (type !== "service" || this.#asked.has(id)) return;
      const isRun = action === "remove" ? this.#runIds.delete(id) : this.#runIds.has(id);
      if (isRun) return;
      if (action === "create") void this.#meet(id, wake);
      else wake();
    };
    this.#events.listen({ onEvent, onGap: wake }, signal);
  }

  /** A service that cannot be inspected may be anything: the next list reports what is wrong. */
  async #meet(id: string, wake: () => void): Promise<void> {
    this.#asked.add(id);
    const isRun = await this.#isRun(id).catch(() => false);
    this.#asked.delete(id);
    if (isRun) this.#runIds.add(id);
    else wake();
  }

  async #isRun(id: string): Promise<boolean> {
    const what = `inspect service ${id}`;
    const answer = await this.#docker.call({ method: "GET", path: servicePath(id) });
    return isRunService(expectShape<ServiceEntry>(expectStatus(answer, what, 200).body, service, what));
  }
}

/** The parts of an entry of `GET /services` that are read here. */
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
  /** Without it Swarm starts a task again whenever it ends. */
  readonly RestartPolicy?: {
    readonly Condition?: string;
    readonly MaxAttempts?: number | null;
    readonly Delay?: number | null;
  } | null;
  readonly Placement?: { readonly Constraints?: readonly string[] | null } | null;
  /** A counter: raising it makes Swarm restart the tasks. */
  readonly ForceUpdate?: number;
}

/** True for the service of a run, of any instance. */
export function isRunService({ Spec }: ServiceEntry): boolean {
  return (
    Spec.Labels?.[RUN_LABELS.run] !== undefined || containerLabels(Spec.TaskTemplate)[RUN_LABELS.run] !== undefined
  );
}

/** Undefined for a service that neither declares jobs nor tries to. */
export function readLabelledService(service: ServiceEntry, reader: LabelReader): LabelledObject | undefined {
  const { ID, CreatedAt, Spec } = service;
  const labels = Spec.Labels ?? {};
  const misplaced = misplacedLabels(labels, containerLabels(Spec.TaskTemplate), reader.labelPrefix);
  if (isRunService(service) || (!declaresAny(labels, reader) && misplaced.length === 0)) return undefined;
  const stopGracePeriodNs = Spec.TaskTemplate.ContainerSpec?.StopGracePeriod ?? undefined;
  return {
    kind: "service",
    id: ID,
    name: Spec.Name,
    version: versionOf(Spec.TaskTemplate),
    labels,
    running: isRunning(Spec),
    ...spreadOf(Spec),
    ...(reader.foreign && { deploy: deployOf(Spec) }),
    ...constraintsOf(Spec),
    ...rightsOfService(Spec.TaskTemplate.ContainerSpec ?? { Image: "" }),
    createdAt: new Date(CreatedAt),
    ...(stopGracePeriodNs !== undefined && { stopGracePeriodMs: Math.round(stopGracePeriodNs / 1e6) }),
    ...(misplaced.length > 0 && { misplaced }),
  };
}

/** A hash of what a run is copied from. Not the version that Swarm counts: every `stack deploy` raises that. */
function versionOf({ ForceUpdate, ...copied }: TaskTemplate): string {
  return hashOf(copied);
}

/** A service in one of the job modes does not keep running: it runs its command once and ends. */
function isRunning({ Mode }: ServiceEntry["Spec"]): boolean {
  if (Mode?.Global) return true;
  // Swarm defaults to one replica.
  return Mode?.Replicated ? (Mode.Replicated.Replicas ?? 1) > 0 : false;
}

/** How a service comes to have more than one task by its mode. */
function spreadOf({ Mode }: ServiceEntry["Spec"]): Pick<LabelledObject, "spread"> {
  if (Mode?.GlobalJob) return { spread: { mode: "global-job" } };
  if (Mode?.Global) return { spread: { mode: "global" } };
  const completions = Mode?.ReplicatedJob?.TotalCompletions ?? 1;
  return Mode?.ReplicatedJob && completions > 1 ? { spread: { mode: "replicated-job", completions } } : {};
}

function constraintsOf({ TaskTemplate }: ServiceEntry["Spec"]): Pick<LabelledObject, "constraints"> {
  const constraints = TaskTemplate.Placement?.Constraints ?? [];
  return constraints.length > 0 ? { constraints } : {};
}

function deployOf({ Mode, TaskTemplate }: ServiceEntry["Spec"]): ServiceDeploy {
  const { Condition, MaxAttempts, Delay } = TaskTemplate.RestartPolicy ?? {};
  const restart = {
    condition: Condition === "none" || Condition === "on-failure" ? Condition : "any",
    ...(MaxAttempts && { attempts: MaxAttempts }),
    ...(typeof Delay === "number" && { delayMs: Math.round(Delay / 1e6) }),
  } as const;
  if (Mode?.Global) return { mode: "global", replicas: 1, restart };
  if (Mode?.GlobalJob) return { mode: "global-job", replicas: 1, restart };
  if (Mode?.ReplicatedJob)
    return { mode: "replicated-job", replicas: Mode.ReplicatedJob.TotalCompletions ?? 1, restart };
  return { mode: "replicated", replicas: Mode?.Replicated?.Replicas ?? 1, restart };
}

function containerLabels({ ContainerSpec }: TaskTemplate): Labels {
  return ContainerSpec?.Labels ?? {};
}

function misplacedLabels(own: Labels, ofContainers: Labels, labelPrefix: string): string[] {
  const isMisplaced = (label: string) => label.startsWith(`${labelPrefix}.`) && !Object.hasOwn(own, label);
  return Object.keys(ofContainers).filter(isMisplaced).sort();
}
