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
import { idOfForm, isKnown, requestIdOf, whyWrongStart } from "./start-form.ts";
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
  const startAt = read instanceof Date ? read : undefined;
  const form = idOfForm(fields);
  const idOf = (job: string) => requestIdOf(job, { form, given, ...(startAt && { at }) });
  const isSentAgain = group.jobs.every((job) => isKnown(page, job, idOf(job)));
  const wrong = isSentAgain ? undefined : whyWrongStart(page, read, at);
  if (wrong !== undefined) return groupRunForm(page, group, { fields, refused: { why: wrong, status: 422 } });
  const parts = { ...partsOf(page), answer: { kind: "answers", view: page.parts.scheduler } as const };
  const asked = {
    inputs: given,
    by: page.request.by,
    ...(reason !== undefined && { reason }),
    ...(startAt && { startAt }),
  };
  const refused = await onEach(group.jobs, async (job) => {
    const result = await requestRun({ job, id: idOf(job), ...asked }, parts);
    if (result.kind !== "refused") page.request.noteAsked({ what: "run", job });
    return result;
  });
  return refused === undefined ? shown(page, group, "group-requested") : groupRunForm(page, group, { fields, refused });
}

export function groupPauseForm(page: Page, { group, jobs, any }: Group, { fields, refused }: Sent = {}): Answer {
  const sent = fields ?? new URLSearchParams();
  return formPage(page, {
    title: `Pause ${group} on ${counted(jobs.length, "node")}`,
    action: `jobs/${group}/pause`,
    back: `jobs/${group}`,
    consequence: html`<p>What is due on these nodes is skipped, and not made up for later. Active runs go on. Manual starts are carried out all the same.</p>`,
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
  const refused = await onEach(group.jobs, async (job) => {
    const result = await pause({ job, until, reason: reason ?? "", by: page.request.by }, partsOf(page));
    if (result.kind !== "refused") page.request.noteAsked({ what: "pause", job });
    return result;
  });
  return refused === undefined ? shown(page, group, "paused") : refuse(refused.why, refused.status);
}

export async function postGroupResume(page: Page, group: Group): Promise<Answer> {
  const refused = await onEach(group.jobs, async (job) => {
    const result = await resume(job, partsOf(page));
    if (result.kind !== "refused") page.request.noteAsked({ what: "resume", job });
    return result;
  });
  if (refused !== undefined) throw new Fault("no-such-address", `${refused.why}.`);
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
  const refused = await onEach(activeRunsOfGroup(group.group, page.parts.records), async (run) => {
    const result = await cancel({ run, by, reason }, partsOf(page));
    if (result.kind === "done") page.request.noteAsked({ what: "cancel", run });
    return result;
  });
  return refused === undefined ? shown(page, group, "group-cancelled") : groupCancelForm(page, group, { refused });
}

/**
 * Does it for each, one after the other, also where it is refused for one of them. Returns what was refused as one refusal, with the
 * status and the problems of the first.
 */
async function onEach(
  targets: readonly string[],
  change: (target: string) => Promise<Refused | { readonly kind: string }>,
): Promise<Sent["refused"]> {
  const refused: Refused[] = [];
  for (const target of targets) {
    const result = await change(target);
    if (isRefused(result)) refused.push(result);
  }
  const [first] = refused;
  if (first === undefined) return undefined;
  const rest = targets.length - refused.length;
  const whys = refused.slice(0, MOST_SHOWN).map(({ why }) => why);
  const more = refused.length > MOST_SHOWN ? [`and so for ${refused.length - MOST_SHOWN} more`] : [];
  const others = rest > 0 ? [`it was done for the other ${rest === 1 ? "one" : rest}`] : [];
  return { ...first, why: [...whys, ...more, ...others].join("; "), status: statusOf(first) };
}

const MOST_SHOWN = 5;

function isRefused(result: Refused | { readonly kind: string }): result is Refused {
  return result.kind === "refused";
}

function refusalOf(refused: Sent["refused"]): Pick<Form, "refused" | "status"> {
  return refused === undefined ? {} : { refused: `Not done: ${refused.why}.`, status: refused.status };
}

function shown(page: Page, { group }: Group, word: string): Answer {
  return seeOther(page, { path: `jobs/${group}`, done: word });
}
