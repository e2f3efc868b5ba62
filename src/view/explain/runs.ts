import {
  activeRuns,
  type By,
  type ImageUsed,
  isNodeAway,
  type JobRecord,
  lastStartOf,
  latestAttempt,
  type Run,
} from "../../ledger/record.ts";
import { type ObjectStates, type RunState, runState, runView } from "../runs/run-view.ts";
import { byWords, reasonWords } from "../words/asked.ts";
import { runTimeInWords } from "../words/duration.ts";
import { givenInWords } from "../words/inputs.ts";
import { outcomeInSentence, outcomeInTable } from "../words/outcome.ts";
import type { TimeWords } from "../words/time.ts";
import { usageInWords } from "../words/usage.ts";
import type { Sentence } from "./sentence.ts";

interface RunsParts {
  readonly record: JobRecord;
  readonly states: ObjectStates;
  readonly now: Date;
  readonly when: TimeWords;
}

/** What runs now, or waits for its next attempt. */
export function explainActive(parts: RunsParts): Sentence[] {
  return activeRuns(parts.record).map((run) => {
    const { number } = latestAttempt(run);
    const name = number > 1 ? `${run.id} (attempt ${number})` : run.id;
    const text = `${name} ${stateWords(run, runState(run, parts.states), parts)}${inputWords(run)}.`;
    return { about: "active-run", run: runView(run, parts), text };
  });
}

function stateWords(run: Run, state: RunState, { record, when }: RunsParts): string {
  const { boundAt, stopping } = latestAttempt(run);
  const begun = `${when.atAndDistance(boundAt)}${askedWords(run)}`;
  switch (state.kind) {
    case "running": {
      const { startedAt } = state;
      // The timeout counts from then on (`decide/step.ts`).
      const since = startedAt ?? boundAt;
      const doubt = startedAt === undefined ? " or soon after (the engine does not know when it started)" : "";
      return `has been running${onNode(state.node)} since ${when.atAndDistance(since)}${doubt}${askedWords(run)}${timeoutWords(run, since, when)}`;
    }
    case "starting":
      return `has been starting since ${begun}${state.detail === undefined ? "" : ` (${state.detail})`}`;
    case "stopping":
      return `has been stopping since ${when.atAndDistance(stopping?.since ?? boundAt)} (${state.reason}${byWords(stopping?.by)}${whyWords(stopping?.why)})`;
    case "waiting-for-retry":
      return retryWords(run, record, when);
    case "ending":
      return `began at ${begun}, and has ended; its outcome is not recorded yet`;
    case "active":
      return `has been active since ${begun}; its progress is unknown (${state.because ?? "the engine does not answer"})`;
    case "ended":
      return outcomeInSentence(state.outcome);
  }
}

/** Who started it manually, where that is known, and why. */
function askedWords({ by, reason }: Run): string {
  return by?.name === undefined && reason === undefined ? "" : `, ${startedWords(by)}${reasonWords(reason)}`;
}

function startedWords(by: By | undefined): string {
  return by?.name === undefined ? "started manually" : `started by ${by.name}`;
}

function whyWords(why: string | undefined): string {
  return why === undefined || why === "" ? "" : `: ${why}`;
}

function timeoutWords({ policies }: Run, startedAt: Date, when: TimeWords): string {
  if (policies.timeoutMs === undefined) return "";
  return `; its timeout stops it at ${when.atAndDistance(new Date(startedAt.getTime() + policies.timeoutMs))}`;
}

/** A run whose definition is no longer the job's gets no other attempt. */
function retryWords(run: Run, record: JobRecord, when: TimeWords): string {
  const { outcome, retryAt } = latestAttempt(run);
  const ended = outcome === undefined ? "ended" : outcomeInSentence(outcome);
  if (isNodeAway(record))
    return `${ended}, and waits for its next attempt until ${record.definition.node?.name} is back`;
  const isSame = record.removedAt === undefined && record.definition.hash === run.definition;
  if (!isSame) return `${ended}, and gets no other attempt: the definition that it began with holds no more`;
  return `${ended}, and waits for its next attempt${retryAt === undefined ? "" : `, at ${when.atAndDistance(retryAt)}`}`;
}

const ENDED_SHOWN = 3;

