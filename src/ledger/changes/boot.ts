import { bootsOf, type InstanceRecord } from "../record.ts";

/** How many boots are remembered: each may still be undecided in some record. */
const BOOTS_KEPT = 20;

/** What says how late it is when a boot is first seen: after one, the host's clock may be behind. */
export interface BootClock {
  readonly now: Date;
  /** How far the jobs are decided that are due after a boot. */
  readonly cursors?: readonly Date[];
  /** When the records were last written before this scheduler opened them, where that is known. */
  readonly lastWrittenAt?: Date | undefined;
}

/**
 * Notes which boot of the host this is. Undefined where that is known: a boot counts once, however often schedulers start in
 * it. What was seen first of all is no boot that counts.
 */
export function noteBoot(
  instance: InstanceRecord | undefined,
  id: string,
  clock: BootClock,
): InstanceRecord | undefined {
  const known = instance?.boot;
  if (known?.id === id) return undefined;
  if (known === undefined) return { schema: 1, ...instance, boot: { id } };
  const { before: _before, seenAt: _seenAt, ...rest } = known;
  const earlier = bootsOf(instance);
  const seenAt = bootTime(earlier, clock);
  const before = earlier.filter((at) => at < seenAt).slice(-BOOTS_KEPT);
  return { schema: 1, ...instance, boot: { ...rest, id, seenAt, ...(before.length > 0 && { before }) } };
}

/** By how much the time of a file may be behind that of what was written into it. */
const WRITTEN_WITHIN_MS = 1000;

/**
 * Returns the instant at which a boot counts: now, or where the clock is behind, the first second that no job has decided. Until
 * the clock is there, no schedule starts anything. What is decided up to a time at which nothing had been written yet is so by a
 * clock that was wrong, and holds up no other job.
 */
function bootTime(earlier: readonly Date[], { now, cursors = [], lastWrittenAt }: BootClock): Date {
  const decided = [...cursors, ...earlier].map((at) => at.getTime());
  const written = lastWrittenAt && lastWrittenAt.getTime() + WRITTEN_WITHIN_MS;
  const believed = written === undefined ? decided : decided.filter((at) => at <= written);
  const latest = Math.max(...(believed.length > 0 ? believed : decided), Number.NEGATIVE_INFINITY);
  return wholeSecond(now.getTime()) > latest ? now : new Date(wholeSecond(latest) + 1000);
}

/** Occurrences are whole seconds. */
function wholeSecond(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}
