import { join } from "node:path";
import { expect } from "vitest";
import { isActive, type JobRecord } from "../../src/ledger/record.ts";
import { decidedInstants } from "./decided.ts";
import type { LogLine } from "./scheduler-log.ts";
import type { SchedulerProcess } from "./scheduler-process.ts";
import { scheduleFile } from "./schedules.ts";
import { Stage } from "./stage.ts";

/** The version before this one: what an upgrade begins with, and a downgrade ends with. It knows records of schema 1. */
export const BEFORE = "0.2.0";

const JOBS = ["often", "paused", "long", "retried", "asked"] as const;
const CHANGED = ["often", "paused", "retried", "asked"] as const;
type JobName = (typeof JOBS)[number];

/** Events that say that a version could not work with what the other one had left. */
const TROUBLE = [
  "record-unreadable",
  "pass-failed",
  "problem",
  "other-definition",
  "definitions-kept",
  "orphan-stopped",
];

/** Five jobs, each for one thing that must survive when another version of the scheduler goes on with it. */
export class VersionsStory {
  /** The jobs' full names. */
  readonly names: Readonly<Record<JobName, string>>;
  readonly #stage: Stage;
  readonly #everyMs: number;

  constructor(stage: Stage, everyMs: number) {
    this.#stage = stage;
    this.#everyMs = everyMs;
    this.names = Object.fromEntries(JOBS.map((job) => [job, `${stage.job}-${job}`])) as Record<JobName, string>;
  }

  async declare(): Promise<void> {
    const { witness, folder } = this.#stage;
    const job = (schedule: string, body = "", policies: object = {}) => ({
      schedule,
      image: "busybox",
      command: ["sh", "-c", `${witness.command}\n${body}`.replaceAll("$", "$$$$")],
      volumes: [witness.volume, `${join(folder.path, "gate")}:/gate`],
      history: { succeeded: 20, failed: 20 },
      ...policies,
    });
    const often = `*/${this.#everyMs / 1000} * * * * *`;
    const failsTwice = `exit $((3 - SHIPBELL_ATTEMPT))`;
    const delay = `${(6 * this.#everyMs) / 1000}s`;
    const retries = { limit: 2, delay, max_delay: delay };
    const jobs = {
      often: job(often),
      paused: job(often),
      long: job("@yearly", `echo before the gate; ${Stage.atTheGate}; echo after the gate`),
      retried: job("@yearly", failsTwice, { retries }),
      asked: job("@yearly"),
    } satisfies Record<JobName, object>;
    const named = JOBS.map((job) => [this.names[job], jobs[job]]);
    await folder.writeSchedules(scheduleFile(Object.fromEntries(named)));
  }

  /** How many attempts of the only run of that job there are, and whether it waits for another one. */
  async attempts(job: JobName): Promise<{ readonly count: number; readonly waits: boolean }> {
    const attempts = (await this.#stage.record(this.names[job])).runs[0]?.attempts ?? [];
    return { count: attempts.length, waits: attempts.at(-1)?.retryAt !== undefined };
  }

  /** The records of the jobs that the new version has changed. It has written nothing yet on the run that only goes on. */
  async changed(): Promise<readonly JobRecord[]> {
    return Promise.all(CHANGED.map((job) => this.#stage.record(this.names[job])));
  }

  /** Resolves when the old version has named each of these records as one that it leaves alone, on this event. */
  async untilLeftAlone(old: SchedulerProcess, event: "record-unreadable" | "pass-failed"): Promise<void> {
    for (const job of CHANGED) {
      const line = await old.until(event, { job: this.names[job] });
      expect(line.detail ?? line.cause).toContain("record schema 2 is newer than ours (1)");
    }
  }

  /** Pauses what is due again and again, and waits for the end of what runs. */
  async comeToRest(command: Stage["command"]): Promise<void> {
    for (const job of ["often", "paused"] as const)
      expect(await command("pause", this.names[job])).toMatchObject({ code: 0 });
    await this.#stage.until("no run is active", async () => {
      const records = await Promise.all(JOBS.map((job) => this.#stage.record(this.names[job])));
      return records.every(({ runs }) => !runs.some(isActive));
    });
  }

  /**
   * Nothing is lost, nothing is doubled, and no version complained about what another one had written, except for those that
   * were too old for it.
   */
  async expectOneOfEverything(well: readonly LogLine[], tooOld: readonly SchedulerProcess[] = []): Promise<void> {
    expect(well.filter(({ event }) => TROUBLE.includes(event))).toEqual([]);
    const log = [...well, ...tooOld.flatMap((scheduler) => scheduler.log)];
    const [first = 0] = decidedInstants(log, this.names.often, this.#everyMs);
    const { totals: decided, cursor } = await this.#stage.record(this.names.often);
    const verdicts = [decided.started, decided.skipped, decided.missed].flatMap((counts) => Object.values(counts));
    expect(sum(verdicts)).toBe((cursor.getTime() - first) / this.#everyMs + 1);

    const executions = await this.#stage.witness.executions();
    expect(executions).toEqual([...new Set(executions)]);
    for (const job of JOBS) {
      const { totals, requests } = await this.#stage.record(this.names[job]);
      const started = sum(Object.values(totals.started));
      expect(sum(Object.values(totals.ended).flatMap((byTrigger) => Object.values(byTrigger))), job).toBe(started);
      const own = executions.filter((execution) => execution.startsWith(`${this.names[job]}-`));
      expect(own.length, job).toBe(started + (totals.retries ?? 0));
      expect(requests, job).toEqual([]);
    }
    expect((await this.#stage.record(this.names.asked)).totals.ended).toEqual({ succeeded: { manual: 2 } });
    expect((await this.#stage.record(this.names.long)).runs).toMatchObject([
      { outcome: { kind: "succeeded" }, attempts: [{ number: 1 }] },
    ]);
    const { runs } = await this.#stage.record(this.names.retried);
    expect(runs.map(({ attempts }) => attempts.map(({ outcome }) => outcome))).toMatchObject([
      [{ kind: "failed", exitCode: 2 }, { kind: "failed", exitCode: 1 }, { kind: "succeeded" }],
    ]);
    expect((await this.#stage.record(this.names.paused)).totals.skipped.paused).toBeGreaterThan(0);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
