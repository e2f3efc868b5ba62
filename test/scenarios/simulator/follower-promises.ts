import type { EndWanted } from "../../../src/job/job.ts";
import { readPast } from "../../../src/ledger/past.ts";
import type { JobRecord, OutcomeKind } from "../../../src/ledger/record.ts";
import { FOLLOWER } from "./job-plan.ts";
import type { Stage } from "./stage.ts";
import { sumOf, type Witnessed } from "./witnessed.ts";

/** The end of a run, as it was recorded. */
export interface SeenEnd {
  readonly run: string;
  readonly outcome: OutcomeKind;
  readonly finishedAt: Date;
  readonly recordedAt: Date;
}

/** Between an end that is recorded and when all schedulers have seen it. */
const SEEN_AFTER_MS = 5000;

/** The ends that a write records, in the order in which its digest has them. */
export function endsIn({ before, after, now }: Pick<Witnessed, "before" | "after" | "now">): readonly SeenEnd[] {
  const ended = sumOf(after.totals.ended) - sumOf(before?.totals.ended ?? {});
  if (ended <= 0) return [];
  return readPast(after)
    .slice(-ended)
    .map(({ id = "?", outcome, finishedAt }) => ({ run: id, outcome, finishedAt, recordedAt: now }));
}

export function wantedEnds(ends: readonly SeenEnd[], on: EndWanted): readonly SeenEnd[] {
  if (on === "ended") return ends;
  const failed = ["failed", "rejected", "timed-out", "lost"];
  return ends.filter(({ outcome }) => (on === "succeeded" ? outcome === "succeeded" : failed.includes(outcome)));
}

/** The ends that a write of the follower's record decides: each has one verdict, in their order, and none is left out. */
export function decidedEnds({ before, after, oracle }: Witnessed): readonly SeenEnd[] {
  const [was, is] = [before?.after, after.after];
  if (was === undefined || is === undefined || was.on !== is.on) return [];
  const ends = wantedEnds(oracle.endsOf(is.job), is.on).slice(was.matched, is.matched);
  return ends.filter(({ finishedAt }) => finishedAt > is.since);
}

/** Where the follower comes to follow other ends, or none, those before have their verdict; and it begins with what ends from then on. */
export function* followerPromises({ job, before, after, askedAt, now, oracle }: Witnessed): Iterable<string> {
  if (job !== FOLLOWER) return;
  const [was, is] = [before?.after, after.after];
  const seenBy = new Date(askedAt.getTime() - oracle.delayMs - SEEN_AFTER_MS);
  const isOther = was?.on !== is?.on || (before?.removedAt !== undefined && after.removedAt === undefined);
  const isRemoved = before?.removedAt === undefined && after.removedAt !== undefined;
  if (
    before !== undefined &&
    was !== undefined &&
    before.removedAt === undefined &&
    (isOther || isRemoved) &&
    !oracle.clockWentBack
  ) {
    const left = undecided(before, oracle.endsOf(was.job)).filter(({ recordedAt }) => recordedAt <= seenBy);
    if (left.length > 0) yield `${job} follows other ends, and ${left.length} have no verdict`;
  }
  if (is === undefined) yield `${job} follows nothing`;
  else if (isOther) {
    const known = wantedEnds(oracle.endsOf(is.job), is.on);
    const [least, most] = [seenBy, now].map((at) => known.filter(({ recordedAt }) => recordedAt <= at).length);
    // What is recorded is recorded, also where it was by a clock that was set back since.
    if (is.matched > (oracle.clockWentBack ? known.length : (most ?? 0)))
      yield `${job} begins after ends that there are not`;
    if (is.matched < (least ?? 0) && !oracle.clockWentBack)
      yield `${job} begins with ends from before it was declared so`;
  } else if (was !== undefined && is.matched < was.matched) yield `ends that ${job} has decided are undecided again`;
}

/** What the follower has not decided, and is to. */
function undecided({ after }: Pick<JobRecord, "after">, ends: readonly SeenEnd[]): readonly SeenEnd[] {
  if (after === undefined) return [];
  return wantedEnds(ends, after.on)
    .slice(after.matched)
    .filter(({ finishedAt }) => finishedAt > after.since);
}

/** The ends that the follower has not decided, though they were recorded before. */
export function undecidedBy({ store, oracle }: Stage, before: Date): readonly SeenEnd[] {
  const read = store.readRecord(FOLLOWER);
  if (read?.kind !== "record" || read.record.removedAt !== undefined || read.record.after === undefined) return [];
  const { record } = read;
  const ends = oracle.endsOf(record.after?.job ?? "");
  return undecided(record, ends).filter(({ recordedAt }) => recordedAt <= before);
}
