import * as z from "zod";
import type { JobView } from "../jobs/job-view.ts";
import type { PauseView } from "../jobs/pause-view.ts";
import { outcomeInTable } from "../words/outcome.ts";
import { exclusionsShape, shapeExclusions } from "./exclusions-shape.ts";
import { problemShape, shapeProblem, withoutMessage } from "./problem-shape.ts";
import { byShape } from "./run-shape.ts";
import { instant, list, openWord } from "./shape.ts";

export const scheduleShape = z
  .object({
    pattern: z.string(),
    timezone: z.string(),
    written: z
      .exactOptional(z.string())
      .meta({ description: "As its author wrote it, where the pattern was made from that: `H H * * *`." }),
    jitter: z
      .exactOptional(z.object({ ms: z.number().int(), seed: z.number().int() }))
      .meta({ description: "Each time is shifted by less than `ms`, which follows from `seed` and the time." }),
  })
  .meta({ id: "Schedule", example: { pattern: "0 3 * * *", timezone: "Europe/Berlin" } });

export const afterShape = z
  .object({ job: z.string(), on: z.enum(["succeeded", "failed", "ended"]) })
  .meta({ id: "After", description: "Which ends of another job's runs start it." });

export const pauseShape = z
  .object({
    scope: z.enum(["job", "all"]).meta({ description: "Whether the job has it itself, or all jobs have." }),
    since: instant,
    until: z.exactOptional(instant),
    reason: z.exactOptional(z.string()).meta({ description: "Role read." }),
    by: z.exactOptional(byShape).meta({ description: "Role read." }),
  })
  .meta({ id: "Pause" });

export const troubleShape = z
  .object({
    cause: z.exactOptional(z.string()).meta({ description: "Role read." }),
    since: instant,
    againAt: z.exactOptional(instant).meta({ description: "Absent while it is being tried." }),
  })
  .meta({ id: "Trouble", description: "Something that goes wrong, and is tried again." });

const anyType = {
  default: z.exactOptional(z.string()),
  required: z.exactOptional(z.literal(true)),
  description: z.exactOptional(z.string()),
};
const range = <T extends z.ZodType>(end: T) => ({ min: z.exactOptional(end), max: z.exactOptional(end) });

/** What a run may be given. */
export const inputShape = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("string"), ...anyType, pattern: z.exactOptional(z.string()), maxLength: z.number() }),
    z.object({ type: z.literal("integer"), ...anyType, ...range(z.number()) }),
    z.object({ type: z.literal("boolean"), ...anyType }),
    z.object({ type: z.literal("date"), ...anyType, ...range(z.string()) }),
    z.object({ type: z.literal("choice"), ...anyType, options: list(z.string()) }),
  ])
  .meta({ id: "Input" });

/** The node that a job was made for. */
export const nodeOfJobShape = z
  .object({
    of: z.string().meta({ description: "The declared job, which stands for those of all nodes." }),
    id: z.string(),
    name: z.string().meta({ description: "The node's hostname." }),
    awaySince: z.exactOptional(instant).meta({ description: "Nothing is started there since then." }),
    because: z.exactOptional(z.enum(["left", "drain", "pause", "unmatched"])),
  })
  .meta({ id: "NodeOfJob" });

const STANDINGS = ["declared", "kept", "elsewhere", "unsure", "removed", "unknown"] as const;

export const jobKeys = {
  job: z.string(),
  schedules: list(scheduleShape),
  exclusions: z.exactOptional(exclusionsShape).meta({ description: "Due times that are not started." }),
  after: z.exactOptional(afterShape),
  suspended: z.boolean(),
  inputs: z
    .exactOptional(z.record(z.string(), inputShape))
    .meta({ description: "What a run may be given. Role read." }),
  node: z
    .exactOptional(nodeOfJobShape)
    .meta({ description: "The node that it was made for, by a declaration for each node." }),
  labelsOf: z
    .exactOptional(z.string())
    .meta({ description: "The scheduler whose labels declare it, where it is another one." }),
  dockerJobs: z
    .exactOptional(list(z.string()))
    .meta({ description: "Its names in Docker's own scheduler, where that starts it, too. Role read." }),
  paused: z.exactOptional(pauseShape).meta({ description: "Of two that hold it, the one that lasts longer." }),
  alsoPaused: z.exactOptional(pauseShape),
  activeRuns: z.number().int().meta({ description: "With those that wait for their next attempt." }),
  waitingForRetry: z.number().int(),
  nextRunAt: z
    .exactOptional(instant)
    .meta({ description: "In the past: it is overdue. Absent: its schedule starts it no more." }),
  isDone: z.exactOptional(z.literal(true)).meta({ description: "Its schedules have no further times." }),
  planned: z
    .exactOptional(list(z.object({ run: z.string(), startAt: instant }).meta({ id: "PlannedRun" })))
    .meta({ description: "Starts that were asked for at a later time, the earliest first." }),
  lastStartAt: z.exactOptional(instant),
  nextAttemptAt: z.exactOptional(instant),
  waits: z
    .exactOptional(
      z.object({
        reason: openWord("waits-for-pool"),
        pool: z.string(),
        holders: list(z.string()).meta({ description: "The runs that take its slots." }),
      }),
    )
    .meta({ description: "What is due waits for a slot of its pool. Absent: it does not, or no scheduler says so." }),
  troubles: z.exactOptional(list(troubleShape)),
  standing: z.enum(STANDINGS).meta({ description: "Whether it is carried out." }),
  problems: z.exactOptional(list(problemShape)).meta({ description: "Why its definition is kept, or not sure." }),
  lastOutcome: z.exactOptional(z.string()).meta({ description: "How the run that ended last ended, in a word." }),
};

/** A job, in short. */
export const jobShape = z.object(jobKeys).meta({ id: "Job" });
export type JobShape = z.infer<typeof jobShape>;

export function shapeJob({ standing, lastOutcome, exclusions, ...rest }: JobView): JobShape {
  return {
    ...rest,
    ...(exclusions && { exclusions: shapeExclusions(exclusions) }),
    standing: standing.kind,
    ...("because" in standing && { problems: standing.because.map(shapeProblem) }),
    ...(lastOutcome && { lastOutcome: outcomeInTable(lastOutcome) }),
  };
}

/** For those who may not read definitions: without what could quote one, and without names of people. */
export function jobForStatus<T extends JobShape>({
  inputs: _inputs,
  dockerJobs: _dockerJobs,
  paused,
  alsoPaused,
  troubles,
  problems,
  ...job
}: T) {
  return {
    ...job,
    ...(paused && { paused: pauseForStatus(paused) }),
    ...(alsoPaused && { alsoPaused: pauseForStatus(alsoPaused) }),
    ...(troubles && { troubles: troubles.map(({ cause: _cause, ...trouble }) => trouble) }),
    ...(problems && { problems: problems.map(withoutMessage) }),
  };
}

export function pauseForStatus({ scope, since, until }: PauseView): PauseView {
  return { scope, since, ...(until && { until }) };
}
