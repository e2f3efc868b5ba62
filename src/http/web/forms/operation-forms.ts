import { isActive, waitsForRetry } from "../../../ledger/record.ts";
import { findRun } from "../../../view/find.ts";
import { isCutOff, occurrencesBetween } from "../../../view/jobs/due.ts";
import { counted } from "../../../view/words/counted.ts";
import { durationInWords } from "../../../view/words/duration.ts";
import { html } from "../html.ts";
import { zoneOfJob } from "../job-words.ts";
import { minuteOf, type Page } from "../page.ts";
import { type Form, reasonField } from "./form-page.ts";
import { untilField, writeUntil } from "./until-field.ts";

/** Asks whether a run is to be stopped, and says how. */
export function cancelForm(page: Page, id: string): Form {
  const found = findRun(id, page.parts.records);
  const form = { title: `Cancel ${id}?`, action: `runs/${id}/cancel`, back: `runs/${id}`, isSerious: true };
  if (found === undefined) return { ...form, consequence: "There is no such run." };
  const { run, record } = found;
  if (!isActive(run)) return { ...form, consequence: "It has ended already: there is nothing to cancel." };
  const template = page.world.definition(record.job)?.template;
  const signal = (template !== undefined && "stopSignal" in template && template.stopSignal) || "SIGTERM";
  const consequence = waitsForRetry(run)
    ? html`<p><strong>${id}</strong> waits for its next attempt. It ends at once, and gets none.</p>`
    : html`<p><strong>${id}</strong> is stopped with ${signal}, and killed after ${durationInWords(run.policies.stopGracePeriodMs)}. It gets no further attempt.</p>`;
  return { ...form, consequence, fields: reasonField(), submit: "Cancel the run" };
}

/** Asks until when a job is to be paused, and why. */
export function pauseForm(page: Page, job: string, given = new URLSearchParams()): Form {
  const row = page.rows.row(job, page.parts);
  const paused = page.parts.records.get(job)?.paused;
  const next = row?.next;
  const clock = row && page.clock(zoneOfJob(row, page));
  const first = next && clock && html` The first time that is skipped is ${minuteOf(next, clock)}.`;
  const active =
    row !== undefined &&
    row.active.length > 0 &&
    html` ${row.active.length === 1 ? "The run that is active goes on." : "The runs that are active go on."}`;
  return {
    title: paused === undefined ? `Pause ${job}` : `Change the pause of ${job}`,
    action: `jobs/${job}/pause`,
    back: `jobs/${job}`,
    consequence: html`<p>What is due is skipped, and not made up for later.${first}${active} Manual starts are carried out all the same.</p>`,
    fields: html`${untilField(page, given.get("until") ?? writeUntil(page, paused?.until, job), job)}${reasonField(given.get("reason") ?? paused?.reason)}`,
    submit: paused === undefined ? "Pause it" : "Change it",
  };
}

/** Asks until when all jobs are to be paused, and why. */
export function pauseAllForm(page: Page, given = new URLSearchParams()): Form {
  const { total } = page.rows.table(page.parts);
  const paused = page.parts.instance?.paused;
  return {
    title: paused === undefined ? "Pause all jobs" : "Change the pause of all jobs",
    action: "pause",
    back: "",
    consequence: html`<p>What is due of ${total === 1 ? "the one job" : `all ${counted(total, "job")}`}, and of those that are declared later, is skipped and not made up for. Active runs go on. Manual starts are carried out all the same.</p>`,
    fields: html`${untilField(page, given.get("until") ?? writeUntil(page, paused?.until))}${reasonField(given.get("reason") ?? paused?.reason)}`,
    submit: paused === undefined ? "Pause all jobs" : "Change it",
    isSerious: true,
  };
}

/** Asks whether the schedule of a job is to begin again, and says what that skips. */
export function resetForm(page: Page, job: string): Form {
  const { parts, now, world } = page;
  const record = parts.records.get(job);
  const form = { title: `Reset ${job}?`, action: `jobs/${job}/reset`, back: `jobs/${job}` };
  if (record === undefined)
    return { ...form, consequence: "Nothing has been decided about it yet: there is nothing to reset." };
  const isAhead = record.cursor > now;
  const waiting = isAhead ? [] : occurrencesBetween(record, world.timetables, { after: record.cursor, upTo: now });
  const count = isCutOff(waiting) ? `more than ${waiting.length - 1}` : String(waiting.length);
  const skipped = isAhead
    ? "Its record is decided up to a time in the future: that is mended."
    : waiting.length === 0
      ? "Nothing that is due waits, so nothing is skipped."
      : `What was due and is not decided is skipped: ${waiting.length === 1 ? "1 time" : `${count} times`}.`;
  return {
    ...form,
    consequence: html`<p>Its schedule begins again now. ${skipped} Active runs, history and a pause stay as they are.</p>`,
    submit: "Reset it",
    isSerious: waiting.length > 0,
  };
}
