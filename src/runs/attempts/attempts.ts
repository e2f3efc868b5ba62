import { type Effect, LOOK_AGAIN_MS, type StartWindow } from "../../decide/step.ts";
import { EngineTrouble, type ObjectState } from "../../engines/engine.ts";
import { noteLogged, noteSignal, noteStopping } from "../../ledger/changes/attempts.ts";
import type { Stopping } from "../../ledger/record.ts";
import type { AttemptRef } from "../../observe/run-events.ts";
import { boundAttempt, type OpenAttempt } from "../book.ts";
import { rejectedEnd } from "../launch/launch.ts";
import { conclude } from "../outcomes.ts";
import type { LoggedPlace, RunLogs } from "../output/run-logs.ts";
import type { RunParts } from "../run-parts.ts";
import type { Trouble } from "../troubles.ts";

/** Of a run that is taken up, and of which no scheduler has noted how far it is logged, the last lines are logged. */
const TAKEN_UP = { tail: 1000 };

/** What is remembered between two looks at an attempt. It is lost with the process, and not missed then. */
export interface AttemptMemory {
  /** What is being done to an object: `stopOf(id)`, `startOf(id)`, `removalOf(id)`. */
  readonly underWay: Set<string>;
  /** Since when an object was seen inert (with no activation of ours on its way), unreachable, unclear, or ended. */
  readonly phases: Map<string, { readonly phase: ObjectState["phase"]; readonly since: Date }>;
  /** Between when the process of an object began, as far as it was looked at. */
  readonly began: Map<string, StartWindow>;
  /** For work that takes long: the pass does not wait for it. `thing` is what it is done to, by which its troubles are told apart. */
  background(job: string, thing: string, work: Promise<void>): void;
  /** The trouble that this is in, where it came to nothing the last time. */
  troubleOf(job: string, thing: string): (Trouble & { readonly againAt: Date }) | undefined;
}

export function attemptMemory(parts: Pick<AttemptMemory, "background" | "troubleOf">): AttemptMemory {
  return { underWay: new Set(), phases: new Map(), began: new Map(), ...parts };
}

/** By which the troubles of a stop are told apart. */
export function stopOf(objectId: string): string {
  return `stop ${objectId}`;
}
/** Of a start that is sent again. */
export function startOf(objectId: string): string {
  return `start ${objectId}`;
}
/** Of the removal of what has no outcome yet. */
export function removalOf(objectId: string): string {
  return `remove ${objectId}`;
}
/** Of the look at it. */
export function lookOf(objectId: string): string {
  return `look at ${objectId}`;
}

/** Its end is recorded, by whomever. */
export function forgetAttempt(objectId: string, { phases, began }: AttemptMemory, logs: RunLogs): void {
  phases.delete(objectId);
  began.delete(objectId);
  void logs.leave(objectId);
}

/** Phases that must not last. */
const LIMITED: readonly ObjectState["phase"][] = ["inert", "unreachable", "unclear", "ended"];

/** Answers with since when an object was seen in this phase, where that matters: it must not last. */
export function phaseSince(
  objectId: string,
  phase: ObjectState["phase"] | undefined,
  now: Date,
  { phases }: AttemptMemory,
): Date | undefined {
  const known = phases.get(objectId);
  if (phase !== undefined && known?.phase === phase) return known.since;
  phases.delete(objectId);
  if (phase === undefined || !LIMITED.includes(phase)) return undefined;
  phases.set(objectId, { phase, since: now });
  return now;
}

/** Remembers between which two looks the process of the object began. `asked` and `now`: before and after this look. */
export function startWindow(
  objectId: string,
  phase: ObjectState["phase"] | undefined,
  { asked, now }: { readonly asked: Date; readonly now: Date },
  { began }: AttemptMemory,
): StartWindow | undefined {
  const known = began.get(objectId);
  if (phase === "inert" || phase === "pending") began.set(objectId, { ...known, notBefore: asked });
  else if (phase === "running" && known?.notAfter === undefined) began.set(objectId, { ...known, notAfter: now });
  return began.get(objectId);
}

