import { endPlaceOf, isWanted } from "../ledger/changes/ends.ts";
import { readPast } from "../ledger/past.ts";
import { type EndPlace, endsDecided, type JobRecord } from "../ledger/record.ts";

/** The end of a run of another job, which starts this one. */
export interface UpstreamEnd {
  readonly job: string;
  readonly run: string;
  /** When that run ended. */
  readonly at: Date;
  /** Where the end before it is decided up to, and where this one is. */
  readonly from: EndPlace;
  readonly to: EndPlace;
}

/** What of an upstream has ended and is not decided, oldest first. */
export interface UndecidedEnds {
  readonly ends: readonly UpstreamEnd[];
  /** Ends before these, of which the upstream's record says no more than that there were so many. */
  readonly forgotten?: Forgotten;
}

interface Forgotten {
  readonly count: number;
  readonly from: EndPlace;
  readonly to: EndPlace;
  /** The time in which they were. */
  readonly first: Date;
  readonly last: Date;
}

const none: UndecidedEnds = { ends: [] };

/**
 * Finds the ends that start a job and have no verdict, by what the two records say and nothing else: the upstream's counts how
 * many have ended, and this one's how many of them are decided. The digest of the upstream's last 60 runs says which they
 * were, in the order in which they ended. So none is lost, whichever scheduler recorded it and whatever died after that.
 *
 * What ended before the job was declared so is none, although it is counted: the upstream's record may have been lost, and
 * built again from objects that had ended long ago.
 */
export function undecidedEnds(record: JobRecord, upstream: JobRecord | undefined): UndecidedEnds {
  const decided = endsDecided(record);
  if (decided === undefined || upstream === undefined) return none;
  const { job, on, since } = decided;
  const known = endPlaceOf(upstream, on);
  const count = known.ended - decided.ended;
  if (count <= 0) return none;
  const past = readPast(upstream).slice(-count);
  const matching = past.flatMap((run, index) =>
    run.id !== undefined && isWanted(on, run.outcome) ? [{ run, index }] : [],
  );
  const forgotten = Math.max(0, known.matched - decided.matched - matching.length);
  const start = { ended: known.ended - past.length, matched: decided.matched + forgotten };
  let from: EndPlace = forgotten > 0 ? start : decidedPlace(decided);
  const ends: UpstreamEnd[] = [];
  for (const [at, { run, index }] of matching.entries()) {
    const to = { ended: start.ended + index + 1, matched: start.matched + at + 1 };
    if (run.finishedAt <= since) continue;
    ends.push({ job, run: run.id ?? "", at: run.finishedAt, from, to });
    from = to;
  }
  if (forgotten === 0) return { ends };
  const first = decided.at ?? since;
  const last = past[0]?.finishedAt ?? upstream.totals.lastCompletionAt ?? first;
  return {
    ends,
    forgotten: { count: forgotten, from: decidedPlace(decided), to: start, first, last: last > first ? last : first },
  };
}

function decidedPlace({ ended, matched }: EndPlace): EndPlace {
  return { ended, matched };
}
