import { type PassedOver, passOverUndecided } from "../decide/due.ts";
import { EngineTrouble } from "../engines/engine.ts";
import type { Job } from "../job/job.ts";
import { sameSchedules } from "../ledger/changes/definitions.ts";
import { passOver } from "../ledger/changes/occurrences.ts";
import type { JobRecord } from "../ledger/record.ts";
import type { Timetables } from "../schedule/timetable.ts";
import type { RunParts } from "./run-parts.ts";
import { newestVerdictEvent } from "./verdicts.ts";

/** Up to `now` all is decided on this page. */
export interface PassedOverOld {
  readonly record: JobRecord | undefined;
  readonly now: Date;
}

/**
 * Before a record follows another schedule, or none any more: what was due by the one before and is not decided, because
 * it waited or nobody was there, is skipped as `rescheduled` or `removed`. So it has its verdict, too. Answers with the
 * record and the instant up to which that was seen to.
 *
 * @throws EngineError when the ledger gives no clear answer.
 */
export async function passOverOld(
  record: JobRecord,
  job: Job | undefined,
  parts: RunParts & { readonly timetables: Timetables },
): Promise<PassedOverOld> {
  let current: JobRecord | undefined = record;
  let now = parts.clock.now();
  while (current !== undefined && endsSchedule(current, job)) {
    now = parts.clock.now();
    const because = job === undefined ? "removed" : "changed";
    const [stretch] = passOverUndecided(oldTimetable(current, parts), current, { because, now });
    if (stretch === undefined) return { record: current, now };
    const swap = await passOverOne(current, stretch, now, parts);
    if (swap.result === "lost" && swap.record?.cursor.getTime() === current.cursor.getTime())
      return { record: current, now };
    current = swap.record;
  }
  return { record: current, now };
}

async function passOverOne(seen: JobRecord, stretch: PassedOver, now: Date, { book, events }: RunParts) {
  const swap = await book.change(seen.job, (record) =>
    record?.definition.hash === seen.definition.hash && record.cursor.getTime() === seen.cursor.getTime()
      ? passOver(record, stretch, stretch.verdict, now)
      : undefined,
  );
  if (swap.result === "unknown")
    throw new EngineTrouble(`the ledger gave no clear answer about the record of ${seen.job}`);
  const event = swap.result === "won" ? newestVerdictEvent(swap.record) : undefined;
  if (event !== undefined) events.emit(event);
  return swap;
}

/** Whether the record has followed a schedule that the job, as it is now, has not. */
function endsSchedule({ removedAt, definition }: JobRecord, job: Job | undefined): boolean {
  return removedAt === undefined && (job === undefined || !sameSchedules(definition, job));
}

/** Of a schedule that can be followed no more, as an older version of ours could, nothing is known to have been due. */
function oldTimetable({ definition }: JobRecord, { timetables }: { readonly timetables: Timetables }) {
  return timetables.of(
    definition.schedules.filter(({ pattern, timezone }) => timetables.check(pattern, timezone) === undefined),
  );
}
