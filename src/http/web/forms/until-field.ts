import { type Content, html } from "../html.ts";
import { zoneOfJob } from "../job-words.ts";
import type { Page } from "../page.ts";

/** When a pause ends by itself, on the clock of the job, or of most jobs. */
export function untilField(page: Page, value: string, job?: string): Content {
  return timeField(page, { label: "Until", name: "until", empty: "until it is resumed", value }, job);
}

/** When a run is to start, on the clock of the job. */
export function startField(page: Page, value: string, job: string): Content {
  return timeField(page, { label: "At", name: "at", empty: "now", value }, job);
}

interface TimeField {
  readonly label: string;
  readonly name: string;
  /** What it means to leave it empty. */
  readonly empty: string;
  readonly value: string;
}

function timeField(page: Page, { label, name, empty, value }: TimeField, job: string | undefined): Content {
  const { zone } = page.clock(zoneFor(page, job));
  return html`<label class="field"><span>${label} <span class="soft">(${zone}; empty: ${empty})</span></span><input type="datetime-local" name="${name}" value="${value}"></label>`;
}

/** The end of a pause as the field has it. */
export function writeUntil(page: Page, until: Date | undefined, job?: string): string {
  return until === undefined ? "" : page.clock(zoneFor(page, job)).written(until);
}

/** `resumed` where no time was given. */
export function readUntil(page: Page, fields: URLSearchParams, job?: string): Date | "resumed" | "wrong" {
  return readTime(page, fields.get("until"), job) ?? "resumed";
}

/** `now` where no time was given. */
export function readStart(page: Page, fields: URLSearchParams, job: string): Date | "now" | "wrong" {
  return readTime(page, fields.get("at"), job) ?? "now";
}

function readTime(page: Page, sent: string | null, job: string | undefined): Date | "wrong" | undefined {
  const written = sent?.trim() ?? "";
  return written === "" ? undefined : (page.clock(zoneFor(page, job)).instantOf(written) ?? "wrong");
}

function zoneFor(page: Page, job: string | undefined): string {
  const row = job === undefined ? undefined : page.rows.row(job, page.parts);
  return zoneOfJob(row, page);
}
