import type { Clock } from "./clock.ts";
import { aheadProblem } from "./decide/cursor-ahead.ts";
import { mayDeclare } from "./definition/reading.ts";
import type { SourceName } from "./job/job.ts";
import type { Problem } from "./job/problem.ts";
import type { JobRecord } from "./ledger/record.ts";
import type { MetricsFacts } from "./observe/metrics/metrics.ts";
import type { RunEvent } from "./observe/run-events.ts";
import { type Definitions, knownJob, noDefinitions } from "./runs/definitions.ts";
import type { Loop } from "./runs/loop.ts";
import { version } from "./version.ts";
import { troubleProblem, unreadableRecord } from "./view/problems.ts";
import type { ReadinessFacts } from "./view/readiness.ts";
import type { DeclaredJob, SchedulerRole, SchedulerView, ViewProblem } from "./view/scheduler-view.ts";

/** `/healthz` fails when the loop, which turns at least once a minute, has not turned for this long. */
const STUCK_AFTER_MS = 120_000;

interface AppStateSettings {
  readonly clock: Clock;
  readonly instance: string;
}

/** What is known about this scheduler: the view that commands, metrics and `/readyz` show, and its health. */
export class AppState {
  loop: Loop | undefined;
  /** Undefined until the sources have been read. */
  definitions: Definitions | undefined;
  /** The sources that are read, by name. */
  sources: readonly SourceName[] = [];
  /** Why the kind of the engine is not known yet. */
  engineDownBecause: string | undefined;
  /** Why the ledger is not open yet. */
  ledgerDownBecause: string | undefined;
  /** Why another scheduler has the work. */
  standbyBecause: string | undefined;
  /** As in `SchedulerView`. */
  ledgerFile: string | undefined;
  readonly #clock: Clock;
  readonly #instance: string;
  /** What settings name and cannot be used, by place. */
  readonly #settingProblems = new Map<string, readonly ViewProblem[]>();
  /** Why a job's record could not be read when the scheduler started. */
  readonly #unreadable = new Map<string, string>();

  constructor({ clock, instance }: AppStateSettings) {
    this.#clock = clock;
    this.#instance = instance;
  }

  /** For `RunEvents.on`: only events say which records could not be read. */
  readonly onEvent = (event: RunEvent): void => {
    if (event.event === "record-unreadable") this.#unreadable.set(event.job, event.message);
  };

  /** Makes these the problems of that place. Returns the new ones, and those that are gone. */
  noteSettingProblems(
    at: string,
    found: readonly Omit<Problem, "at">[],
  ): { came: readonly ViewProblem[]; went: readonly ViewProblem[] } {
    const before = this.#settingProblems.get(at) ?? [];
    const after = found.map((problem): ViewProblem => ({ source: "scheduler", at, ...problem }));
    this.#settingProblems.set(at, after);
    return { came: missingIn(before, after), went: missingIn(after, before) };
  }

  /** Everything that commands, metrics and `/readyz` show. Made each time it is asked for, and not kept. */
  view(): SchedulerView {
    return {
      version,
      instance: this.#instance,
      ...(this.ledgerFile !== undefined && { ledgerFile: this.ledgerFile }),
      ...this.#condition(),
      jobs: this.#declaredJobs(),
      unsure: this.#unsure(),
      problems: this.#problems(),
    };
  }

  /** For `/readyz`. */
  readiness(): ReadinessFacts {
    const { definitions = noDefinitions } = this;
    const { jobs, problems, kept } = definitions;
    return { ...this.#condition(), jobCount: jobs.size, problems, keptJobs: kept };
  }

  #condition(): Pick<SchedulerView, "role" | "engineDownBecause" | "ledgerDownBecause"> {
    const engineDownBecause = this.#engineDown();
    const ledgerDownBecause = this.#ledgerDown();
    return {
      role: this.#role(),
      ...(engineDownBecause !== undefined && { engineDownBecause }),
      ...(ledgerDownBecause !== undefined && { ledgerDownBecause }),
    };
  }

