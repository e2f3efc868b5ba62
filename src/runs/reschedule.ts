import { type PassedOver, passOverUndecided } from "../decide/due.ts";
import { EngineTrouble } from "../engines/engine.ts";
import type { Job } from "../job/job.ts";
import { sameSchedules } from "../ledger/changes/definition-changes.ts";
import { passOver } from "../ledger/changes/page-changes.ts";
import type { Page } from "../ledger/page.ts";
import type { Timetables } from "../schedule/timetable.ts";
import type { RunParts } from "./run-parts.ts";
import { newestVerdictEvent } from "./verdict-event.ts";

/** Up to `now` all is decided on this page. */
export interface PassedOverOld {
  readonly page: Page | undefined;
  readonly now: Date;
}

/**
 * Before a page follows another schedule, or none any more: what was due by the one before and is not decided, because
 * it waited or nobody was there, is skipped as `rescheduled` or `removed`. So it has its verdict, too. Answers with the
 * page and the instant up to which that was seen to.
 *
 * @throws EngineError when the ledger gives no clear answer.
 */
export async function passOverOld(
  page: Page,
  job: Job | undefined,
  parts: RunParts & { readonly timetables: Timetables },
): Promise<PassedOverOld> {
  let current: Page | undefined = page;
  let now = parts.clock.now();
  while (current !== undefined && endsSchedule(current, job)) {
    now = parts.clock.now();
    const because = job === undefined ? "removed" : "changed";
    const [stretch] = passOverUndecided(oldTimetable(current, parts), current, { because, now });
    if (stretch === undefined) return { page: current, now };
    const swap = await passOverOne(current, stretch, now, parts);
    if (swap.result === "lost" && swap.page?.cursor.getTime() === current.cursor.getTime())
      return { page: current, now };
    current = swap.page;
  }
  return { page: current, now };
}

async function passOverOne(seen: Page, stretch: PassedOver, now: Date, { book, events }: RunParts) {
  const swap = await book.change(seen.job, (page) =>
    page?.definition.hash === seen.definition.hash && page.cursor.getTime() === seen.cursor.getTime()
      ? passOver(page, stretch, stretch.verdict, now)
      : undefined,
  );
  if (swap.result === "unknown")
    throw new EngineTrouble(`the ledger gave no clear answer about the page of ${seen.job}`);
  const event = swap.result === "won" ? newestVerdictEvent(swap.page) : undefined;
  if (event !== undefined) events.emit(event);
  return swap;
}

/** Whether the page has followed a schedule that the job, as it is now, has not. */
function endsSchedule({ removedAt, definition }: Page, job: Job | undefined): boolean {
  return removedAt === undefined && (job === undefined || !sameSchedules(definition, job));
}

/** Of a schedule that can be followed no more, as an older version of ours could, nothing is known to have been due. */
function oldTimetable({ definition }: Page, { timetables }: { readonly timetables: Timetables }) {
  return timetables.of(
    definition.schedules.filter(({ pattern, timezone }) => timetables.check(pattern, timezone) === undefined),
  );
}
