import type { Clock } from "../../clock.ts";
import type { Docker } from "../docker/connect.ts";
import { listNodes, listServices, listTasks, type Service, type SwarmNode, type Task } from "../docker/services.ts";
import type { ObjectState } from "../engine.ts";
import { isTakenBack, readServiceState } from "./read-tasks.ts";
import { completeEnd, type EndParts } from "./service-end.ts";
import { replicasOf } from "./service-spec.ts";
import type { TasksByService, TaskWatch } from "./task-watch.ts";

interface SightParts extends EndParts {
  readonly clock: Clock;
  readonly view: SwarmView;
  readonly tasks: TaskWatch;
}

/** A service that has had no task for this long, after it had one, will have none. */
const TASK_GONE_MS = 5000;

/** How long a look waits to learn how a service ended. */
const LOOK_WAITS_MS = 1500;

/** The states of services, with what is remembered about them: what Swarm forgets, and what was found out once. */
export class ServiceSight {
  readonly #parts: SightParts;
  readonly #ends = new Map<string, Promise<ObjectState>>();
  readonly #taskSeenAt = new Map<string, number>();
  readonly #takenBackAt = new Map<string, Date>();

  constructor(parts: SightParts) {
    this.#parts = parts;
  }

  /** See `Engine.look`. */
  async look(ids: readonly string[]): Promise<ReadonlyMap<string, ObjectState>> {
    const sighting = await this.#parts.view.look();
    this.#remember(sighting);
    const states = ids.map(async (id) => [id, await this.#stateOf(id, sighting)] as const);
    const known = await Promise.all(states);
    return new Map(known.flatMap(([id, state]) => (state === undefined ? [] : [[id, state]])));
  }

  async #stateOf(id: string, { services, tasks: all, nodes }: Sighting): Promise<ObjectState | undefined> {
    const service = services.get(id);
    const tasks = all.get(id) ?? [];
    if (service === undefined || this.#hasLostItsTask(service, tasks)) return undefined;
    const startedAt = this.#parts.tasks.startedAt(id);
    const now = this.#parts.clock.now();
    const takenBackAt = this.#takenBackAt.get(id);
    const remembered = { ...(startedAt && { startedAt }), ...(takenBackAt && { takenBackAt }) };
    const state = readServiceState({ service, tasks, nodes, now, ...remembered });
    this.#parts.tasks.setAway(id, state.phase === "unreachable");
    if (state.phase !== "ended") return state;
    this.#parts.tasks.end(id);
    if (state.end.kind === "node-down") return state;
    const known = this.#ends.get(id) ?? completeEnd(this.#parts, { service, tasks }, state);
    this.#ends.set(id, known);
    // A failed question is asked again by the next look.
    known.catch(() => {
      if (this.#ends.get(id) === known) this.#ends.delete(id);
    });
    return this.#unlessItTakesLong(known);
  }

  /** Finding out how a service ended may take a minute if its node does not answer: no look waits for that. */
  async #unlessItTakesLong(end: Promise<ObjectState>): Promise<ObjectState> {
    const known = new AbortController();
    const tooLong = this.#parts.clock.wait(LOOK_WAITS_MS, known.signal).then(() => ({ phase: "ending" }) as const);
    try {
      return await Promise.race([end, tooLong]);
    } finally {
      known.abort();
    }
  }

  #remember({ services, tasks }: Sighting): void {
    const now = this.#parts.clock.now();
    for (const [id, ofService] of tasks) {
      this.#taskSeenAt.set(id, now.getTime());
      if (ofService.some(isTakenBack) && !this.#takenBackAt.has(id)) this.#takenBackAt.set(id, now);
    }
    for (const memory of [this.#ends, this.#taskSeenAt, this.#takenBackAt]) {
      for (const id of memory.keys()) if (!services.has(id)) memory.delete(id);
    }
    this.#parts.tasks.note(tasks);
    this.#parts.tasks.keepOnly(services);
  }

  #hasLostItsTask({ ID, Spec }: Service, tasks: readonly Task[]): boolean {
    const seenAt = this.#taskSeenAt.get(ID);
    if (seenAt === undefined || tasks.length > 0 || replicasOf(Spec) === 0) return false;
    return this.#parts.clock.now().getTime() - seenAt >= TASK_GONE_MS;
  }
}

/** All services of an instance at one moment, by ID, with their tasks and nodes. */
interface Sighting {
  readonly services: ReadonlyMap<string, Service>;
  readonly tasks: TasksByService;
  readonly nodes: ReadonlyMap<string, SwarmNode>;
}

/**
 * Reads all that is ours in a Swarm, in two requests however much it is. All who ask during a reading share the next
 * one: an answer is never older than its question.
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

  /** The stored promise never rejects: it only says that the reading is over. */
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

  /** They hardly change; their state matters only for tasks that Swarm does not want to go on. */
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
