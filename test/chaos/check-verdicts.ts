import type { Run, Verdict } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import { CHAOS_JOBS } from "./jobs.ts";
import type { SeenRecord } from "./record-observer.ts";

/** Where the oldest is seen later than this there is a gap. */
const GAP_AFTER_MS = 60_000;
/** From the moment of a decision to the swap that holds it, at most: a swap gives up after 20 s. */
const SWAP_MS = 30_000;

/** Each occurrence from the first cursor to the last has one verdict, and its reason is true. */
export function checkVerdicts({ records }: Evidence): readonly Finding[] {
  const missing = Object.keys(CHAOS_JOBS).filter((job) => !records.has(job));
  return [
    ...missing.map((job) => ({ job, what: "never had a record" })),
    ...[...records].flatMap(([job, seen]) => checkRecord(seen).map((finding) => ({ job, ...finding }))),
  ];
}

/** The instants at which the job was due, from the first cursor to the last. */
export function occurrencesOf({ firstCursor, record }: SeenRecord): readonly Date[] {
  return [...createTimetables().of(record.definition.schedules).between(firstCursor, record.cursor)];
}

function checkRecord(seen: SeenRecord): readonly Finding[] {
  const occurrences = occurrencesOf(seen);
  const { totals } = seen.record;
  const { manual: _manual, ...started } = totals.started;
  const counted = [started, totals.skipped, totals.missed].map(sum).reduce((a, b) => a + b);
  return [
    ...(counted === occurrences.length ? [] : [{ what: `${occurrences.length} were due, ${counted} were counted` }]),
    ...seen.changedVerdicts.map((verdict) => ({ what: `was decided twice: ${tell(verdict)}`, at: verdict.decidedAt })),
    ...checkEach(occurrences, [...seen.verdicts.values()]),
    ...[...seen.verdicts.values()].flatMap((verdict) => checkReason(verdict, seen)),
  ];
}

function checkEach(occurrences: readonly Date[], verdicts: readonly Verdict[]): readonly Finding[] {
  const decidedBy = (at: Date) =>
    verdicts.filter(({ scheduledAt, through }) => scheduledAt <= at && at <= (through ?? scheduledAt));
  const wrong = occurrences.map((at) => ({ at, by: decidedBy(at) })).filter(({ by }) => by.length !== 1);
  const counts = verdicts.filter(({ scheduledAt, through, count = 1 }) => {
    const held = occurrences.filter((at) => scheduledAt <= at && at <= (through ?? scheduledAt));
    return held.length !== count;
  });
  return [
    ...wrong.map(({ at, by }) => ({ at, what: `has ${by.length} verdicts: ${by.map(tell).join("; ")}` })),
    ...counts.map((verdict) => ({ at: verdict.scheduledAt, what: `counts what was not due: ${tell(verdict)}` })),
  ];
}

function checkReason(verdict: Verdict, seen: SeenRecord): readonly Finding[] {
  const { record, runs } = seen;
  const { reason, scheduledAt, through = scheduledAt, decidedAt } = verdict;
  const ageMs = decidedAt.getTime() - through.getTime();
  const deadlineMs = CHAOS_JOBS[record.job]?.deadlineMs ?? Number.POSITIVE_INFINITY;
  const isFalse =
    (reason === "gap" && decidedAt.getTime() - scheduledAt.getTime() <= GAP_AFTER_MS) ||
    (reason === "too-late" && ageMs <= deadlineMs) ||
    (verdict.kind === "started" && ageMs > deadlineMs) ||
    ((reason === "still-running" || (reason === "queue-full" && ageMs <= GAP_AFTER_MS)) &&
      ![...runs.values()].some((run) => ranAt(run, decidedAt, seen)));
  return isFalse ? [{ at: decidedAt, what: `is not true: ${tell(verdict)}` }] : [];
}

/** Active in its record at that time, or soon after it: until its end was written down, not only until it came. */
function ranAt({ id, attempts: [first] }: Run, at: Date, { endSeen }: SeenRecord): boolean {
  const beganMs = first?.boundAt.getTime() ?? Number.POSITIVE_INFINITY;
  const ended = endSeen.get(id);
  return beganMs <= at.getTime() + SWAP_MS && (ended === undefined || ended.by.getTime() >= at.getTime() - SWAP_MS);
}

function sum(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((all, count = 0) => all + count, 0);
}

function tell({ kind, reason, scheduledAt, through, count, decidedAt }: Verdict): string {
  const stretch = through === undefined ? "" : ` through ${through.toISOString()} (${count})`;
  return `${kind} ${reason ?? ""} ${scheduledAt.toISOString()}${stretch}, decided at ${decidedAt.toISOString()}`;
}
