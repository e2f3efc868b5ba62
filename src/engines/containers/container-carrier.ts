import type { Template } from "../../job/job.ts";
import type { LabelRules } from "../../job/label-rules.ts";
import type { Usage } from "../../ledger/record.ts";
import type { Docker } from "../docker/connect.ts";
import { inspectContainer, listContainers, removeContainer } from "../docker/containers.ts";
import type { DockerEvents, EngineEvent } from "../docker/docker-events.ts";
import { judgeInit } from "../docker/init-failure.ts";
import { followLogs } from "../docker/output/log-stream.ts";
import { inParallel } from "../docker/parallel.ts";
import { readContainerState, readOwnContainer } from "../docker/read-container.ts";
import { ImagesUsed } from "../docker/registry/image-used.ts";
import { RUN_LABELS } from "../docker/specs/run-labels.ts";
import { orForbidden, orUnclear } from "../docker/status.ts";
import { ContainerUsage } from "../docker/usage.ts";
import type {
  Activated,
  AttemptOrder,
  Carrier,
  LogOptions,
  ObjectName,
  ObjectState,
  OutputLine,
  OwnObject,
  Prepared,
} from "../engine.ts";
import { type MadeContainer, prepareContainer } from "./prepare-container.ts";
import { startContainer, startContainerAgain, stopContainer, withdrawContainer } from "./start-stop.ts";

interface ContainerCarrierParts {
  readonly docker: Docker;
  readonly events: DockerEvents;
  /** The instance that the objects belong to. */
  readonly instance: string;
  /** What may be copied. Default: the default of the settings. */
  readonly rules?: LabelRules;
}

const LOOKS_AT_ONCE = 8;
/** The events that may change the state of a run. Creation is our own doing and changes nothing. */
const TELLING_ACTIONS = ["start", "die", "destroy", "remove"];

/** Attempts are containers of one Docker Engine. Its list is the truth; its events only wake. */
export class ContainerCarrier implements Carrier {
  readonly carries = ["compose", "clone"];
  readonly #parts: ContainerCarrierParts;
  readonly #made = new Map<string, MadeContainer>();
  /** By name, definition and trigger. A request that is repeated while its container is being made gets the same one. */
  readonly #preparing = new Map<string, Promise<Prepared>>();
  readonly #images = new ImagesUsed();
  readonly #usage: ContainerUsage;

  constructor(parts: ContainerCarrierParts) {
    this.#parts = parts;
    this.#usage = new ContainerUsage(parts.docker);
  }

  /** It owns whatever no other carrier of the engine does. */
  owns(): boolean {
    return true;
  }

  keepsOutput(): boolean {
    return true;
  }

  /** `inert` also for a container whose start failed: only `look` tells them apart. */
  async list(): Promise<readonly OwnObject[]> {
    const { docker, instance } = this.#parts;
    const summaries = await listContainers(docker, { label: `${RUN_LABELS.instance}=${instance}` });
    return summaries.flatMap((summary) => readOwnContainer(instance, summary) ?? []);
  }

  /** Containers that cannot be looked at hide no others. */
  async look(objectIds: readonly string[]): Promise<ReadonlyMap<string, ObjectState>> {
    const seen = await inParallel(objectIds, LOOKS_AT_ONCE, async (id) => {
      return [id, await orUnclear(() => this.#lookAt(id))] as const;
    });
    return new Map(seen.flatMap(([id, state]) => (state === undefined ? [] : [[id, state]])));
  }

  /** Undefined when there is no such container, or it is being removed. */
  async #lookAt(id: string): Promise<ObjectState | undefined> {
    const { docker } = this.#parts;
    const container = await inspectContainer(docker, id);
    const state = container && readContainerState(container.State, container.HostConfig.Memory);
    const judged = container && state && (await judgeInit(docker, container, state));
    if (container === undefined || judged === undefined) return this.#images.forget(id);
    if (judged.phase === "running") await this.#images.note(docker, container);
    return judged.phase === "ended" ? { ...judged, image: await this.#images.of(docker, container) } : judged;
  }

  prepare(order: AttemptOrder): Promise<Prepared> {
    return orForbidden<Prepared>(() => this.#prepareOnce(order));
  }

  preparesAhead(template: Template): boolean {
    return template.kind === "clone" || !needsOthers(template);
  }

  #prepareOnce(order: AttemptOrder): Promise<Prepared> {
    const key = `${order.objectName} ${order.definition} ${order.trigger}`;
    const known = this.#preparing.get(key);
    if (known !== undefined) return known;
    const preparing = prepareContainer({ ...this.#parts, made: this.#made }, order).finally(() => {
      this.#preparing.delete(key);
    });
    this.#preparing.set(key, preparing);
    return preparing;
  }

  activate(object: ObjectName): Promise<Activated> {
    this.#made.delete(object.name);
    return startContainer(this.#parts.docker, object);
  }

  activateAgain(objectId: string): Promise<Activated> {
    return startContainerAgain(this.#parts.docker, objectId);
  }

  stop(objectId: string, gracePeriodMs: number): Promise<void> {
    return stopContainer(this.#parts.docker, objectId, gracePeriodMs);
  }

  async withdraw(objectId: string): Promise<void> {
    await withdrawContainer(this.#parts.docker, objectId);
    this.#forget(objectId);
  }

  async remove(objectId: string): Promise<void> {
    const { docker } = this.#parts;
    this.#forget(objectId);
    this.#images.forget(objectId);
    const container = await inspectContainer(docker, objectId);
    if (container !== undefined) await removeContainer(docker, container, "killed");
  }

  #forget(objectId: string): void {
    for (const [name, { id }] of this.#made) if (id === objectId) this.#made.delete(name);
  }

  logs(objectId: string, options: LogOptions, signal: AbortSignal): AsyncIterable<OutputLine> {
    return followLogs(this.#parts.docker, objectId, { ...options, signal });
  }

  usage(objectId: string, signal: AbortSignal): Promise<Usage | undefined> {
    return this.#usage.read(objectId, signal);
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    const { events, instance } = this.#parts;
    const onEvent = ({ type, action, attributes }: EngineEvent) => {
      if (type !== "container" || attributes[RUN_LABELS.instance] !== instance) return;
      if (TELLING_ACTIONS.includes(action)) wake(attributes[RUN_LABELS.job]);
    };
    events.listen({ onEvent, onGap: () => wake() }, signal);
  }
}

/**
 * What another container has, or is, goes into it when it is created; and until it starts, that container may have been
 * replaced by a newer one.
 */
function needsOthers(template: Template): boolean {
  if (template.kind !== "compose") return false;
  const { networks, process = {}, volumesFrom } = template;
  const namespaces = [...networks, process.ipc, process.pid];
  return volumesFrom.length > 0 || namespaces.some((namespace) => namespace?.startsWith("container:"));
}
