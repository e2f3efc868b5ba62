import type { Clock } from "../clock.ts";
import { aheadProblem } from "../decide/cursor-ahead.ts";
import { mayDeclare } from "../definition/reading.ts";
import type { OpenEngine } from "../engines/open.ts";
import type { SourceName } from "../job/job.ts";
import type { Problem } from "../job/problem.ts";
import type { JobRecord } from "../ledger/record.ts";
import type { MetricsFacts } from "../observe/metrics/metrics.ts";
import type { RunEvent } from "../observe/run-events.ts";
import { type Definitions, knownJob, noDefinitions } from "../runs/definitions.ts";
import type { Loop } from "../runs/loop.ts";
import { unreadableInstance } from "../runs/pauses.ts";
import { version } from "../version.ts";
import { pauseOfAll } from "../view/jobs/pause-view.ts";
import type { DockerNames } from "../view/scheduler/docker-jobs.ts";
import {
  channelProblem,
  errorsOf,
  troubleProblem,
  unheardProblems,
  unreadableRecord,
} from "../view/scheduler/problems.ts";
import type { ReadinessFacts } from "../view/scheduler/readiness.ts";
import type {
  ChannelFacts,
  PoolAttempt,
  SchedulerRole,
  SchedulerView,
  ViewProblem,
} from "../view/scheduler/scheduler-view.ts";
import { DeclaredJobs } from "./declared-jobs.ts";

/** `/healthz` fails when the loop, which turns at least once a minute, has not turned for this long. */
const STUCK_AFTER_MS = 120_000;

interface AppStateSettings {
  readonly clock: Clock;
  readonly instance: string;
}

/** What is known about this scheduler: the view that commands, metrics and `/readyz` show, and its health. */
export class AppState {
  loop: Loop | undefined;
  /** What the loop works with. */
  opened: Pick<OpenEngine, "engine" | "ledger"> | undefined;
  /** Undefined until the sources have been read. */
  definitions: Definitions | undefined;
  /** What schedule files declare, while the engine does not answer and the ledger is not known without it. */
  declaredAhead: Definitions | undefined;
  /** The channels as they are now; undefined where there is no file of them. */
  channels: (() => readonly ChannelFacts[]) | undefined;
  /** What has become of spans; undefined while traces are off. */
  spans: (() => NonNullable<MetricsFacts["spans"]>) | undefined;
  /** Hears of a channel that has just taken a notice which tries it. */
  channelTook: ((channel: string) => void) | undefined;
  /** The sources that are read, by name. */
  sources: readonly SourceName[] = [];
  /** Why the kind of the engine is not known yet. */
  engineDownBecause: string | undefined;
  /** Since when the engine is asked in vain, before the loop is there. */
  engineDownSince: Date | undefined;
  /** Why the ledger is not open yet. */
  ledgerDownBecause: string | undefined;
  /** Why another scheduler has the work. */
  standbyBecause: string | undefined;
  /** The declared jobs that Docker's own scheduler starts, too. */
  dockerNames: DockerNames = new Map();
  /** As in `SchedulerView`. */
  ledgerFile: string | undefined;
  readonly #clock: Clock;
  readonly #instance: string;
  /** What settings name and cannot be used, by what they name. */
  readonly #settingProblems = new Map<string, readonly ViewProblem[]>();
  readonly #declaredJobs = new DeclaredJobs();
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

  /** Makes these the problems of what settings name. Returns the new ones, and those that are gone. */
  noteSettingProblems(
    of: string,
    found: readonly Problem[],
  ): { came: readonly ViewProblem[]; went: readonly ViewProblem[] } {
    const before = this.#settingProblems.get(of) ?? [];
    const after = found.map((problem): ViewProblem => ({ source: "scheduler", ...problem }));
    this.#settingProblems.set(of, after);
    return { came: missingIn(before, after), went: missingIn(after, before) };
  }

  /** Everything that commands, metrics, pages and `/readyz` show: as it is now, and it no longer changes. */
  view(): SchedulerView {
    return {
      version,
      instance: this.#instance,
      ...(this.ledgerFile !== undefined && { ledgerFile: this.ledgerFile }),
      ...this.condition(),
      ...(this.loop && { starts: this.loop.launches.places, ...poolsOf(this.loop) }),
      jobs: this.#declaredJobs.of(this.definitions ?? this.declaredAhead ?? noDefinitions, this.loop, this.dockerNames),
      unsure: this.#unsure(),
      problems: this.#problems(),
      ...(this.channels && { channels: this.channels() }),
    };
  }

