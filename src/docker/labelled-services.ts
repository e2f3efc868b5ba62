import type { LabelRules } from "../jobs/label-rules.ts";
import type { LabelledObject } from "../jobs/parse-labels.ts";
import type { Docker } from "./connect.ts";
import type { DockerEvents, EngineEvent } from "./docker-events.ts";
import { isRunService, readLabelledService, type ServiceEntry } from "./labelled-service.ts";
import { service } from "./service-calls.ts";
import { expectShape, listOf } from "./shape.ts";
import { expectStatus } from "./status.ts";

/** The services of a Swarm that declare jobs: not those that run them. For `sources/service-labels.ts`. */
export class LabelledServices {
  readonly #docker: Docker;
  readonly #events: DockerEvents;
  readonly #labelPrefix: string;
  /** The services of runs that were there when they were last listed. */
  #runIds: ReadonlySet<string> = new Set();

  constructor(docker: Docker, events: DockerEvents, { labelPrefix }: Pick<LabelRules, "labelPrefix">) {
    this.#docker = docker;
    this.#events = events;
    this.#labelPrefix = labelPrefix;
  }

  /** All of them, or throws `EngineUnavailable`. One request; only a manager answers it. */
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
   * labels, so every service that is not known to be a run may matter: a run costs one wake, for its creation.
   */
  watch(wake: () => void, signal: AbortSignal): void {
    const onEvent = ({ type, id }: EngineEvent) => {
      if (type === "service" && !this.#runIds.has(id)) wake();
    };
    this.#events.listen({ onEvent, onGap: wake }, signal);
  }
}
