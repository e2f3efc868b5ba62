import { listed, ordinal } from "../../job/listed.ts";
import type { NotifyRule } from "../../job/notify.ts";
import type { NoticeMatter, OpenTelling, PastTelling, TellingView } from "../scheduler/tellings.ts";
import { counted } from "./counted.ts";
import { durationInWords } from "./duration.ts";
import type { TimeWords } from "./time.ts";

/** What is told, after "was told": `that it failed`, `that 3 occurrences were missed`. */
export function matterWords(matter: NoticeMatter): string {
  return `that ${noticeWords(matter)}`;
}

/** What is told: `it failed`, `3 occurrences were missed`. */
export function noticeWords({ kind, count, closes, run }: NoticeMatter): string {
  switch (kind) {
    case "failed":
      return count > 1 ? `it failed ${count} times in a row` : "it failed";
    case "recovered":
      // No run brought it: the job is no longer declared.
      return run === undefined ? "this is over" : "it succeeded again";
    case "missed":
    case "skipped":
      return `${counted(count, "occurrence")} ${count === 1 ? "was" : "were"} ${kind}`;
    case "long-running":
      return closes ? "the long run has ended" : "a run lasts long";
    case "not-run":
      return closes ? "it is no longer paused" : "it is not run";
  }
}

/** `ops-chat is told when it fails, it succeeds again, or occurrences are missed; pager when it fails for the 2nd time in a row` */
export function rulesInWords(rules: readonly NotifyRule[]): string {
  return rules.map((rule, index) => `${rule.to}${index === 0 ? " is told" : ""} when ${ruleWords(rule)}`).join("; ");
}

const EVENTS = {
  failed: "it fails",
  recovered: "it succeeds again",
  missed: "occurrences are missed",
  skipped: "occurrences are skipped",
  "long-running": "a run lasts long",
  "not-run": "it is paused for long",
} as const;

function ruleWords({ on, after, remindMs }: NotifyRule): string {
  const events = on.map((kind) =>
    kind === "failed" && after > 1 ? `it fails for the ${ordinal(after)} time in a row` : EVENTS[kind],
  );
  const again = remindMs === undefined ? "" : `, and again every ${durationInWords(remindMs)}`;
  return `${listed(events, "or")}${again}`;
}

/** How the telling of one channel stands: what it was told and when, what waits and why. A sentence for each. */
export function tellingSentences({ channel, waiting, open, past }: TellingView, when: TimeWords): readonly string[] {
  const [head, ...behind] = waiting;
  const told = [
    ...past.map((each) => pastSentence(channel, each, when)),
    ...open.map((each) => openSentence(channel, each, when)),
  ];
  if (head === undefined) return told;
  const more =
    behind.length === 0 ? "" : `; ${counted(behind.length, "more notice")} ${behind.length === 1 ? "waits" : "wait"}`;
  const matter = matterWords(head);
  if (head.tries === 0) return [...told, `${channel} is about to be told ${matter}${more}.`];
  const why = head.last === undefined ? "" : ` (${head.last})`;
  return [
    ...told,
    `${channel} could not be told ${matter}${why}; it is tried again at ${when.atAndDistance(head.next)}${more}.`,
  ];
}

/** `ops-chat was told that it failed at …, and that it succeeded again at ….` */
function pastSentence(channel: string, { at, endAt, endRun, ...matter }: PastTelling, when: TimeWords): string {
  const { run: _run, ...what } = matter;
  const recovery: NoticeMatter = { ...what, kind: "recovered", ...(endRun !== undefined && { run: endRun }) };
  const end = matter.kind === "failed" ? recovery : { ...matter, closes: true };
  const told = [
    ...(at ? [`${matterWords(matter)} at ${when.atAndDistance(at)}`] : []),
    ...(endAt ? [`${matterWords(end)} at ${when.atAndDistance(endAt)}`] : []),
  ];
  return `${channel} was told ${told.join(", and ")}.`;
}

function openSentence(channel: string, { state, at, ...matter }: OpenTelling, when: TimeWords): string {
  const words = matterWords(matter);
  return state === "told"
    ? `${channel} was told ${words} at ${when.atAndDistance(at)}.`
    : `${channel} was not told ${words}: that was given up at ${when.atAndDistance(at)}.`;
}
