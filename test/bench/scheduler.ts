import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Program } from "./program.ts";

export interface SchedulerSettings {
  readonly program: Program;
  readonly dockerHost: string;
  /** For its schedule file and its state. */
  readonly folder: string;
  readonly instance: string;
}

/** What the log says of an event, as far as it is of interest here. */
export interface Logged {
  readonly event: string;
  readonly time?: string;
  readonly address?: string;
  readonly job?: string;
  readonly run?: string;
  readonly containerId?: string;
}

const PATIENCE_MS = 120_000;

/** The bundled program, serving: a process of its own. */
export class Scheduler implements AsyncDisposable {
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #log: Logged[] = [];
  readonly #lines = new EventEmitter();
  readonly #exited: Promise<unknown>;

  constructor({ program, dockerHost, folder, instance }: SchedulerSettings) {
    const flags = ["--docker-host", dockerHost, "--schedules", schedulesIn(folder), "--state-dir", stateIn(folder)];
    const fixed = ["--listen", "127.0.0.1:0", "--timezone", "UTC", "--instance", instance];
    this.#process = spawn(program.command, [...program.args, "serve", ...flags, ...fixed], {
      env: { PATH: process.env.PATH, ...program.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (this.#process.pid === undefined || this.#process.stdout === null) throw new Error("the program does not start");
    this.pid = this.#process.pid;
    this.#exited = once(this.#process, "exit");
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.#take(JSON.parse(line) as Logged));
  }

  /** How many lines were logged so far. */
  get logged(): number {
    return this.#log.length;
  }

  /** Resolves with the first `count` lines of this event, not counting the first `after` lines of the log. */
  async take(event: string, count: number, after = 0): Promise<readonly Logged[]> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    for (;;) {
      const found = this.#log.slice(after).filter((line) => line.event === event);
      if (found.length >= count) return found.slice(0, count);
      await once(this.#lines, "line", { signal });
    }
  }

  /** Reads `/metrics` to its end; resolves to its length. */
  async scrape(): Promise<number> {
    const [started] = await this.take("scheduler-started", 1);
    const answer = await fetch(`http://${started?.address}/metrics`);
    return (await answer.arrayBuffer()).byteLength;
  }

  async stop(): Promise<void> {
    this.#process.kill("SIGTERM");
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.stop();
  }

  #take(line: Logged): void {
    this.#log.push(line);
    this.#lines.emit("line");
  }
}

export function schedulesIn(folder: string): string {
  return join(folder, "jobs.yml");
}

export function stateIn(folder: string): string {
  return join(folder, "state");
}
