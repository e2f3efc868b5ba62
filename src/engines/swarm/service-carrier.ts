import type { Clock } from "../../clock.ts";
import { SecretDigests } from "../../definition/secret-digest.ts";
import type { LabelRules } from "../../job/label-rules.ts";
import type { Usage } from "../../ledger/record.ts";
import type { Docker } from "../docker/connect.ts";
import type { DockerEvents, EngineEvent } from "../docker/docker-events.ts";
import type { RegistryCredentials } from "../docker/registry/registry-auth.ts";
import { listServices, removeService } from "../docker/services.ts";
import { RUN_LABELS } from "../docker/specs/run-labels.ts";
import { orForbidden } from "../docker/status.ts";
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
import { ImagePins } from "./pin-image.ts";
import { prepareService } from "./prepare-service.ts";
import { readOwnService } from "./read-tasks.ts";
import { followServiceLogs } from "./service-logs.ts";
import { ServiceSight, SwarmView } from "./service-sight.ts";
import { activateService, stopService, withdrawService } from "./start-stop.ts";
import { TaskWatch } from "./task-watch.ts";

interface ServiceCarrierParts {
  /** A manager. */
  readonly docker: Docker;
  readonly events: DockerEvents;
  /** The instance that the objects belong to. */
  readonly instance: string;
  readonly credentials?: Pick<RegistryCredentials, "headerFor">;
  /** What may be copied. Default: the default of the settings. */
  readonly rules?: LabelRules;
  readonly clock: Clock;
}

/** A container's label, from Swarm. */
const SERVICE_ID = "com.docker.swarm.service.id";

/**
 * Attempts are services of a Swarm: replicated, with one replica that is never restarted, and none before it is
 * activated. What the managers know is the truth; events, and a poll of the tasks, only wake.
 */
export class ServiceCarrier implements Carrier {
  readonly carries = ["compose", "clone"];
  readonly #parts: ServiceCarrierParts;
  readonly #digests = new SecretDigests();
  readonly #made = new Map<string, ObjectName>();
  readonly #pins: ImagePins;
  readonly #tasks: TaskWatch;
  readonly #sight: ServiceSight;
  readonly #usage: ContainerUsage;
  /** The node whose engine this is. */
  #ownNode: Promise<string | undefined> | undefined;

  constructor(parts: ServiceCarrierParts) {
    const { docker, instance, clock } = parts;
    const view = new SwarmView(docker, instance);
    this.#parts = parts;
    this.#pins = new ImagePins(parts);
    this.#usage = new ContainerUsage(docker);
    this.#tasks = new TaskWatch({ clock, readTasks: () => view.tasks() });
    this.#sight = new ServiceSight({ ...parts, view, tasks: this.#tasks });
  }

  /** It owns whatever no other carrier of the engine does. */
  owns(): boolean {
    return true;
  }

  keepsOutput(): boolean {
    return false;
  }

  async list(): Promise<readonly OwnObject[]> {
    const { docker, instance } = this.#parts;
    const services = await listServices(docker, instance);
    return services.flatMap((service) => readOwnService(instance, service) ?? []);
  }

  look(objectIds: readonly string[]): Promise<ReadonlyMap<string, ObjectState>> {
    return this.#sight.look(objectIds);
  }

  prepare(order: AttemptOrder): Promise<Prepared> {
    const workshop = { ...this.#parts, pins: this.#pins, digests: this.#digests, made: this.#made };
    return orForbidden(() => prepareService(workshop, order));
  }

  preparesAhead(): boolean {
    return true;
  }

  async activate({ id }: ObjectName): Promise<Activated> {
    this.#forget(id);
    const activated = await activateService(this.#parts.docker, id);
    if (activated.kind === "activated") this.#tasks.begin(id);
    return activated;
  }

  activateAgain(objectId: string): Promise<Activated> {
    return this.activate({ id: objectId, name: objectId });
  }

  stop(objectId: string, gracePeriodMs: number): Promise<void> {
    return stopService({ ...this.#parts, ...this.#eyes() }, objectId, gracePeriodMs);
  }

  withdraw(objectId: string): Promise<void> {
    this.#forget(objectId);
    return withdrawService({ ...this.#parts, ...this.#eyes() }, objectId);
  }

  remove(objectId: string): Promise<void> {
    this.#forget(objectId);
    return removeService(this.#parts.docker, objectId);
  }

  logs(objectId: string, options: LogOptions, signal: AbortSignal): AsyncIterable<OutputLine> {
    return followServiceLogs({ ...this.#parts, ...this.#eyes() }, objectId, { ...options, signal });
  }

  /** Managers do not know it of other nodes. */
  async usage(objectId: string, signal: AbortSignal): Promise<Usage | undefined> {
    const container = this.#tasks.containerOf(objectId);
    if (container === undefined || container.nodeId !== (await this.#findOwnNode())) return undefined;
    return this.#usage.read(container.id, signal);
  }

  #findOwnNode(): Promise<string | undefined> {
    this.#ownNode ??= this.#parts.docker.info().then(
      ({ swarm }) => swarm.nodeId,
      (error) => {
        this.#ownNode = undefined;
        throw error;
      },
    );
    return this.#ownNode;
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    this.#tasks.listen((_, job) => wake(job), signal);
    this.#parts.events.listen({ onEvent: (event) => this.#onEvent(event, wake), onGap: () => wake() }, signal);
  }

  /** Events of services tell no labels, and nothing of tasks. Those of containers come from this engine only, before their tasks'. */
  #onEvent({ type, action, id, attributes }: EngineEvent, wake: (job?: string) => void): void {
    if (type === "node" && attributes["state.new"] !== undefined) wake();
    if (type === "service" && action === "remove" && this.#tasks.isActive(id)) wake(this.#tasks.jobOf(id));
    if (type !== "container" || action !== "die" || attributes[RUN_LABELS.instance] !== this.#parts.instance) return;
    const serviceId = attributes[SERVICE_ID] ?? "";
    if (this.#tasks.isActive(serviceId)) this.#tasks.hurry(serviceId);
    else wake(attributes[RUN_LABELS.job]);
  }

  #forget(objectId: string): void {
    for (const [name, { id }] of this.#made) if (id === objectId) this.#made.delete(name);
  }

  #eyes() {
    return { tasks: this.#tasks, look: async (id: string) => (await this.look([id])).get(id) };
  }
}
