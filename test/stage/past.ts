import { createHash } from "node:crypto";
import { keepRuns } from "../../src/decide/retention.ts";
import { retryAt } from "../../src/decide/retry.ts";
import type { Job } from "../../src/job/job.ts";
import { objectName, runId } from "../../src/job/names.ts";
import { recordEnd, startAttempt } from "../../src/ledger/changes/attempts.ts";
import { openRecord } from "../../src/ledger/changes/definitions.ts";
import { noteGap } from "../../src/ledger/changes/marks.ts";
import { tellChange } from "../../src/ledger/changes/notices.ts";
import { passOver, startRun } from "../../src/ledger/changes/occurrences.ts";
import { pauseJob } from "../../src/ledger/changes/pauses.ts";
import { askForRun } from "../../src/ledger/changes/requests.ts";
import { nextTellingAt, noteTimes } from "../../src/ledger/changes/telling-times.ts";
import {
  type By,
  type JobRecord,
  latestAttempt,
  latestDate,
  type Outcome,
  type PassedOverVerdict,
  type Run,
} from "../../src/ledger/record.ts";
import type { Timetables } from "../../src/schedule/timetable.ts";
import { type StageChannels, tellAll } from "./channels.ts";

/** How the runs of a job have gone. Times are of its usual run, in seconds. */
export interface Past {
  /** How long a run usually takes; each takes up to a fifth more or less. */
  readonly takesS: number;
  /** What its runs print. */
  readonly prints?: readonly string[];
  /** How a run ended that was not the usual success, by how many runs ago it was: 0 is the latest. */
  readonly ends?: Readonly<Record<number, Ending>>;
  /** The latest run has not ended: its process runs, or waits for a node that may have it. */
  readonly now?: "runs" | "waits";
  readonly paused?: { readonly at: Date; readonly reason: string; readonly by?: By };
  /** Runs that were asked for. */
  readonly asked?: readonly { readonly at: Date; readonly by: By; readonly reason: string }[];
}

export interface Ending {
  readonly outcome: Outcome;
  readonly takesS: number;
  readonly prints: readonly string[];
}

export interface PastParts {
  readonly now: Date;
  readonly timetables: Timetables;
  /** Where runs were; without any, on one host. */
  readonly nodes: readonly string[];
  /** How many due times back its record begins, but not before `since`. */
  readonly occurrences: number;
  readonly since: Date;
  /** When no scheduler was running. */
  readonly absence?: { readonly from: Date; readonly to: Date };
  /** Who is told, where the job names them. */
  readonly channels: StageChannels;
}

/** Returns the record of a job with that past. Each step is the change that a scheduler would have written at that time. */
export function recordOf(job: Job, past: Past, parts: PastParts): JobRecord {
  const { now, timetables, occurrences, since, absence } = parts;
  const timetable = timetables.of(job.schedules);
  const times: Date[] = [];
  for (
    let at = timetable.previous(now);
    at && at > since && times.length < occurrences;
    at = timetable.previous(before(at))
  )
    times.unshift(at);
  const asked = (past.asked ?? []).map((ask) => ({ kind: "asked" as const, ...ask }));
  const events: Event[] = [...times.map((at) => ({ kind: "due" as const, at })), ...asked];
  events.sort((a, b) => a.at.getTime() - b.at.getTime());
  const story = new Story(job, past, { ...parts, last: times.length - 1 });
  story.open(before(times[0] ?? now));
  for (const [index, event] of events.entries()) {
    if (absence && event.at > absence.from && event.at <= absence.to) {
      const next = events[index + 1];
      story.miss(event.at, { absence, isLast: next === undefined || next.at > absence.to });
    } else if (event.kind === "asked") story.ask(event);
    else story.due(event.at, { trigger: "schedule", startsAt: event.at });
  }
  return story.end();
}

type Event =
  | { readonly kind: "due"; readonly at: Date }
  | { readonly kind: "asked"; readonly at: Date; readonly by: By; readonly reason: string };

