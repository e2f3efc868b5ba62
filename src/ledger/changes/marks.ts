/**
 * Marks in the record that say how undecided occurrences are to be decided: which of them wait (`admittedThrough`), belong
 * to a gap (`gaps`) or fell into a pause (`holds`). So a policy holds whether or not a scheduler was running to carry it
 * out, and an occurrence that is late for another reason does not count as part of a gap. Pure.
 */
import type { Absence, Gap, Hold, JobRecord } from "../record.ts";

/** When there are more, the two oldest become one. */
const MOST_GAPS = 4;
const MOST_HOLDS = 8;

/** Returns the gap to which this occurrence belongs, if any. */
export function gapOf({ gaps = [] }: JobRecord, at: Date): Gap | undefined {
  return gaps.find(({ after, through }) => after < at && at <= through);
}

/** Returns the hold into which this occurrence falls, if any. */
export function holdOf({ holds = [] }: Pick<JobRecord, "holds">, at: Date): Hold | undefined {
  return holds.find(({ since, until }) => since <= at && at < until);
}

/** True when the occurrence was seen in time and waits. */
export function isAdmitted({ admittedThrough }: JobRecord, at: Date): boolean {
  return admittedThrough !== undefined && at <= admittedThrough;
}

/** Returns the instant up to which each undecided occurrence is known to wait or to belong to a gap. */
export function knownThrough({ cursor, admittedThrough = cursor, gaps = [] }: JobRecord): Date {
  const last = gaps.at(-1)?.through ?? cursor;
  return new Date(Math.max(cursor.getTime(), admittedThrough.getTime(), last.getTime()));
}

/** Notes a gap that has ended. Undefined when the record knows more by now than when the gap was found. */
export function noteGap(record: JobRecord | undefined, gap: Gap): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined) return undefined;
  if (knownThrough(record).getTime() !== gap.after.getTime() || gap.through <= gap.after) return undefined;
  return withGap(record, gap);
}

/** Returns the record with one more gap. It is joined with the previous one if no occurrence between them waits. */
export function withGap(record: JobRecord, gap: Gap): JobRecord {
  const gaps = record.gaps ?? [];
  const last = gaps.at(-1);
  if (last === undefined || last.through < gap.after)
    return { ...record, gaps: atMost(MOST_GAPS, [...gaps, gap], joinGaps) };
  return { ...record, gaps: [...gaps.slice(0, -1), joinGaps(last, gap)] };
}

function joinGaps({ absence: first, ...gap }: Gap, { through, absence: second }: Gap): Gap {
  const absence = joinAbsences(first, second);
  return { ...gap, through, ...(absence && { absence }) };
}

/** Returns undefined for two absences that are apart: together they have no one cause. */
function joinAbsences(first: Absence | undefined, second: Absence | undefined): Absence | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return second.from <= first.to && first.because === second.because ? { ...first, to: second.to } : undefined;
}

/** Returns the record with one more hold, or unchanged when all of that time is decided. */
export function withHold(record: JobRecord, hold: Hold): JobRecord {
  const { since, until } = hold;
  if (since >= until || record.cursor >= until) return record;
  const holds = [...(record.holds ?? []), hold];
  return { ...record, holds: atMost(MOST_HOLDS, holds, (first, second) => ({ ...second, since: first.since })) };
}

/** Returns the record without the marks of decided occurrences. */
export function withoutOldMarks(record: JobRecord): JobRecord {
  const { admittedThrough, gaps, holds, ...rest } = record;
  const openGaps = gaps?.filter(({ through }) => through > record.cursor) ?? [];
  const openHolds = holds?.filter(({ until }) => until > record.cursor) ?? [];
  return {
    ...rest,
    ...(admittedThrough !== undefined && admittedThrough > record.cursor && { admittedThrough }),
    ...(openGaps.length > 0 && { gaps: openGaps }),
    ...(openHolds.length > 0 && { holds: openHolds }),
  };
}

/** Returns the record without any marks, for a job whose schedule restarts. */
export function withoutMarks({
  admittedThrough: _admitted,
  gaps: _gaps,
  holds: _holds,
  ...record
}: JobRecord): JobRecord {
  return record;
}

/** How far the clocks of two schedulers may differ. */
const CLOCKS_DIFFER_MS = 60_000;

/** True when a mark reaches into the future, because the clock has been set back. */
export function hasFutureMarks({ admittedThrough, gaps = [], holds = [] }: JobRecord, now: Date): boolean {
  const latest = new Date(now.getTime() + CLOCKS_DIFFER_MS);
  const ends = [admittedThrough, ...gaps.map(({ through }) => through), ...holds.map(({ until }) => until)];
  return ends.some((end) => end !== undefined && end > latest);
}

/** Ends all marks now, so that no future occurrence waits, belongs to a gap or is held. */
export function endMarks(record: JobRecord | undefined, now: Date): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined || !hasFutureMarks(record, now)) return undefined;
  const { admittedThrough, gaps = [], holds = [] } = record;
  const cut = (end: Date) => (end > now ? now : end);
  return withoutOldMarks({
    ...record,
    ...(admittedThrough && { admittedThrough: cut(admittedThrough) }),
    gaps: gaps.filter(({ after }) => after < now).map((gap) => ({ ...gap, through: cut(gap.through) })),
    holds: holds.filter(({ since }) => since < now).map((hold) => ({ ...hold, until: cut(hold.until) })),
  });
}

function atMost<T>(most: number, marks: readonly T[], join: (first: T, second: T) => T): readonly T[] {
  const [first, second, ...others] = marks;
  if (marks.length <= most || first === undefined || second === undefined) return marks;
  return [join(first, second), ...others];
}
