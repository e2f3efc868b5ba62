import { createHash, randomBytes } from "node:crypto";
import type { GivenInputs, InputProblem } from "../../../job/inputs/read-inputs.ts";
import type { Overlap } from "../../../job/job.ts";
import { runId } from "../../../job/names.ts";
import { activeRuns } from "../../../ledger/record.ts";
import { requestRun, requestState } from "../../../operate/run.ts";
import type { JobRow } from "../../../view/jobs/job-row.ts";
import { whyNotStarted } from "../../../view/jobs/standing.ts";
import { counted } from "../../../view/words/counted.ts";
import { downReasons, whyNoRecord } from "../../../view/words/scheduler.ts";
import type { Answer } from "../../answer.ts";
import { type Content, html } from "../html.ts";
import { mark } from "../marks.ts";
import type { Page } from "../page.ts";
import { noSuchJob } from "../pages/missing.ts";
import { type Form, formPage, reasonField } from "./form-page.ts";
import { givenInputs, inputFields } from "./input-fields.ts";
import { done, partsOf, readReason, statusOf } from "./operations.ts";
import { readStart, startField } from "./until-field.ts";

/** What a form may send as the ID of its request. */
const REQUEST_ID = /^[a-z0-9]{8}$/;

interface Filled {
  readonly given: GivenInputs;
  readonly problems: readonly InputProblem[];
  readonly reason: string;
  /** When it is to start, as it was written; empty: now. */
  readonly at: string;
  readonly id: string;
}

/** Asks for the inputs of a run, and says what starting it now would mean. */
export function startPage(page: Page): Answer {
  const name = page.request.params.job ?? "";
  const row = page.rows.row(name, page.parts);
  if (row === undefined) return noSuchJob(page, name);
  return formPage(
    page,
    startForm(page, row, { given: {}, problems: [], reason: "", at: "", id: randomBytes(4).toString("hex") }),
  );
}

function startForm(page: Page, row: JobRow, { given, problems, reason, at, id }: Filled): Form {
  const { job } = row;
  const inputs = page.world.definition(job)?.inputs;
  const { records, scheduler } = page.parts;
  const isUnrecorded = !records.has(job) && scheduler.engineDownBecause !== undefined;
  const whyNot = isUnrecorded ? whyNoRecord(scheduler) : whyNotStarted(job, row.standing);
  const form = { title: `Run ${job}`, action: `jobs/${job}/run`, back: `jobs/${job}` };
  if (whyNot !== undefined)
    return { ...form, consequence: html`<p>${mark("failed")} It cannot be started: ${whyNot}.</p>` };
  return {
    ...form,
    consequence: consequenceOf(page, row),
    fields: html`${inputs !== undefined && inputFields(inputs, { given, problems })}${startField(page, at, job)}${reasonField(reason)}<input type="hidden" name="id" value="${id}">`,
    submit: "Run it",
  };
}

const WITH_ACTIVE: Readonly<Record<Overlap, (runs: string) => string>> = {
  forbid: (runs) => `${runs}; with overlap: forbid this start would be refused (still-running) as long as that is so.`,
  allow: (runs) => `${runs}; with overlap: allow this one starts next to it.`,
  replace: (runs) => `${runs}; with overlap: replace it is stopped, and this one takes its place.`,
  queue: (runs) => `${runs}; with overlap: queue this one starts when it has ended.`,
};

/** What a start now would lead to, from what is known now. */
function consequenceOf({ parts, world }: Page, { job, paused, states }: JobRow): Content {
  const record = parts.records.get(job);
  const [active, ...others] = record === undefined ? [] : activeRuns(record);
  const overlap = world.definition(job)?.policies.overlap;
  const lines: Content[] = [];
  if (active !== undefined && overlap !== undefined) {
    const runs = others.length === 0 ? `${active.id} is active` : `${counted(others.length + 1, "run")} are active`;
    const words = WITH_ACTIVE[overlap](runs);
    lines.push(html`<p>${mark(overlap === "allow" ? "running" : "overdue")} ${words}</p>`);
  } else
    lines.push(
      html`<p>It starts within a second or two, in addition to its schedule: what is due later stays due.</p>`,
    );
  if (paused !== undefined)
    lines.push(html`<p>${mark("paused")} The job is paused; a manual start is carried out all the same.</p>`);
  if (states.includes("suspended"))
    lines.push(html`<p>${mark("skipped")} Its definition suspends it; a manual start is carried out all the same.</p>`);
  for (const reason of downReasons(parts.scheduler))
    lines.push(html`<p>${mark("waiting")} The request waits for now: ${reason}.</p>`);
  return lines;
}

