import { setTimeout as pause } from "node:timers/promises";
import { RawConnection } from "./raw-connection.ts";

/** Often enough to be the floor, and seldom enough not to be what is measured. */
const ASK_EACH_MS = 20;
const ENDED = ["complete", "failed", "rejected", "shutdown"];

/** When a client that does nothing but ask saw that the task of a run had ended: nobody can know it sooner from Swarm. */
export class TaskEnds implements AsyncDisposable {
  readonly #connection: RawConnection;
  readonly #seenAt = new Map<string, number>();
  readonly #asking: Promise<void>;
  #isOver = false;

  constructor(socketPath: string) {
    this.#connection = new RawConnection(socketPath, 1);
    this.#asking = this.#keepAsking();
  }

  /** In milliseconds since 1970; undefined where the run's service was removed before it was seen. */
  seenAt(run: string): number | undefined {
    return this.#seenAt.get(run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await this.#asking;
  }

  async #keepAsking(): Promise<void> {
    for (; !this.#isOver; await pause(ASK_EACH_MS)) {
      const tasks = JSON.parse(await this.#connection.ask("GET", "/tasks", 200)) as Task[];
      const now = Date.now();
      for (const { Status, Spec } of tasks) {
        const run = Spec.ContainerSpec.Labels["shipbell.run"];
        if (run !== undefined && ENDED.includes(Status.State) && !this.#seenAt.has(run)) this.#seenAt.set(run, now);
      }
    }
  }
}

interface Task {
  readonly Status: { readonly State: string };
  readonly Spec: { readonly ContainerSpec: { readonly Labels: Readonly<Record<string, string>> } };
}
