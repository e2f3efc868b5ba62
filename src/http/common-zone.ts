import type { Records } from "../view/find.ts";
import { commonZoneOf, commonZoneOfRecords } from "../view/jobs/job-zone.ts";
import type { SchedulerView } from "../view/scheduler/scheduler-view.ts";
import type { World } from "./world.ts";

/** What exists for the caller. */
interface Seen {
  readonly records: Records;
  readonly scheduler: Pick<SchedulerView, "jobs">;
}

/** The zone of most jobs: of those that are declared, or else of those that the ledger knows. Without any, the scheduler's own. */
export function commonZone({ records, scheduler }: Seen, { timezone = "UTC" }: Pick<World, "timezone">): string {
  return commonZoneOf(scheduler.jobs.values()) ?? commonZoneOfRecords(records) ?? timezone;
}
