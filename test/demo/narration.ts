import type { DemoScheduler, LogLine } from "./demo-scheduler.ts";

const isTerminal = process.stdout.isTTY === true;

export function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Says what is being done, and when it is done, what came of it and how long it took. */
export async function step<T extends { readonly summary: string }>(title: string, work: () => Promise<T>): Promise<T> {
  const beganAt = performance.now();
  say(`${bold(title.padEnd(14))} …`);
  const result = await work();
  say(`${bold(title.padEnd(14))} ${result.summary} (${((performance.now() - beganAt) / 1000).toFixed(1)} s)`);
  return result;
}

/** What has to be seen before the demo is over: each job, by an outcome of its own. */
const EXPECTED = new Map([
  ["hello", "succeeded"],
  ["tick", "succeeded"],
  ["demo-inventory", "failed"],
]);

/** Shows the log until each job has had its outcome. */
export async function narrate(scheduler: DemoScheduler, signal: AbortSignal): Promise<void> {
  const left = new Map(EXPECTED);
  for await (const line of scheduler.lines(AbortSignal.any([signal, AbortSignal.timeout(100_000)]))) {
    const text = inWords(line);
    if (text !== undefined) say(`  ${line.time.slice(11, 19)}  ${text}`);
    if (line.event === "run-finished" && left.get(String(line.job)) === line.outcome) left.delete(String(line.job));
    if (left.size === 0) return;
  }
  if (signal.aborted) throw new Error("interrupted");
  throw new Error(`these jobs did not end as they should: ${[...left.keys()].join(", ")}`);
}

function inWords(line: LogLine): string | undefined {
  if (line.event === "job-output") return `${bold(String(line.job).padEnd(14))} | ${line.line}`;
  if (line.event === "run-started") return dim(`${String(line.job).padEnd(14)} started in ${line.container}`);
  if (line.event !== "run-finished") return line.level === "info" ? undefined : line.msg;
  const seconds = (Number(line.durationMs ?? 0) / 1000).toFixed(1);
  const outcome = `${line.outcome}, exit code ${line.exitCode}, ${seconds} s`;
  return `${String(line.job).padEnd(14)} ${line.outcome === "succeeded" ? green(outcome) : red(outcome)}`;
}

export function bold(text: string): string {
  return paint("1", text);
}

function dim(text: string): string {
  return paint("2", text);
}

function green(text: string): string {
  return paint("32", text);
}

function red(text: string): string {
  return paint("31", text);
}

function paint(code: string, text: string): string {
  return isTerminal ? `\u001b[${code}m${text}\u001b[0m` : text;
}
