import * as z from "zod";
import {
  type Attempt,
  type LostReason,
  type Outcome,
  type RefuseReason,
  type RejectReason,
  TRIGGERS,
} from "../../ledger/record.ts";
import type { PastRun } from "../runs/past-runs.ts";
import type { RunView } from "../runs/run-view.ts";
import { instant, list, openWord } from "./shape.ts";

export const byShape = z
  .object({ via: z.enum(["cli", "page", "api"]), name: z.exactOptional(z.string()) })
  .meta({ id: "By", description: "Who asked for something, and through what." });

const message = z.exactOptional(z.string()).meta({ description: "In the engine's words. Role read." });
const exitCode = z.number().int();
const endedEarly = { exitCode: z.exactOptional(exitCode) };

export const outcomeShape = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("succeeded"), exitCode: z.exactOptional(exitCode) }),
    z.object({
      kind: z.literal("failed"),
      exitCode: z.exactOptional(exitCode),
      oom: z
        .exactOptional(z.union([z.boolean(), z.literal("unknown")]))
        .meta({ description: "Killed for its use of memory." }),
      message: z.exactOptional(z.string()).meta({
        description: "Why a request failed, which has no process; its exit code is the one of curl. Role read.",
      }),
    }),
    z.object({
      kind: z.literal("rejected"),
      reason: z.exactOptional(openWord<RejectReason>("Why it was not run.")),
      message,
    }),
    z.object({ kind: z.literal("timed-out"), ...endedEarly }),
    z.object({ kind: z.literal("replaced"), ...endedEarly }),
    z.object({ kind: z.literal("cancelled"), ...endedEarly }),
    z.object({
      kind: z.literal("lost"),
      reason: z.exactOptional(openWord<LostReason>("Why its end is not known.")),
      message,
    }),
  ])
  .meta({ id: "Outcome", description: "How a run, or one attempt, ended." });
type OutcomeShape = z.infer<typeof outcomeShape>;

export const imageShape = z
  .object({ name: z.string(), digest: z.exactOptional(z.string()), id: z.exactOptional(z.string()) })
  .meta({ id: "Image" });

export const usageShape = z
  .object({
    cpuMs: z
      .exactOptional(z.number().int())
      .meta({ description: "CPU time of all its processes, in milliseconds, up to the last reading." }),
    peakMemoryBytes: z.exactOptional(z.number().int()).meta({
      description: "The most memory that was in use at a reading, in whole KiB, without cache that can be given up.",
    }),
  })
  .meta({ id: "Usage", description: "What an attempt used at least: it is read now and then while it runs." });

const texts = z.record(z.string(), z.string()) as z.ZodType<Readonly<Record<string, string>>>;

export const RUN_STATES = [
  "requested",
  "refused",
  "starting",
  "running",
  "active",
  "stopping",
  "ending",
  "waiting-for-retry",
  "ended",
] as const;

const runKeys = {
  run: z.string().meta({ description: "Its ID." }),
  job: z.exactOptional(z.string()),
  trigger: z.enum(TRIGGERS),
  scheduledAt: instant.meta({
    description:
      "When it was due: of a manual start, when it was requested; after another job, when its run had ended.",
  }),
  after: z
    .exactOptional(z.object({ job: z.string(), run: z.string() }))
    .meta({ description: "The run of another job whose end has started it." }),
  inputs: z.exactOptional(texts).meta({ description: "Role read." }),
  by: z.exactOptional(byShape).meta({ description: "Who started it. Role read." }),
  reason: z.exactOptional(z.string()).meta({ description: "Why it was started, in the operator's words. Role read." }),
  state: z.enum(RUN_STATES),
  startedAt: z.exactOptional(instant),
  finishedAt: z.exactOptional(instant),
  durationMs: z.exactOptional(z.number().int()).meta({ description: "Up to now, while it runs." }),
  attempts: z.number().int(),
  nextAttemptAt: z.exactOptional(instant),
  stopping: z.exactOptional(z.enum(["timed-out", "replaced", "cancelled"])),
  stoppingBy: z.exactOptional(byShape).meta({ description: "Who cancelled it. Role read." }),
  stoppingReason: z.exactOptional(z.string()).meta({ description: "Why, in their words. Role read." }),
  outcome: z.exactOptional(outcomeShape),
  node: z.exactOptional(z.string()),
  image: z.exactOptional(imageShape).meta({ description: "Known once the attempt has ended. Role read." }),
  usage: z.exactOptional(usageShape).meta({ description: "Known once the attempt has ended, if at all." }),
  detail: z.exactOptional(z.literal(false)).meta({
    description: "false: the record has no more of this run than what is here; its attempts and output are gone.",
  }),
};