class Story {
  readonly #job: Job;
  readonly #past: Past;
  readonly #parts: PastParts & { readonly last: number };
  #record: JobRecord | undefined;
  /** The run that has not ended, and how it will. */
  #open: { readonly run: string; readonly node: string | undefined; readonly ends: readonly Ending[] } | undefined;
  #startedAt = new Date(0);
  #due = -1;

  constructor(job: Job, past: Past, parts: PastParts & { readonly last: number }) {
    this.#job = job;
    this.#past = past;
    this.#parts = parts;
  }

  open(at: Date): void {
    this.#record = openRecord(this.#job, 1, at);
  }

  /** An occurrence that the schedule brings, in time or to be caught up. */
  due(at: Date, { trigger, startsAt }: { trigger: "schedule" | "catch-up"; startsAt: Date }): void {
    this.#due++;
    this.#endBefore(startsAt);
    const { paused } = this.#past;
    if (paused && paused.at <= startsAt) {
      if (this.#now().paused === undefined)
        this.#write((record) => pauseJob(record, paused.at, { reason: paused.reason }) ?? record);
      this.#write((record) =>
        passOver(record, one(at, { kind: "skipped", reason: "paused" }), { now: later(at, 300) }),
      );
    } else if (this.#open !== undefined) {
      const verdict = { kind: "skipped", reason: "still-running", whileActive: true } as const;
      this.#write((record) => passOver(record, one(at, verdict), { now: later(at, 200) }));
    } else this.#start({ trigger, scheduledAt: at, startsAt });
  }

  /** An occurrence while no scheduler was running: the last one of them is caught up when one is there again. */
  miss(at: Date, { absence, isLast }: { absence: { from: Date; to: Date }; isLast: boolean }): void {
    const { cursor, gaps = [] } = this.#now();
    if (gaps.length === 0) {
      const gap = { after: cursor, through: absence.to, absence: { because: "no-scheduler", ...absence } as const };
      this.#write((record) => noteGap(record, gap) ?? record);
    }
    if (isLast) this.due(at, { trigger: "catch-up", startsAt: later(absence.to, 1200) });
    else {
      this.#due++;
      const verdict = { kind: "missed", reason: "gap" } as const;
      this.#write((record) => passOver(record, one(at, verdict), { now: later(absence.to, 900) }));
    }
  }

  /** A start that somebody asked for. */
  ask({ at, by, reason }: { readonly at: Date; readonly by: By; readonly reason: string }): void {
    this.#endBefore(at);
    if (this.#open !== undefined) return;
    const id = digest(`${this.#job.name} ${at.toISOString()}`).slice(0, 8);
    this.#write((record) => askForRun(record, { id, kind: "run", askedAt: at, by, reason }));
    this.#start({ trigger: "manual", scheduledAt: at, startsAt: at, request: id, by, reason });
  }

  end(): JobRecord {
    const { now } = this.#parts;
    this.#endBefore(now);
    for (;;) {
      const at = nextTellingAt(this.#now(), { now });
      if (at === undefined || at > now) return this.#now();
      this.#write((record) => record && noteTimes(record, { now: at }));
    }
  }

  #start({
    startsAt,
    ...given
  }: Pick<Run, "trigger" | "scheduledAt" | "request" | "by" | "reason"> & { startsAt: Date }) {
    const { name, hash, policies } = this.#job;
    const { trigger, scheduledAt, request } = given;
    const id = runId(name, { scheduledAt, ...(request !== undefined && { request }) });
    const boundAt = later(startsAt, 150 + 900 * chance(id));
    const start = { ...given, id, definition: hash, overlap: policies.overlap, policies: policies.run };
    this.#write((record) => startRun(record, { ...start, attempt: this.#attempt(id, 1, boundAt) }));
    this.#startedAt = later(boundAt, 400 + 1500 * chance(`${id} starts`));
    const { nodes } = this.#parts;
    const node = nodes[Math.floor(nodes.length * chance(`${id} node`))];
    this.#open = { run: id, node, ends: this.#endsOf(id, trigger) };
  }

