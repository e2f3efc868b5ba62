/** Why an occurrence was not started, in words for operators. */

import { GAP_AFTER_MS } from "../../decide/waiting.ts";
import type { Absence, AbsenceCause, MissReason, PauseSeen, SkipReason, Verdict } from "../../ledger/record.ts";

/** How an instant is written. */
type At = (instant: Date) => string;

/** The part of a verdict that explains its reason. */
type Reasoned = Pick<Verdict, "reason" | "absence" | "leftToCatchUp" | "active" | "ended" | "pause"> & {
  /** The last of the occurrences that the reason covers. */
  readonly last?: Date;
};

/** The reason as a part of a sentence; undefined for a reason that only a newer shipbell knows. */
export function reasonInWords(verdict: Reasoned, at: At): string | undefined {
  const { reason } = verdict;
  if (reason === undefined || !Object.hasOwn(reasonWords, reason)) return undefined;
  const words = reasonWords[reason];
  return typeof words === "string" ? words : words(verdict, at);
}

/**
 * `no scheduler was running from A to B`; undefined where the cause is not known. It says so where it does not explain a
 * `last` that was due more than a minute after its end, as when a definition could not be read by then.
 */
export function absenceInWords({ because, from, to }: Absence, at: At, last?: Date): string | undefined {
  const what = Object.hasOwn(absenceWords, because) ? absenceWords[because] : undefined;
  const isAll = last === undefined || last.getTime() - to.getTime() <= GAP_AFTER_MS;
  return (
    what &&
    `${what} from ${at(from)} to ${at(to)}${isAll ? "" : ", and what was due after that could not be decided either"}`
  );
}

const absenceWords: Readonly<Record<AbsenceCause, string>> = {
  "no-scheduler": "no scheduler was running",
  "engine-down": "the engine did not answer",
  "stood-still": "the scheduler stood still",
};

/** `the run R was still active`, `64 runs were still active`; undefined where it is not known. */
export function activeInWords({ active }: Reasoned): string | undefined {
  if (active === undefined) return undefined;
  return active.count === 1 ? `the run ${active.run} was still active` : `${active.count} runs were still active`;
}

/** `all jobs were paused: new disk`, `the job was paused`. */
export function pauseInWords({ why, all }: PauseSeen): string {
  return `${all ? "all jobs were" : "the job was"} paused${why === undefined ? "" : `: ${why}`}`;
}

const reasonWords: Readonly<Record<SkipReason | MissReason, string | ((verdict: Reasoned, at: At) => string)>> = {
  "still-running": (verdict) => {
    const active = activeInWords(verdict) ?? "a run was still active";
    const isFull = verdict.active !== undefined && verdict.active.count > 1;
    return isFull ? `${active}, and no more may be at once` : `${active}, and overlap is forbid`;
  },
  "queue-full": ({ active }) =>
    `as many as queue_limit allows were waiting ${active ? `for the run ${active.run} ` : ""}already`,
  superseded: "a later one came while it waited to start",
  "container-not-running": "the container that its command was to run in did not run, or was paused",
  rescheduled: ({ ended }) => {
    if (ended === "reset") return "the job was reset before it was decided";
    return ended === "changed"
      ? "the job was given another schedule before it was decided"
      : "the schedule began again before it was decided";
  },
  removed: "it was not decided yet when the job was removed from all schedule files and labels",
  paused: ({ pause = {} }) => pauseInWords(pause),
  suspended: "the definition suspended the job",
  gap: ({ absence, leftToCatchUp, last }, at) => {
    const why = (absence && absenceInWords(absence, at, last)) ?? "nothing could decide it within a minute";
    if (leftToCatchUp === undefined) return `${why}, and catch_up did not choose it`;
    if (leftToCatchUp === 0) return `${why}, and catch_up is none`;
    return leftToCatchUp === 1 ? why : `${why}, and catch_up_limit left the newest ${leftToCatchUp} to be run`;
  },
  excepted: "except, or only, leaves out that day",
  quiet: "it was due in a quiet window of the job",
  "too-late": "its starting_deadline was over before it could start",
};
