import type { Schedule } from "../../job/job.ts";
import type { JobRecord } from "../../ledger/record.ts";
import { isReboot, type Timetables } from "../../schedule/timetable.ts";

/**
 * The first instant at which a scheduler may start the job by its schedule; what the record has decided is decided, and what
 * the job excludes is not started. Undefined where there is none, and where this version does not know the schedule.
 */
export function nextDue(record: JobRecord, timetables: Timetables, when: DueAfter): Date | undefined {
  return nextOccurrences(record, timetables, { ...when, count: 1 })[0];
}

interface DueAfter {
  readonly now: Date;
  /** What is due in a pause is skipped, whatever it would wait for. */
  readonly pausedUntil?: Date | undefined;
}

/** The first `count` of these instants, as `nextDue` returns the first. */
export function nextOccurrences(
  { definition, cursor }: JobRecord,
  timetables: Timetables,
  { now, pausedUntil, count }: DueAfter & { readonly count: number },
): readonly Date[] {
  const timetable = timetables.ofRecord(definition.schedules, definition.exclusions);
  // An occurrence at the very end of the pause is started.
  const from = pausedUntil === undefined ? now : new Date(pausedUntil.getTime() - 1);
  const decided = pausedUntil === undefined || cursor > from ? cursor : from;
  const instants: Date[] = [];
  let at = timetable?.nextStart(from, decided);
  while (at !== undefined && instants.length < count) {
    instants.push(at);
    at = instants.length < count ? timetable?.nextStart(at, decided) : undefined;
  }
  return instants;
}

/**
 * Returns when the quiet window ends for which something waits that is due and not decided: it was deferred, or is late.
 * Undefined where nothing does.
 */
export function waitsQuietUntil(
  { definition, cursor }: JobRecord,
  timetables: Timetables,
  now: Date,
): Date | undefined {
  const { schedules, exclusions } = definition;
  const timetable = exclusions?.quiet && timetables.ofRecord(schedules, exclusions);
  const first = timetable?.next(cursor);
  if (timetable === undefined || first === undefined || first > now) return undefined;
  const plan = timetable.planOf(first);
  const until = plan.kind === "deferred" ? plan.until : undefined;
  return until !== undefined && until > now ? until : timetable.quietUntil(now);
}

/** The first occurrence that is due, is to be started, and is not decided; undefined where all that is due is decided. */
export function undecidedStart(
  { definition: { schedules, exclusions }, cursor }: JobRecord,
  timetables: Timetables,
  now: Date,
): Date | undefined {
  const timetable = timetables.ofRecord(schedules, exclusions);
  const at = timetable?.nextStart(cursor, cursor);
  return at !== undefined && at <= now ? at : undefined;
}

/** Whether a job that has no next time had some once: it has schedules, and this version knows them. */
export function isDone(record: JobRecord | undefined, timetables: Timetables): boolean {
  const { schedules = [], exclusions } = record?.definition ?? {};
  const timetable = schedules.length > 0 ? timetables.ofRecord(schedules, exclusions) : undefined;
  if (record === undefined || timetable === undefined) return false;
  // There may always be another boot.
  if (schedules.some(({ pattern }) => isReboot(pattern))) return false;
  // The next end of another job's run starts it.
  if (record.after !== undefined) return false;
  // A job whose times all lie in its quiet windows is not done.
  const next = timetable.next(record.cursor);
  return next === undefined || timetable.exceptedUntil(next) === "for ever";
}

/** Beyond this, the exact number does not matter. */
const MOST_COUNTED = 1000;

/**
 * The occurrences in (`after`, `upTo`], oldest first; cut off when there are more than 1000 (`isCutOff`). Empty where
 * this version does not know the schedule.
 */
export function occurrencesBetween(
  { definition }: JobRecord,
  timetables: Timetables,
  { after, upTo }: { readonly after: Date; readonly upTo: Date },
): readonly Date[] {
  const found: Date[] = [];
  for (const at of timetables.ofRecord(definition.schedules)?.between(after, upTo) ?? []) {
    found.push(at);
    if (isCutOff(found)) break;
  }
  return found;
}

/** Whether there are more occurrences than these. */
export function isCutOff(occurrences: readonly Date[]): boolean {
  return occurrences.length > MOST_COUNTED;
}

/** The schedules of the record that this version does not know: another version has written them. */
export function unknownSchedules({ definition }: JobRecord, timetables: Timetables): readonly Schedule[] {
  return definition.schedules.filter((schedule) => timetables.ofRecord([schedule]) === undefined);
}

export function unknownScheduleWords(job: string, { pattern, timezone }: Schedule): string {
  return (
    `This version of shipbell does not know the schedule "${pattern}" in ${timezone} of ${job}, ` +
    "which another version has written: when it is due next is not known here."
  );
}
