import { bold, dim, green, red, say } from "./narration.ts";

/** A line of the scheduler's log: docs/logs.md. */
export type LogLine = Readonly<Record<string, unknown>> & {
  readonly event: string;
  readonly level: string;
  readonly time: string;
  readonly msg: string;
};

/** Shows the log until each job has had its outcome and no run is active. Rejects when the log ends before. */
export async function narrate(lines: AsyncIterable<LogLine>, outcomes: ReadonlyMap<string, string>): Promise<void> {
  const left = new Map(outcomes);
  const active = new Set<unknown>();
  const width = Math.max(...[...outcomes.keys()].map((job) => job.length));
  for await (const line of lines) {
    const text = inWords(line, String(line.job).padEnd(width));
    if (text !== undefined) say(`  ${line.time.slice(11, 19)}  ${text}`);
    if (line.event === "run-started") active.add(line.run);
    if (line.event === "run-finished") active.delete(line.run);
    if (line.event === "run-finished" && left.get(String(line.job)) === line.outcome) left.delete(String(line.job));
    if (left.size === 0 && active.size === 0) return;
  }
  throw new Error(`these jobs did not end as they should: ${[...left.keys()].join(", ")}`);
}

function inWords(line: LogLine, job: string): string | undefined {
  if (line.event === "job-output") return `${bold(job)} | ${line.line}`;
  if (line.event === "run-started") return dim(`${job} started as service ${line.service}`);
  if (line.event === "run-finished") return `${job} ${outcomeOf(line)}`;
  return line.level === "info" ? undefined : line.msg;
}

function outcomeOf({ outcome, exitCode, reason, node }: LogLine): string {
  const how = exitCode === undefined ? reason : `exit code ${exitCode}`;
  const text = [outcome, how, node && `on ${node}`].filter(Boolean).join(", ");
  return outcome === "succeeded" ? green(text) : red(text);
}
