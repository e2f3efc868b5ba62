import type { Job } from "../jobs/job.ts";
import { sameSchedules } from "../ledger/definition-changes.ts";
import type { Page } from "../ledger/page.ts";
import { passOver } from "../ledger/page-changes.ts";
import { takeUndecided } from "../schedule/due.ts";
import type { Timetables } from "../schedule/timetable.ts";
import { EngineTrouble } from "./engine.ts";
import type { RunParts } from "./run-parts.ts";

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
  const reason = job === undefined ? "removed" : "rescheduled";
  while (current !== undefined && endsSchedule(current, job)) {
    const seen: Page = current;
    now = parts.clock.now();
    const undecided = takeUndecided(oldTimetable(seen, parts), seen, now);
    const [first] = undecided;
    const last = undecided.at(-1);
    if (first === undefined || last === undefined) return { page: current, now };
    const count = undecided.length;
    const verdict = { kind: "skipped", reason } as const;
    const swap = await parts.book.change(seen.job, (page) =>
      page?.definition.hash === seen.definition.hash && page.cursor.getTime() === seen.cursor.getTime()
        ? passOver(page, { first, last, count }, verdict, now)
        : undefined,
    );
    if (swap.result === "unknown")
      throw new EngineTrouble(`the ledger gave no clear answer about the page of ${seen.job}`);
    const through = count > 1 ? { through: last } : {};
    if (swap.result === "won")
      parts.events.emit({
        event: "occurrence-skipped",
        job: seen.job,
        reason,
        scheduledAt: first,
        count,
        ...through,
      });
    else if (swap.page?.cursor.getTime() === seen.cursor.getTime()) return { page: current, now };
    current = swap.page;
  }
  return { page: current, now };
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
