import { randomBytes } from "node:crypto";
import { cancel } from "../../../operate/cancel.ts";
import type { Refused } from "../../../operate/operation.ts";
import { pause, resume } from "../../../operate/pause.ts";
import { requestRun } from "../../../operate/run.ts";
import { activeRunsOfGroup, jobsOfGroup } from "../../../view/jobs/node-group.ts";
import { counted } from "../../../view/words/counted.ts";
import type { Answer } from "../../answer.ts";
import { Fault } from "../../fault.ts";
import { html } from "../html.ts";
import type { Page } from "../page.ts";
import { type Form, formPage, reasonField } from "./form-page.ts";
import { givenInputs, inputFields } from "./input-fields.ts";
import { partsOf, readReason, seeOther, statusOf } from "./operations.ts";
import { idOfForm, requestIdOf, whyWrongStart } from "./start-form.ts";
import { readStart, readUntil, startField, untilField } from "./until-field.ts";

/** A job that is declared for each node, and the job of each. All are changed by one form, one after the other. */
export interface Group {
  readonly group: string;
  readonly jobs: readonly string[];
  /** Any of them: they have the same inputs and the same clock. */
  readonly any: string;
}

/** Undefined where the name is that of no such job, or of one that the caller may not see. */
export function findGroup({ parts }: Page, group: string): Group | undefined {
  const jobs = jobsOfGroup(group, parts.records);
  const [any] = jobs;
  return any === undefined ? undefined : { group, jobs, any };
}

interface Sent {
  readonly fields?: URLSearchParams;
  /** Why it was not carried out. */
  readonly refused?: Pick<Refused, "inputs"> & { readonly why: string; readonly status: number };
}

export function groupRunForm(page: Page, { group, jobs, any }: Group, { fields, refused }: Sent = {}): Answer {
  const inputs = page.world.definition(any)?.inputs;
  const sent = fields ?? new URLSearchParams();
  const filled = { given: givenInputs(sent), problems: refused?.inputs ?? [] };
  return formPage(page, {
    title: `Run ${group} on ${counted(jobs.length, "node")}`,
    action: `jobs/${group}/run`,
    back: `jobs/${group}`,
    consequence: html`<p>Each node gets a run of its own, under the policies of the job. It starts within a second or two, in addition to its schedule.</p>`,
    fields: html`${inputs !== undefined && inputFields(inputs, filled)}${startField(page, sent.get("at") ?? "", any)}${reasonField(sent.get("reason") ?? "")}<input type="hidden" name="id" value="${sent.get("id") ?? randomBytes(4).toString("hex")}">`,
    submit: "Run it on all",
    ...refusalOf(refused),
  });
}

export async function postGroupRun(page: Page, group: Group): Promise<Answer> {
  const { reason, fields } = await readReason(page);
  const given = givenInputs(fields);
  const at = fields.get("at")?.trim() ?? "";
  const read = readStart(page, fields, group.any);
  const wrong = whyWrongStart(page, read, at);
  if (wrong !== undefined) return groupRunForm(page, group, { fields, refused: { why: wrong, status: 422 } });
  const startAt = read instanceof Date ? read : undefined;
  const form = idOfForm(fields);
  const parts = { ...partsOf(page), answer: { kind: "answers", view: page.parts.scheduler } as const };
  const asked = {
    inputs: given,
    by: page.request.by,
    ...(reason !== undefined && { reason }),
    ...(startAt && { startAt }),
  };
  for (const job of group.jobs) {
    const id = requestIdOf(job, { form, given, ...(startAt && { at }) });
    const result = await requestRun({ job, id, ...asked }, parts);
    if (result.kind === "refused")
      return groupRunForm(page, group, { fields, refused: { ...result, status: statusOf(result) } });
    page.request.noteAsked({ what: "run", job });
  }
  return shown(page, group, "group-requested");
}

export function groupPauseForm(page: Page, { group, jobs, any }: Group, { fields, refused }: Sent = {}): Answer {
  const sent = fields ?? new URLSearchParams();
  return formPage(page, {
    title: `Pause ${group} on ${counted(jobs.length, "node")}`,
    action: `jobs/${group}/pause`,
    back: `jobs/${group}`,
    consequence: html`<p>What is due on these nodes is skipped, and not made up for later. Active runs go on. Starts by hand are carried out all the same.</p>`,
    fields: html`${untilField(page, sent.get("until") ?? "", any)}${reasonField(sent.get("reason") ?? "")}`,
    submit: "Pause it on all",
    ...refusalOf(refused),
  });
}

export async function postGroupPause(page: Page, group: Group): Promise<Answer> {
  const { reason, fields } = await readReason(page);
  const until = readUntil(page, fields, group.any);
  const refuse = (why: string, status: number) => groupPauseForm(page, group, { fields, refused: { why, status } });
  if (until === "wrong") return refuse(`“${fields.get("until") ?? ""}” is no date with a time`, 422);
  for (const job of group.jobs) {
    const result = await pause({ job, until, reason: reason ?? "", by: page.request.by }, partsOf(page));
    if (result.kind === "refused") return refuse(result.why, statusOf(result));
    page.request.noteAsked({ what: "pause", job });
  }
  return shown(page, group, "paused");
}

export async function postGroupResume(page: Page, group: Group): Promise<Answer> {
  for (const job of group.jobs) {
    const result = await resume(job, partsOf(page));
    if (result.kind === "refused") throw new Fault("no-such-address", result.why);
    page.request.noteAsked({ what: "resume", job });
  }
  return shown(page, group, "resumed");
}

export function groupCancelForm(page: Page, { group }: Group, { refused }: Sent = {}): Answer {
  const runs = activeRunsOfGroup(group, page.parts.records);
  const form: Form = {
    title: `Cancel ${group}?`,
    action: `jobs/${group}/cancel`,
    back: `jobs/${group}`,
    consequence: "",
  };
  if (runs.length === 0)
    return formPage(page, { ...form, consequence: "No run is active: there is nothing to cancel." });
  return formPage(page, {
    ...form,
    consequence: html`<p>${counted(runs.length, "run")}: each is stopped, killed after its grace period, and gets no further attempt.</p>`,
    fields: reasonField(),
    submit: "Cancel all of them",
    isSerious: true,
    ...refusalOf(refused),
  });
}

export async function postGroupCancel(page: Page, group: Group): Promise<Answer> {
  const { reason } = await readReason(page);
  const { by } = page.request;
  for (const run of activeRunsOfGroup(group.group, page.parts.records)) {
    const result = await cancel({ run, by, reason }, partsOf(page));
    if (result.kind === "refused")
      return groupCancelForm(page, group, { refused: { why: result.why, status: statusOf(result) } });
    if (result.kind === "done") page.request.noteAsked({ what: "cancel", run });
  }
  return shown(page, group, "group-cancelled");
}

function refusalOf(refused: Sent["refused"]): Pick<Form, "refused" | "status"> {
  return refused === undefined ? {} : { refused: `Not done: ${refused.why}.`, status: refused.status };
}

function shown(page: Page, { group }: Group, word: string): Answer {
  return seeOther(page, { path: `jobs/${group}`, done: word });
}
