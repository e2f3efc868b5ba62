import { idOf } from "../../src/ledger/changes/notices.ts";
import type { PastRun } from "../../src/ledger/past.ts";
import type { Verdict } from "../../src/ledger/record.ts";
import type { Heard } from "../e2e/heard.ts";
import type { Finding } from "./finding.ts";

/** What has happened to a job, and what the one channel of its was told of it, until nothing more waited. */
export interface ToldJob {
  readonly job: string;
  readonly instance: string;
  /** Its runs, in the order in which they ended. */
  readonly ends: readonly PastRun[];
  /** All requests to the channel, whatever became of them. */
  readonly told: readonly Heard[];
  /** Those that it took. */
  readonly taken: readonly Heard[];
  /** Only where the channel is told of what was missed: what was decided, and how many occurrences of it were missed. */
  readonly missed?: { readonly verdicts: Iterable<Verdict>; readonly count: number };
}

/** A row of failures, and the success that ended it. */
interface Row {
  readonly failures: readonly PastRun[];
  readonly success?: PastRun;
}

/**
 * Each failure that opened something was heard, each recovery belongs to a failure, and nothing was told that has not
 * happened. What waited together may have been told as one, and the same may have been told twice.
 */
export function checkNotices({ missed, ...told }: ToldJob): readonly Finding[] {
  const isAboutRun = ({ kind }: Heard) => kind === "failed" || kind === "recovered";
  const about = { ...told, told: told.told.filter(isAboutRun), taken: told.taken.filter(isAboutRun) };
  const others = told.told.filter((heard) => !isAboutRun(heard));
  const findings = [
    ...unknownRuns(about),
    ...rowsOf(told.ends).flatMap((row) => unheard(about, row)),
    ...lastHeard(about),
    ...(missed ? checkMissed(told, missed) : others.map(({ id }) => `was told ${id}, for which nobody asked`)),
  ];
  return findings.map((what) => ({ job: told.job, what }));
}

/** Whether a run ended so that it counts as a failure or a success. */
function counts({ outcome }: PastRun): boolean {
  return outcome !== "cancelled" && outcome !== "replaced";
}

function rowsOf(ends: readonly PastRun[]): readonly Row[] {
  const rows: Row[] = [];
  let failures: PastRun[] = [];
  for (const run of ends.filter(counts)) {
    if (run.outcome !== "succeeded") failures.push(run);
    else if (failures.length > 0) {
      rows.push({ failures, success: run });
      failures = [];
    }
  }
  return failures.length > 0 ? [...rows, { failures }] : rows;
}

function unknownRuns({ instance, ends, told }: ToldJob): readonly string[] {
  const rows = rowsOf(ends);
  const isTrue = ({ id, kind, run }: Heard) =>
    id === `${instance}/${run}/${kind}` &&
    rows.some(({ failures, success }) =>
      kind === "failed" ? failures.some(({ id }) => id === run) : success?.id === run,
    );
  return idsOf(told.filter((heard) => !isTrue(heard))).map((id) => `was told ${id}, which has not happened`);
}

function unheard({ ends, told, taken }: ToldJob, { failures, success }: Row): readonly string[] {
  const at = placesIn(ends);
  const first = failures[0]?.id;
  const isHeard = taken.some(({ run }) => at(run) >= at(first));
  const opened = told.filter(({ kind, run }) => kind === "failed" && failures.some(({ id }) => id === run));
  // A failure that was heard ends with a recovery, its own or a later one.
  const isOver = taken.some(({ kind, run }) => kind === "recovered" && at(run) >= at(success?.id));
  return [
    ...(isHeard ? [] : [`nothing was heard of ${first}, which failed`]),
    ...(success === undefined || isOver ? [] : idsOf(opened).map((id) => `no recovery was heard after ${id}`)),
  ];
}

/** What was heard last is how it stands. */
function lastHeard({ ends, taken }: ToldJob): readonly string[] {
  const at = placesIn(ends);
  const row = rowsOf(ends).at(-1);
  const last = taken.toSorted((a, b) => at(a.run) - at(b.run)).at(-1);
  if (row === undefined || last === undefined || (last.kind === "recovered") === (row.success !== undefined)) return [];
  return [`it ${row.success ? "works" : "fails"}, and what was heard last is ${last.id}`];
}

function checkMissed(
  { job, instance, told, taken }: Omit<ToldJob, "missed">,
  { verdicts, count }: NonNullable<ToldJob["missed"]>,
): readonly string[] {
  const stretches = [...verdicts].filter(({ kind }) => kind === "missed");
  const known = new Set(stretches.map(({ scheduledAt }) => `${instance}/${job}-${idOf(scheduledAt)}/missed`));
  const isMissed = ({ kind }: Heard) => kind === "missed";
  // What is told again while it waits has more to tell.
  const counts = new Map<string, number>();
  for (const { id, count } of taken.filter(isMissed)) counts.set(id, Math.max(counts.get(id) ?? 0, count));
  const heard = [...counts.values()].reduce((a, b) => a + b, 0);
  return [
    ...idsOf(told.filter((heard) => isMissed(heard) && !known.has(heard.id))).map(
      (id) => `was told ${id}, which was not missed`,
    ),
    ...(heard < count ? [`missed ${count} occurrences, of which ${heard} were heard`] : []),
  ];
}

/** In which place a run ended; before all others where it never did. */
function placesIn(ends: readonly PastRun[]): (run: string | undefined) => number {
  const order = new Map(ends.map(({ id }, index) => [id, index]));
  return (run) => order.get(run) ?? -1;
}

function idsOf(told: readonly Heard[]): readonly string[] {
  return [...new Set(told.map(({ id }) => id))];
}
