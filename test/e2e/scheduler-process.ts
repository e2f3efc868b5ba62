import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { programPath } from "./program.ts";
import { type LogLine, SchedulerLog, type UntilOptions } from "./scheduler-log.ts";

export interface SchedulerOptions {
  readonly dockerHost: string;
  readonly folder: TestFolder;
  /** What Node is to run, where it is not the program of this repository. */
  readonly program?: string;
  /** Schedule files that are not in the folder. */
  readonly schedules?: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A folder of a test: schedule files, state directory, whatever jobs write. Removed at the end. */
export class TestFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async make(): Promise<TestFolder> {
    return new TestFolder(await mkdtemp(join(tmpdir(), "shipbell-e2e-")));
  }

  get schedules(): string {
    return join(this.path, "jobs.yml");
  }

  get stateDir(): string {
    return join(this.path, "state");
  }

  /** Replaces the file at once: half a file would be a problem of its own. */
  async writeSchedules(text: string): Promise<void> {
    const written = `${this.schedules}.${randomUUID()}`;
    await writeFile(written, text);
    await rename(written, this.schedules);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** `shipbell serve` as a process of its own, whose log is read as it comes. It does not outlive the process that opened it. */
export class SchedulerProcess implements AsyncDisposable {
  readonly #log = new SchedulerLog();
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  #stderr = "";

  constructor(options: SchedulerOptions) {
    const { dockerHost, folder, program = programPath(), schedules = folder.schedules, args = [], env = {} } = options;
    const flags = ["--docker-host", dockerHost, "--schedules", schedules, "--state-dir", folder.stateDir];
    const fixed = ["--listen", "127.0.0.1:0", "--timezone", "UTC", "--log-format", "json"];
    const command = [process.execPath, program, "serve", ...flags, ...fixed, ...args];
    // It becomes the scheduler, which the kernel then kills when this process ends, even by a signal.
    this.#process = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
      env: { PATH: process.env.PATH, HOME: folder.path, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#exited = once(this.#process, "exit").then(() => this.#log.changed());
    this.#process.stderr?.on("data", (chunk) => {
      this.#stderr += chunk;
    });
    if (this.#process.stdout === null) throw new Error("the scheduler has no standard output");
    createInterface({ input: this.#process.stdout }).on("line", (line) => {
      this.#log.add(line);
    });
  }

  get log(): readonly LogLine[] {
    return this.#log.lines;
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error("the scheduler could not be started");
    return this.#process.pid;
  }

  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** What it wrote to its standard error. */
  get complaints(): string {
    return this.#stderr;
  }

  /** Resolves with the first line of that event (after `after` lines) that has these fields. */
  async until(event: string, fields: Record<string, unknown> = {}, options: UntilOptions = {}): Promise<LogLine> {
    try {
      return await this.#log.until(event, fields, { ...options, isOver: () => this.#process.exitCode !== null });
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.#stderr}`);
    }
  }

  all(event: string, fields: Record<string, unknown> = {}): LogLine[] {
    return this.#log.all(event, fields);
  }

  async url(path: string): Promise<string> {
    const { address } = await this.until("scheduler-started");
    return `http://${address}${path}`;
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(await this.url(path));
    return { status: response.status, text: await response.text() };
  }

  /** The value of one series, given as it stands in the record: `shipbell_runs_total{job_name="a",…}`. */
  async metric(series: string): Promise<number | undefined> {
    const line = (await this.get("/metrics")).text.split("\n").find((line) => line.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends it at once, as a power cut does. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.#exited;
  }

  /** Waits until it ends by itself; answers with its exit code. */
  async ended(): Promise<number | null> {
    await this.#exited;
    return this.#process.exitCode;
  }

  /** Asks it to stop; answers with its exit code. */
  async stop(): Promise<number | null> {
    this.signal("SIGTERM");
    await this.#exited;
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) await this.kill();
  }
}

/** Runs a command of shipbell to its end. */
export function shipbell(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandEnd> {
  return runProgram(programPath(), args, env);
}

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The same with another version of the program. */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandEnd> {
  const child = spawn(process.execPath, [program, ...args], {
    // So wide that no sentence is wrapped.
    env: { PATH: process.env.PATH, COLUMNS: "1000", ...env } as NodeJS.ProcessEnv,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, "close");
  return { code, stdout, stderr };
}
