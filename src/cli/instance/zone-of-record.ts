import type { Ledger } from "../../ledger/ledger.ts";
import type { JobRecord } from "../../ledger/record.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Records } from "../../view/find.ts";
import { commonZoneOfRecords, zoneOfJob } from "../../view/jobs/job-zone.ts";

interface Parts {
  readonly ledger: Pick<Ledger, "load">;
  readonly settings: Pick<Settings, "timezone">;
}

/** Reads the ledger for `zoneOfRecord`. `job`: undefined for times that concern all jobs. */
export async function findZone(job: string | undefined, { ledger, settings }: Parts): Promise<string> {
  const { records } = await ledger.load();
  return zoneOfRecord(job === undefined ? undefined : records.get(job), records, settings);
}

/**
 * The zone on whose clock times of a job are meant that name none, as for API and pages: its own, or that of most jobs; without any,
 * `--timezone`. Without a record, the zone of times that concern all jobs.
 */
export function zoneOfRecord(
  record: JobRecord | undefined,
  records: Records,
  { timezone }: Pick<Settings, "timezone">,
): string {
  return zoneOfJob(record?.definition.schedules ?? [], () => commonZoneOfRecords(records) ?? timezone);
}
