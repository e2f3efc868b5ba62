import type { JobRecord, Verdict } from "../../ledger/record.ts";
import { stretchWords } from "../words/occurrences.ts";
import type { TimeWords } from "../words/time.ts";
import { reasonInWords } from "../words/verdict.ts";
import type { Sentence } from "./sentence.ts";

const STRETCHES_SHOWN = 5;

/** Why it was started lately, or was not; newest first. */
export function explainVerdicts({
  record,
  when,
}: {
  readonly record: JobRecord;
  readonly when: TimeWords;
}): Sentence[] {
  return verdictStretches(record.verdicts)
    .slice(-STRETCHES_SHOWN)
    .toReversed()
    .map((stretch) => {
      const { verdict, last, count } = stretch;
      return { about: "verdict", verdict, last, count, text: verdictSentence(stretch, when) };
    });
}

/** Consecutive verdicts of one kind and one reason, with the same facts. */
export interface VerdictStretch {
  /** The first of them. */
  readonly verdict: Verdict;
  readonly last: Date;
  readonly count: number;
  /** The one after them. */
  readonly next?: Verdict;
}

/** The stretches in which verdicts can be told, oldest first. */
export function verdictStretches(verdicts: readonly Verdict[]): readonly VerdictStretch[] {
  const stretches: VerdictStretch[] = [];
  for (const verdict of verdicts) {
    const { scheduledAt, through = scheduledAt, count = 1 } = verdict;
    const before = stretches.at(-1);
    if (before !== undefined && factsOf(before.verdict) === factsOf(verdict))
      stretches.splice(-1, 1, { ...before, last: through, count: before.count + count });
    else {
      if (before !== undefined) stretches.splice(-1, 1, { ...before, next: verdict });
      stretches.push({ verdict, last: through, count });
    }
  }
  return stretches;
}

/** Equal for verdicts that one sentence can state. */
function factsOf({ kind, reason, after, absence, leftToCatchUp, active, ended, pause }: Verdict): string {
  return JSON.stringify([kind, reason, after === undefined, absence, leftToCatchUp, active, ended, pause]);
}

/** `Missed 3 occurrences, from A to C (gap): no scheduler was running from A to C, and catch_up is none.` */
export function verdictSentence({ verdict, last, count, next }: VerdictStretch, when: TimeWords): string {
  const { kind, reason, scheduledAt: first, after } = verdict;
  const verb = { started: "Started for", skipped: "Skipped", missed: "Missed" }[kind];
  const words = reasonInWords({ ...verdict, last }, when.at);
  const why = reason === undefined ? "" : ` (${reason})${words === undefined ? "" : `: ${words}`}`;
  const what =
    after === undefined ? stretchWords({ first, last, count }, when) : endsWords(after, { first, last, count }, when);
  return `${verb} ${what}${why}${makeUpWords(verdict, next, when)}.`;
}

/** `the end of dump-20261118t030000z at A`, `3 ends of other runs, from that of dump-… at A to C`. */
function endsWords(
  run: string,
  { first, last, count }: { readonly first: Date; readonly last: Date; readonly count: number },
  when: TimeWords,
): string {
  const end = `the end of ${run} at ${when.at(first)}`;
  return count === 1 ? end : `${count} ends, from ${end} to ${when.at(last)}`;
}

/** What happened to the one occurrence that was left to make up for a gap. */
function makeUpWords({ leftToCatchUp }: Verdict, next: Verdict | undefined, { at }: TimeWords): string {
  if (leftToCatchUp !== 1) return "";
  if (next === undefined) return "; the one after it is to make up for it";
  const { kind, reason, scheduledAt } = next;
  if (kind === "started") return `; the run of ${at(scheduledAt)} made up for it`;
  return `; the one of ${at(scheduledAt)}, which was to make up for it, was ${kind}${reason ? ` (${reason})` : ""}`;
}
