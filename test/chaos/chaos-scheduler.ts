import type { LogLine } from "../e2e/scheduler-log.ts";
import type { SchedulerProcess } from "../e2e/scheduler-process.ts";
import type { Finding } from "./finding.ts";

/** A line of a scheduler's log, with who wrote it. */
export type ChaosLine = LogLine & { readonly scheduler: string };

/** One of the two schedulers: a process after the other, on the same manager. */
export class ChaosScheduler {
  readonly name: string;
  readonly kills: Date[] = [];
  /** What it did that no scheduler should. */
  readonly findings: Finding[] = [];
  readonly #open: () => SchedulerProcess;
  readonly #processes: SchedulerProcess[] = [];

  constructor(name: string, open: () => SchedulerProcess) {
    this.name = name;
    this.#open = open;
  }

  /** All that it has logged so far, in order. */
  get log(): readonly ChaosLine[] {
    return this.#processes.flatMap(({ log }) => log.map((line) => ({ ...line, scheduler: this.name })));
  }

  get isRunning(): boolean {
    return this.#process?.isRunning ?? false;
  }

  get #process(): SchedulerProcess | undefined {
    return this.#processes.at(-1);
  }

  /** Nothing where it runs already. */
  start(): void {
    if (!this.isRunning) this.#processes.push(this.#open());
  }

  async kill(): Promise<void> {
    this.#mustRun();
    this.kills.push(new Date());
    await this.#process?.kill();
  }

  /** As an operator, or Docker, stops it. */
  async stop(): Promise<void> {
    this.#mustRun();
    const code = await this.#process?.stop();
    if (code !== 0) this.#find(`stopped with exit code ${code}`);
  }

  stall(): void {
    this.#mustRun();
    this.#process?.signal("SIGSTOP");
  }

  goOn(): void {
    this.#process?.signal("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.goOn();
    await this.#process?.[Symbol.asyncDispose]();
  }

  #mustRun(): void {
    if (!this.isRunning) this.#find("had ended by itself");
  }

  #find(what: string): void {
    const complaints = this.#process?.complaints ?? "";
    this.findings.push({ what: `scheduler ${this.name} ${what}: ${complaints}`, at: new Date() });
  }
}
