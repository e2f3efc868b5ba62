import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const PATIENCE_MS = 60_000;
const MOST_LINES = 20;

export interface PeerStart {
  readonly path: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** A line that it prints once it is at work. */
  readonly ready: RegExp;
}

/** Another scheduler, as a process of its own. */
export class PeerProcess implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #last: string[] = [];

  private constructor({ path, args, env }: PeerStart) {
    this.#process = spawn(path, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    this.#exited = once(this.#process, "exit");
  }

  /** Resolves when it is at work; rejects with its last lines when it ends before. */
  static async start(start: PeerStart): Promise<PeerProcess> {
    const peer = new PeerProcess(start);
    const isReady = Promise.withResolvers<void>();
    for (const stream of [peer.#process.stdout, peer.#process.stderr])
      if (stream !== null)
        createInterface({ input: stream }).on("line", (line) => {
          peer.#last.push(line);
          if (peer.#last.length > MOST_LINES) peer.#last.shift();
          if (start.ready.test(line)) isReady.resolve();
        });
    peer.#process.once("exit", (code) =>
      isReady.reject(new Error(`${start.path} ended with ${code}:\n${peer.#last.join("\n")}`)),
    );
    const signal = AbortSignal.timeout(PATIENCE_MS);
    signal.addEventListener("abort", () =>
      isReady.reject(new Error(`${start.path} is not at work after a minute:\n${peer.#last.join("\n")}`)),
    );
    await isReady.promise;
    return peer;
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** Whether it still runs, and what it said last. */
  get state(): { readonly isRunning: boolean; readonly last: readonly string[] } {
    return { isRunning: this.#process.exitCode === null && this.#process.signalCode === null, last: this.#last };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state.isRunning) this.#process.kill("SIGKILL");
    await this.#exited;
  }
}
