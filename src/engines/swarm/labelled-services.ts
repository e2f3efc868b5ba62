import type { LabelledObject } from "../../definition/labels/parse-labels.ts";
import type { LabelRules } from "../../job/label-rules.ts";
import type { Docker } from "../docker/connect.ts";
import type { DockerEvents, EngineEvent } from "../docker/docker-events.ts";
import { service, servicePath } from "../docker/service-calls.ts";
import { expectShape, listOf } from "../docker/shape.ts";
import { expectStatus } from "../docker/status.ts";
import { isRunService, readLabelledService, type ServiceEntry } from "./labelled-service.ts";

/** The services of a Swarm that declare jobs: not those that run them. For `sources/labelled-objects.ts`. */
export class LabelledServices {
  readonly #docker: Docker;
  readonly #events: DockerEvents;
  readonly #labelPrefix: string;
  /** The services of runs that are known to be there. */
  #runIds = new Set<string>();
  /** Of these it is being asked whether they are runs: what is heard of them meanwhile is seen by then. */
  readonly #asked = new Set<string>();

  constructor(docker: Docker, events: DockerEvents, { labelPrefix }: Pick<LabelRules, "labelPrefix">) {
    this.#docker = docker;
    this.#events = events;
    this.#labelPrefix = labelPrefix;
  }

  /** All of them, or throws an `EngineError`. One request; only a manager answers it. */
  async list(signal: AbortSignal): Promise<readonly LabelledObject[]> {
    // Not filtered by the engine: keys like `shipbell.jobs.NAME.schedule` are not known in advance, and labels of
    // containers are nothing that it filters services by.
    const answer = await this.#docker.call({ method: "GET", path: "/services", signal });
    const { body } = expectStatus(answer, "list services", 200);
    const services = expectShape<readonly ServiceEntry[]>(body, listOf(service), "list services");
    this.#runIds = new Set(services.filter(isRunService).map(({ ID }) => ID));
    return services.flatMap((service) => readLabelledService(service, this.#labelPrefix) ?? []);
  }

  /**
   * Calls `wake` whenever `list` may answer differently, until `signal` is aborted. An event of a service tells no
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

  /** What cannot be asked for may be anything: whoever lists all hears what is wrong. */
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
