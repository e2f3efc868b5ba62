import type { LabelledObject } from "../../definition/labels/labelled-object.ts";
import { LONGEST_MS } from "../../definition/values/duration.ts";
import type { Docker } from "../docker/connect.ts";
import {
  type ContainerInspect,
  type ContainerSummary,
  inspectContainer,
  listContainers,
} from "../docker/containers.ts";
import type { DockerEvents, EngineEvent } from "../docker/docker-events.ts";
import { inParallel } from "../docker/parallel.ts";
import { containerName, isRunning } from "../docker/read-container.ts";
import { type Rights, rightsOfContainer } from "../docker/specs/copy.ts";
import { declaresAny, type LabelReader, type Labels } from "../docker/specs/run-labels.ts";

const LOOKS_AT_ONCE = 8;

/** The events that may change which labelled containers there are, their names, or whether they run. */
const TELLING_ACTIONS = ["create", "start", "die", "destroy", "remove", "rename"];

/** What only an inspection tells about a container, and what never changes. */
type Fixed = Pick<LabelledObject, "stopGracePeriodMs" | "createdAt"> & Rights;

/** The containers of one engine that declare jobs: not those that run them. For `sources/labelled-objects.ts`. */
export class LabelledContainers {
  readonly #docker: Docker;
  readonly #events: DockerEvents;
  readonly #declares: (labels: Labels) => boolean;
  #fixed = new Map<string, Fixed>();

  constructor(docker: Docker, events: DockerEvents, reader: LabelReader) {
    this.#docker = docker;
    this.#events = events;
    this.#declares = (labels) => declaresAny(labels, reader);
  }

  /**
   * Lists all of them, or throws an `EngineError`. Takes one request, and one more for each container not seen before.
   */
  async list(signal: AbortSignal): Promise<readonly LabelledObject[]> {
    // The engine cannot filter them: keys like `shipbell.jobs.NAME.schedule` are not known in advance.
    const all = await listContainers(this.#docker, { signal });
    const declaring = all.filter(({ Labels }) => this.#declares(Labels ?? {}));
    const read = await inParallel(declaring, LOOKS_AT_ONCE, async (summary) => {
      const fixed =
        this.#fixed.get(summary.Id) ?? readFixed(await inspectContainer(this.#docker, summary.Id, { signal }));
      return fixed === undefined ? [] : [{ ...fixed, ...readLabelled(summary) }];
    });
    const objects = read.flat();
    this.#fixed = new Map(objects.map((object) => [object.id, object]));
    return objects;
  }

  /** Calls `wake` whenever `list` may return something else, until `signal` is aborted. */
  watch(wake: () => void, signal: AbortSignal): void {
    const isTelling = ({ type, action, attributes }: EngineEvent) =>
      type === "container" && TELLING_ACTIONS.includes(action) && this.#declares(attributes);
    const onEvent = (event: EngineEvent) => {
      if (isTelling(event)) wake();
    };
    this.#events.listen({ onEvent, onGap: wake }, signal);
  }
}

function readLabelled(summary: ContainerSummary): Omit<LabelledObject, keyof Fixed> {
  return {
    kind: "container",
    id: summary.Id,
    name: containerName(summary.Names),
    // What a container is made from changes only when it is created again.
    version: summary.Id,
    labels: summary.Labels ?? {},
    running: isRunning(summary.State),
  };
}

/** Undefined if it is gone by now. */
function readFixed(container: ContainerInspect | undefined): Fixed | undefined {
  const seconds = container?.Config.StopTimeout;
  return (
    container && {
      ...rightsOfContainer(container),
      createdAt: new Date(container.Created),
      // Negative means never killed. Then our own default applies.
      ...(typeof seconds === "number" && seconds >= 0 && { stopGracePeriodMs: Math.min(seconds * 1000, LONGEST_MS) }),
    }
  );
}
