import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { runCommand } from "../lab/machine/run-command.ts";
import type { DemoEngine } from "./demo-engine.ts";
import { INSTANCE, SCHEDULES } from "./demo-jobs.ts";
import { bold, say } from "./narration.ts";

const MAIN = join(import.meta.dirname, "../../src/main.ts");

export type LogLine = Readonly<Record<string, unknown>> & {
  readonly event: string;
  readonly level: string;
  readonly time: string;
  readonly msg: string;
};

const FOLDER = join(tmpdir(), "shipbell-demo");
const PID_FILE = join(FOLDER, "pid");

/** Ends the scheduler that an earlier demo left up, and takes its folder away. */
async function endEarlier(): Promise<void> {
  const pid = Number(await readFile(PID_FILE, "utf8").catch(() => ""));
  // The number may be another process' by now.
  const command = pid > 0 ? await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "") : "";
  if (command.includes(FOLDER)) process.kill(pid, "SIGKILL");
  await rm(FOLDER, { recursive: true, force: true });
}

/** `shipbell serve` as a process that outlives the demo when it is to be kept; its log goes to a file. */
export class DemoScheduler {
  readonly #folder: string;
  readonly #process: ReturnType<typeof spawn>;
  #address = "";
  readonly #dockerHost: string;

  private constructor(folder: string, dockerHost: string) {
    this.#folder = folder;
    this.#dockerHost = dockerHost;
    const log = openSync(this.#log, "w");
    this.#process = spawn("node", [MAIN, "serve", ...this.#flags, "--listen", "127.0.0.1:0", "--log-format", "json"], {
      detached: true,
      stdio: ["ignore", log, log],
    });
    this.#process.unref();
    closeSync(log);
  }

  /** Resolves when it has begun to work. */
  static async start(dockerHost: string): Promise<DemoScheduler> {
    await endEarlier();
    await mkdir(FOLDER);
    const scheduler = new DemoScheduler(FOLDER, dockerHost);
    await writeFile(PID_FILE, String(scheduler.#process.pid));
    for await (const { event, address } of scheduler.lines(AbortSignal.timeout(20_000))) {
      if (event === "scheduler-started") scheduler.#address = String(address);
      if (event === "engine-up") return scheduler;
    }
    throw new Error(`the scheduler did not start:\n${await readFile(scheduler.#log, "utf8")}`);
  }

  get summary(): string {
    return `shipbell, process ${this.#process.pid}, at http://${this.#address}`;
  }

  /** The log's lines from its beginning, as they are written, until `signal` is aborted or the process has ended. */
  async *lines(signal: AbortSignal): AsyncGenerator<LogLine> {
    for (let read = 0; ; ) {
      const complete = (await readFile(this.#log, "utf8")).split("\n").slice(0, -1);
      for (; read < complete.length; read++)
        if (complete[read]?.startsWith("{")) yield JSON.parse(complete[read] ?? "");
      if (signal.aborted || this.#process.exitCode !== null) return;
      await pause(100);
    }
  }

  /** The jobs, and some of the metrics. */
  async show(): Promise<void> {
    const list = await runCommand("node", [MAIN, "ls", "--state-dir", this.#state]);
    say(`\n${bold("$ shipbell ls")}\n${list}`);
    const metrics = await (await fetch(`http://${this.#address}/metrics`)).text();
    const shown = metrics
      .split("\n")
      .filter((line) => /^shipbell_(runs_total|job_last_success|job_last_exit|engine_up)/.test(line));
    say(`\n${bold(`$ curl http://${this.#address}/metrics | grep …`)}\n${shown.join("\n")}`);
  }

  sayWhereItIs({ client, isPrivate }: DemoEngine): void {
    say(`
Left up:
  metrics      http://${this.#address}/metrics   (/healthz, /readyz)
  engine       DOCKER_HOST=${client.dockerHost}
  runs         docker ps --all --filter label=shipbell.instance=${INSTANCE}
  schedules    ${SCHEDULES}  (edit a file: it is in effect within 2 seconds)
  log          ${this.#log}
  ledger       ${this.#state}
To end it:
  kill ${this.#process.pid}
  docker rm --force demo-inventory $(docker ps --all --quiet --filter label=shipbell.instance=${INSTANCE})${
    isPrivate ? "\n  npm run lab -- down --name demo" : ""
  }
  rm -r ${this.#folder}`);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null) {
      // So that we live until it has ended.
      this.#process.ref();
      const exited = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      await exited;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #log(): string {
    return join(this.#folder, "log.jsonl");
  }

  get #state(): string {
    return join(this.#folder, "state");
  }

  get #flags(): string[] {
    return [
      "--instance",
      INSTANCE,
      "--docker-host",
      this.#dockerHost,
      "--schedules",
      SCHEDULES,
      "--state-dir",
      this.#state,
    ];
  }
}
