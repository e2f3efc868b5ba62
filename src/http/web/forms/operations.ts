import { whyWrongReason } from "../../../job/reason.ts";
import { cancel } from "../../../operate/cancel.ts";
import type { OperateParts, Refused } from "../../../operate/operation.ts";
import { pause, pauseAll, resume, resumeAll } from "../../../operate/pause.ts";
import { reset } from "../../../operate/reset.ts";
import type { Answer } from "../../answer.ts";
import { Fault } from "../../fault.ts";
import type { Deed } from "../../route.ts";
import type { Page } from "../page.ts";
import { formPage } from "./form-page.ts";
import { cancelForm, pauseAllForm, pauseForm, resetForm } from "./operation-forms.ts";
import { readUntil } from "./until-field.ts";

/** Carries out what a form asks for, and answers with the way to the page that shows the result. */
export type Operation = (page: Page) => Promise<Answer>;

export const postCancel: Operation = async (page) => {
  const run = page.request.params.run ?? "";
  const { reason } = await readReason(page);
  const result = await cancel({ run, by: page.request.by, reason }, partsOf(page));
  if (result.kind === "refused")
    return formPage(page, { ...cancelForm(page, run), refused: result.why, status: statusOf(result) });
  return done(
    page,
    { what: "cancel", run },
    { path: `runs/${run}`, done: result.kind === "nothing-to-do" ? "ended" : "cancelled" },
  );
};

export const postPause: Operation = async (page) => {
  const job = page.request.params.job ?? "";
  const { reason, fields } = await readReason(page);
  const until = readUntil(page, fields, job);
  const refuse = (refused: string, status: number) =>
    formPage(page, { ...pauseForm(page, job, fields), refused, status });
  if (until === "wrong") return refuse(`“${fields.get("until") ?? ""}” is no date with a time`, 422);
  const result = await pause({ job, until, reason: reason ?? "", by: page.request.by }, partsOf(page));
  if (result.kind === "refused") return refuse(result.why, statusOf(result));
  return done(page, { what: "pause", job }, { path: `jobs/${job}`, done: "paused" });
};

export const postResume: Operation = async (page) => {
  const job = page.request.params.job ?? "";
  const result = await resume(job, partsOf(page));
  if (result.kind === "refused") throw new Fault("no-such-address", result.why);
  return done(page, { what: "resume", job }, { path: `jobs/${job}`, done: "resumed" });
};

export const postReset: Operation = async (page) => {
  const job = page.request.params.job ?? "";
  const { timetables } = page.world;
  const result = await reset(job, { ...partsOf(page), timetables });
  if (result.kind === "refused")
    return formPage(page, { ...resetForm(page, job), refused: result.why, status: statusOf(result) });
  return done(page, { what: "reset", job }, { path: `jobs/${job}`, done: "reset" });
};

export const postPauseAll: Operation = async (page) => {
  const { reason, fields } = await readReason(page);
  const until = readUntil(page, fields);
  const refuse = (refused: string, status: number) =>
    formPage(page, { ...pauseAllForm(page, fields), refused, status });
  if (until === "wrong") return refuse(`“${fields.get("until") ?? ""}” is no date with a time`, 422);
  const result = await pauseAll({ until, reason: reason ?? "", by: page.request.by }, partsOf(page));
  if (result.kind === "refused") return refuse(result.why, statusOf(result));
  return done(page, { what: "pause" }, { path: "", done: "all-paused" });
};

export const postResumeAll: Operation = async (page) => {
  const result = await resumeAll(partsOf(page));
  if (result.kind === "refused") throw new Fault("no-such-address", result.why);
  return done(page, { what: "resume" }, { path: "", done: "all-resumed" });
};

/** @throws Fault while the ledger cannot be used. */
export function partsOf({ world }: Page): OperateParts {
  const ledger = world.ledger();
  if (ledger === undefined) throw new Fault("bug", "The ledger cannot be used at present.");
  return { ledger, clock: world.clock };
}

/** The fields of the form. Where none came, it is as if all were empty. */
export async function readFields({ request }: Page): Promise<URLSearchParams> {
  const body = await request.body();
  return body.kind === "form" ? body.fields : new URLSearchParams();
}

/** @throws Fault `bad-request` for a reason that no browser sends. */
export async function readReason(
  page: Page,
): Promise<{ readonly reason: string | undefined; readonly fields: URLSearchParams }> {
  const fields = await readFields(page);
  const written = (fields.get("reason") ?? "").trim();
  const wrong = whyWrongReason(written);
  if (wrong !== undefined) throw new Fault("bad-request", `The reason ${wrong}.`);
  return { reason: written === "" ? undefined : written, fields };
}

export function statusOf({ code }: Refused): number {
  if (code === "no-such-job" || code === "no-such-run") return 404;
  return code === "bad-input" ? 422 : code === "unclear" ? 503 : 409;
}

interface Done {
  readonly path: string;
  readonly done: string;
  /** To what, where the path does not say. */
  readonly subject?: string;
}

/** Sends the browser to the page that shows what was done, so that loading it again does nothing again. */
export function done(page: Page, deed: Deed, { path, done, subject }: Done): Answer {
  page.request.noteAsked(deed);
  return seeOther(page, { path, done, ...(subject !== undefined && { subject }) });
}

export function seeOther(page: Page, { path, done, subject }: Done): Answer {
  const location = page.link(path, { done, to: subject });
  return {
    status: 303,
    contentType: "text/plain; charset=utf-8",
    body: `see ${location}\n`,
    headers: { Location: location },
  };
}
