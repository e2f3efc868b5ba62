import type { InstanceRecord, JobRecord } from "../../../src/ledger/record.ts";

/** The record of the instance, from when on it stood like this. */
export interface InstanceState {
  readonly from: Date;
  readonly instance: InstanceRecord | undefined;
}

interface InstanceWitnessed {
  readonly before: InstanceRecord | undefined;
  readonly after: InstanceRecord;
  readonly isOperator: boolean;
  readonly now: Date;
  readonly clockWentBack: boolean;
}

/** Only operators begin, change and end a pause of all jobs; schedulers note that one has ended by itself. */
export function* instancePromises({
  before,
  after,
  isOperator,
  now,
  clockWentBack,
}: InstanceWitnessed): Iterable<string> {
  const was = before?.paused;
  const ended = (after.holds ?? []).slice(before?.holds?.length ?? 0);
  const isOver = was?.until !== undefined && was.until <= now;
  if (!isOperator && after.paused === undefined && was !== undefined && !isOver && !clockWentBack)
    yield "a scheduler ends a pause of all jobs whose end has not come";
  if (!isOperator && after.paused !== undefined && after.paused.since.getTime() !== was?.since.getTime())
    yield "a scheduler begins a pause of all jobs";
  const isNew = was !== undefined && after.paused?.since.getTime() !== was.since.getTime();
  if (!isNew || clockWentBack) return;
  const until = isOver ? was.until : now;
  const [hold] = ended;
  if (was.since.getTime() === until?.getTime()) return;
  if (hold?.since.getTime() !== was.since.getTime() || hold.until.getTime() !== until?.getTime())
    yield "a pause of all jobs has ended, and what fell into it is not held";
}

/** What kept a job's occurrences from being started, by its record and that of the instance, at this moment. */
export function pausedBy({ paused, holds = [] }: JobRecord, instance: InstanceRecord | undefined, now: Date) {
  const pauses = [paused, instance?.paused].filter((pause) => pause !== undefined);
  const over = pauses.filter(({ until }) => until !== undefined && until <= now);
  const periods = [...holds, ...(instance?.holds ?? []), ...over.map(({ since, until = now }) => ({ since, until }))];
  return {
    isPaused: pauses.length > over.length,
    /** Whether it fell into a pause, or a suspension, that is over. */
    isHeld: (at: number) => periods.some(({ since, until }) => since.getTime() <= at && at < until.getTime()),
  };
}