  #role(): SchedulerRole {
    if (this.standbyBecause !== undefined) return { kind: "standby", because: this.standbyBecause };
    return { kind: this.definitions === undefined ? "starting" : "active" };
  }

  #engineDown(): string | undefined {
    return this.loop === undefined ? (this.engineDownBecause ?? "not connected yet") : this.loop.engineDownBecause;
  }

  #ledgerDown(): string | undefined {
    const because = this.ledgerDownBecause ?? this.loop?.book.ledgerDownBecause;
    return because ?? (this.loop?.turnedAt === undefined ? "not loaded yet" : undefined);
  }

  #declaredJobs(): Map<string, DeclaredJob> {
    const { loop, definitions } = this;
    const jobs = new Map<string, DeclaredJob>();
    for (const { name, hash, origin, schedules, suspended } of definitions?.jobs.values() ?? []) {
      const nextRunAt = loop?.nextRunAt(name);
      const troubles = loop?.troublesOf(name) ?? [];
      jobs.set(name, {
        hash,
        origin,
        schedules,
        suspended,
        isKept: definitions?.kept.has(name) === true,
        ...(nextRunAt && { nextRunAt }),
        ...(troubles.length > 0 && { troubles }),
      });
    }
    return jobs;
  }

  /** Jobs that nothing readable declares, and something unreadable may declare. */
  #unsure(): Set<string> {
    const { loop, definitions } = this;
    if (definitions === undefined) return new Set();
    const unsure = new Set(definitions.unsure.keys());
    if (definitions.unread.length === 0) return unsure;
    for (const record of loop?.book.records.values() ?? []) {
      const isOpen = !record.removedAt && !record.closedAt && !definitions.jobs.has(record.job);
      if (isOpen && definitions.unread.some((unread) => mayDeclare(unread, knownJob(record)))) unsure.add(record.job);
    }
    return unsure;
  }

  #problems(): ViewProblem[] {
    const { loop, definitions } = this;
    const now = this.#clock.now();
    const problems: ViewProblem[] = [...(definitions?.problems ?? []), ...[...this.#settingProblems.values()].flat()];
    const records: ReadonlyMap<string, JobRecord> = loop?.book.records ?? new Map();
    for (const record of records.values()) {
      const problem = aheadProblem(record, now);
      if (problem !== undefined) problems.push({ ...problem, job: record.job });
    }
    // Where the job has a new record, the damaged one is kept and harms nothing.
    for (const [job, why] of this.#unreadable)
      problems.push(unreadableRecord(job, why, records.has(job) ? "warning" : undefined));
    const addTroubles = (job?: string) => {
      for (const trouble of loop?.troublesOf(job) ?? []) problems.push(troubleProblem(trouble, job));
    };
    addTroubles();
    for (const job of definitions?.jobs.keys() ?? []) addTroubles(job);
    for (const job of records.keys()) if (definitions?.jobs.has(job) !== true) addTroubles(job);
    return problems;
  }

  /** For the metrics. */
  facts(): MetricsFacts {
    return {
      scheduler: this.view(),
      records: this.loop?.book.records ?? new Map(),
      sources: this.sources,
      startsWaiting: this.loop?.launches.waiting ?? 0,
      startsHanging: this.loop?.launches.hanging ?? 0,
    };
  }

  health(now: Date) {
    if (this.standbyBecause !== undefined) return { ok: true, reason: `standby: ${this.standbyBecause}` };
    const { loop } = this;
    if (loop?.turnedAt === undefined) return { ok: true, reason: "starting" };
    const ms = now.getTime() - loop.turnedAt.getTime();
    if (ms < STUCK_AFTER_MS) return { ok: true };
    // Perhaps the clock was set forward, or the machine slept: then the loop turns as soon as it is woken.
    loop.wake();
    return { ok: false, reason: `the loop has not turned for ${Math.round(ms / 1000)} s` };
  }
}

function missingIn(known: readonly ViewProblem[], problems: readonly ViewProblem[]): readonly ViewProblem[] {
  return problems.filter(({ message }) => !known.some((other) => other.message === message));
}
