import type { Clock } from "../../clock.ts";
import { COMPOSE_LABELS } from "../../definition/labels/labelled-object.ts";
import type { DockerJobRun } from "../engine.ts";
import type { Docker } from "./connect.ts";
import { type ContainerSummary, listContainers } from "./containers.ts";
import type { DockerEvents, EngineEvent } from "./docker-events.ts";
import { containerName } from "./read-container.ts";
import type { Labels } from "./specs/run-labels.ts";

/** On each container in which Docker's own scheduler runs a job. */
const JOB_LABEL = "com.docker.job.id";

interface DockerJobParts {
  readonly docker: Docker;
  readonly events: DockerEvents;
  readonly clock: Clock;
}

interface DockerJobListener {
  /** Called while reading: it must only take note. */
  onRun(run: DockerJobRun): void;
  /** Runs may have begun without a call of `onRun`. */
  onGap(): void;
}

/** What Docker's own scheduler of jobs (Docker Engine 29.10) starts on this engine. */
export class DockerJobs {
  readonly #parts: DockerJobParts;

  constructor(parts: DockerJobParts) {
    this.#parts = parts;
  }

  /** Lists the runs that have a container, or throws an `EngineError`. Takes one request. */
  list(signal: AbortSignal): Promise<readonly DockerJobRun[]> {
    return listDockerJobs(this.#parts.docker, signal);
  }

  /**
   * Listens until `signal` is aborted. The container of a run that succeeds is removed with its end, so that `list` misses most
   * of them. Asks the engine for nothing more: its events are read in any case.
   */
  watch({ onRun, onGap }: DockerJobListener, signal: AbortSignal): void {
    const { events, clock } = this.#parts;
    const onEvent = ({ type, action, attributes }: EngineEvent) => {
      if (type !== "container" || action !== "start") return;
      const { name = "" } = attributes;
      for (const run of readRun(attributes, { container: name, startedAt: clock.now() })) onRun(run);
    };
    events.listen({ onEvent, onGap }, signal);
  }
}

/** As `DockerJobs.list`. */
export async function listDockerJobs(docker: Docker, signal?: AbortSignal): Promise<readonly DockerJobRun[]> {
  const containers = await listContainers(docker, { label: JOB_LABEL, ...(signal && { signal }) });
  return containers.flatMap(readDockerJob);
}

/** The run that the container is of; none where it is of no job. */
export function readDockerJob({ Names, Labels, Created }: ContainerSummary): readonly DockerJobRun[] {
  return readRun(Labels ?? {}, { container: containerName(Names), startedAt: new Date(Created * 1000) });
}

/** Compose labels the container as one of a service with the job's name (docker/compose, `pkg/compose/jobs.go`). */
function readRun(labels: Labels, run: Pick<DockerJobRun, "container" | "startedAt">): readonly DockerJobRun[] {
  const { [COMPOSE_LABELS.project]: project, [COMPOSE_LABELS.service]: job } = labels;
  if (labels[JOB_LABEL] === undefined) return [];
  return [{ ...run, ...(project !== undefined && job !== undefined && { compose: { project, job } }) }];
}
