import type { Clock } from "./clock.ts";
import { aheadProblem } from "./decide/cursor-ahead.ts";
import { mayDeclare } from "./definition/reading.ts";
import type { SourceName } from "./job/job.ts";
import type { Problem } from "./job/problem.ts";
import type { MetricsFacts } from "./observe/metrics/metrics.ts";
import type { RunEvent } from "./observe/run-events.ts";
import { type Definitions, knownJob } from "./runs/definitions.ts";
import type { Loop } from "./runs/loop.ts";
import { version } from "./version.ts";
import { troubleProblem, unreadableRecord } from "./view/problems.ts";
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
    const engineDownBecause = this.#engineDown();
    const ledgerDownBecause = this.#ledgerDown();
    return {
      version,
      instance: this.#instance,
      ...(this.ledgerFile !== undefined && { ledgerFile: this.ledgerFile }),
      role: this.#role(),
      ...(engineDownBecause !== undefined && { engineDownBecause }),
      ...(ledgerDownBecause !== undefined && { ledgerDownBecause }),
      jobs: this.#declaredJobs(),
      unsure: this.#unsure(),
      problems: this.#problems(),
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
    const jobs = new Map<string, DeclaredJob>();
    for (const { name, hash, origin, schedules, suspended } of this.definitions?.jobs.values() ?? []) {
      const nextRunAt = this.loop?.nextRunAt(name);
      const troubles = this.loop?.troublesOf(name) ?? [];
      const isKept = this.definitions?.kept.has(name) ?? false;
      const more = { ...(nextRunAt && { nextRunAt }), ...(troubles.length > 0 && { troubles }) };
      jobs.set(name, { hash, origin, schedules, suspended, isKept, ...more });
    }
    return jobs;
  }

  /** Jobs that nothing readable declares, and something unreadable may declare. */
  #unsure(): Set<string> {
    const { loop, definitions } = this;
    if (definitions === undefined) return new Set();
    const records = [...(loop?.book.records.values() ?? [])];
    const open = records.filter(
      ({ job, removedAt, closedAt }) => !removedAt && !closedAt && !definitions.jobs.has(job),
    );
    const unsure = open.filter((record) => definitions.unread.some((unread) => mayDeclare(unread, knownJob(record))));
    return new Set([...definitions.unsure.keys(), ...unsure.map(({ job }) => job)]);
  }

  #problems(): ViewProblem[] {
    const now = this.#clock.now();
    const ahead = [...(this.loop?.book.records.values() ?? [])].flatMap((record) => {
      const problem = aheadProblem(record, now);
      return problem === undefined ? [] : { ...problem, job: record.job };
    });
    // Where the job has a new record, the damaged one is kept and harms nothing.
    const unreadable = [...this.#unreadable].map(([job, why]) =>
      unreadableRecord(job, why, this.loop?.book.records.has(job) === true ? "warning" : undefined),
    );
    const names = new Set([...(this.definitions?.jobs.keys() ?? []), ...(this.loop?.book.records.keys() ?? [])]);
    const troubles = [undefined, ...names].flatMap((job) =>
      (this.loop?.troublesOf(job) ?? []).map((trouble) => troubleProblem(trouble, job)),
    );
    const settings = [...this.#settingProblems.values()].flat();
    return [...(this.definitions?.problems ?? []), ...settings, ...ahead, ...unreadable, ...troubles];
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
