import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const MAIN = join(import.meta.dirname, "../../src/main.ts");
/** How long an event may take to come, unless the test says otherwise. */
const PATIENCE_MS = 30_000;

/** A line of the scheduler's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly event: string };

export interface SchedulerOptions {
  readonly dockerHost: string;
  readonly folder: TestFolder;
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

  writeSchedules(text: string): Promise<void> {
    return writeFile(this.schedules, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** `shipbell serve` as a process of its own, whose log is read as it comes. */
export class SchedulerProcess implements AsyncDisposable {
  readonly log: LogLine[] = [];
  readonly #process: ChildProcess;
  readonly #waiting = new Set<() => void>();
  readonly #exited: Promise<unknown>;
  #stderr = "";

  constructor({ dockerHost, folder, args = [], env = {} }: SchedulerOptions) {
    const flags = ["--docker-host", dockerHost, "--schedules", folder.schedules, "--state-dir", folder.stateDir];
    const fixed = ["--listen", "127.0.0.1:0", "--timezone", "UTC", "--log-format", "json"];
    this.#process = spawn("node", [MAIN, "serve", ...flags, ...fixed, ...args], {
      env: { PATH: process.env.PATH, HOME: folder.path, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#exited = once(this.#process, "exit").then(() => this.#changed());
    this.#process.stderr?.on("data", (chunk) => {
      this.#stderr += chunk;
    });
    if (this.#process.stdout === null) throw new Error("the scheduler has no standard output");
    createInterface({ input: this.#process.stdout }).on("line", (line) => {
      this.log.push(JSON.parse(line) as LogLine);
      this.#changed();
    });
  }

  /** Resolves with the first line of that event (after `after` lines) that has these fields. */
  async until(event: string, fields: Record<string, unknown> = {}, options: UntilOptions = {}): Promise<LogLine> {
    const deadline = AbortSignal.timeout(options.withinMs ?? PATIENCE_MS);
    for (let next = options.after ?? 0; ; ) {
      for (; next < this.log.length; next++) {
        const line = this.log[next];
        if (line !== undefined && line.event === event && hasFields(line, fields)) return line;
      }
      if (deadline.aborted || this.#process.exitCode !== null) throw new Error(this.#story(event, fields));
      await this.#change(deadline);
    }
  }

  all(event: string, fields: Record<string, unknown> = {}): LogLine[] {
    return this.log.filter((line) => line.event === event && hasFields(line, fields));
  }

  async url(path: string): Promise<string> {
    const { address } = await this.until("scheduler-started");
    return `http://${address}${path}`;
  }

  async get(path: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(await this.url(path));
    return { status: response.status, text: await response.text() };
  }

  /** The value of one series, given as it stands on the page: `shipbell_runs_total{job_name="a",…}`. */
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

  /** Asks it to stop; answers with its exit code. */
  async stop(): Promise<number | null> {
    this.signal("SIGTERM");
    await this.#exited;
    return this.#process.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) await this.kill();
  }

  #changed(): void {
    for (const wake of this.#waiting) wake();
  }

  #change(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        this.#waiting.delete(done);
        deadline.removeEventListener("abort", done);
        resolve();
      };
      this.#waiting.add(done);
      deadline.addEventListener("abort", done);
    });
  }

  #story(event: string, fields: Record<string, unknown>): string {
    const lines = this.log.slice(-25).map((line) => JSON.stringify(line));
    return `no ${event} ${JSON.stringify(fields)} came; the log ends with\n${lines.join("\n")}\n${this.#stderr}`;
  }
}

export interface UntilOptions {
  /** Lines before this one do not count. */
  readonly after?: number;
  readonly withinMs?: number;
}

/** Runs a command of shipbell to its end. */
export async function shipbell(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn("node", [MAIN, ...args], { env: { PATH: process.env.PATH, ...env } as NodeJS.ProcessEnv });
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

function hasFields(line: LogLine, fields: Record<string, unknown>): boolean {
  return Object.entries(fields).every(([key, value]) => line[key] === value);
}
