import type { Heard } from "../e2e/heard.ts";
import type { ChaosLine } from "./chaos-scheduler.ts";
import type { Execution } from "./executions.ts";
import type { FaultRecord } from "./fault-record.ts";
import type { Finding } from "./finding.ts";
import type { SeenRecord } from "./record-observer.ts";

/** All that is known of a chaos when it is over, from sources that do not know of each other. */
export interface Evidence {
  readonly beganAt: Date;
  readonly endedAt: Date;
  readonly faults: readonly FaultRecord[];
  /** When a scheduler was killed. */
  readonly kills: readonly Date[];
  /** What stood in the records, by job. */
  readonly records: ReadonlyMap<string, SeenRecord>;
  /** What the jobs' own processes say. */
  readonly executions: readonly Execution[];
  /** What the schedulers have logged, all processes of both. */
  readonly log: readonly ChaosLine[];
  /** What the receiver of all notices says: all requests, and those that it took. */
  readonly notices: { readonly instance: string; readonly told: readonly Heard[]; readonly taken: readonly Heard[] };
  /** How many updates of records were asked for, and how many of these Swarm has carried out. */
  readonly swaps: { readonly tried: number; readonly done: number };
  /** Containers that Swarm has left on hosts, where their processes have ended: `w1: RUN, exited`. */
  readonly corpses: readonly string[];
  /** What was wrong before anybody looked at the rest. */
  readonly findings: readonly Finding[];
}