  /** For `/readyz`. */
  readiness(): ReadinessFacts {
    const { definitions = noDefinitions } = this;
    const { jobs, problems, kept } = definitions;
    return { ...this.condition(), jobCount: jobs.size, problems, keptJobs: kept };
  }

  /** Whether it works, and with what. */
  condition(): Pick<SchedulerView, "role" | "engineDownBecause" | "engineDownSince" | "ledgerDownBecause"> {
    const engineDownBecause = this.#engineDown();
    const engineDownSince = this.loop === undefined ? this.engineDownSince : this.loop.engineDownSince;
    const ledgerDownBecause = this.#ledgerDown();
    return {
      role: this.#role(),
      ...(engineDownBecause !== undefined && { engineDownBecause, ...(engineDownSince && { engineDownSince }) }),
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
    if (because !== undefined || this.loop?.turnedAt !== undefined) return because;
    return this.declaredAhead === undefined ? "not loaded yet" : "it is not known before the engine answers";
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
    const { loop, definitions = this.declaredAhead } = this;
    const now = this.#clock.now();
    const problems: ViewProblem[] = [...(definitions?.problems ?? []), ...[...this.#settingProblems.values()].flat()];
    const records: ReadonlyMap<string, JobRecord> = loop?.book.records ?? new Map();
    for (const record of records.values()) {
      const problem = aheadProblem(record, now);
      if (problem !== undefined) problems.push({ ...problem, job: record.job });
      problems.push(...unheardProblems(record));
    }
    if (loop?.book.instanceUnreadable !== undefined) problems.push(unreadableInstance(loop.book.instanceUnreadable));
    for (const channel of this.channels?.() ?? [])
      problems.push(...[channelProblem(channel)].flatMap((problem) => problem ?? []));
    // Where the job has a new record, the damaged one is kept and harms nothing.
    for (const [job, why] of this.#unreadable)
      problems.push(unreadableRecord(job, why, records.has(job) ? "warning" : undefined));
    const addTroubles = (job?: string) => {
      for (const trouble of loop?.troublesOf(job) ?? []) problems.push(troubleProblem(trouble, job));
    };
    addTroubles();
    const busy = new Set(loop?.busyJobs);
    const declared = definitions?.jobs ?? noDefinitions.jobs;
    if (busy.size === 0) return problems;
    for (const job of declared.keys()) if (busy.has(job)) addTroubles(job);
    for (const job of records.keys()) if (busy.has(job) && !declared.has(job)) addTroubles(job);
    return problems;
  }

  /** For the metrics. */
  facts(): MetricsFacts {
    return {
      scheduler: this.view(),
      records: this.loop?.book.records ?? new Map(),
      sources: this.sources,
      isPaused: this.#isPaused(),
      startsWaiting: this.loop?.launches.waiting ?? 0,
      startsHanging: this.loop?.launches.hanging ?? 0,
      startsPrepared: this.loop?.ahead.counts ?? { used: 0, unused: 0 },
      spans: this.spans?.(),
    };
  }

  /** Undefined until the records have been read. */
  #isPaused(): boolean | undefined {
    const { loop } = this;
    if (loop?.turnedAt === undefined) return undefined;
    return pauseOfAll(loop.book.instance, this.#clock.now()) !== undefined;
  }

  /** What there is to say of its work; undefined while it does none: it waits, its engine or its ledger is down, or it is stuck. */
  work(now: Date): { readonly jobs: number; readonly problems: number } | undefined {
    const { definitions } = this;
    const { role, engineDownBecause, ledgerDownBecause } = this.condition();
    const isDown = engineDownBecause !== undefined || ledgerDownBecause !== undefined || !this.health(now).ok;
    if (role.kind !== "active" || definitions === undefined || isDown) return undefined;
    return { jobs: definitions.jobs.size, problems: errorsOf({ problems: this.#problems() }).length };
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

function poolsOf({ pools }: Loop): Pick<SchedulerView, "pools"> {
  const standings = pools.standings();
  if (standings.length === 0) return {};
  const shown = ({ job, run, attempt }: PoolAttempt): PoolAttempt => ({ job, run, attempt });
  return {
    pools: standings.map(({ name, limit, holders, waiting }) => ({
      name,
      limit,
      holders: holders.map(shown),
      waiting: waiting.map(shown),
    })),
  };
}

function missingIn(known: readonly ViewProblem[], problems: readonly ViewProblem[]): readonly ViewProblem[] {
  return problems.filter(({ at, message }) => !known.some((other) => other.at === at && other.message === message));
}
