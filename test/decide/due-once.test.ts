import { expect, it } from "vitest";
import { due } from "../../src/decide/due.ts";
import type { Job } from "../../src/job/job.ts";
import { recordEnd } from "../../src/ledger/changes/attempts.ts";
import { admit, passOver, startRun } from "../../src/ledger/changes/occurrences.ts";
import { isActive, type JobRecord } from "../../src/ledger/record.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aRecord, aRun, at, succeeded } from "../support/a-job.ts";

const timetables = createTimetables();
const CURSOR = at("09:00");

const jobs = (["allow", "forbid", "replace", "queue"] as const).flatMap((overlap) =>
  (["last", "all", "none"] as const).flatMap((catchUp) =>
    [undefined, 10_000, 7_200_000].flatMap((startingDeadlineMs) =>
      [false, true].map((suspended) =>
        aJob({
          schedules: [{ pattern: "0 * * * *", timezone: "UTC" }],
          suspended,
          policies: {
            overlap,
            catchUp,
            catchUpLimit: 5,
            queueLimit: 2,
            ...(startingDeadlineMs && { startingDeadlineMs }),
          },
        }),
      ),
    ),
  ),
);
const records: Readonly<Record<string, Partial<JobRecord>>> = {
  "never ran": {},
  "ran before": { runs: [aRun(CURSOR, { outcome: succeeded })] },
  "still active": { runs: [aRun(CURSOR)] },
  "still active, and some wait": { runs: [aRun(CURSOR)], admittedThrough: at("11:00") },
  paused: { paused: { since: CURSOR } },
};
const times = ["09:59", "10:00", "10:01", "10:15", "12:00:30", "23:00"].map(at);

/** Does what is due, as the only scheduler, and ends one run after the other, until there is nothing to do. */
function workOff(job: Job, begun: JobRecord, now: Date): JobRecord {
  let record = begun;
  for (
    let next: JobRecord | undefined = record;
    next !== undefined;
    next = decideNext(job, record, now) ?? endOldest(record, now)
  )
    record = next;
  return record;
}

function decideNext(job: Job, record: JobRecord, now: Date): JobRecord | undefined {
  const found = due(job, timetables.of(job.schedules), { record, now });
  const [stretch] = found.passedOver;
  if (stretch !== undefined) return expectChange(passOver(record, stretch, { now }));
  const admitted = found.admit && admit(record, found.admit);
  if (admitted !== undefined || found.start === undefined) return admitted;
  const { scheduledAt, trigger } = found.start;
  const { attempts, outcome: _outcome, ...run } = aRun(scheduledAt, { trigger });
  const [attempt] = attempts;
  return expectChange(attempt && startRun(record, { ...run, attempt, overlap: job.policies.overlap }));
}

function expectChange(record: JobRecord | undefined): JobRecord {
  if (record === undefined) throw new Error("what is due cannot be done");
  return record;
}

function endOldest(record: JobRecord, now: Date): JobRecord | undefined {
  const run = record.runs.find(isActive);
  return run && recordEnd(record, { run: run.id, number: 1 }, { outcome: succeeded, finishedAt: now });
}

it.each(Object.keys(records))("%s: every occurrence gets one verdict, in order, whatever the policies", (name) => {
  for (const job of jobs) {
    for (const now of times) {
      const { totals, verdicts, cursor } = workOff(job, aRecord(CURSOR, records[name], job), now);
      const what = JSON.stringify({ now, ...job.policies, suspended: job.suspended });
      const occurrences = [...timetables.of(job.schedules).between(CURSOR, now)];
      const counts = [totals.started, totals.skipped, totals.missed].flatMap((by) => Object.values(by));
      expect(
        counts.reduce((sum, count) => sum + count, 0),
        what,
      ).toBe(occurrences.length);
      expect(cursor, what).toEqual(occurrences.at(-1) ?? CURSOR);
      const instants = verdicts.flatMap(({ scheduledAt, through = scheduledAt }) => [scheduledAt, through]);
      expect(instants, what).toEqual(instants.toSorted((a, b) => a.getTime() - b.getTime()));
    }
  }
});
