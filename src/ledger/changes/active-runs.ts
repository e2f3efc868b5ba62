import type { Overlap, RunPolicies } from "../../job/job.ts";
import type { CallerTrace } from "../../job/trace.ts";
import type { By, Upstream } from "../record.ts";

/** The most active runs that fit in a record of 64 KB, unless their names and policies are long. */
const MOST_AT_ONCE = 64;

/**
 * What all active runs of a job may take of a record, in bytes: 64 KB without what else must stay on it, at its largest
 * (`test/ledger/bounded-records.test.ts` adds it up).
 */
const ROOM_BYTES = 39_000;

/** Of an active run: its keys, dates and numbers, that it is being stopped, and how an attempt before a retry ended. */
const RUN_BYTES = 310;
const RETRY_BYTES = 300;

/** The longest name of a run and of its object, and the ID of a container. */
const NAMES_BYTES = 58 + 63 + 64;

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

/** True where the next run may not become active: another one is, or with `allow` no more fit in the record. */
export function isFull(active: readonly ActiveRun[], overlap: Overlap, next: NextRun): boolean {
  if (overlap !== "allow") return active.length > 0;
  if (active.length === 0) return false;
  if (active.length >= MOST_AT_ONCE) return true;
  const taken = active.reduce((sum, run) => sum + namesBytes(run) + bytesOf(run), 0);
  return taken + NAMES_BYTES + bytesOf(next) > ROOM_BYTES;
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
