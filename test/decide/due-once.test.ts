import { expect, it } from "vitest";
import { due } from "../../src/decide/due.ts";
import type { Job } from "../../src/job/job.ts";
import { recordEnd } from "../../src/ledger/changes/attempt-changes.ts";
import { admit, passOver, startRun } from "../../src/ledger/changes/page-changes.ts";
import { isActive, type Page } from "../../src/ledger/page.ts";
import { createTimetables } from "../../src/schedule/timetable.ts";
import { aJob, aPage, aRun, at, succeeded } from "../support/a-job.ts";

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
const pages: Readonly<Record<string, Partial<Page>>> = {
  "never ran": {},
  "ran before": { runs: [aRun(CURSOR, { outcome: succeeded })] },
  "still active": { runs: [aRun(CURSOR)] },
  "still active, and some wait": { runs: [aRun(CURSOR)], admittedThrough: at("11:00") },
  paused: { paused: { since: CURSOR } },
};
const times = ["09:59", "10:00", "10:01", "10:15", "12:00:30", "23:00"].map(at);

/** Nobody works on the page but this: what is due is done, and one run after the other ends, until there is nothing to do. */
function workOff(job: Job, begun: Page, now: Date): Page {
  let page = begun;
  for (let next: Page | undefined = page; next !== undefined; next = decideNext(job, page, now) ?? endOldest(page, now))
    page = next;
  return page;
}

function decideNext(job: Job, page: Page, now: Date): Page | undefined {
  const found = due(job, timetables.of(job.schedules), page, now);
  const [stretch] = found.passedOver;
  if (stretch !== undefined) return expectChange(passOver(page, stretch, stretch.verdict, now));
  const admitted = found.admit && admit(page, found.admit);
  if (admitted !== undefined || found.start === undefined) return admitted;
  const { scheduledAt, trigger } = found.start;
  const { attempts, outcome: _outcome, ...run } = aRun(scheduledAt, { trigger });
  const [attempt] = attempts;
  return expectChange(attempt && startRun(page, { ...run, attempt, overlap: job.policies.overlap }));
}

function expectChange(page: Page | undefined): Page {
  if (page === undefined) throw new Error("what is due cannot be done");
  return page;
}

function endOldest(page: Page, now: Date): Page | undefined {
  const run = page.runs.find(isActive);
  return run && recordEnd(page, { run: run.id, number: 1 }, { outcome: succeeded, finishedAt: now });
}

it.each(Object.keys(pages))("%s: every occurrence gets one verdict, in order, whatever the policies", (name) => {
  for (const job of jobs) {
    for (const now of times) {
      const { totals, verdicts, cursor } = workOff(job, aPage(CURSOR, pages[name], job), now);
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