/** A form that is sent twice asks for one run; one that was gone back to and filled in otherwise asks for another. */
export function requestIdOf(
  job: string,
  sent: { readonly form: string; readonly given: GivenInputs; readonly at?: string },
): string {
  if (Object.keys(sent.given).length === 0 && sent.at === undefined) return sent.form;
  return createHash("sha256")
    .update(JSON.stringify([job, sent.form, sent.given, ...(sent.at === undefined ? [] : [sent.at])]))
    .digest("hex")
    .slice(0, 8);
}

/** What the form was given when it was drawn; anything else is not believed. */
export function idOfForm(fields: URLSearchParams): string {
  const sent = fields.get("id") ?? "";
  return REQUEST_ID.test(sent) ? sent : randomBytes(4).toString("hex");
}

/** Requests the run. The same form sent twice asks for the same run. */
export async function postStart(page: Page): Promise<Answer> {
  const job = page.request.params.job ?? "";
  const row = page.rows.row(job, page.parts);
  if (row === undefined) return noSuchJob(page, job);
  const { reason, fields } = await readReason(page);
  const form = idOfForm(fields);
  const given = givenInputs(fields);
  const at = fields.get("at")?.trim() ?? "";
  const read = readStart(page, fields, job);
  const filled = { given, problems: [], reason: reason ?? "", at, id: form };
  const startAt = read instanceof Date ? read : undefined;
  const id = requestIdOf(job, { form, given, ...(startAt && { at }) });
  // A form that is sent again, after an answer that was lost, may come when its time has passed.
  const wrongTime = isKnown(page, job, id) ? undefined : whyWrongStart(page, read, at);
  if (wrongTime !== undefined)
    return formPage(page, { ...startForm(page, row, filled), refused: `Not started: ${wrongTime}.`, status: 422 });
  const { by } = page.request;
  const parts = partsOf(page);
  const answer = { kind: "answers", view: page.parts.scheduler } as const;
  const result = await requestRun(
    { job, id, inputs: given, by, ...(reason !== undefined && { reason }), ...(startAt && { startAt }) },
    { ...parts, answer },
  );
  if (result.kind === "refused") {
    const problems = result.inputs ?? [];
    const refused = problems.length > 0 ? "Not started: look at what is marked below." : `Not started: ${result.why}.`;
    const declared = page.world.definition(job)?.inputs ?? {};
    const unknown = problems.filter(({ input }) => !Object.hasOwn(declared, input));
    const more = unknown.map(({ input, message }) => ` ${input} ${message}.`).join("");
    return formPage(page, {
      ...startForm(page, row, { ...filled, problems }),
      refused: refused + more,
      status: statusOf(result),
    });
  }
  const state = requestState(await parts.ledger.read(job), id);
  const run =
    state.kind === "started"
      ? state.run.id
      : state.kind === "waiting"
        ? runId(job, { scheduledAt: state.request.askedAt, request: id })
        : undefined;
  const deed = { what: "run", job, ...(run !== undefined && { run }) } as const;
  return done(page, deed, {
    path: run === undefined ? `jobs/${job}` : `runs/${run}`,
    done: startAt ? "planned" : "requested",
  });
}

/** True where the start was requested before. */
export function isKnown({ parts }: Page, job: string, id: string): boolean {
  return requestState(parts.records.get(job), id).kind !== "gone";
}

/** Undefined for a time that is to come, and for none. */
export function whyWrongStart({ now }: Page, read: Date | "now" | "wrong", written: string): string | undefined {
  if (read === "wrong") return `“${written}” is no date with a time`;
  return read !== "now" && read <= now ? `“${written}” has passed` : undefined;
}
