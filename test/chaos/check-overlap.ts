import type { Evidence } from "./evidence.ts";
import type { Execution } from "./executions.ts";
import type { Finding } from "./finding.ts";
import { CHAOS_JOBS } from "./jobs.ts";
import type { SeenRecord } from "./record-observer.ts";

/** Of a job that does not allow it, no two processes ran at once, but for one that was said to be lost. */
export function checkOverlap({ records, executions }: Evidence): readonly Finding[] {
  const alone = [...records].filter(([job]) => CHAOS_JOBS[job]?.keys.overlap !== "allow");
  return alone.flatMap(([job, seen]) => {
    const ofJob = executions.filter((execution) => seen.runs.has(execution.run) && !wasLost(execution, seen));
    return ofJob.flatMap((execution, index) =>
      ofJob
        .slice(0, index)
        .filter((earlier) => isStillThere(earlier, execution.startedAt))
        .map((earlier) => ({
          job,
          at: execution.startedAt,
          what: `${execution.run} ran next to ${earlier.run}, which was there until ${lastSeenOf(earlier)?.toISOString()}`,
        })),
    );
  });
}

/** What did not come to its own end was there at least until its signal. */
function isStillThere(execution: Execution, at: Date): boolean {
  const seenAt = lastSeenOf(execution);
  return seenAt !== undefined && seenAt > at;
}

function wasLost({ run, attempt }: Execution, { runs }: SeenRecord): boolean {
  return runs.get(run)?.attempts.find(({ number }) => number === attempt)?.outcome?.kind === "lost";
}

function lastSeenOf({ end, signalledAt }: Execution): Date | undefined {
  return end?.at ?? signalledAt;
}
