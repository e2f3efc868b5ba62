import { activeRuns, lastStartOf, latestAttempt, type Run } from "../../ledger/record.ts";
import type { Explained } from "./sentence.ts";
import { outcomeInSentence, outcomeInTable } from "../words/outcome.ts";
import { type RunState, runState } from "../run-view.ts";
import { runTimeInWords } from "../words/duration.ts";

const ENDED_SHOWN = 3;

/** What runs now, or waits for its next attempt. */
export function explainActive(explained: Explained): string[] {
  return activeRuns(explained.record).map((run) => {
    const { number } = latestAttempt(run);
    const name = number > 1 ? `${run.id} (attempt ${number})` : run.id;
    return `${name} ${stateWords(run, runState(run, explained.states), explained)}.`;
  });
}

function stateWords(run: Run, state: RunState, explained: Explained): string {
  const { when } = explained;
  const { boundAt, stopping } = latestAttempt(run);
  const begun = when.atAndDistance(boundAt);
  switch (state.kind) {
    case "running":
      return `is running${onNode(state.node)} since ${when.atAndDistance(state.startedAt)}${timeoutWords(run, state.startedAt, explained)}`;
    case "starting":
      return `is starting since ${begun}${state.detail === undefined ? "" : ` (${state.detail})`}`;
    case "stopping":
      return `is being stopped since ${when.atAndDistance(stopping?.since ?? boundAt)} (${state.reason})`;
    case "waiting-for-retry":
      return retryWords(run, state.retryAt, explained);
    case "ending":
      return `began at ${begun}, and has ended; its outcome is not recorded yet`;
    case "active":
      return `is active since ${begun}; the engine does not answer, so that nobody can say how far it is`;
    case "ended":
      return outcomeInSentence(state.outcome);
  }
}

function timeoutWords({ policies }: Run, startedAt: Date, { when }: Explained): string {
  if (policies.timeoutMs === undefined) return "";
  return `; its timeout stops it at ${when.atAndDistance(new Date(startedAt.getTime() + policies.timeoutMs))}`;
}

/** A run whose definition holds no more gets no other attempt. */
function retryWords(run: Run, retryAt: Date | undefined, { record, when }: Explained): string {
  const { outcome } = latestAttempt(run);
  const ended = outcome === undefined ? "ended" : outcomeInSentence(outcome);
  const isSame = record.removedAt === undefined && record.definition.hash === run.definition;
  if (!isSame) return `${ended}, and gets no other attempt: the definition that it began with holds no more`;
  return `${ended}, and waits for its next attempt${retryAt === undefined ? "" : `, at ${when.atAndDistance(retryAt)}`}`;
}

/** How the last runs ended, the newest first. */
export function explainEnded(explained: Explained): string[] {
  const { record, when } = explained;
  const ended = record.runs.filter(({ outcome }) => outcome !== undefined).toReversed();
  const sentences = ended.slice(0, ENDED_SHOWN).map((run) => endSentence(run, explained));
  const { lastSuccessAt } = record.totals;
  if (lastStartOf(record) === undefined)
    return ended.length === 0 ? ["It was never started."] : [...sentences, "None of its runs was ever started."];
  sentences.push(...imageSentence(ended[0]));
  if (ended[0]?.outcome?.kind === "succeeded") return sentences;
  const success = lastSuccessAt && `It succeeded last at ${when.atAndDistance(lastSuccessAt)}.`;
  return [...sentences, success ?? "It has never succeeded."];
}

function endSentence(run: Run, { when }: Explained): string {
  const { node } = latestAttempt(run);
  const why = { schedule: "due", "catch-up": "caught up, due", manual: "started by hand" }[run.trigger];
  const end = run.outcome === undefined ? "" : outcomeInSentence(run.outcome, `${tookWords(run)}${onNode(node)}`);
  return `${run.id}, ${why} ${when.at(run.scheduledAt)}, ${end}${attemptWords(run)}.`;
}

/** How long its process ran; of several attempts all of them, with the waiting between, where the first is still known. */
function tookWords({ attempts, finishedAt }: Run): string {
  const [first] = attempts;
  const last = attempts.at(-1);
  const lastMs = last && between(last.startedAt, last.finishedAt);
  if (first === undefined || last === undefined || last.number === 1)
    return lastMs === undefined ? "" : ` after ${runTimeInWords(lastMs)}`;
  const wholeMs = first.number === 1 ? between(first.startedAt ?? first.boundAt, finishedAt) : undefined;
  const inAll = wholeMs === undefined ? "" : ` after ${runTimeInWords(wholeMs)}`;
  return `${inAll} in attempt ${last.number}${lastMs === undefined ? "" : `, which took ${runTimeInWords(lastMs)}`}`;
}

function between(from: Date | undefined, to: Date | undefined): number | undefined {
  return from && to && Math.max(0, to.getTime() - from.getTime());
}

/** Only of the last one: what a name means changes seldom. */
function imageSentence(run: Run | undefined): string[] {
  const image = run && latestAttempt(run).image;
  if (run === undefined || image === undefined) return [];
  const { name, digest, id } = image;
  const named = digest === undefined || name.endsWith(digest) ? name : `${name}, ${digest}`;
  return [`${run.id} ran ${digest === undefined && id !== undefined ? `${name}, image ID ${id}` : named}.`];
}

function attemptWords(run: Run): string {
  const { attempts } = run;
  const { number } = latestAttempt(run);
  if (number === 1) return "";
  const before = attempts.length < number ? "…, " : "";
  const each = attempts.flatMap(({ outcome }) => (outcome ? outcomeInTable(outcome) : []));
  return `; ${number} attempts: ${before}${each.join(", ")}`;
}

function onNode(node: string | undefined): string {
  return node === undefined ? "" : ` on ${node}`;
}
