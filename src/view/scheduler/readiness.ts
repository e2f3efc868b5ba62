import { counted } from "../words/counted.ts";
import { errorsOf } from "./problems.ts";
import type { SchedulerView, ViewProblem } from "./scheduler-view.ts";

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

/** What readiness follows from. Probes come often, and from anyone: none of it costs more with more jobs. */
export interface ReadinessFacts extends Pick<SchedulerView, "role" | "engineDownBecause" | "ledgerDownBecause"> {
  readonly jobCount: number;
  /** Problems of definitions. */
  readonly problems: readonly ViewProblem[];
  readonly keptJobs: ReadonlySet<string>;
}

export function readinessOf(facts: ReadinessFacts): Readiness {
  const { role, engineDownBecause, ledgerDownBecause } = facts;
  return {
    role: role.kind === "standby" ? { ok: false, reason: `standby: ${role.because}` } : { ok: true, reason: "active" },
    engine: engineDownBecause === undefined ? { ok: true } : { ok: false, reason: engineDownBecause },
    ledger: ledgerDownBecause === undefined ? { ok: true } : { ok: false, reason: ledgerDownBecause },
    sources: role.kind === "active" ? checkSources(facts) : { ok: false, reason: "not read yet" },
  };
}

/**
 * Broken definitions do not keep a scheduler from being ready: its jobs continue. Only their places are named, since a
 * message may quote a secret.
 */
function checkSources({ jobCount, problems, keptJobs }: ReadinessFacts): Check {
  const errors = errorsOf({ problems });
  const warnings = problems.length - errors.length;
  const kept = [...keptJobs].toSorted().slice(0, PLACES_NAMED);
  const counts = [counted(jobCount, "job"), counted(errors.length, "problem")];
  return {
    ok: true,
    reason: [...counts, ...(warnings > 0 ? [counted(warnings, "warning")] : [])].join(", "),
    ...(errors.length > 0 && { problems: errors.slice(0, PLACES_NAMED).map(({ at }) => at) }),
    ...(kept.length > 0 && { kept }),
  };
}
