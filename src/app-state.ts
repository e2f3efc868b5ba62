import type { Clock } from "./clock.ts";
import type { SourceName } from "./jobs/job.ts";
import { isWarning, REFUSAL_REASONS } from "./jobs/problem.ts";
import type { MetricsView } from "./report/metrics.ts";
import type { Definitions } from "./runs/definition-events.ts";
import type { Loop } from "./runs/loop.ts";
import type { SourceProblem } from "./runs/run-events.ts";
import { isAhead } from "./schedule/cursor-ahead.ts";

/** `/healthz` fails when the loop, which turns each minute at least, has not turned for so long. */
const STUCK_AFTER_MS = 120_000;

/** What is shown of the scheduler: the view of metrics and pages. */
export class AppState implements MetricsView {
  loop: Loop | undefined;
  /** Undefined until the sources were read. */
  definitions: Definitions | undefined;
  /** The sources that are read, by name. */
  sources: readonly SourceName[] = [];
  /** Why nobody knows yet what engine it is. */
  engineDownBecause: string | undefined;
  /** Why another scheduler has the work. */
  standbyBecause: string | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  *jobs() {
    for (const job of this.definitions?.jobs.values() ?? []) {
      const nextRunAt = this.loop?.nextRunAt(job.name);
      const isKept = this.definitions?.kept.has(job.name) ?? false;
      yield { job, page: this.loop?.book.pages.get(job.name), ...(nextRunAt && { nextRunAt }), isKept };
    }
  }

  *problems(): Iterable<readonly [string, number]> {
    const now = this.#clock.now();
    const ahead = [...(this.loop?.book.pages.values() ?? [])].filter((page) => isAhead(page, now));
    yield* this.#countBySource((problem) => !isWarning(problem)).set("scheduler", ahead.length);
  }

  warnings(): Iterable<readonly [string, number]> {
    return this.#countBySource(isWarning);
  }

  #countBySource(isCounted: (problem: SourceProblem) => boolean): Map<string, number> {
    const counts = new Map<string, number>(this.sources.map((name) => [name, 0]));
    for (const problem of this.definitions?.problems ?? []) {
      if (isCounted(problem)) counts.set(problem.source, (counts.get(problem.source) ?? 0) + 1);
    }
    return counts;
  }

  *refusals(): Iterable<readonly [string, string, number]> {
    const refused = (this.definitions?.problems ?? []).filter((problem) => problem.refused !== undefined);
    for (const source of this.sources.filter((name) => name !== "files")) {
      const own = refused.filter((problem) => problem.source === source);
      for (const reason of REFUSAL_REASONS)
        yield [source, reason, own.filter((problem) => problem.refused === reason).length];
    }
  }

  startsWaiting(): number {
    return this.loop?.launches.waiting ?? 0;
  }

  isEngineUp(): boolean {
    return this.loop !== undefined && this.loop.engineDownBecause === undefined;
  }

  health(now: Date) {
    if (this.standbyBecause !== undefined) return { ok: true, reason: `standby: ${this.standbyBecause}` };
    const { loop } = this;
    if (loop?.turnedAt === undefined) return { ok: true, reason: "starting" };
    const ms = now.getTime() - loop.turnedAt.getTime();
    if (ms < STUCK_AFTER_MS) return { ok: true };
    // It may be the clock that was set forward, or the machine that slept: then it turns as soon as it is woken.
    loop.wake();
    return { ok: false, reason: `the loop has not turned for ${Math.round(ms / 1000)} s` };
  }

  readiness() {
    const { loop, definitions, standbyBecause } = this;
    const engine = loop === undefined ? (this.engineDownBecause ?? "not connected yet") : loop.engineDownBecause;
    const ledger = loop?.turnedAt === undefined ? "not loaded yet" : loop.book.ledgerDownBecause;
    return {
      role:
        standbyBecause === undefined
          ? { ok: true, reason: "active" }
          : { ok: false, reason: `standby: ${standbyBecause}` },
      engine: engine === undefined ? { ok: true } : { ok: false, reason: engine },
      ledger: ledger === undefined ? { ok: true } : { ok: false, reason: ledger },
      sources: definitions === undefined ? { ok: false, reason: "not read yet" } : readinessOf(definitions),
    };
  }
}

const PLACES_NAMED = 20;

/** Broken definitions keep nobody waiting: the jobs go on. Only their places are told, since a text may have a secret in it. */
function readinessOf({ jobs, problems, kept }: Definitions) {
  const errors = problems.filter((problem) => !isWarning(problem));
  const warnings = problems.length - errors.length;
  const reason = `${jobs.size} jobs, ${errors.length} problems${warnings > 0 ? `, ${warnings} warnings` : ""}`;
  return {
    ok: true,
    reason,
    ...(errors.length > 0 && { problems: errors.slice(0, PLACES_NAMED).map(({ at }) => at) }),
    ...(kept.size > 0 && { kept: [...kept].sort().slice(0, PLACES_NAMED) }),
  };
}
