import type { Docker } from "../docker/connect.ts";
import { listNodes, listServices, listTasks } from "../docker/service-calls.ts";
import type { Service, SwarmNode, Task } from "../docker/service-types.ts";
import type { TasksByService } from "./task-watch.ts";

/** All services of an instance at one moment, by their IDs, and what there is of them. */
export interface Sighting {
  readonly services: ReadonlyMap<string, Service>;
  readonly tasks: TasksByService;
  readonly nodes: ReadonlyMap<string, SwarmNode>;
}

/**
 * Reads all that is ours in a Swarm, in two requests however much it is. Whoever asks while a reading is under way
 * shares the next one with all who do: an answer is never older than its question.
 */
export class SwarmView {
  readonly #docker: Docker;
  readonly #instance: string;
  #nodes: ReadonlyMap<string, SwarmNode> = new Map();
  #reading: Promise<unknown> | undefined;
  #next: Promise<Sighting> | undefined;

  constructor(docker: Docker, instance: string) {
    this.#docker = docker;
    this.#instance = instance;
  }

  /** Throws an `EngineError`. */
  look(): Promise<Sighting> {
    if (this.#next !== undefined) return this.#next;
    if (this.#reading === undefined) return this.#begin();
    this.#next = this.#reading.then(() => this.#begin());
    return this.#next;
  }

  async tasks(): Promise<TasksByService> {
    return groupTasks(await listTasks(this.#docker, this.#instance));
  }

  /** The promise that is kept never rejects: it only says that the reading is over. */
  #begin(): Promise<Sighting> {
    const sighting = this.#read();
    this.#next = undefined;
    const over = () => {
      if (this.#reading === reading) this.#reading = undefined;
    };
    const reading: Promise<void> = sighting.then(over, over);
    this.#reading = reading;
    return sighting;
  }

  async #read(): Promise<Sighting> {
    const [services, tasks] = await Promise.all([listServices(this.#docker, this.#instance), this.tasks()]);
    return {
      services: new Map(services.map((service) => [service.ID, service])),
      tasks,
      nodes: await this.#nodesOf(tasks),
    };
  }

  /** They hardly change; how they are matters only where Swarm does not want a task to go on. */
  async #nodesOf(tasks: TasksByService): Promise<ReadonlyMap<string, SwarmNode>> {
    if ([...tasks.values()].flat().some((task) => this.#mustAskAbout(task))) {
      const nodes = await listNodes(this.#docker);
      this.#nodes = new Map(nodes.map((node) => [node.ID, node]));
    }
    return this.#nodes;
  }

  #mustAskAbout({ NodeID, DesiredState, Status }: Task): boolean {
    if (!NodeID) return false;
    const isStoppedByItself = ["complete", "failed", "rejected"].includes(Status.State);
    return !this.#nodes.has(NodeID) || (DesiredState !== "running" && !isStoppedByItself);
  }
}

function groupTasks(tasks: readonly Task[]): TasksByService {
  const byService = new Map<string, Task[]>();
  for (const task of tasks) {
    const known = byService.get(task.ServiceID);
    if (known === undefined) byService.set(task.ServiceID, [task]);
    else known.push(task);
  }
  return byService;
}
