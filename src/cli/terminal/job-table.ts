import type { JobView } from "../../view/job-view.ts";
import type { ViewProblem } from "../../view/scheduler-view.ts";
import { outcomeInTable, outcomeTone } from "../../view/words/outcome.ts";
import type { Appearance } from "./appearance.ts";
import { type Cell, formatTable } from "./table.ts";
import { formatInstant, type TimeStyle } from "./time-style.ts";

export interface JobTableParts {
  readonly now: Date;
  readonly times: TimeStyle;
  readonly appearance: Appearance;
}

const COLUMNS = [{ head: "JOB" }, { head: "SCHEDULE", isCut: true }, { head: "NEXT" }, { head: "LAST START" }] as const;

/** A line for each job. What the scheduler has to say of one, other than that it carries it out, is a last column. */
export function formatJobs(jobs: readonly JobView[], parts: JobTableParts): string {
  if (jobs.length === 0) return "no jobs";
  const hasNotes = jobs.some((job) => noteOf(job) !== "");
  const rows = jobs.map((job) => [
    job.job,
    job.schedules.map(({ pattern, timezone }) => (isZoneless(pattern) ? pattern : `${pattern} ${timezone}`)).join("; "),
    nextOrWhyNot(job, parts),
    formatInstant(job.lastStartAt, parts.times, parts.now),
    outcomeOrState(job, parts),
    ...(hasNotes ? [{ text: noteOf(job), tone: "notable" } as const] : []),
  ]);
  // Only the last column may go on below itself.
  const columns = hasNotes ? [{ head: "LAST RUN", isCut: true } as const, { head: "NOTE" }] : [{ head: "LAST RUN" }];
  return formatTable([...COLUMNS, ...columns], rows, parts.appearance);
}

/** `@every` counts from the start of the day in UTC, whatever the zone. */
function isZoneless(pattern: string): boolean {
  return pattern.includes("@every ");
}

/** JSON for programs: `docs/commands.md` says which fields there are. */
export function jobJson(view: JobView): Record<string, unknown> {
  const { standing, lastOutcome, ...rest } = view;
  return {
    ...rest,
    standing: standing.kind,
    ...("because" in standing && { problems: standing.because.map(problemJson) }),
    ...(lastOutcome && { lastOutcome: outcomeInTable(lastOutcome) }),
  };
}

export function problemJson({ source, at, message, hint, severity, refused, job }: ViewProblem) {
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

function nextOrWhyNot({ suspended, paused, nextRunAt, standing }: JobView, { now, times }: JobTableParts): Cell {
  if (standing.kind === "unsure") return { text: "not started", tone: "notable" };
  if (suspended) return { text: "suspended", tone: "notable" };
  if (paused) return { text: "paused", tone: "notable" };
  if (nextRunAt !== undefined && nextRunAt < now)
    return { text: `overdue ${formatInstant(nextRunAt, times, now).replace(" ago", "")}`, tone: "bad" };
  return formatInstant(nextRunAt, times, now);
}

function noteOf({ standing, troubles }: JobView): string {
  const notes = { declared: "", unknown: "", removed: "", kept: "kept", unsure: "unsure", elsewhere: "standing by" };
  return [notes[standing.kind], ...(troubles === undefined ? [] : ["trouble"])]
    .filter((note) => note !== "")
    .join(", ");
}

/** A record does not say whether an active run has a process yet, or waits for a node: `runs` asks the engine. */
function outcomeOrState(
  { activeRuns, waitingForRetry, nextAttemptAt, lastOutcome }: JobView,
  parts: JobTableParts,
): Cell {
  const started = activeRuns - waitingForRetry;
  if (started > 0) return { text: started > 1 ? `active (${started})` : "active", tone: "active" };
  if (waitingForRetry > 0)
    return { text: `retry ${formatInstant(nextAttemptAt, parts.times, parts.now)}`, tone: "notable" };
  return lastOutcome === undefined ? "-" : { text: outcomeInTable(lastOutcome), tone: outcomeTone(lastOutcome) };
}
