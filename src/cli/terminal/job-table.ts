import type { JobView } from "../../view/jobs/job-view.ts";
import { groupInWords, nodeGroups } from "../../view/jobs/node-group.ts";
import { afterInTable } from "../../view/words/after.ts";
import { outcomeInTable } from "../../view/words/outcome.ts";
import { scheduleInShort } from "../../view/words/schedule.ts";
import { type Appearance, outcomeTone } from "./appearance.ts";
import { type Cell, formatTable } from "./table.ts";
import { formatInstant, type TimeStyle } from "./time-style.ts";

interface JobTableParts {
  readonly now: Date;
  readonly times: TimeStyle;
  readonly appearance: Appearance;
}

const COLUMNS = [{ head: "JOB" }, { head: "SCHEDULE", isCut: true }, { head: "NEXT" }, { head: "LAST START" }] as const;

/** A line for each job. A last column tells which jobs the scheduler does not simply carry out. */
export function formatJobs(jobs: readonly JobView[], parts: JobTableParts): string {
  if (jobs.length === 0) return "no jobs";
  const hasNotes = jobs.some((job) => noteOf(job) !== "");
  const groups = nodeGroups(jobs);
  const rows = jobs.flatMap((job) => {
    const group = groups.get(job.node?.of ?? "");
    const row: Cell[] = [
      job.job,
      group === undefined ? schedulesOf(job) : "",
      nextOrWhyNot(job, parts),
      formatInstant(job.lastStartAt, parts.times, parts.now),
      outcomeOrState(job, parts),
      ...(hasNotes ? [{ text: noteOf(job), tone: "notable" } as const] : []),
    ];
    return group?.[0] === job ? [groupRow(group, hasNotes), row] : [row];
  });
  // Only the last column may continue on the next line.
  const columns = hasNotes ? [{ head: "LAST RUN", isCut: true } as const, { head: "NOTE" }] : [{ head: "LAST RUN" }];
  return formatTable([...COLUMNS, ...columns], rows, parts.appearance);
}

/** Above the jobs of all nodes of one declaration. */
function groupRow(jobs: readonly JobView[], hasNotes: boolean): Cell[] {
  const [first] = jobs;
  const name = first?.node?.of ?? "";
  return [name, first === undefined ? "" : schedulesOf(first), "", "", groupInWords(jobs), ...(hasNotes ? [""] : [])];
}

function schedulesOf({ schedules, after }: JobView): string {
  if (schedules.length === 0 && after === undefined) return "manual";
  return [...schedules.map(scheduleInShort), ...(after === undefined ? [] : [afterInTable(after)])].join("; ");
}

function nextOrWhyNot(
  { suspended, node, paused, nextRunAt, isDone, standing }: JobView,
  { now, times }: JobTableParts,
): Cell {
  if (standing.kind === "unsure") return { text: "not started", tone: "notable" };
  if (node?.awaySince !== undefined) return { text: "node away", tone: "notable" };
  if (suspended) return { text: "suspended", tone: "notable" };
  if (paused)
    return { text: nextRunAt ? `paused, ${formatInstant(nextRunAt, times, now)}` : "paused", tone: "notable" };
  if (nextRunAt !== undefined && nextRunAt < now)
    return { text: `overdue ${formatInstant(nextRunAt, times, now).replace(" ago", "")}`, tone: "bad" };
  return isDone ? "done" : formatInstant(nextRunAt, times, now);
}

function noteOf({ standing, troubles, planned, labelsOf, dockerJobs, waits }: JobView): string {
  const notes = { declared: "", unknown: "", removed: "", kept: "kept", unsure: "unsure", elsewhere: "standing by" };
  return [
    notes[standing.kind],
    ...(waits === undefined ? [] : [`waits for pool ${waits.pool}`]),
    ...(troubles === undefined ? [] : ["trouble"]),
    ...(planned === undefined ? [] : ["run planned"]),
    ...(labelsOf === undefined ? [] : [`labels of ${labelsOf}`]),
    ...(dockerJobs === undefined ? [] : ["also in Docker"]),
  ]
    .filter((note) => note !== "")
    .join(", ");
}

/** A record does not say whether an active run has a process yet, or waits for a node: `runs` asks the engine. */
function outcomeOrState(
  { activeRuns, waitingForRetry, nextAttemptAt, lastOutcome }: JobView,
  { times, now }: JobTableParts,
): Cell {
  const started = activeRuns - waitingForRetry;
  if (started > 0) return { text: started > 1 ? `active (${started})` : "active", tone: "active" };
  if (waitingForRetry > 0) return { text: `retry ${formatInstant(nextAttemptAt, times, now)}`, tone: "notable" };
  return lastOutcome === undefined ? "-" : { text: outcomeInTable(lastOutcome), tone: outcomeTone(lastOutcome) };
}
