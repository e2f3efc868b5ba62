import type { Clock } from "../../clock.ts";
import type { LabelRules } from "../../job/label-rules.ts";
import type { Docker } from "../docker/connect.ts";
import { inspectContainer, listContainers, removeContainer } from "../docker/containers.ts";
import type { DockerEvents, EngineEvent } from "../docker/docker-events.ts";
import { inParallel } from "../docker/in-parallel.ts";
import { judgeInit } from "../docker/init-failure.ts";
import { followLogs } from "../docker/output/log-stream.ts";
import { readContainerState, readOwnContainer } from "../docker/read-container.ts";
import { imageUsed } from "../docker/registry/image-used.ts";
import { pullImage } from "../docker/registry/images.ts";
import type { RegistryCredentials } from "../docker/registry/registry-auth.ts";
import { RUN_LABELS } from "../docker/specs/run-labels.ts";
import { orForbidden, unlessDown } from "../docker/status.ts";
import {
  type Activated,
  type AttemptOrder,
  type Engine,
  EngineTrouble,
  type EngineVersion,
  type LogOptions,
  type ObjectName,
  type ObjectState,
  type OutputLine,
  type OwnObject,
  type Prepared,
  type Pulled,
} from "../engine.ts";
import { ExecEngine } from "../exec/exec-engine.ts";
import { readExecId } from "../exec/exec-id.ts";
import { prepareContainer } from "./prepare-container.ts";
import { startContainer, startContainerAgain, stopContainer, withdrawContainer } from "./start-stop.ts";

export interface ContainerEngineParts {
  readonly docker: Docker;
  readonly events: DockerEvents;
  readonly clock: Clock;
  /** Whose objects these are. */
  readonly instance: string;
  readonly credentials?: Pick<RegistryCredentials, "headerFor">;
  /** What may be copied. Default: as where no setting says otherwise. */
  readonly rules?: LabelRules;
}

/** How long an engine that answers may take to say which version it is. */
const GREET_WITHIN_MS = 10_000;
const LOOKS_AT_ONCE = 8;
/** What may have changed the state of a run. Its creation is our own doing, and changes nothing. */
const TELLING_ACTIONS = ["start", "die", "destroy"];

/**
 * Attempts are containers of one Docker Engine (the list is the truth; events only wake), or commands in containers that
 * run already, which are told by their IDs.
 */
export class ContainerEngine implements Engine {
  readonly kind = "container";
  readonly keepsEnded = true;
  readonly keepsOutput = (objectId: string) => !isExec(objectId);
  readonly #parts: ContainerEngineParts;
  readonly #execs: ExecEngine;
  readonly #made = new Set<string>();
  /** By name and definition. A request that is repeated while its container is being made gets the same one. */
  readonly #preparing = new Map<string, Promise<Prepared>>();

  constructor(parts: ContainerEngineParts) {
    this.#parts = parts;
    this.#execs = new ExecEngine(parts);
  }

  async greet(): Promise<EngineVersion> {
    const { docker } = this.#parts;
    await docker.ping();
    const version = await docker.version(GREET_WITHIN_MS).catch(unlessDown);
    return { version: version ?? "unknown", apiVersion: await docker.apiVersion() };
  }

  /** Commands in other containers are in no list. `inert` also for a container whose start failed: only `look` tells them apart. */
  async list(): Promise<readonly OwnObject[]> {
    const { docker, instance } = this.#parts;
    const summaries = await listContainers(docker, { label: `${RUN_LABELS.instance}=${instance}` });
    return summaries.flatMap((summary) => readOwnContainer(instance, summary) ?? []);
  }

  async look(objectIds: readonly string[]): Promise<ReadonlyMap<string, ObjectState>> {
    const seen = await inParallel(objectIds, LOOKS_AT_ONCE, async (id) => {
      const look = isExec(id) ? this.#execs.look(id) : lookAt(this.#parts.docker, id);
      return [id, await look.catch(unclear)] as const;
    });
    return new Map(seen.flatMap(([id, state]) => (state === undefined ? [] : [[id, state]])));
  }

  prepare(order: AttemptOrder): Promise<Prepared> {
    const { template } = order;
    return orForbidden<Prepared>(() =>
      template.kind === "exec" ? this.#execs.prepare(order, template) : this.#prepareOnce(order),
    );
  }

  #prepareOnce(order: AttemptOrder): Promise<Prepared> {
    const key = `${order.objectName} ${order.definition}`;
    const known = this.#preparing.get(key);
    if (known !== undefined) return known;
    const preparing = prepareContainer({ ...this.#parts, made: this.#made }, order).finally(() => {
      this.#preparing.delete(key);
    });
    this.#preparing.set(key, preparing);
    return preparing;
  }

  pull(image: string, signal: AbortSignal, platform?: string): Promise<Pulled> {
    const { docker, credentials } = this.#parts;
    return pullImage(docker, image, { registryAuth: credentials?.headerFor(image), signal, platform });
  }

  activate(object: ObjectName): Promise<Activated> {
    this.#made.delete(object.id);
    return isExec(object.id) ? this.#execs.activate(object.id) : startContainer(this.#parts.docker, object);
  }

  activateAgain(objectId: string): Promise<Activated> {
    return isExec(objectId) ? this.#execs.activateAgain(objectId) : startContainerAgain(this.#parts.docker, objectId);
  }

  stop(objectId: string, gracePeriodMs: number): Promise<void> {
    if (isExec(objectId)) return this.#execs.stop(objectId, gracePeriodMs);
    return stopContainer(this.#parts.docker, objectId, gracePeriodMs);
  }

  async withdraw(objectId: string): Promise<void> {
    if (isExec(objectId)) return this.#execs.withdraw(objectId);
    await withdrawContainer(this.#parts.docker, objectId);
    this.#made.delete(objectId);
  }

  async remove(objectId: string): Promise<void> {
    if (isExec(objectId)) return this.#execs.remove(objectId);
    const { docker } = this.#parts;
    this.#made.delete(objectId);
    const container = await inspectContainer(docker, objectId);
    if (container !== undefined) await removeContainer(docker, container, "killed");
  }

  logs(objectId: string, options: LogOptions, signal: AbortSignal): AsyncIterable<OutputLine> {
    if (isExec(objectId)) return this.#execs.logs(objectId, options, signal);
    return followLogs(this.#parts.docker, objectId, { ...options, signal });
  }

  watch(wake: (job?: string) => void, signal: AbortSignal): void {
    const { events, instance } = this.#parts;
    const onEvent = ({ type, action, attributes }: EngineEvent) => {
      if (type !== "container" || attributes[RUN_LABELS.instance] !== instance) return;
      if (TELLING_ACTIONS.includes(action)) wake(attributes[RUN_LABELS.job]);
    };
    events.listen({ onEvent, onGap: () => wake() }, signal);
    this.#execs.watch(wake);
  }
}

/** One that cannot be looked at hides no other. */
function unclear(error: unknown): ObjectState {
  if (!(error instanceof EngineTrouble)) throw error;
  return { phase: "unclear", trouble: error };
}

function isExec(objectId: string): boolean {
  return readExecId(objectId) !== undefined;
}

/** Undefined when there is no such container, or it is as good as gone. */
async function lookAt(docker: Docker, id: string): Promise<ObjectState | undefined> {
  const container = await inspectContainer(docker, id);
  const state = container && readContainerState(container.State, container.HostConfig.Memory);
  const judged = container && state && (await judgeInit(docker, container, state));
  return container && judged?.phase === "ended" ? { ...judged, image: await imageUsed(docker, container) } : judged;
}
