import type { Overlap, RunPolicies } from "../../job/job.ts";
import type { CallerTrace } from "../../job/trace.ts";
import { type By, type DefinitionSeen, isActive, type JobRecord, type Upstream } from "../record.ts";

/** The most active runs that fit in a record of 64 KB, unless their names and policies are long. */
const MOST_AT_ONCE = 64;

/** The most that all active runs of a job may take of its record, in bytes. */
const MOST_BYTES = 39_000;

/**
 * What they may take together with the job's schedules and exclusions: 64 KB without what else must stay on a record, at its
 * largest, which is requests, totals, marks, the last verdicts, a pause, and the rest of the definition.
 */
const MOST_BYTES_WITH_TIMES = 40_500;

/** Of an active run: its keys, dates and numbers, that it is being stopped, and how an attempt before a retry ended. */
const RUN_BYTES = 310;
const RETRY_BYTES = 300;

/** The longest name of a run and of its object, and the ID of a command in a container. */
const NAMES_BYTES = 58 + 63 + 143;

/** A run that is to be started, as far as its size goes. Its `environment` counts with the requests (`requests.ts`). */
interface NextRun {
  readonly policies: RunPolicies;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly by?: By;
  readonly reason?: string;
  readonly after?: Upstream;
  readonly trace?: CallerTrace;
}

/** An active run, as far as its size goes. */
interface ActiveRun extends NextRun {
  readonly id: string;
  readonly attempts: readonly { readonly objectName: string; readonly objectId?: string }[];
}

/** Of a definition, what may be long. */
type Times = Pick<DefinitionSeen, "schedules" | "exclusions">;

/** True where the next run may not become active: another one is, or with `allow` no more fit in the record. */
export function isFull(record: Pick<JobRecord, "runs" | "definition">, overlap: Overlap, next: NextRun): boolean {
  const active = record.runs.filter(isActive);
  if (overlap !== "allow") return active.length > 0;
  if (active.length === 0) return false;
  if (active.length >= MOST_AT_ONCE) return true;
  return bytesOfAll(active) + NAMES_BYTES + bytesOf(next) > roomLeftBy(record.definition);
}

/** True where so many runs are active that this definition fits in the record only when some of them have ended. */
export function leaveNoRoom(active: readonly ActiveRun[], definition: Times): boolean {
  return active.length > 1 && bytesOfAll(active) > roomLeftBy(definition);
}

function roomLeftBy({ schedules, exclusions }: Times): number {
  const times = Buffer.byteLength(JSON.stringify({ schedules, exclusions }));
  return Math.min(MOST_BYTES, MOST_BYTES_WITH_TIMES - times);
}

function bytesOfAll(active: readonly ActiveRun[]): number {
  return active.reduce((sum, run) => sum + namesBytes(run) + bytesOf(run), 0);
}

function bytesOf({ policies, inputs, by, reason, after, trace }: NextRun): number {
  const asked = inputs ?? by ?? reason ?? after ?? trace;
  const askedBytes = asked === undefined ? 0 : Buffer.byteLength(JSON.stringify({ inputs, by, reason, after, trace }));
  return RUN_BYTES + (policies.retries === undefined ? 0 : RETRY_BYTES) + JSON.stringify(policies).length + askedBytes;
}

function namesBytes({ id, attempts }: ActiveRun): number {
  const { objectName = "", objectId = "" } = attempts.at(-1) ?? {};
  return id.length + objectName.length + objectId.length;
}
