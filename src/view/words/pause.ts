import type { PauseView } from "../jobs/pause-view.ts";
import type { TimeWords } from "./time.ts";

/** `All jobs are paused since 2026-11-18 12:00:00Z, 2 h ago, by ops (new disk)`: a sentence up to its end. */
export function pausedSince(pause: PauseView, when: TimeWords): string {
  const { scope, since, until, by, reason } = pause;
  const end = until === undefined ? "" : `, until ${when.atAndDistance(until)}`;
  const who = by?.name === undefined ? "" : `, by ${by.name}`;
  const why = reason === undefined ? "" : ` (${reason})`;
  return `${subject(scope)} paused since ${when.atAndDistance(since)}${end}${who}${why}`;
}

/** `paused until 2026-11-18 12:00:00Z, in 2 h: new disk`; with since when, for a pause that is `known`. */
export function pausedBriefly({ since, until, reason }: PauseView, when: TimeWords, age: "new" | "known"): string {
  const begin = age === "new" ? "" : ` since ${when.atAndDistance(since)}`;
  const end = until === undefined ? "" : `${begin === "" ? "" : ","} until ${when.atAndDistance(until)}`;
  return `paused${begin}${end}${reason === undefined ? "" : `: ${reason}`}`;
}

/** What the pause means for a job, as a part of a sentence. */
export function pauseMeaning({ scope, until }: PauseView, job: string): string {
  const resume = `"shipbell resume ${scope === "all" ? "--all" : job}"`;
  const run = `only "shipbell run ${job}" starts it`;
  return until === undefined
    ? `what is due is skipped, and ${run}, until ${resume}`
    : `what is due before that is skipped, and ${run}; ${resume} ends the pause earlier`;
}

/** What the pause means to who has just set it. */
export function pauseConsequence({ scope, until }: PauseView, job = "JOB"): string {
  const resume = `"shipbell resume ${scope === "all" ? "--all" : job}"`;
  const run = `"shipbell run ${job}" still starts ${scope === "all" ? "a job" : "it"}`;
  return until === undefined
    ? `What is due is skipped until ${resume}; ${run}.`
    : `What is due before that is skipped; ${resume} ends the pause earlier, and ${run}.`;
}

/** `It is paused until 2026-11-18 12:00:00Z, in 2 h`: a sentence up to its end. */
export function pausedUntilWords({ scope, until }: PauseView, when: TimeWords): string {
  return `${subject(scope)} paused${until === undefined ? "" : ` until ${when.atAndDistance(until)}`}`;
}

function subject(scope: PauseView["scope"]): string {
  return scope === "all" ? "All jobs are" : "It is";
}
