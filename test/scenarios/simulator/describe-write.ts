import { timeOfDay } from "./chronicle.ts";
import { sumOf, type Witnessed } from "./witnessed.ts";

/** In a few words, what a write changed. */
export function describeWrite({ before, after }: Witnessed): string {
  if (before === undefined) return `a new record, cursor ${timeOfDay(after.cursor)}`;
  const words: string[] = [];
  if (before.cursor.getTime() !== after.cursor.getTime()) words.push(`cursor ${timeOfDay(after.cursor)}`);
  if (before.definition.hash !== after.definition.hash)
    words.push(`definition of generation ${after.definition.generation}`);
  const verdict = after.verdicts.at(-1);
  const isDecided =
    sumOf([after.totals.skipped, after.totals.missed]) > sumOf([before.totals.skipped, before.totals.missed]);
  if (verdict && isDecided) words.push(`${verdict.count ?? 1} ${verdict.kind}, ${verdict.reason}`);
  for (const run of after.runs) {
    const old = before.runs.find(({ id }) => id === run.id);
    for (const attempt of run.attempts) {
      const oldAttempt = old?.attempts.find(({ number }) => number === attempt.number);
      const name = `${run.id} ${attempt.number}`;
      if (oldAttempt === undefined) words.push(`${name} is bound (${run.trigger})`);
      if (oldAttempt?.stopping === undefined && attempt.stopping)
        words.push(`${name} is to be ${attempt.stopping.reason}`);
      if (oldAttempt?.outcome === undefined && attempt.outcome)
        words.push(`${name}: ${JSON.stringify(attempt.outcome)}`);
    }
    if (old !== undefined && old.outcome === undefined && run.outcome)
      words.push(`${run.id} ended as ${run.outcome.kind}`);
  }
  const gone = before.runs.filter(({ id }) => !after.runs.some((run) => run.id === id));
  if (gone.length > 0) words.push(`without ${gone.map(({ id }) => id).join(", ")}`);
  if (before.removedAt === undefined && after.removedAt) words.push("removed");
  if (after.closedAt) words.push("closed");
  if (after.requests.length !== before.requests.length) words.push(`${after.requests.length} requests`);
  return words.join("; ") || "details";
}
