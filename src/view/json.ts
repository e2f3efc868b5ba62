import type { JobView } from "./job-view.ts";
import { keptJobs, type SchedulerView, type ViewProblem } from "./scheduler-view.ts";
import { outcomeInTable } from "./words/outcome.ts";

/** A job for programs: `docs/commands.md` says which fields there are. */
export function jobJson(view: JobView) {
  const { standing, lastOutcome, ...rest } = view;
  return {
    ...rest,
    standing: standing.kind,
    ...("because" in standing && { problems: standing.because.map(problemJson) }),
    ...(lastOutcome && { lastOutcome: outcomeInTable(lastOutcome) }),
  };
}

function problemJson({ source, at, message, hint, severity, refused, job }: ViewProblem) {
  return {
    severity: severity ?? "error",
    source,
    ...(job !== undefined && { job }),
    at,
    message,
    ...(hint !== undefined && { hint }),
    ...(refused !== undefined && { refused }),
  };
}

/** The scheduler and everything that is wrong now. */
export function schedulerJson(view: SchedulerView) {
  const { version, role, engineDownBecause, ledgerDownBecause, jobs, unsure, problems } = view;
  return {
    version,
    role: role.kind,
    ...(role.kind === "standby" && { because: role.because }),
    ...(engineDownBecause !== undefined && { engineDownBecause }),
    ...(ledgerDownBecause !== undefined && { ledgerDownBecause }),
    jobs: jobs.size,
    kept: keptJobs(view),
    unsure: [...unsure],
    problems: problems.map(problemJson),
  };
}