/** A run. Start, end, duration, node, image and usage are those of its latest attempt. */
export const runShape = z.object(runKeys).meta({ id: "Run" });
export type RunShape = z.infer<typeof runShape>;

export function shapeRun({ run, ...view }: RunView, job?: string): RunShape {
  return { run, ...(job !== undefined && { job }), ...view };
}

/** A run of which only the digest of the last 60 is left. Undefined where not even its ID is known. */
export function shapePastRun(job: string, past: PastRun): RunShape | undefined {
  const { run, trigger, scheduledAt, startedAt, finishedAt, durationMs, attempts, outcome, exitCode } = past;
  const { node, usage } = past;
  if (run === undefined) return undefined;
  return {
    run,
    job,
    trigger,
    scheduledAt,
    state: "ended",
    ...(startedAt && { startedAt }),
    finishedAt,
    ...(durationMs !== undefined && { durationMs }),
    attempts,
    outcome: outcomeOf(outcome, exitCode),
    ...(node !== undefined && { node }),
    ...(usage && { usage }),
    detail: false,
  };
}

export function outcomeOf(kind: Outcome["kind"], exitCode: number | undefined): OutcomeShape {
  if (kind === "rejected" || kind === "lost") return { kind };
  return { kind, ...(exitCode !== undefined && { exitCode }) };
}

/** For those who may not read definitions: without what could quote one, and without names of people. */
export function runForStatus(run: RunShape): RunShape {
  const {
    inputs: _inputs,
    by: _by,
    reason: _reason,
    stoppingBy: _stoppingBy,
    stoppingReason: _why,
    image: _image,
    outcome,
    ...rest
  } = run;
  return { ...rest, ...(outcome && { outcome: withoutWords(outcome) }) };
}

function withoutWords(outcome: OutcomeShape): OutcomeShape {
  if (!("message" in outcome)) return outcome;
  const { message: _message, ...rest } = outcome;
  return rest;
}

export const attemptShape = z
  .object({
    attempt: z.number().int(),
    object: z.string().meta({ description: "The name of its container or service." }),
    boundAt: instant.meta({ description: "When the record named the object." }),
    startedAt: z.exactOptional(instant),
    finishedAt: z.exactOptional(instant),
    node: z.exactOptional(z.string()),
    image: z.exactOptional(imageShape),
    usage: z.exactOptional(usageShape),
    stopping: z.exactOptional(z.enum(["timed-out", "replaced", "cancelled"])),
    outcome: z.exactOptional(outcomeShape),
    nextAttemptAt: z.exactOptional(instant),
  })
  .meta({ id: "Attempt", description: "One container, one service or one command of a run." });
type AttemptShape = z.infer<typeof attemptShape>;

export function shapeAttempt(attempt: Attempt): AttemptShape {
  const { number, objectName, boundAt, startedAt, finishedAt, node, image, usage } = attempt;
  const { stopping, outcome, retryAt } = attempt;
  return {
    attempt: number,
    object: objectName,
    boundAt,
    ...(startedAt && { startedAt }),
    ...(finishedAt && { finishedAt }),
    ...(node !== undefined && { node }),
    ...(image && { image }),
    ...(usage && { usage }),
    ...(stopping && { stopping: stopping.reason }),
    ...(outcome && { outcome }),
    ...(retryAt && { nextAttemptAt: retryAt }),
  };
}

/** One run, with its attempts; or the request for one that has not started. */
export const runDetailShape = z
  .object({
    ...runKeys,
    attemptDetails: z.exactOptional(list(attemptShape)),
    refused: z.exactOptional(openWord<RefuseReason>("Why the request was refused.")),
    waiting: z
      .exactOptional(z.string())
      .meta({ description: "What it waits for, as a part of a sentence. Role read." }),
    lapsesAt: z.exactOptional(instant).meta({ description: "When a request that has not started lapses." }),
  })
  .meta({ id: "RunDetail" });
export type RunDetailShape = z.infer<typeof runDetailShape>;
