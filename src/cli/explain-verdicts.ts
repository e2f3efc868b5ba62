import type { MissReason, SkipReason, Verdict } from "../ledger/page.ts";
import type { Explained } from "./explained.ts";
import { stretchWords } from "./occurrences.ts";
import type { TimeWords } from "./zoned-time.ts";

const STRETCHES_SHOWN = 5;

const reasonWords: Readonly<Record<SkipReason | MissReason, string>> = {
  "still-running": "a run was still active, and overlap is forbid (or 64, and it is allow)",
  "queue-full": "as many as queue_limit allows were waiting for the active run already",
  superseded: "a later one came while it waited to take the active run's place",
  "container-not-running": "the container that its command was to run in did not run",
  rescheduled: "it was not decided yet when the job was given another schedule, or was reset",
  removed: "it was not decided yet when the job was removed from all schedule files and labels",
  paused: "the job was paused",
  suspended: "the definition suspended the job",
  gap: "no scheduler was there to start it within a minute, and catch_up did not choose it",
  "too-late": "its starting_deadline was over before it could start",
};

/** Why it was started, or was not, lately; the newest first. */
export function explainVerdicts({ page, when }: Explained): string[] {
  return stretchesOf(page.verdicts)
    .slice(-STRETCHES_SHOWN)
    .toReversed()
    .map((stretch) => verdictSentence(stretch, when));
}

interface VerdictStretch {
  readonly kind: Verdict["kind"];
  readonly reason?: SkipReason | MissReason;
  readonly first: Date;
  readonly last: Date;
  readonly count: number;
}

/** Verdicts of one kind and reason that follow each other are one. */
function stretchesOf(verdicts: readonly Verdict[]): readonly VerdictStretch[] {
  const stretches: VerdictStretch[] = [];
  for (const { kind, reason, scheduledAt, through = scheduledAt, count = 1 } of verdicts) {
    const before = stretches.at(-1);
    if (before !== undefined && before.kind === kind && before.reason === reason) {
      stretches.pop();
      stretches.push({ ...before, last: through, count: before.count + count });
    } else stretches.push({ kind, ...(reason && { reason }), first: scheduledAt, last: through, count });
  }
  return stretches;
}

function verdictSentence(stretch: VerdictStretch, when: TimeWords): string {
  const { kind, reason } = stretch;
  const verb = { started: "Started for", skipped: "Skipped", missed: "Missed" }[kind];
  const why = reason === undefined ? "" : ` (${reason})${meaningOf(reason)}`;
  return `${verb} ${stretchWords(stretch, when)}${why}.`;
}

/** A newer shipbell may have written one that we do not know. */
function meaningOf(reason: SkipReason | MissReason): string {
  return Object.hasOwn(reasonWords, reason) ? `: ${reasonWords[reason]}` : "";
}
