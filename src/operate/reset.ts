import { passOverUndecided, type Seen } from "../decide/due.ts";
import { skipEnds } from "../ledger/changes/ends.ts";
import { passOver } from "../ledger/changes/occurrences.ts";
import { resetJob } from "../ledger/changes/operators.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { bootsOf, type JobRecord } from "../ledger/record.ts";
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
  let boots: readonly Date[] = [];
  const ofBoots = createTimetables({ boots: () => boots });
  const timetablesOf = ({ definition }: JobRecord) =>
    definition.schedules.some(({ pattern }) => isReboot(pattern)) ? ofBoots : timetables;
  const upstream = await upstreamOf(job, ledger);
  const changed = await changeJob(
    job,
    (record, instance) => {
      boots = bootsOf(instance);
      return resetJob(passOverAll({ record, instance, upstream, now }, timetablesOf(record)), now, upstream);
    },
    ledger,
  );
  if (changed.kind === "refused") return changed;
  const { before } = changed;
  if (before.cursor > now) return { ...changed, skipped: [], wasDecidedUpTo: before.cursor };
  return { ...changed, skipped: occurrencesBetween(before, timetablesOf(before), { after: before.cursor, upTo: now }) };
}

/** The record of the job whose end starts this one, where there is one. */
async function upstreamOf(job: string, ledger: Pick<Ledger, "read">): Promise<JobRecord | undefined> {
  const after = (await ledger.read(job))?.after;
  return after && (await ledger.read(after.job));
}

/** What was due until now gets its verdict. */
function passOverAll({ record, instance, upstream, now }: Seen, timetables: Timetables): JobRecord {
  const timetable = timetables.ofRecord(record.definition.schedules, record.definition.exclusions);
  let decided = record;
  while (timetable !== undefined) {
    const stretches = passOverUndecided(timetable, { record: decided, instance, upstream, now }, "reset");
    if (stretches.length === 0) return decided;
    for (const stretch of stretches)
      decided =
        passOver(decided, stretch, { instance, now }) ?? skipEnds({ ...decided, cursor: now }, { upstream, now });
  }
  return decided;
}
