import type { Job } from "../../../src/job/job.ts";
import { type JobRecord, latestAttempt, type Run } from "../../../src/ledger/record.ts";
import { plannedStart, quietUntil } from "./exclusion-plan.ts";
import { decidedEnds } from "./follower-promises.ts";
import { pausedBy } from "./instance-promises.ts";
import { occurrencesOf } from "./job-plan.ts";
import type { Witnessed } from "./witnessed.ts";

/** What is started may be started: by its policies, its definition, its operator. */
export function* startPromises(witnessed: Witnessed): Iterable<string> {
  const { before, after, oracle } = witnessed;
  for (const run of after.runs) {
    const old = before?.runs.find(({ id }) => id === run.id);
    const definition = oracle.definitions.get(run.definition);
    if (old !== undefined) yield* retryPromises(witnessed, old, run);
    else if (before === undefined || definition === undefined) yield `${run.id} comes from nowhere`;
    else yield* runPromises(witnessed, { run, before, definition });
  }
}

interface NewRun {
  readonly run: Run;
  readonly before: JobRecord;
  readonly definition: Job;
}

function* runPromises(witnessed: Witnessed, started: NewRun): Iterable<string> {
  const { run, before, definition } = started;
  const { overlap } = definition.policies;
  if (before.definition.hash !== run.definition) yield `${run.id} starts under a definition that does not hold`;
  if (before.removedAt !== undefined) yield `${run.id} starts although its job is gone`;
  const active = before.runs.filter(({ outcome }) => outcome === undefined);
  if (overlap !== "allow" && active.length > 0)
    yield `${run.id} starts next to ${active[0]?.id}, with overlap ${overlap}`;
  if (run.trigger === "manual") {
    const isAsked = before.requests.some(({ id, refused }) => id === run.request && refused === undefined);
    if (!isAsked) yield `${run.id} starts manually, and nobody requested it`;
  } else yield* occurrencePromises(witnessed, started);
}

function* occurrencePromises(witnessed: Witnessed, { run, before, definition }: NewRun): Iterable<string> {
  const { after, askedAt, oracle } = witnessed;
  const { id, scheduledAt, trigger } = run;
  const { startingDeadlineMs, catchUp, catchUpLimit } = definition.policies;
  const views = oracle.instancesSeen(askedAt).map((instance) => pausedBy(before, instance, askedAt));
  if (views.every(({ isPaused }) => isPaused)) yield `${id} starts although its job is paused`;
  else if (views.every(({ isPaused, isHeld }) => isPaused || isHeld(scheduledAt.getTime())))
    yield `${id} starts although it fell into a pause`;
  if (oracle.held.get(before.job)?.some(({ since, until }) => since <= scheduledAt && scheduledAt < until))
    yield `${id} starts although it fell into a pause`;
  yield* exclusionPromises({ after, askedAt, oracle }, { run, definition });
  if (definition.suspended) yield `${id} starts although its job is suspended`;
  if (trigger === "after") {
    const [end, ...more] = decidedEnds(witnessed);
    const isOfEnd = end?.run === run.after?.run && end?.finishedAt.getTime() === scheduledAt.getTime();
    if (!isOfEnd || more.length > 0) yield `${id} starts, and not after the end that is decided`;
  } else if (scheduledAt.getTime() !== after.cursor.getTime()) yield `${id} starts, and the cursor stands elsewhere`;
  const lateMs = askedAt.getTime() - scheduledAt.getTime();
  // What is refused has not started; it was known too late that it cannot be.
  const isRefused = run.outcome?.kind === "rejected" || latestAttempt(run).outcome?.kind === "rejected";
  if (startingDeadlineMs !== undefined && lateMs > startingDeadlineMs && !isRefused)
    yield `${id} starts past its deadline`;
  if (trigger !== "catch-up") return;
  const gap = before.gaps?.find(({ after, through }) => after < scheduledAt && scheduledAt <= through);
  if (gap === undefined && !oracle.clockWentBack) yield `${id} is caught up, and is of no gap`;
  const isHeld = (at: number) => views.some((view) => view.isHeld(at));
  // The gap may have gone on while what had been decided was on its way.
  const fixedAt = new Date((gap?.through ?? scheduledAt).getTime() - oracle.delayMs);
  const isPlanned = (at: number) => {
    const start = plannedStart(definition, at);
    return typeof start === "number" && start <= fixedAt.getTime();
  };
  const newer = occurrencesOf(before.definition.schedules, scheduledAt, fixedAt).filter(
    (at) =>
      !isHeld(at) &&
      isPlanned(at) &&
      (startingDeadlineMs === undefined || askedAt.getTime() - at <= startingDeadlineMs),
  ).length;
  const wanted = { none: 0, last: 1, all: catchUpLimit }[catchUp];
  if (newer >= wanted) yield `${id} is caught up, though ${newer} newer ones of its gap are enough`;
  const others = before.runs.filter((other) => other.outcome === undefined && other.trigger === "catch-up");
  if (catchUp === "all" && others.length > 0) yield `${id} is caught up next to ${others[0]?.id}`;
}

/** What a job excludes is not started, and nothing else in its quiet windows, but manually. */
function* exclusionPromises(
  { after, askedAt, oracle }: Pick<Witnessed, "after" | "askedAt" | "oracle">,
  { run: { id, scheduledAt }, definition }: Pick<NewRun, "run" | "definition">,
): Iterable<string> {
  const start = plannedStart(definition, scheduledAt.getTime());
  if (typeof start === "string") yield `${id} starts although it is ${start}`;
  else if (askedAt.getTime() < start && !oracle.clockWentBack) yield `${id} starts before its quiet window ends`;
  const since = askedAt.getTime() - oracle.mostDelayMs;
  const isWell = oracle.disturbedUntil(after.job).getTime() < since && !oracle.clockWentBack;
  const isQuiet = [since, askedAt.getTime()].every((at) => quietUntil(definition, at) !== undefined);
  if (isWell && isQuiet) yield `${id} starts in a quiet window`;
}

function* retryPromises({ askedAt, oracle }: Witnessed, old: Run, run: Run): Iterable<string> {
  if (run.attempts.length === old.attempts.length) return;
  const { retries } = run.policies;
  const { outcome, retryAt } = latestAttempt(old);
  if (run.attempts.length !== old.attempts.length + 1) yield `${run.id} gets more than one attempt at once`;
  if (run.attempts.length > 1 + (retries?.limit ?? 0)) yield `${run.id} gets more attempts than its limit`;
  if (old.outcome !== undefined) yield `${run.id} gets another attempt after its end`;
  if (outcome === undefined) yield `${run.id} gets another attempt next to the one before`;
  else if (!retries?.on.some((on) => on === outcome.kind || ("exitCode" in outcome && on === outcome.exitCode)))
    yield `${run.id} gets another attempt although it has ended as ${outcome.kind}`;
  const decidedAt = oracle.preparedAt.get(`${run.id}.${run.attempts.length}`) ?? askedAt;
  // One that was due before the clock was set back may be on its way since then.
  const isDue = retryAt !== undefined && (retryAt <= decidedAt || oracle.clockWentBack);
  if (!isDue) yield `${run.id} gets another attempt too soon`;
}
