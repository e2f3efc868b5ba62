import { errorsOf } from "./problems.ts";
import { keptJobs, type SchedulerView } from "./scheduler-view.ts";
import { counted } from "./words/counted.ts";

/** One thing that is checked. `reason` may be there also when all is well: `active`. */
export interface Check {
  readonly ok: boolean;
  readonly reason?: string;
  /** Where something is wrong that does not keep the scheduler from being ready. */
  readonly problems?: readonly string[];
  /** Jobs that continue under their last good definition. */
  readonly kept?: readonly string[];
}

/** A scheduler that passes all of these checks is ready. */
export type Readiness = Readonly<Record<"role" | "engine" | "ledger" | "sources", Check>>;

const PLACES_NAMED = 20;

export function readinessOf(view: SchedulerView): Readiness {
  const { role, engineDownBecause, ledgerDownBecause } = view;
  return {
    role: role.kind === "standby" ? { ok: false, reason: `standby: ${role.because}` } : { ok: true, reason: "active" },
    engine: engineDownBecause === undefined ? { ok: true } : { ok: false, reason: engineDownBecause },
    ledger: ledgerDownBecause === undefined ? { ok: true } : { ok: false, reason: ledgerDownBecause },
    sources: role.kind === "active" ? checkSources(view) : { ok: false, reason: "not read yet" },
  };
}

/**
 * Broken definitions do not keep a scheduler from being ready: its jobs continue. Only their places are named, since a
 * message may quote a secret.
 */
function checkSources(view: SchedulerView): Check {
  const problems = view.problems.filter(({ source }) => source !== "scheduler");
  const errors = errorsOf({ problems });
  const warnings = problems.length - errors.length;
  const kept = keptJobs(view);
  const counts = [counted(view.jobs.size, "job"), counted(errors.length, "problem")];
  return {
    ok: true,
    reason: [...counts, ...(warnings > 0 ? [counted(warnings, "warning")] : [])].join(", "),
    ...(errors.length > 0 && { problems: errors.slice(0, PLACES_NAMED).map(({ at }) => at) }),
    ...(kept.length > 0 && { kept: kept.toSorted().slice(0, PLACES_NAMED) }),
  };
}
