import type { Run } from "../../src/ledger/record.ts";
import type { Evidence } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import type { SeenRecord } from "./record-observer.ts";

/** What a record has counted is what was seen on it, run by run. */
export function checkTotals({ records }: Evidence): readonly Finding[] {
  return [...records].flatMap(([job, seen]) => checkRecord(seen).map((what) => ({ job, what })));
}

function checkRecord({ record, runs }: SeenRecord): readonly string[] {
  const { started, ended, retries = 0 } = record.totals;
  const all = [...runs.values()];
  const attempts = all.reduce((sum, run) => sum + run.attempts.length - 1, 0);
  const endedFlat = Object.entries(ended).flatMap(([kind, byTrigger]) =>
    Object.entries(byTrigger).map(([trigger, count]) => [`${kind} ${trigger}`, count] as const),
  );
  return [
    ...differences(
      "started",
      Object.entries(started),
      countBy(all, ({ trigger }) => trigger),
    ),
    ...differences(
      "ended",
      endedFlat,
      countBy(all, ({ outcome, trigger }) => `${outcome?.kind} ${trigger}`),
    ),
    ...(retries === attempts ? [] : [`counts ${retries} retries, and ${attempts} were seen`]),
  ];
}

function countBy(runs: readonly Run[], keyOf: (run: Run) => string): ReadonlyMap<string, number> {
  return new Map([...Map.groupBy(runs, keyOf)].map(([key, ofKey]) => [key, ofKey.length]));
}

function differences(
  what: string,
  counted: readonly (readonly [string, number | undefined])[],
  seen: ReadonlyMap<string, number>,
): readonly string[] {
  const counts = new Map(counted);
  return [...new Set([...counts.keys(), ...seen.keys()])]
    .filter((key) => (counts.get(key) ?? 0) !== (seen.get(key) ?? 0))
    .map((key) => `counts ${counts.get(key) ?? 0} ${what} (${key}), and ${seen.get(key) ?? 0} were seen`);
}
