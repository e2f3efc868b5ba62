import type { FaultName } from "./fault-kinds.ts";

/** A fault that happened. */
export interface FaultRecord {
  readonly name: FaultName;
  /** What it happened to, such as the host that led at that time. */
  readonly on: string;
  readonly beganAt: Date;
  /** When it was mended. */
  readonly endedAt?: Date;
  /** Runs that were active when it began. */
  readonly activeRuns: number;
}

/** Whether the fault overlaps with this stretch of time, with some seconds to be noticed and to pass. */
export function overlaps({ beganAt, endedAt }: FaultRecord, from: Date, to: Date, echoMs: number): boolean {
  return beganAt <= to && (endedAt === undefined || endedAt.getTime() + echoMs >= from.getTime());
}
