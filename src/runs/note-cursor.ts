import type { Page } from "../ledger/page.ts";
import { isAhead } from "../schedule/cursor-ahead.ts";
import type { SourceProblem } from "./run-events.ts";
import type { RunParts } from "./run-parts.ts";

/** What there was to tell of pages that are decided up to the future, by job. */
export type ToldAhead = Map<string, SourceProblem>;

/** Tells, once, that a page is decided up to the future, and once that it is not any more. */
export function noteCursor(
  page: Page,
  { clock, events, toldAhead }: Pick<RunParts, "clock" | "events"> & { readonly toldAhead: ToldAhead },
): void {
  const { job, cursor } = page;
  const told = toldAhead.get(job);
  if (isAhead(page, clock.now()) === (told !== undefined)) return;
  if (told !== undefined) {
    toldAhead.delete(job);
    events.emit({ event: "problem-solved", ...told });
    return;
  }
  const until = cursor.toISOString();
  const problem: SourceProblem = {
    source: "scheduler",
    at: `job ${job}`,
    message: `is decided up to ${until}, which is in the future: the clock was set back. Until then nothing is started by schedule`,
    hint: `set the clock right, or let the schedule begin anew now: shipbell reset ${job}`,
  };
  toldAhead.set(job, problem);
  events.emit({ event: "problem", ...problem });
}
