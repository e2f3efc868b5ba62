import type { After } from "../../job/job.ts";
import type { JobRow, ScheduleWords } from "../../view/jobs/job-row.ts";
import { type Content, type Html, html } from "./html.ts";
import type { Page } from "./page.ts";

/** The zone of the job's first schedule that has one, or that of most jobs. */
export function zoneOfJob(
  job: Pick<JobRow, "schedules"> | undefined,
  { commonZone }: Pick<Page, "commonZone">,
): string {
  return job?.schedules.find(({ timezone }) => timezone !== undefined)?.timezone ?? commonZone;
}

/** `At 03:00, Monday through Friday`, and its pattern where there are no words for it. */
export function scheduleText({ words, pattern }: ScheduleWords): string {
  return words ?? pattern;
}

/** `0 3 * * *`; `H 3 * * *, here 17 3 * * *`. */
export function patternText({ written, pattern }: Pick<ScheduleWords, "written" | "pattern">): string {
  return written === undefined ? pattern : `${written}, here ${pattern}`;
}

/** The words of the first schedule and how many more there are; below in small letters its zone, where it is not that of most jobs. */
export function schedulesShort({ schedules, after }: Pick<JobRow, "schedules" | "after">, page: Page): Content {
  const { commonZone } = page;
  const [first, ...others] = schedules;
  const starts = after && afterLink(after, page);
  if (first === undefined) return starts ?? "no schedule";
  const more = others.length > 0 ? html` <span class="soft">and ${others.length} more</span>` : undefined;
  return html`<span title="${schedules.map(patternText).join("; ")}">${scheduleText(first)}</span>${more}${first.timezone !== undefined && first.timezone !== commonZone && html`<span class="small">${first.timezone}</span>`}${starts && html`<span class="small">and ${starts}</span>`}`;
}

/** `after dump`, with a link to that job. */
export function afterLink({ job, on }: After, page: Pick<Page, "link">): Html {
  return html`after <a href="${page.link(`jobs/${job}`)}">${job}</a>${on !== "succeeded" && ` (${on})`}`;
}

/** Why a job is in its state. Who may not read definitions is not told what the engine or a definition says. */
export function whyFor({ may }: Pick<Page, "may">, { state, why, paused }: JobRow): string | undefined {
  if (may("read") || why === undefined) return why;
  // The rest is what an operator wrote.
  if (state === "paused") return paused?.scope === "all" ? "all jobs are paused" : undefined;
  return state === "kept" || state === "unsure" ? undefined : why.split(": ", 1)[0];
}
