import type { Clock } from "../../clock.ts";
import type { Task } from "../docker/services.ts";
import { RUN_LABELS } from "../docker/specs/run-labels.ts";
import { containerOf, decisiveTask, hasEnded, startOf, summarizeTask, type TaskContainer } from "./read-tasks.ts";

/** Tasks by the ID of their service. A service without tasks is not included. */
export type TasksByService = ReadonlyMap<string, readonly Task[]>;

interface TaskWatchParts {
  readonly clock: Clock;
  /** The tasks of all our services, as they are now. */
  readonly readTasks: () => Promise<TasksByService>;
}

/** Called when a service's task has changed its state, or is gone. Called while reading, so it must only take note. */
type TaskListener = (serviceId: string, job: string | undefined) => void;

/** How long after its activation a service may be without a task before we stop looking for one. */
const TASKLESS_MS = 10_000;

/** The summary of every task at first. */
const NO_NEWS = "pending wanted ";

interface Watched extends Paced {
  readonly job?: string;
  readonly seen?: string;
}

/**
 * Swarm does not report that a task has ended. So all our tasks are listed, in one request, as long as some of our
 * services are active and there is a listener, and at no other time. An empty list is no news: only `look` says what
 * is.
 */
export class TaskWatch {
  readonly #parts: TaskWatchParts;
  readonly #active = new Map<string, Watched>();
  readonly #startedAt = new Map<string, Date>();
  readonly #containers = new Map<string, TaskContainer>();
  readonly #over = new Set<string>();
  readonly #listeners = new Set<TaskListener>();
  #nap = new AbortController();
  #isPolling = false;

  constructor(parts: TaskWatchParts) {
    this.#parts = parts;
  }