/** How the last runs ended, newest first. */
export function explainEnded(parts: RunsParts): Sentence[] {
  const { record, when } = parts;
  const ended = record.runs.filter(({ outcome }) => outcome !== undefined).toReversed();
  const [latest] = ended;
  const sentences: Sentence[] = ended
    .slice(0, ENDED_SHOWN)
    .map((run) => ({ about: "ended-run", run: runView(run, parts), text: endSentence(run, when) }));
  if (lastStartOf(record) === undefined) {
    const text = latest === undefined ? "It was never started." : "None of its runs was ever started.";
    return [...sentences, { about: "never-started", text }];
  }
  const image = latest && latestAttempt(latest).image;
  // Only of the last one: what a name means seldom changes.
  if (latest !== undefined && image !== undefined)
    sentences.push({ about: "image", run: latest.id, image, text: `${latest.id} ran ${imageWords(image)}.` });
  if (latest?.outcome?.kind === "succeeded") return sentences;
  const { lastSuccessAt } = record.totals;
  const text =
    lastSuccessAt === undefined
      ? "It has never succeeded."
      : `It succeeded last at ${when.atAndDistance(lastSuccessAt)}.`;
  return [...sentences, { about: "last-success", ...(lastSuccessAt && { lastSuccessAt }), text }];
}

function endSentence(run: Run, when: TimeWords): string {
  return `${endWords(run, when)}${usageWords(run)}${inputWords(run)}.`;
}

function usageWords(run: Run): string {
  const used = usageInWords(latestAttempt(run).usage);
  return used === undefined ? "" : `; it used at least ${used}`;
}

/** How a run that has ended began and ended, as a sentence up to its end. Without inputs: not everyone may see them. */
export function endWords(run: Run, when: TimeWords): string {
  const { node, stopping } = latestAttempt(run);
  const manual = startedWords(run.by);
  const upstream = `after the end of ${run.after?.run ?? "another job's run"}`;
  const why = { schedule: "due", "catch-up": "caught up, due", manual, after: `${upstream} at` }[run.trigger];
  const cancelled = run.outcome?.kind === "cancelled" ? `${byWords(stopping?.by)}${reasonWords(stopping?.why)}` : "";
  const circumstances = `${cancelled}${tookWords(run)}${onNode(node)}`;
  const end = run.outcome === undefined ? "" : outcomeInSentence(run.outcome, circumstances);
  return `${run.id}, ${why} ${when.at(run.scheduledAt)}${reasonWords(run.reason)}, ${end}${attemptWords(run)}`;
}

function inputWords({ inputs }: Run): string {
  const given = givenInWords(inputs);
  return given === undefined ? "" : `; its inputs: ${given}`;
}

/**
 * How long its process ran. For several attempts: how long the last one took, and the whole of them, with the waiting in
 * between, where the first one is still known.
 */
function tookWords({ attempts, finishedAt }: Run): string {
  const [first] = attempts;
  const last = attempts.at(-1);
  const lastMs = last && msBetween(last.startedAt, last.finishedAt);
  if (first === undefined || last === undefined || last.number === 1)
    return lastMs === undefined ? "" : ` after ${runTimeInWords(lastMs)}`;
  const wholeMs = first.number === 1 ? msBetween(first.startedAt ?? first.boundAt, finishedAt) : undefined;
  const inAll = wholeMs === undefined ? "" : ` after ${runTimeInWords(wholeMs)}`;
  return `${inAll} in attempt ${last.number}${lastMs === undefined ? "" : `, which took ${runTimeInWords(lastMs)}`}`;
}

function msBetween(from: Date | undefined, to: Date | undefined): number | undefined {
  return from && to && Math.max(0, to.getTime() - from.getTime());
}

function attemptWords(run: Run): string {
  const { attempts } = run;
  const { number } = latestAttempt(run);
  if (number === 1) return "";
  const before = attempts.length < number ? "…, " : "";
  const each = attempts.flatMap(({ outcome }) => (outcome ? outcomeInTable(outcome) : []));
  return `; ${number} attempts: ${before}${each.join(", ")}`;
}

function imageWords({ name, digest, id }: ImageUsed): string {
  if (digest === undefined && id !== undefined) return `${name}, image ID ${id}`;
  return digest === undefined || name.endsWith(digest) ? name : `${name}, ${digest}`;
}

function onNode(node: string | undefined): string {
  return node === undefined ? "" : ` on ${node}`;
}
