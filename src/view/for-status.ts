import type { InstanceRecord, JobRecord, Pause, Verdict } from "../ledger/record.ts";

/**
 * The record as those may know it who may not read definitions: without what operators wrote, without their names, and without
 * who is told.
 */
export function recordForStatus({ paused, holds, notices: _notices, told: _told, ...record }: JobRecord): JobRecord {
  const { telling, ...definition } = record.definition;
  const { notices: _counts, ...totals } = record.totals;
  return {
    ...record,
    definition: { ...definition, ...(telling && { telling: { ...telling, notify: [] } }) },
    totals,
    ...(paused && { paused: pauseForStatus(paused) }),
    ...(holds && { holds: holds.map(({ why: _why, ...hold }) => hold) }),
    verdicts: record.verdicts.map(verdictForStatus),
  };
}

/** As `recordForStatus`. */
export function instanceForStatus({ paused, holds, ...instance }: InstanceRecord): InstanceRecord {
  return {
    ...instance,
    ...(paused && { paused: pauseForStatus(paused) }),
    ...(holds && { holds: holds.map(({ why: _why, ...hold }) => hold) }),
  };
}

function pauseForStatus({ reason: _reason, by: _by, ...pause }: Pause): Pause {
  return pause;
}

function verdictForStatus({ pause, ...verdict }: Verdict): Verdict {
  if (pause === undefined) return verdict;
  const { why: _why, ...rest } = pause;
  return { ...verdict, pause: rest };
}