  /** Watches this service closely from now on: it has just been activated or told to stop. */
  begin(serviceId: string): void {
    if (this.#over.has(serviceId)) return;
    this.#active.set(serviceId, { ...this.#active.get(serviceId), since: this.#now() });
    this.#poll();
  }

  /** Its container has died on this engine: its task's state follows in a moment. */
  hurry(serviceId: string): void {
    const watched = this.#active.get(serviceId);
    if (watched === undefined) return;
    this.#active.set(serviceId, { ...watched, hurriedUntil: this.#now() + HURRY_MS });
    this.#poll();
  }

  /** It is over, whatever its task says: on a lost node a task never ends. */
  end(serviceId: string): void {
    if (this.#over.has(serviceId)) return;
    this.#over.add(serviceId);
    const job = this.jobOf(serviceId);
    if (this.#active.delete(serviceId)) this.#tell(serviceId, job);
  }

  /** Its node is down, or is back: in between, asking for its task would tell nothing. */
  setAway(serviceId: string, isAway: boolean): void {
    const watched = this.#active.get(serviceId);
    if (watched === undefined || (watched.isAway ?? false) === isAway) return;
    this.#active.set(serviceId, { ...watched, isAway, since: this.#now() });
    this.#poll();
  }

  /** False once its task was seen ended or gone, and before the service was known. */
  isActive(serviceId: string): boolean {
    return this.#active.has(serviceId);
  }

  jobOf(serviceId: string): string | undefined {
    return this.#active.get(serviceId)?.job;
  }

  /** When its process was first seen running: the task itself no longer says so once it is told to stop. */
  startedAt(serviceId: string): Date | undefined {
    return this.#startedAt.get(serviceId);
  }

  /** Where its process runs, as its task said last; undefined as long as that is not known. */
  containerOf(serviceId: string): TaskContainer | undefined {
    return this.#containers.get(serviceId);
  }

  /** Notes what was read about all our services, from any reading. */
  note(tasks: TasksByService): void {
    for (const [serviceId, ofService] of tasks) this.#noteTask(serviceId, decisiveTask(ofService));
    for (const [serviceId, watched] of this.#active) {
      if (!tasks.has(serviceId)) this.#noteNone(serviceId, watched);
    }
    this.#poll();
  }

  /** Forgets all other services: these are the only ones that exist. */
  keepOnly(serviceIds: { has(id: string): boolean }): void {
    for (const memory of [this.#startedAt, this.#containers, this.#over]) {
      for (const id of memory.keys()) if (!serviceIds.has(id)) memory.delete(id);
    }
  }

  /** Listens until `signal` is aborted. */
  listen(listener: TaskListener, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    const leave = () => {
      this.#listeners.delete(listener);
      this.#nap.abort();
    };
    signal.addEventListener("abort", leave, { once: true });
    this.#poll();
  }

  #noteTask(serviceId: string, task: Task | undefined): void {
    if (task === undefined) return;
    const startedAt = startOf(task);
    if (startedAt !== undefined && !this.#startedAt.has(serviceId)) this.#startedAt.set(serviceId, startedAt);
    const container = containerOf(task);
    if (container !== undefined) this.#containers.set(serviceId, container);
    const watched = this.#active.get(serviceId);
    const job = task.Spec.ContainerSpec?.Labels?.[RUN_LABELS.job];
    const seen = summarizeTask(task);
    if (hasEnded(task) || this.#over.has(serviceId)) this.#active.delete(serviceId);
    else this.#active.set(serviceId, { since: this.#now(), ...watched, seen, ...(job !== undefined && { job }) });
    if (watched !== undefined && (watched.seen ?? NO_NEWS) !== seen) this.#tell(serviceId, job);
  }

  #noteNone(serviceId: string, { seen, since, job }: Watched): void {
    if (seen === undefined && this.#now() - since < TASKLESS_MS) return;
    this.#active.delete(serviceId);
    this.#tell(serviceId, job);
  }

  #tell(serviceId: string, job: string | undefined): void {
    for (const listener of this.#listeners) listener(serviceId, job);
  }

  /** Begins to ask, or asks sooner. */
  #poll(): void {
    if (this.#isPolling) this.#nap.abort();
    else void this.#keepPolling();
  }

  async #keepPolling(): Promise<void> {
    this.#isPolling = true;
    while (this.#isWanted()) {
      await this.#rest();
      if (!this.#isWanted()) break;
      try {
        this.note(await this.#parts.readTasks());
      } catch {
        // A look reports what is wrong with the engine; here it is tried again.
      }
    }
    this.#isPolling = false;
  }

  /** Waits until the next time to ask, which may be brought forward. */
  async #rest(): Promise<void> {
    const from = this.#now();
    const leftMs = () => intervalMs(this.#active.values(), this.#now()) - (this.#now() - from);
    while (this.#isWanted() && leftMs() > 0) {
      this.#nap = new AbortController();
      await this.#parts.clock.wait(leftMs(), this.#nap.signal);
      if (!this.#nap.signal.aborted) return;
    }
  }

  #isWanted(): boolean {
    return this.#listeners.size > 0 && intervalMs(this.#active.values(), this.#now()) < Number.POSITIVE_INFINITY;
  }

  #now(): number {
    return this.#parts.clock.now().getTime();
  }
}

/** How often tasks are looked at: in the first seconds of an attempt, later, and right after a container died here. */
const EARLY_MS = 3000;
const EARLY_INTERVAL_MS = 250;
/** An end on another node is known within a second: Swarm itself takes up to a quarter of that. */
const INTERVAL_MS = 750;
const HURRY_MS = 1000;
const HURRIED_INTERVAL_MS = 50;

/** An attempt under watch. Times in milliseconds since the epoch. */
interface Paced {
  /** When it was activated, first seen or told to stop. */
  readonly since: number;
  readonly hurriedUntil?: number;
  /** Its node is down and reports nothing. */
  readonly isAway?: boolean;
}

/**
 * Returns how long to wait between two looks at the tasks: as the most urgent one needs. Infinite if there is nothing
 * to see.
 */
function intervalMs(watched: Iterable<Paced>, now: number): number {
  const intervals = Array.from(watched, ({ since, hurriedUntil = 0, isAway }) => {
    if (isAway === true) return Number.POSITIVE_INFINITY;
    if (now < hurriedUntil) return HURRIED_INTERVAL_MS;
    return now - since < EARLY_MS ? EARLY_INTERVAL_MS : INTERVAL_MS;
  });
  return Math.min(...intervals);
}
