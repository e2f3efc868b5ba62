import { join } from "node:path";
import type { EngineClient } from "../../lab/engine-client.ts";
import { SchedulerProcess, shipbell, TestFolder } from "../scheduler-process.ts";

const EXAMPLES = join(import.meta.dirname, "../../../docs/examples");

/** A file or folder of docs/examples: what a test runs is what a reader sees. */
export const exampleFile = (path: string): string => join(EXAMPLES, path);

export interface ExampleOptions {
  readonly engine: EngineClient;
  readonly instance: string;
  /** Its schedule file, or a folder of them, below docs/examples. Default: none. */
  readonly schedules?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
}

/** A scheduler with an example's schedule files. What its runs leave goes with it. */
export class Example implements AsyncDisposable {
  readonly scheduler: SchedulerProcess;
  readonly #engine: EngineClient;
  readonly #folder: TestFolder;
  readonly #settings: readonly string[];

  private constructor(folder: TestFolder, { engine, instance, schedules, env = {}, args = [] }: ExampleOptions) {
    this.#engine = engine;
    this.#folder = folder;
    this.#settings = ["--instance", instance, ...args];
    this.scheduler = new SchedulerProcess({
      ...{ dockerHost: engine.dockerHost, folder, env, args: this.#settings },
      ...(schedules !== undefined && { schedules: exampleFile(schedules) }),
    });
  }

  /** Resolves when the scheduler has its jobs. */
  static async start(options: ExampleOptions): Promise<Example> {
    const example = new Example(await TestFolder.make(), options);
    await example.scheduler.until("jobs-changed");
    return example;
  }

  /** `shipbell run JOB --wait`: what the run printed, and its exit code. */
  run(job: string, ...args: readonly string[]) {
    return this.command("run", job, "--wait", ...args);
  }

  /** Any other command, on its instance. */
  command(...args: readonly string[]) {
    const place = ["--state-dir", this.#folder.stateDir, "--docker-host", this.#engine.dockerHost];
    return shipbell([...args, ...place, ...this.#settings]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.scheduler[Symbol.asyncDispose]();
    const purged = await this.command("purge", "--yes");
    await this.#folder[Symbol.asyncDispose]();
    if (purged.code !== 0) throw new Error(purged.stderr);
  }
}
