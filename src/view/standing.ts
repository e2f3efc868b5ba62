import { mayDeclare } from "../definition/reading.ts";
import { formatProblem } from "../job/problem.ts";
import type { JobRecord } from "../ledger/record.ts";
import { errorsOf } from "./problems.ts";
import type { DeclaredJob, SchedulerAnswer, SchedulerView, ViewProblem } from "./scheduler-view.ts";
import { roleWords } from "./words/scheduler.ts";

/**
 * Whether a job is carried out. Everything that shows it uses this one answer.
 *
 * - `declared`: a source declares it, and this scheduler carries it out.
 * - `kept`: its definition cannot be read now, and the last good one is used.
 * - `elsewhere`: a scheduler with a newer view of the definitions carries it out differently, or (`removedAt`) has removed
 *   it; this one stands by for it.
 * - `unsure`: something that cannot be read may declare it. Nothing of it is started meanwhile.
 * - `removed`: no source declares it. Nothing of it is started.
 * - `unknown`: no scheduler says; only the ledger is known.
 */
export type Standing =
  | { readonly kind: "declared"; readonly at: string }
  | { readonly kind: "kept"; readonly at: string; readonly because: readonly ViewProblem[] }
  | { readonly kind: "elsewhere"; readonly at: string; readonly removedAt?: Date }
  | { readonly kind: "unsure"; readonly because: readonly ViewProblem[] }
  | { readonly kind: "removed"; readonly since?: Date }
  | { readonly kind: "unknown"; readonly why: string };

export type StandingKind = Standing["kind"];

/** The standing of the job with that name, given its record (if it has one) and what the scheduler answered. */
export function standingOf(name: string, record: JobRecord | undefined, answer: SchedulerAnswer): Standing {
  if (answer.kind === "silent") return record?.removedAt ? removed(record) : { kind: "unknown", why: answer.why };
  const { view } = answer;
  if (view.role.kind !== "active")
    return record?.removedAt ? removed(record) : { kind: "unknown", why: roleWords(view) };
  const job = view.jobs.get(name);
  if (job !== undefined) return standingOfDeclared(job, record, view);
  return record?.removedAt === undefined && view.unsure.has(name)
    ? { kind: "unsure", because: unreadableFor(name, record, view) }
    : removed(record);
}

function standingOfDeclared(job: DeclaredJob, record: JobRecord | undefined, view: SchedulerView): Standing {
  const isOther = record !== undefined && (record.removedAt !== undefined || record.definition.hash !== job.hash);
  if (isOther)
    return { kind: "elsewhere", at: job.origin.at, ...(record.removedAt && { removedAt: record.removedAt }) };
  return job.isKept
    ? { kind: "kept", at: job.origin.at, because: problemsOf(job, view) }
    : { kind: "declared", at: job.origin.at };
}

function removed(record: JobRecord | undefined): Standing {
  return { kind: "removed", ...(record?.removedAt && { since: record.removedAt }) };
}

/**
 * What is wrong with the definition of a job: the errors that name its file or object. Where none does, as when the whole
 * source cannot be read, all errors of its source.
 */
function problemsOf({ origin: { source, unit } }: DeclaredJob, view: SchedulerView): readonly ViewProblem[] {
  const own = errorsOf(view).filter((problem) => problem.source === source && problem.job === undefined);
  const named = own.filter(({ at }) => isPlaceIn(unit, at));
  return named.length > 0 ? named : own;
}

/** What cannot be read and may declare the job. Labels of an object whose jobs have other names do not. */
function unreadableFor(name: string, record: JobRecord | undefined, view: SchedulerView): readonly ViewProblem[] {
  const all = unreadableDefinitions(view);
  const known = { name, ...(record?.definition.origin && { origin: record.definition.origin }) };
  const possible = all.filter(({ source, at }) => {
    if (source === "files" || source === "scheduler") return true;
    const unit = objectAt(at);
    return mayDeclare({ source, ...(unit !== undefined && { unit }) }, known);
  });
  return possible.length > 0 ? possible : all;
}

/** `container shop_db, label …` is about `shop_db`; undefined where the place is not an object. */
function objectAt(at: string): string | undefined {
  return /^(?:container|service) ([^,]+)/.exec(at)?.[1];
}

/** `schedules/nightly.yml:7:5` is in `schedules/nightly.yml`; `service shop_db, label …` is in `shop_db`. */
function isPlaceIn(unit: string, at: string): boolean {
  const [place = at] = at.split(", ", 1);
  return place === unit || place.startsWith(`${unit}:`) || place.endsWith(` ${unit}`);
}

/** Whether the schedule starts the job, as far as is known. */
export function isCarriedOut(standing: Standing): boolean {
  const { kind } = standing;
  return kind !== "removed" && kind !== "unsure" && !(kind === "elsewhere" && standing.removedAt !== undefined);
}

const PROBLEMS_QUOTED = 3;

/** One or two sentences about any standing but `declared`, about which there is nothing to say. */
export function standingSentences(standing: Standing, when: (instant: Date) => string): readonly string[] {
  switch (standing.kind) {
    case "declared":
      return [];
    case "kept":
      return [`Its definition cannot be read now, and it goes on as it was last read: ${quoted(standing.because)}`];
    case "elsewhere":
      return [
        standing.removedAt === undefined
          ? `A scheduler with a newer view of the definitions carries it out; the one here, by ${standing.at}, stands by.`
          : `A scheduler with a newer view of the definitions removed it at ${when(standing.removedAt)}; the one here, by ${standing.at}, stands by.`,
      ];
    case "unsure":
      return [
        `It is not sure that it is still declared, because this cannot be read: ${quoted(standing.because)}`,
        "Nothing of it is started until that is mended.",
      ];
    case "removed":
      return [
        standing.since === undefined
          ? "No source declares it: it is not started."
          : `No source declares it since ${when(standing.since)}: it is not started, and forgotten a day later.`,
      ];
    case "unknown":
      return [`No scheduler says whether it is carried out (${standing.why}); this is what the ledger says.`];
  }
}

function quoted(problems: readonly ViewProblem[]): string {
  const shown = problems.slice(0, PROBLEMS_QUOTED).map(formatProblem);
  const more = problems.length - shown.length;
  if (more > 0) shown.push(`and ${more} more ("shipbell problems")`);
  return `${shown.join("; ") || "no problem is known by name"}.`;
}

/** Why a start requested now would not be carried out; undefined where it would be, as far as is known. */
export function whyNotStarted(name: string, standing: Standing): string | undefined {
  if (standing.kind === "removed") return `no source declares ${name}`;
  if (standing.kind !== "unsure") return undefined;
  return `it is not sure that ${name} is still declared, because this cannot be read: ${quoted(standing.because)}`;
}

/** Definitions that cannot be read. One of them may be the definition of a job that is not known. */
export function unreadableDefinitions(view: SchedulerView): readonly ViewProblem[] {
  return errorsOf(view).filter(({ source }) => source !== "scheduler");
}
