/** How a record must be changed before an older version goes on with it, so that what it does not know is not missed. */

import { type InstanceRecord, isActive, isPending, type JobRecord, type Run } from "../record.ts";
import { withHold } from "./marks.ts";
import { endPause, endPauseOfAll } from "./pauses.ts";

/**
 * Returns the record as versions 0.1 and 0.2 can go on with it, which know schema 1: pauses that have ended are over, a pause
 * of all jobs is one of each job, and inputs of what is active or pending are variables. A pause that would end by itself
 * lasts until the job is resumed.
 */
export function forSchema1(record: JobRecord, instance: InstanceRecord | undefined, now: Date): JobRecord {
  const ofAll = endPauseOfAll(instance, now) ?? instance;
  const held = (ofAll?.holds ?? []).reduce(withHold, endPause(record, now) ?? record);
  const paused = held.paused ?? ofAll?.paused;
  return {
    ...held,
    ...(paused && { paused }),
    runs: held.runs.map((run) => (isActive(run) ? withVariables(run) : run)),
    requests: held.requests.map((request) => (isPending(request) ? withVariables(request) : request)),
  };
}

/** Returns the instance's record without what `forSchema1` has put into those of the jobs. Undefined: there is nothing. */
export function withoutPauses(instance: InstanceRecord | undefined): InstanceRecord | undefined {
  if (instance?.paused === undefined && instance?.holds === undefined) return undefined;
  const { paused: _paused, holds: _holds, ...others } = instance;
  return others;
}

function withVariables<T extends Pick<Run, "inputs" | "environment">>({ inputs, ...given }: T): Omit<T, "inputs"> {
  return inputs === undefined ? given : { ...given, environment: { ...inputs, ...given.environment } };
}
