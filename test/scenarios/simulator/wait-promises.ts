import type { JobRecord } from "../../../src/ledger/record.ts";
import { occurrencesOf } from "./job-plan.ts";
import type { Stage } from "./stage.ts";

/** The longest that the calls of an engine take which a pass over one job makes one after the other, where each hangs. */
const CALLS_MS = 400_000;
/** How long after it is bound a start may still be seen, now and then, between two troubles with its object. */
const SEEN_BETWEEN_MS = 120_000;

/** Nothing waits without an end, whatever is the matter with it: once the schedulers themselves were left alone for long enough. */
export function* waitPromises(stage: Stage): Iterable<string> {
  const { store, clock, world, oracle } = stage;
  const now = clock.now().getTime();
  const quietMs = now - oracle.disturbedUntil().getTime();
  for (const [name, job] of stage.expected()) {
    const read = store.readRecord(name);
    if (read?.kind !== "record" || read.record.definition.hash !== job.hash) continue;
    const { record } = read;
    // No scheduler has heard yet that the job is declared again.
    if (record.removedAt !== undefined) continue;
    const { startingDeadlineMs: deadlineMs, run: policies } = job.policies;
    if (deadlineMs !== undefined && quietMs > deadlineMs + CALLS_MS) {
      const late = occurrencesOf(record.definition.schedules, record.cursor, new Date(now - deadlineMs - CALLS_MS));
      const begun = new Set(record.runs.map(({ scheduledAt }) => scheduledAt.getTime()));
      const open = late.filter((at) => !begun.has(at));
      if (open.length > 0)
        yield `${open.length} occurrences of ${name} are past their deadline for minutes, and not decided`;
    }
    const pendingMs = policies.pendingTimeoutMs + CALLS_MS + SEEN_BETWEEN_MS;
    if (quietMs > pendingMs) yield* pendingPromises(record, now - pendingMs);
  }

  function* pendingPromises(record: JobRecord, before: number): Iterable<string> {
    for (const { attempts, outcome } of record.runs) {
      const attempt = attempts.at(-1);
      if (outcome !== undefined || attempt === undefined || attempt.outcome !== undefined) continue;
      const isExecuted = world.executions.some(({ object }) => object.id === attempt.objectId);
      if (!isExecuted && attempt.boundAt.getTime() < before)
        yield `${attempt.objectName} has been about to start for minutes`;
    }
  }
}
