import { passOverUndecided, type Seen } from "../decide/due.ts";
import { passOver } from "../ledger/changes/occurrences.ts";
import { resetJob } from "../ledger/changes/operators.ts";
import type { JobRecord } from "../ledger/record.ts";
import { createTimetables, isReboot, type Timetables } from "../schedule/timetable.ts";
import { occurrencesBetween } from "../view/jobs/due.ts";
import { changeJob, type JobChange, type OperateParts, type Refused } from "./operation.ts";

interface ResetParts extends OperateParts {
  readonly timetables: Timetables;
}

export interface JobReset extends JobChange {
  /** What was due and not decided, as far as it is counted (`isCutOff`). */
  readonly skipped: readonly Date[];
  /** The record had been decided up to this instant in the future. */
  readonly wasDecidedUpTo?: Date;
}

/** Lets the schedule of a job begin again now: skips what was due and is not decided, and mends a record of the future. */
export async function reset(job: string, { ledger, clock, timetables }: ResetParts): Promise<JobReset | Refused> {
  const now = clock.now();
  // A command does not know by itself when the host was booted.
  let bootSeenAt: Date | undefined;
  const ofBoots = createTimetables({ bootSeenAt: () => bootSeenAt });
  const timetablesOf = ({ definition }: JobRecord) =>
    definition.schedules.some(({ pattern }) => isReboot(pattern)) ? ofBoots : timetables;
  const changed = await changeJob(
    job,
    (record, instance) => {
      bootSeenAt = instance?.boot?.seenAt;
      return resetJob(passOverAll({ record, instance, now }, timetablesOf(record)), now);
    },
    ledger,
  );
  if (changed.kind === "refused") return changed;
  const { before } = changed;
  if (before.cursor > now) return { ...changed, skipped: [], wasDecidedUpTo: before.cursor };
  return { ...changed, skipped: occurrencesBetween(before, timetablesOf(before), { after: before.cursor, upTo: now }) };
}

/** What was due until now gets its verdict. */
function passOverAll({ record, instance, now }: Seen, timetables: Timetables): JobRecord {
  const timetable = timetables.ofRecord(record.definition.schedules, record.definition.exclusions);
  let decided = record;
  while (timetable !== undefined) {
    const stretches = passOverUndecided(timetable, { record: decided, instance, now }, "reset");
    if (stretches.length === 0) return decided;
    for (const stretch of stretches)
      decided = passOver(decided, stretch, { instance, now }) ?? { ...decided, cursor: now };
  }
  return decided;
}