  #attempt(run: string, number: number, boundAt: Date) {
    const name = objectName("shipbell", run, number);
    return { number, objectName: name, objectId: digest(name).slice(0, 25), boundAt };
  }

  /** One ending for each attempt. */
  #endsOf(run: string, trigger: Run["trigger"]): readonly Ending[] {
    const { takesS, prints = [], ends = {} } = this.#past;
    const takes = takesS * (0.8 + 0.4 * chance(`${run} takes`));
    const usual: Ending = { outcome: { kind: "succeeded", exitCode: 0 }, takesS: takes, prints };
    const ending = trigger === "manual" ? usual : (ends[this.#parts.last - this.#due] ?? usual);
    const { retries } = this.#job.policies.run;
    return Array.from({ length: ending === usual ? 1 : 1 + (retries?.limit ?? 0) }, () => ending);
  }

  /** Ends what had ended by then. */
  #endBefore(at: Date): void {
    const { now, last } = this.#parts;
    const isLatest = this.#due === last && at >= now;
    if (this.#open === undefined || (isLatest && this.#past.now !== undefined)) return;
    const { run, node, ends } = this.#open;
    for (const [index, { outcome, takesS, prints }] of ends.entries()) {
      const finishedAt = later(this.#startedAt, takesS * 1000);
      if (finishedAt > at) return;
      const number = index + 1;
      if (this.#attemptOf(run).outcome !== undefined) continue;
      const key = { run, number };
      const end = { outcome, startedAt: this.#startedAt, finishedAt, ...this.#seen(node, prints) };
      this.#write((record) => {
        const before = record?.runs.find(({ id }) => id === run);
        const again = before && retryAt(before, number, outcome, finishedAt);
        const ended = recordEnd(record, key, { ...end, ...(again && { retryAt: again }) });
        return ended && keepRuns(ended, this.#job).record;
      });
      const again = this.#attemptOf(run)?.retryAt;
      if (again === undefined) break;
      const boundAt = later(again, 120);
      this.#write((record) => startAttempt(record, run, this.#attempt(run, number + 1, boundAt)));
      this.#startedAt = later(boundAt, 600);
    }
    this.#open = undefined;
  }

  #attemptOf(run: string) {
    const found = this.#now().runs.find(({ id }) => id === run);
    return found === undefined ? ({} as Partial<ReturnType<typeof latestAttempt>>) : latestAttempt(found);
  }

  #seen(node: string | undefined, prints: readonly string[]) {
    const { template } = this.#job;
    const name = "image" in template ? template.image : undefined;
    return {
      ...(node !== undefined && { node }),
      ...(typeof name === "string" && { image: { name, digest: `sha256:${digest(name)}` } }),
      ...(prints.length > 0 && { output: prints.join("\n"), outputLines: prints.length }),
    };
  }

  #now(): JobRecord {
    if (this.#record === undefined) throw new Error(`${this.#job.name} has no record yet`);
    return this.#record;
  }

  /** A change that does not apply is a mistake in the story. */
  #write(change: (record: JobRecord | undefined) => JobRecord | undefined): void {
    const changed = change(this.#record);
    if (changed === undefined) throw new Error(`the past of ${this.#job.name} is none that a scheduler writes`);
    this.#record = tellAll(tellChange(this.#record, changed, writtenAt(changed)), this.#parts);
  }
}

/** A change is written as soon as what it is about has happened. */
function writtenAt({ cursor, totals, verdicts }: JobRecord): Date {
  return latestDate([cursor, totals.lastCompletionAt, verdicts.at(-1)?.decidedAt]) ?? cursor;
}

const one = (at: Date, verdict: PassedOverVerdict) => ({ first: at, last: at, count: 1, verdict });
const later = (at: Date, ms: number) => new Date(at.getTime() + Math.round(ms));
const before = (at: Date) => new Date(at.getTime() - 1);
const digest = (text: string) => createHash("sha256").update(text).digest("hex");

/** A number from 0 to 1 that belongs to the text: the same each time. */
function chance(text: string): number {
  return Number.parseInt(digest(text).slice(0, 8), 16) / 2 ** 32;
}
