/**
 * Marks in the record that say of undecided occurrences how they are to be decided: which wait (`admittedThrough`), which
 * are of a gap (`gaps`), which fell into a pause (`holds`). So a policy holds whether or not a scheduler was there to
 * carry it out, and nothing that is late for another reason counts as part of a gap. Pure.
 */
import type { Absence, Gap, Hold, HoldReason, JobRecord } from "../record.ts";

/** More of each are not kept apart: the oldest two become one. */
const MOST_GAPS = 4;
const MOST_HOLDS = 8;

/** The gap that this occurrence is in, if any. */
export function gapOf({ gaps = [] }: JobRecord, at: Date): Gap | undefined {
  return gaps.find(({ after, through }) => after < at && at <= through);
}

/** The stretch of time that holds this occurrence back, if any. */
export function holdOf({ holds = [] }: JobRecord, at: Date): Hold | undefined {
  return holds.find(({ since, until }) => since <= at && at < until);
}

/** True when it was seen in time and waits. */
export function isAdmitted({ admittedThrough }: JobRecord, at: Date): boolean {
  return admittedThrough !== undefined && at <= admittedThrough;
}

/** Up to where each undecided occurrence is known to wait, or to be of a gap. */
export function knownThrough({ cursor, admittedThrough = cursor, gaps = [] }: JobRecord): Date {
  const last = gaps.at(-1)?.through ?? cursor;
  return new Date(Math.max(cursor.getTime(), admittedThrough.getTime(), last.getTime()));
}

/** Notes a gap that has ended. Undefined when more is known by now than when it was found. */
export function noteGap(record: JobRecord | undefined, gap: Gap): JobRecord | undefined {
  if (record === undefined || record.closedAt !== undefined) return undefined;
  if (knownThrough(record).getTime() !== gap.after.getTime() || gap.through <= gap.after) return undefined;
  return withGap(record, gap);
}

/** The record with one more gap. Where it follows on another, so that nothing between them waits, they are one. */
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

/** Nothing can be said of two absences that are apart. */
function joinAbsences(first: Absence | undefined, second: Absence | undefined): Absence | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return second.from <= first.to && first.because === second.because ? { ...first, to: second.to } : undefined;
}

/** The record with a stretch of time whose occurrences are skipped. Unchanged when nothing of it is undecided. */
export function withHold(
  record: JobRecord,
  reason: HoldReason,
  { since, until }: Pick<Hold, "since" | "until">,
): JobRecord {
  if (since >= until || record.cursor >= until) return record;
  const holds = [...(record.holds ?? []), { reason, since, until }];
  return { ...record, holds: atMost(MOST_HOLDS, holds, (first, second) => ({ ...second, since: first.since })) };
}

/** The record without marks of what is decided. */
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

/** The record of a job whose schedule begins again. */
export function withoutMarks({
  admittedThrough: _admitted,
  gaps: _gaps,
  holds: _holds,
  ...record
}: JobRecord): JobRecord {
  return record;
}

/** The clocks of two schedulers may differ by so much. */
const CLOCKS_DIFFER_MS = 60_000;

/** True when a mark reaches into the future: the clock was set back since. */
export function hasFutureMarks({ admittedThrough, gaps = [], holds = [] }: JobRecord, now: Date): boolean {
  const latest = new Date(now.getTime() + CLOCKS_DIFFER_MS);
  const ends = [admittedThrough, ...gaps.map(({ through }) => through), ...holds.map(({ until }) => until)];
  return ends.some((end) => end !== undefined && end > latest);
}

/** Ends all marks now: what is still to come is not known to wait, to be of a gap or to be held. */
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
