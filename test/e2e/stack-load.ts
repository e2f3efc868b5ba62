import { expect } from "vitest";
import type { JobRecord, Verdict } from "../../src/ledger/record.ts";
import { everyInstant } from "./decided.ts";
import { eventually } from "./eventually.ts";
import type { ShipbellStack } from "./stack.ts";
import { Witness } from "./witness.ts";

export const LOAD_EVERY_MS = 5000;

/** Ten jobs that are due each 5 s, and leave a file each time. */
export class StackLoad {
  readonly names = Array.from({ length: 10 }, (_, i) => `load-${i}`);
  readonly #stack: ShipbellStack;
  readonly #witness: Witness;
  #first = new Map<string, number>();

  private constructor(stack: ShipbellStack, witness: Witness) {
    this.#stack = stack;
    this.#witness = witness;
  }

  static async on(stack: ShipbellStack): Promise<StackLoad> {
    return new StackLoad(stack, await Witness.in(stack.folder.path));
  }

  /** A schedule file with the jobs, which print that version. */
  schedules(version: number): string {
    const script = `${this.#witness.command}; echo version ${version}`.replaceAll("$", "$$$$");
    const job = { image: "busybox", command: ["sh", "-c", script], volumes: [this.#witness.volume] };
    const jobs = this.names.map((name) => [name, { schedule: "*/5 * * * * *", ...job }]);
    return JSON.stringify({ jobs: Object.fromEntries(jobs) });
  }

  /** That many more. The first time, it also takes note of when each job was due first: a record keeps only the last verdicts. */
  async untilExecuted(count: number): Promise<void> {
    const before = (await this.#witness.executions()).length;
    const isSo = async () => (await this.#witness.executions()).length >= before + count || undefined;
    await eventually(`${count} executions`, isSo);
    if (this.#first.size > 0) return;
    for (const record of await this.#records()) this.#first.set(record.job, instantsOf(record.verdicts)[0] ?? 0);
  }

  /** Resolves when the jobs are removed and all of their runs have ended. */
  async untilOver(): Promise<void> {
    const isOver = ({ removedAt, runs }: JobRecord) => removedAt !== undefined && runs.every((run) => run.outcome);
    await eventually("the end of the load", async () => (await this.#records()).every(isOver) || undefined);
  }

  /** The records, not the log: of a busy service's lines Swarm loses one now and then. */
  async expectOneOfEach(): Promise<void> {
    const executions = await this.#witness.executions();
    expect(new Set(executions).size).toBe(executions.length);
    for (const { job, verdicts, totals } of await this.#records()) {
      const decided = instantsOf(verdicts);
      const [first = 0, last = 0] = [this.#first.get(job), decided.at(-1)];
      expect(decided, job).toEqual(everyInstant(decided[0] ?? 0, last, LOAD_EVERY_MS));
      const started = sum(totals.started);
      expect(started + sum(totals.skipped) + sum(totals.missed), job).toBe((last - first) / LOAD_EVERY_MS + 1);
      expect(executions.filter((run) => run.startsWith(`${job}-`)).length, job).toBe(started);
      expect(totals.ended, job).toEqual({ succeeded: totals.started });
    }
  }

  async #records(): Promise<JobRecord[]> {
    const { records } = await (await this.#stack.ledger()).load();
    return this.names.flatMap((name) => records.get(name) ?? []);
  }
}

/** Each of a stretch. */
function instantsOf(verdicts: readonly Verdict[]): number[] {
  return verdicts.flatMap(({ scheduledAt, count = 1 }) =>
    Array.from({ length: count }, (_, index) => scheduledAt.getTime() + index * LOAD_EVERY_MS),
  );
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
