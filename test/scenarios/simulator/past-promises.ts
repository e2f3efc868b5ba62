import { isDeepStrictEqual } from "node:util";
import { type PastRun, RUNS_IN_PAST, readPast } from "../../../src/ledger/past.ts";
import { latestAttempt, type Run } from "../../../src/ledger/record.ts";
import { sumOf, type Witnessed } from "./witnessed.ts";

/** The digest has one run more for each that ends, which is as the run itself is recorded, and is changed by nothing else. */
export function* pastPromises({ job, before, after }: Witnessed): Iterable<string> {
  const ended = sumOf(after.totals.ended) - sumOf(before?.totals.ended ?? {});
  // Most writes are of something else, and to read both would be a tenth of what a story costs.
  if (ended === 0 && after.past !== undefined && isDeepStrictEqual(after.past, before?.past)) return;
  const [old, past] = [before ? readPast(before) : [], readPast(after)];
  const expected = old.slice(Math.max(0, old.length + ended - RUNS_IN_PAST)).map(inShort);
  const kept = past.slice(0, past.length - ended).map(inShort);
  if (JSON.stringify(kept) !== JSON.stringify(expected)) {
    yield `the digest of ${job} has ${kept.length} runs from before, which are not the ${expected.length} that it should have`;
    return;
  }
  for (const last of past.slice(past.length - ended)) {
    const was = before?.runs.find((run) => isSame(run, last));
    if (was?.outcome !== undefined) yield `the digest of ${job} has ${inShort(last)}, which had ended before`;
    const run = after.runs.find((run) => isSame(run, last));
    if (run !== undefined && inShort(last) !== inShort(digestOf(run)))
      yield `the digest of ${job} ends with ${inShort(last)}, and the run is ${inShort(digestOf(run))}`;
    const risen = after.totals.ended[last.outcome]?.[last.trigger] ?? 0;
    if (risen <= (before?.totals.ended[last.outcome]?.[last.trigger] ?? 0))
      yield `the digest of ${job} ends with ${inShort(last)}, and no such end is counted`;
  }
}

function isSame({ trigger, scheduledAt, request }: Run, past: PastRun): boolean {
  return trigger === past.trigger && scheduledAt.getTime() === past.scheduledAt.getTime() && request === past.request;
}

type Told = Omit<PastRun, "id" | "kept" | "outcome"> & { readonly outcome: string | undefined };

function digestOf(run: Run): Told {
  const { startedAt, finishedAt, node, number } = latestAttempt(run);
  const { outcome } = run;
  return {
    ...run,
    outcome: outcome?.kind,
    finishedAt: run.finishedAt ?? new Date(0),
    attempts: number,
    ...(outcome !== undefined && "exitCode" in outcome && { exitCode: outcome.exitCode }),
    ...(node !== undefined && { node }),
    ...(startedAt && { delayMs: startedAt.getTime() - run.scheduledAt.getTime() }),
    ...(startedAt && finishedAt && { durationMs: finishedAt.getTime() - startedAt.getTime() }),
  };
}

function inShort(told: Told): string {
  const { scheduledAt, trigger, request, outcome, exitCode, finishedAt, delayMs, durationMs, node, attempts } = told;
  const facts = { trigger, request, outcome, exitCode, finishedAt, delayMs, durationMs, node, attempts };
  return `${scheduledAt.toISOString()} ${JSON.stringify(facts)}`;
}
