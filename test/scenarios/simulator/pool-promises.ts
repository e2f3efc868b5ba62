import {
  activeRuns,
  type JobRecord,
  latestAttempt,
  openAttempts,
  pendingRequests,
} from "../../../src/ledger/record.ts";
import { pausedBy } from "./instance-promises.ts";
import { occurrencesOf } from "./job-plan.ts";
import type { Stage } from "./stage.ts";
import { POOL } from "./story.ts";
import type { Witnessed } from "./witnessed.ts";

/** After something that concerned a job, or all, is over: until all is as it was before. */
const SETTLES_MS = 60_000;
/** Passes and swaps take their time, and a start that hangs lets another one pass. */
const HASTE_MS = 8000;

/** A pool has no more active attempts than slots, and what was due first comes first. */
export function* poolPromises(witnessed: Witnessed, stage: Stage, places: ReadonlyMap<string, Date>): Iterable<string> {
  const { pool } = stage.story;
  if (pool === undefined) return;
  const { job, before, after } = witnessed;
  const began = newAttempts(before, after);
  if (began.length === 0) return;
  const active = [...recordsOf(stage)].flatMap(openAttempts).filter(({ run }) => run.policies.pool === POOL);
  if (active.length > pool.slots)
    yield `${active.length} attempts are active in a pool of ${pool.slots}: ${active.map(({ run }) => run.id).join(", ")}`;
  // A run that takes the place of another keeps its slot.
  if (before?.runs.at(-1)?.outcome?.kind === "replaced") return;
  for (const { run, number } of began) {
    const retryAt = number > 1 ? before?.runs.find(({ id }) => id === run.id)?.attempts.at(-1)?.retryAt : undefined;
    const due = retryAt ?? run.scheduledAt;
    const place = number === 1 && run.trigger !== "manual" ? earlier(due, places.get(job)) : due;
    for (const other of recordsOf(stage)) {
      const since = other.job === job ? undefined : waitsSince(other, witnessed, stage);
      if (since !== undefined && since < place.getTime() - HASTE_MS - stage.oracle.mostDelayMs)
        yield `${run.id} takes a slot, and ${other.job} has waited since ${new Date(since).toISOString()}`;
    }
  }
}

/** Where all is well, nothing waits for a slot that is free. */
export function isPoolFull(
  { story: { pool }, clock, ...stage }: Pick<Stage, "story" | "clock" | "store">,
  slackMs: number,
): boolean {
  if (pool === undefined) return false;
  const records = [...recordsOf(stage)];
  const active = records.flatMap(openAttempts).filter(({ run }) => run.policies.pool === POOL);
  const since = clock.now().getTime() - slackMs;
  const justEnded = records
    .flatMap(({ runs }) => runs)
    .some(
      ({ policies, attempts }) =>
        policies.pool === POOL && attempts.some(({ finishedAt }) => finishedAt && finishedAt.getTime() > since),
    );
  return active.length >= pool.slots || justEnded;
}

function newAttempts(before: JobRecord | undefined, after: JobRecord) {
  return openAttempts(after).flatMap(({ run, attempt: { number } }) => {
    if (run.policies.pool !== POOL) return [];
    const known = before?.runs.find(({ id }) => id === run.id);
    return known !== undefined && latestAttempt(known).number >= number ? [] : [{ run, number }];
  });
}

/** Since when an occurrence of the job waits, with which nothing is the matter, and that nothing of the job is in the way of. */
function waitsSince(record: JobRecord, { askedAt, now, oracle }: Witnessed, stage: Stage): number | undefined {
  const job = stage.files.get(record.job);
  if (
    job?.policies.run.pool !== POOL ||
    job.exclusions !== undefined ||
    record.definition.hash !== job.hash ||
    record.removedAt !== undefined
  )
    return;
  if (job.suspended || activeRuns(record).length > 0 || pendingRequests(record).length > 0 || oracle.clockWentBack)
    return;
  const [first] = occurrencesOf(record.definition.schedules, record.cursor, askedAt);
  const { startingDeadlineMs = Number.POSITIVE_INFINITY } = job.policies;
  if (first === undefined || askedAt.getTime() - first > startingDeadlineMs - SETTLES_MS) return;
  const settledAt =
    Math.max(oracle.disturbedUntil(record.job).getTime(), oracle.disturbedUntil().getTime()) + SETTLES_MS;
  if (first < settledAt || record.gaps?.some(({ through }) => through.getTime() >= first)) return;
  const isHeld = oracle.instancesSeen(askedAt).some((instance) => {
    const paused = pausedBy(record, instance, now);
    return paused.isPaused || paused.isHeld(first);
  });
  return isHeld ? undefined : first;
}

/** After these the job goes on waiting, with a later occurrence. */
const GOES_ON_WAITING: ReadonlySet<string | undefined> = new Set(["superseded", "queue-full", "too-late"]);

/** By job: its place in the line, where occurrences that it waited with were passed over. */
export function notePlace(places: Map<string, Date>, { job, after }: Pick<Witnessed, "job" | "after">): void {
  const verdict = after.verdicts.at(-1);
  if (verdict === undefined || !GOES_ON_WAITING.has(verdict.reason)) places.delete(job);
  else if (!places.has(job)) places.set(job, verdict.scheduledAt);
}

function earlier(a: Date, b: Date | undefined): Date {
  return b !== undefined && b < a ? b : a;
}

function* recordsOf({ store }: Pick<Stage, "store">): Iterable<JobRecord> {
  for (const name of store.texts.keys()) {
    const read = store.readRecord(name);
    if (read?.kind === "record") yield read.record;
  }
}
