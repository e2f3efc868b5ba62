import * as z from "zod";
import type { AbsenceCause, MissReason, SkipReason, Verdict } from "../../ledger/record.ts";
import { instant, openWord } from "./shape.ts";

/** What was decided for an occurrence, or for all of a stretch. */
export const verdictShape = z
  .object({
    kind: z.enum(["started", "skipped", "missed"]),
    reason: z.exactOptional(openWord<SkipReason | MissReason>("Why it was not started.")),
    scheduledAt: instant.meta({ description: "The occurrence; the first one of a stretch." }),
    after: z
      .exactOptional(z.string())
      .meta({ description: "The run of another job whose end was the occurrence; of a stretch, the first one." }),
    through: z.exactOptional(instant).meta({ description: "The last occurrence of a stretch." }),
    count: z.exactOptional(z.number().int()).meta({ description: "How many occurrences; 1 when absent." }),
    absence: z.exactOptional(
      z
        .object({
          because: openWord<AbsenceCause>("no-scheduler, engine-down or stood-still"),
          from: instant,
          to: instant,
        })
        .meta({ description: "The time in which nothing could be decided." }),
    ),
    leftToCatchUp: z.exactOptional(z.number().int()),
    active: z.exactOptional(z.object({ count: z.number().int(), run: z.string() })).meta({
      description: "For a skip because of active runs: how many, and the one that was started first.",
    }),
    ended: z
      .exactOptional(z.enum(["changed", "reset"]))
      .meta({ description: "What ended the schedule it was due by." }),
    pause: z.exactOptional(
      z
        .object({
          all: z.exactOptional(z.literal(true)).meta({ description: "All jobs were paused." }),
          why: z.exactOptional(z.string()).meta({ description: "The operator's words. Role read." }),
        })
        .meta({ description: "For paused: into which pause it fell." }),
    ),
    decidedAt: instant,
  })
  .meta({ id: "Verdict" });
export type VerdictShape = z.infer<typeof verdictShape>;

export function shapeVerdict(verdict: Verdict): VerdictShape {
  return verdict;
}
