import type { ChaosLine } from "./chaos-scheduler.ts";
import type { FaultRecord } from "./fault-record.ts";

/** Something that must not be. */
export interface Finding {
  readonly what: string;
  readonly job?: string;
  readonly run?: string;
  readonly at?: Date;
}

const BEFORE_MS = 30_000;
const AFTER_MS = 10_000;
const MOST_LINES = 25;

/** The finding, what was broken around that time, and what the schedulers said of it. */
export function tellFinding(finding: Finding, faults: readonly FaultRecord[], log: readonly ChaosLine[]): string {
  const { what, job, run, at } = finding;
  const name = run ?? job;
  const around = at === undefined ? [] : faults.filter((fault) => isAround(at, fault)).map(tellFault);
  const lines = log.filter((line) => isAbout(line, finding)).slice(-MOST_LINES);
  return [
    `✗ ${name === undefined ? "" : `${name}: `}${what}${at === undefined ? "" : `, at ${at.toISOString()}`}`,
    ...around.map((fault) => `    fault: ${fault}`),
    ...lines.map((line) => `    ${tellLine(line)}`),
  ].join("\n");
}

export function tellFault({ name, on, beganAt, endedAt }: FaultRecord): string {
  return `${name} (${on}) from ${beganAt.toISOString()} to ${endedAt?.toISOString() ?? "now"}`;
}

function isAround(at: Date, { beganAt, endedAt }: FaultRecord): boolean {
  return beganAt.getTime() <= at.getTime() + AFTER_MS && (endedAt ?? at).getTime() >= at.getTime() - BEFORE_MS;
}

function isAbout(line: ChaosLine, { job, run, at }: Finding): boolean {
  if (line.event === "job-output") return false;
  if (run !== undefined) return line.run === run;
  if (at === undefined || (job !== undefined && line.job !== job)) return false;
  return Math.abs(Date.parse(String(line.time)) - at.getTime()) <= AFTER_MS;
}

function tellLine({ scheduler, time, event, msg, detail, cause }: ChaosLine): string {
  return [time, scheduler, event, msg, detail, cause].filter((word) => word !== undefined).join(" ");
}