/** Carries out one effect for an attempt; answers with when to look at it again. */
export async function apply(
  effect: Effect,
  job: string,
  open: OpenAttempt,
  memory: AttemptMemory,
  parts: RunParts,
): Promise<Date> {
  const { engine, clock } = parts;
  const { objectId } = open;
  const remove = () => engine.remove(objectId);
  switch (effect.kind) {
    case "wait":
      await noteProgress(job, open, parts);
      return effect.until;
    case "activate":
      return doInBackground(
        job,
        startOf(objectId),
        () => activateAgain(refOf(job, open, parts), objectId, memory, parts),
        memory,
        parts,
      );
    case "note-stopping":
      await note(refOf(job, open, parts), effect.stopping, parts);
      break;
    case "stop":
      if (open.attempt.stopping?.signalledAt === undefined) await noteSignalOf(refOf(job, open, parts), parts);
      doInBackground(job, stopOf(objectId), () => engine.stop(objectId, effect.gracePeriodMs), memory, parts);
      return effect.until;
    case "remove-by-force":
      // What was told to stop is killed by the engine itself once its grace period has passed; so it is told again.
      if (engine.mayOutliveRemoval)
        return doInBackground(job, stopOf(objectId), () => engine.stop(objectId, 0), memory, parts);
      return doInBackground(job, removalOf(objectId), remove, memory, parts);
    case "withdraw":
      return doInBackground(job, removalOf(objectId), () => engine.withdraw(objectId), memory, parts);
    case "record":
      await conclude(refOf(job, open, parts), objectId, effect.end, parts);
      if (effect.removes) removeRecorded(job, objectId, parts);
      break;
  }
  return clock.now();
}

function removeRecorded(job: string, objectId: string, { book, letGo }: RunParts): void {
  const record = book.records.get(job);
  if (record !== undefined && boundAttempt(record, objectId)?.outcome !== undefined) letGo(job, [objectId]);
}

/** Follows the output of an attempt that is this scheduler's to follow and is not followed, or whose stream broke. */
export function takeUpOutput(job: string, open: OpenAttempt, state: ObjectState | undefined, parts: RunParts): void {
  const hasOutput = state?.phase === "running" || (state?.phase === "ended" && state.end.kind === "exited");
  if (!hasOutput || !parts.logs.isOurs(open.objectId)) return;
  const ref = refOf(job, open, parts);
  if (!parts.logs.knows(open.objectId)) parts.events.emit({ event: "run-taken-up", ...ref });
  const { logged } = open.attempt;
  parts.logs.follow(ref, open.objectId, logged === undefined ? TAKEN_UP : { tail: "all", after: logged });
}

/** Notes in the record, once a minute, how far the output of an attempt is logged. */
async function noteProgress(job: string, { objectId, run, attempt }: OpenAttempt, parts: RunParts): Promise<void> {
  const position = parts.logs.takeProgress(objectId);
  if (position !== undefined) await noteLoggedPlace({ job, run: run.id, number: attempt.number, position }, parts);
}

/** Where that is not written down, the next scheduler logs again what came since it last was. */
export async function noteLoggedPlace(
  { job, position, ...key }: LoggedPlace,
  { book }: Pick<RunParts, "book">,
): Promise<void> {
  await book.change(job, (record) => noteLogged(record, key, position));
}

/** A start of which nobody knows whether the engine got it, and that surely is not on its way any more. */
async function activateAgain(ref: AttemptRef, objectId: string, memory: AttemptMemory, parts: RunParts): Promise<void> {
  const activated = await parts.engine.activateAgain(objectId).finally(() => memory.phases.delete(objectId));
  if (activated.kind === "rejected") await conclude(ref, objectId, rejectedEnd(activated, parts.clock.now()), parts);
  else parts.logs.follow(ref, objectId);
}

async function note(ref: AttemptRef, stopping: Stopping, { book, events }: RunParts): Promise<void> {
  const swap = await book.change(ref.job, (record) =>
    noteStopping(record, { run: ref.run, number: ref.attempt }, stopping),
  );
  // Nothing is stopped that has not started: its end is told when it is gone.
  if (swap.result === "won" && stopping.notStarted === undefined)
    events.emit({ event: "attempt-stopping", ...ref, reason: stopping.reason });
}

async function noteSignalOf({ job, run, attempt }: AttemptRef, { book, clock }: RunParts): Promise<void> {
  const swap = await book.change(job, (record) => noteSignal(record, { run, number: attempt }, clock.now()));
  if (swap.result === "unknown") throw new EngineTrouble(`the ledger gave no clear answer about the record of ${job}`);
}

/**
 * Begins what may take long, unless it is under way, or came to nothing a moment ago; answers with when to look at the
 * object again. The job is looked at as soon as it is done.
 */
function doInBackground(
  job: string,
  thing: string,
  work: () => Promise<void>,
  memory: AttemptMemory,
  { clock }: RunParts,
): Date {
  const now = clock.now();
  const lookAt = new Date(now.getTime() + LOOK_AGAIN_MS);
  const trouble = memory.troubleOf(job, thing);
  if (memory.underWay.has(thing)) return lookAt;
  if (trouble !== undefined && trouble.againAt > now) return trouble.againAt;
  memory.underWay.add(thing);
  memory.background(
    job,
    thing,
    work().finally(() => memory.underWay.delete(thing)),
  );
  return lookAt;
}

function refOf(job: string, { run, attempt }: OpenAttempt, { engine }: RunParts): AttemptRef {
  const { id, trigger, scheduledAt } = run;
  const { number, objectName } = attempt;
  return { job, run: id, attempt: number, trigger, scheduledAt, objectKind: engine.objectKind, objectName };
}
