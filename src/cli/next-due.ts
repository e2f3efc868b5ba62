import type { Page } from "../ledger/page.ts";
import type { Timetables } from "../schedule/timetable.ts";
import type { TimeWords } from "./zoned-time.ts";

/** The first instant at which a scheduler may start the job by its schedule: what the page has decided is decided. */
export function nextDue({ definition, cursor }: Page, timetables: Timetables, now: Date): Date | undefined {
  return timetables.of(definition.schedules).next(cursor > now ? cursor : now);
}

/** One sentence, also when it will not be started then. */
export function nextDueSentence({ definition, paused }: Page, next: Date | undefined, when: TimeWords): string {
  if (next === undefined) return "There is no further occurrence.";
  if (definition.suspended) return "Its definition suspends it: what is due is skipped.";
  if (paused !== undefined) return "It is paused: what is due is skipped.";
  return `It is due next at ${when.atAndDistance(next)}.`;
}
