import { type Content, html } from "../html.ts";
import { zoneOfJob } from "../job-words.ts";
import type { Page } from "../page.ts";

/** When a pause ends by itself, on the clock of the job, or of most jobs. */
export function untilField(page: Page, value: string, job?: string): Content {
  const { zone } = page.clock(zoneFor(page, job));
  return html`<label class="field"><span>Until <span class="soft">(${zone}; empty: until it is resumed)</span></span><input type="datetime-local" name="until" value="${value}"></label>`;
}

/** The end of a pause as the field has it. */
export function writeUntil(page: Page, until: Date | undefined, job?: string): string {
  return until === undefined ? "" : page.clock(zoneFor(page, job)).written(until);
}

/** `resumed` where no time was given. */
export function readUntil(page: Page, fields: URLSearchParams, job?: string): Date | "resumed" | "wrong" {
  const written = fields.get("until")?.trim() ?? "";
  if (written === "") return "resumed";
  return page.clock(zoneFor(page, job)).instantOf(written) ?? "wrong";
}

function zoneFor(page: Page, job: string | undefined): string {
  const row = job === undefined ? undefined : page.rows.row(job, page.parts);
  return row === undefined ? page.commonZone : zoneOfJob(row);
}
