import type { Run, Totals } from "../../../src/ledger/record.ts";
import { sumOf, type Witnessed } from "./witnessed.ts";

/** The totals rise with what the same write shows, and with nothing else. */
export function* totalPromises({ job, before, after }: Witnessed): Iterable<string> {
  if (before === undefined) {
    if (sumOf(after.totals) !== 0) yield `the new record of ${job} has totals`;
    return;
  }
  const [old, totals] = [before.totals, after.totals];
  for (const path of fallen(old, totals)) yield `the total ${path} of ${job} falls`;
  const isNew = (run: Run) => !before.runs.some(({ id }) => id === run.id);
  const shown = after.runs.filter(isNew).length;
  const started = sumOf(totals.started) - sumOf(old.started);
  // One that ends at once may be gone at once, where no history is kept.
  if (started !== shown && !(shown === 0 && started === 1 && sumOf(totals.ended) > sumOf(old.ended)))
    yield `${started} starts of ${job} are counted, and ${shown} runs are new`;
  const ended = sumOf(totals.ended) - sumOf(old.ended);
  const wasActive = before.runs.filter(({ outcome }) => outcome === undefined).length + started;
  const isActive = after.runs.filter(({ outcome }) => outcome === undefined).length;
  if (ended !== wasActive - isActive) yield `${ended} ends of ${job} are counted, and ${wasActive - isActive} runs end`;
  const retries = (totals.retries ?? 0) - (old.retries ?? 0);
  const attempts = after.runs.reduce((sum, run) => {
    const same = before.runs.find(({ id }) => id === run.id);
    return same === undefined ? sum : sum + run.attempts.length - same.attempts.length;
  }, 0);
  if (retries !== attempts && !(attempts === 0 && ended > 0))
    yield `${retries} retries of ${job} are counted, and ${attempts} attempts are new`;
}

function* fallen(old: Totals, totals: Totals): Iterable<string> {
  for (const key of ["skipped", "missed", "started", "ended", "retries", "runSeconds"] as const)
    if (sumOf(totals[key]) < sumOf(old[key])) yield key;
}
