import { mayDeclare } from "../../definition/reading.ts";
import { formatProblem } from "../../job/problem.ts";
import type { JobRecord } from "../../ledger/record.ts";
import { errorsOf } from "../scheduler/problems.ts";
import type { DeclaredJob, SchedulerAnswer, SchedulerView, ViewProblem } from "../scheduler/scheduler-view.ts";
import { roleWords } from "../words/scheduler.ts";

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
  const kind = standingKindOf(name, record, answer);
  if (kind === "removed") return removed(record);
  if (answer.kind === "silent") return { kind: "unknown", why: answer.why };
  const { view } = answer;
  const job = view.jobs.get(name);
  if (kind === "unsure") return { kind, because: unreadableFor(name, record, view) };
  if (kind === "unknown" || job === undefined) return { kind: "unknown", why: roleWords(view) };
  const { at } = job.origin;
  if (kind === "elsewhere") return { kind, at, ...(record?.removedAt && { removedAt: record.removedAt }) };
  return kind === "kept" ? { kind, at, because: problemsOf(job, view) } : { kind, at };
}

/** The same without its details, which take a look at each problem. */
export function standingKindOf(name: string, record: JobRecord | undefined, answer: SchedulerAnswer): StandingKind {
  if (answer.kind === "silent" || answer.view.role.kind !== "active")
    return record?.removedAt === undefined ? "unknown" : "removed";
  const { view } = answer;
  const job = view.jobs.get(name);
  if (job === undefined) return record?.removedAt === undefined && view.unsure.has(name) ? "unsure" : "removed";
  const isOther = record !== undefined && (record.removedAt !== undefined || record.definition.hash !== job.hash);
  if (isOther) return "elsewhere";
  return job.isKept ? "kept" : "declared";
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
export function isCarriedOut({ kind, removedAt }: StandingFacts): boolean {
  return kind !== "removed" && kind !== "unsure" && !(kind === "elsewhere" && removedAt !== undefined);
}

type StandingFacts = { readonly kind: StandingKind; readonly removedAt?: Date | undefined };

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
