import * as z from "zod";
import { type Occurrences, skippedOf } from "../times/upcoming.ts";
import { instant, list } from "./shape.ts";

/** When jobs are due. */
export const occurrencesShape = z
  .object({
    from: instant,
    to: instant,
    items: list(
      z.object({
        job: z.string(),
        times: list(instant),
        words: z.exactOptional(z.string()).meta({ description: "Its schedule, for a job that is due very often." }),
        skipped: z.exactOptional(z.enum(["paused", "suspended"])).meta({ description: "These are skipped." }),
        skippedUntil: z.exactOptional(instant).meta({ description: "Only those before this instant are skipped." }),
        planned: z
          .exactOptional(list(instant))
          .meta({ description: "Those of the times that were asked for: they are not skipped." }),
        excluded: z
          .exactOptional(z.number().int())
          .meta({ description: "How many more due times the job excludes: they are not among the times." }),
      }),
    ),
  })
  .meta({ id: "Occurrences" });
type OccurrencesShape = z.infer<typeof occurrencesShape>;

export function shapeOccurrences({ from, to, jobs }: Occurrences): OccurrencesShape {
  return {
    from,
    to,
    items: jobs.map(({ job, times, band, skips, planned, excluded }) => ({
      job,
      times: times.map((ms) => new Date(ms)),
      ...(band !== undefined && { words: band }),
      ...(skips && { skipped: skips.reason }),
      ...(skips?.until && { skippedUntil: skips.until }),
      ...(planned && { planned: planned.map((ms) => new Date(ms)) }),
      ...(excluded !== undefined && { excluded }),
    })),
  };
}

/** How many starts there are in each part of a time. */
export const bucketsShape = z
  .object({
    from: instant,
    to: instant,
    bucketMs: z.number().int(),
    items: list(
      z.object({
        at: instant.meta({ description: "When it begins; occurrences at this very instant are in it." }),
        count: z.number().int().meta({ description: "Starts that are not skipped." }),
        jobs: list(z.string()).meta({ description: "The jobs that are due in it, by name: at most 20." }),
      }),
    ).meta({ description: "Those with at least one start." }),
  })
  .meta({ id: "OccurrenceCounts" });
type BucketsShape = z.infer<typeof bucketsShape>;

const MOST_NAMED = 20;

export function shapeBuckets({ from, to, jobs }: Occurrences, bucketMs: number): BucketsShape {
  const buckets = new Map<number, { count: number; jobs: string[] }>();
  for (const due of jobs) {
    const { job, times } = due;
    const isSkipped = skippedOf(due);
    for (const [index, ms] of times.entries()) {
      if (isSkipped(index)) continue;
      const begin = Math.floor(ms / bucketMs) * bucketMs;
      const bucket = buckets.get(begin) ?? { count: 0, jobs: [] };
      bucket.count++;
      if (bucket.jobs.at(-1) !== job && bucket.jobs.length < MOST_NAMED) bucket.jobs.push(job);
      buckets.set(begin, bucket);
    }
  }
  const items = [...buckets].sort(([a], [b]) => a - b).map(([at, bucket]) => ({ at: new Date(at), ...bucket }));
  return { from, to, bucketMs, items };
}
