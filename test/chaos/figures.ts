import type { Attempt } from "../../src/ledger/record.ts";
import type { ChaosLine } from "./chaos-scheduler.ts";
import { missingLines } from "./check-log.ts";
import { occurrencesOf } from "./check-verdicts.ts";
import type { Evidence } from "./evidence.ts";

/** What a chaos came to, each with its words. */
export function figuresOf(evidence: Evidence): readonly (readonly [string, string | number])[] {
  return [...figuresOfRecords(evidence), ...figuresOfAttempts(evidence), ...figuresOfLogs(evidence)];
}

function figuresOfRecords({
  records,
  swaps,
  beganAt,
  endedAt,
}: Evidence): readonly (readonly [string, string | number])[] {
  const seen = [...records.values()];
  const totals = seen.map(({ record }) => record.totals);
  return [
    ["jobs", seen.length],
    ["minutes, the calm at the end included", ((endedAt.getTime() - beganAt.getTime()) / 60_000).toFixed(1)],
    ["occurrences", seen.reduce((sum, record) => sum + occurrencesOf(record).length, 0)],
    ["started", tellCounts(totals.map(({ started }) => started))],
    ["skipped", tellCounts(totals.map(({ skipped }) => skipped))],
    ["missed", tellCounts(totals.map(({ missed }) => missed))],
    ["runs by outcome", tellCounts(totals.map(({ ended }) => sumsOf(ended)))],
    ["updates of records, attempted and carried out", `${swaps.tried}, ${swaps.done}`],
    ["largest record, in bytes", Math.max(...seen.map(({ largestBytes }) => largestBytes))],
  ];
}

function figuresOfAttempts({ records, executions }: Evidence): readonly (readonly [string, string | number])[] {
  const runs = [...records.values()].flatMap((record) => [...record.runs.values()]);
  const ended = new Set(executions.flatMap(({ run, attempt, end }) => (end ? [`${run}.${attempt}`] : [])));
  const all = runs.flatMap(({ id, attempts }) =>
    attempts.map((attempt) => ({ ...attempt, hasEnded: ended.has(`${id}.${attempt.number}`) })),
  );
  const lost = all.filter(({ outcome }) => outcome?.kind === "lost");
  const cutOff = all.filter(({ outcome, hasEnded }) => outcome?.kind === "failed" && !hasEnded);
  return [
    ["attempts", all.length],
    ["processes, by the witness", executions.length],
    ["attempts lost", tellCounts(lost.map(({ outcome }) => ({ [reasonOf(outcome)]: 1 })))],
    ["of these, processes that continued to their end", lost.filter(({ hasEnded }) => hasEnded).length],
    [
      "attempts failed with their host or engine",
      tellCounts(cutOff.map(({ outcome }) => ({ [exitCodeOf(outcome)]: 1 }))),
    ],
  ];
}

function figuresOfLogs(evidence: Evidence): readonly (readonly [string, string | number])[] {
  const { log, kills, corpses, notices } = evidence;
  const { atKills, atFaults } = missingLines(evidence);
  const starts = log.filter(({ event }) => event === "run-started");
  const bySchedule = starts.filter(({ trigger, attempt }) => trigger === "schedule" && attempt === 1);
  const pauseOf = (name: string) => longestPauseS(starts.filter(({ scheduler }) => scheduler === name));
  return [
    ["schedulers killed", kills.length],
    ["log lines missing: at kills, at stalls and lost answers", `${atKills.length}, ${atFaults.length}`],
    [
      "notices heard, and requests for them",
      `${new Set(notices.taken.map(({ id }) => id)).size}, ${notices.told.length}`,
    ],
    ["of these, requests that failed or were not answered", notices.told.length - notices.taken.length],
    ["runs taken up by another scheduler", log.filter(({ event }) => event === "run-taken-up").length],
    ["processes of lost runs that were found later", log.filter(({ event }) => event.startsWith("orphan-")).length],
    ["ended containers that Swarm left on hosts", corpses.length],
    ["longest from due to started, in seconds", longestS(bySchedule.map(({ delayMs }) => Number(delayMs)))],
    ["longest time without any start, in seconds", longestPauseS(starts)],
    ["the same for scheduler A and for B, including the times when they were down", `${pauseOf("A")}, ${pauseOf("B")}`],
  ];
}

function exitCodeOf(outcome: Attempt["outcome"]): string {
  return outcome !== undefined && "exitCode" in outcome ? `exit code ${outcome.exitCode}` : "";
}

function reasonOf(outcome: Attempt["outcome"]): string {
  return outcome !== undefined && "reason" in outcome ? outcome.reason : "";
}

function sumsOf(byKind: Readonly<Partial<Record<string, Readonly<Partial<Record<string, number>>>>>>) {
  const sums = Object.entries(byKind).map(([kind, byTrigger = {}]) => [
    kind,
    Object.values(byTrigger).reduce<number>((sum, count = 0) => sum + count, 0),
  ]);
  return Object.fromEntries(sums) as Record<string, number>;
}

/** `all (kind number, kind number)`, the most frequent first. */
function tellCounts(all: readonly Readonly<Partial<Record<string, number>>>[]): string {
  const sums = new Map<string, number>();
  for (const [key, count = 0] of all.flatMap((counts) => Object.entries(counts)))
    sums.set(key, (sums.get(key) ?? 0) + count);
  const total = [...sums.values()].reduce((a, b) => a + b, 0);
  const parts = [...sums].sort(([, a], [, b]) => b - a).map(([key, count]) => `${key} ${count}`);
  return parts.length === 0 ? "0" : `${total} (${parts.join(", ")})`;
}

function longestPauseS(starts: readonly ChaosLine[]): number {
  const times = starts.map(({ time }) => Date.parse(String(time)));
  return longestS(times.slice(1).map((at, index) => at - (times[index] ?? at)));
}

function longestS(times: readonly number[]): number {
  return Math.round(Math.max(0, ...times) / 100) / 10;
}
