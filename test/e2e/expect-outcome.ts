import { expect } from "vitest";
import type { JobRecord, Outcome } from "../../src/ledger/record.ts";
import { onThisMachine } from "../support/slowdown.ts";
import type { LogLine } from "./scheduler-log.ts";
import type { SchedulerProcess } from "./scheduler-process.ts";

/** How a job that ran once is to have ended. */
export interface ExpectedEnd {
  readonly job: string;
  readonly outcome: Outcome;
  /** A piece of the engine's words. */
  readonly words?: RegExp;
  /** At least, and less than; absent: the process never ran, or it cannot be known for how long. */
  readonly tookMs?: readonly [number, number];
}

/** What says how it has ended; the metrics are asked of the scheduler. */
export interface Told {
  readonly line: LogLine;
  readonly record: JobRecord;
  readonly scheduler: SchedulerProcess;
}

/** Log, record and metrics tell the same, and that. */
export async function expectTold({ line, record, scheduler }: Told, expected: ExpectedEnd): Promise<void> {
  const { job, outcome, words, tookMs } = expected;
  expect(line).toMatchObject({ job, trigger: "schedule", ...asLogged(outcome) });
  expect(record.runs).toMatchObject([{ outcome, attempts: [{ outcome }] }]);
  if (words !== undefined)
    expect(wordsOf(record, line)).toEqual([expect.stringMatching(words), expect.stringMatching(words)]);
  expectDuration(record, line, tookMs);
  await expectMetrics(scheduler, record, expected);
}

/** As the log has it: flat. */
function asLogged(outcome: Outcome): Record<string, unknown> {
  const { kind, ...fields } = outcome;
  if (!("message" in fields)) return { outcome: kind, ...fields };
  const { message, ...rest } = fields;
  return { outcome: kind, detail: message, ...rest };
}

function wordsOf({ runs }: JobRecord, line: LogLine): unknown[] {
  const outcome = runs[0]?.outcome;
  return [outcome && "message" in outcome ? outcome.message : undefined, line.detail];
}

function expectDuration({ runs, totals }: JobRecord, { durationMs }: LogLine, tookMs: ExpectedEnd["tookMs"]): void {
  const { startedAt, finishedAt } = runs[0]?.attempts[0] ?? {};
  if (tookMs === undefined) {
    expect([durationMs, startedAt, totals.runSeconds.count]).toEqual([undefined, undefined, 0]);
    return;
  }
  const [least, most] = tookMs;
  expect(durationMs).toBeGreaterThanOrEqual(least);
  expect(durationMs).toBeLessThan(onThisMachine(most));
  expect((finishedAt?.getTime() ?? 0) - (startedAt?.getTime() ?? 0)).toBe(durationMs);
  expect(totals.runSeconds).toEqual({ sum: Number(durationMs) / 1000, count: 1 });
}

async function expectMetrics(
  scheduler: SchedulerProcess,
  record: JobRecord,
  { job, outcome }: ExpectedEnd,
): Promise<void> {
  const { text } = await scheduler.get("/metrics");
  const finishedAt = Number(record.runs[0]?.finishedAt) / 1000;
  const isSuccess = outcome.kind === "succeeded";
  expect(seriesOf(text, "shipbell_runs_total", job).filter(([, value]) => value > 0)).toEqual([
    [`{job_name="${job}",outcome="${outcome.kind}",trigger="schedule"}`, 1],
  ]);
  const expected: Record<string, number | undefined> = {
    shipbell_job_last_exit_code: "exitCode" in outcome ? outcome.exitCode : undefined,
    shipbell_job_last_completion_timestamp_seconds: finishedAt,
    shipbell_job_last_success_timestamp_seconds: isSuccess ? finishedAt : undefined,
    shipbell_job_last_failure_timestamp_seconds: isSuccess ? undefined : finishedAt,
    shipbell_runs_active: 0,
    shipbell_job_run_seconds_count: record.totals.runSeconds.count,
  };
  for (const [name, value] of Object.entries(expected)) {
    const series = value === undefined ? [] : [[`{job_name="${job}"}`, value]];
    expect([name, seriesOf(text, name, job)]).toEqual([name, series]);
  }
}

/** The series of that name and job in a record of metrics, with their values. */
function seriesOf(text: string, name: string, job: string): [labels: string, value: number][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`) && line.includes(`job_name="${job}"`))
    .map((line) => {
      const end = line.lastIndexOf(" ");
      return [line.slice(name.length, end), Number(line.slice(end + 1))];
    });
}
