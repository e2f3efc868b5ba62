import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import type { Program } from "./program.ts";

export interface SchedulerSettings {
  readonly program: Program;
  readonly dockerHost: string;
  /** For its schedule file and its state. */
  readonly folder: string;
  readonly instance: string;
  readonly flags?: readonly string[];
}

/** What the log says of an event, as far as it is of interest here. */
export interface Logged {
  readonly event: string;
  readonly time?: string;
  readonly address?: string;
  readonly job?: string;
  readonly run?: string;
  readonly containerId?: string;
  readonly scheduledAt?: string;
  readonly cause?: string;
  readonly at?: string;
  readonly detail?: string;
}

const PATIENCE_MS = 120_000;

/** The bundled program, serving: a process of its own. */
export class Scheduler implements AsyncDisposable {
  readonly pid: number;
  readonly #settings: SchedulerSettings;
  readonly #flags: readonly string[];
  readonly #process: ChildProcess;
  readonly #log: Logged[] = [];
  readonly #lines = new EventEmitter();
  readonly #exited: Promise<unknown>;

  constructor(settings: SchedulerSettings) {
    const { program, dockerHost, folder, instance, flags = [] } = settings;
    const files = ["--docker-host", dockerHost, "--schedules", schedulesIn(folder), "--state-dir", stateIn(folder)];
    this.#settings = settings;
    this.#flags = [...files, "--timezone", "UTC", "--instance", instance, ...flags];
    this.#process = spawn(program.command, [...program.args, "serve", ...this.#flags, "--listen", "127.0.0.1:0"], {
      env: { PATH: process.env.PATH, ...program.env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (this.#process.pid === undefined || this.#process.stdout === null) throw new Error("the program does not start");
    this.pid = this.#process.pid;
    this.#exited = once(this.#process, "exit");
    createInterface({ input: this.#process.stdout }).on("line", (line) => this.#take(JSON.parse(line) as Logged));
  }

  /** Calls the listener with each line to come, until the function that it returns is called. */
  listen(listener: (line: Logged) => void): () => void {
    this.#lines.on("line", listener);
    return () => this.#lines.off("line", listener);
  }

  /** Runs another command of the program with the same settings; resolves to all that it prints, whatever its exit code. */
  async command(...words: readonly string[]): Promise<string> {
    const { command, args, env } = this.#settings.program;
    const child = spawn(command, [...args, ...words, ...this.#flags], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [printed, failed] = await Promise.all([text(child.stdout), text(child.stderr)]);
    return printed + failed;
  }

  /** All that was logged so far. */
  get log(): readonly Logged[] {
    return this.#log;
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
    this.#lines.emit("line", line);
  }
}

export function schedulesIn(folder: string): string {
  return join(folder, "jobs.yml");
}

export function stateIn(folder: string): string {
  return join(folder, "state");
}
