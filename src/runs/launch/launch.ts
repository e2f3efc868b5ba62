import type { Activated, AttemptOrder, NotReady, Pulled, Rejection } from "../../engines/engine.ts";
import type { AttemptEnd } from "../../ledger/changes/attempts.ts";
import type { Swap } from "../../ledger/ledger.ts";
import type { Attempt } from "../../ledger/record.ts";
import type { AttemptRef } from "../../observe/run-events.ts";
import { isBound } from "../book.ts";
import { conclude, letGo, swapEnd, tellEnd } from "../outcomes.ts";
import type { RunParts } from "../run-parts.ts";
import type { AttemptStart } from "./attempt-start.ts";
import type { LaunchPool, PooledStart } from "./launch-pool.ts";
import { imageDue, mustNotPull, notePull } from "./pull-policy.ts";
import { startLater } from "./start-later.ts";

/** How often a start begins anew because its image was missing. */
const MOST_PULLS = 3;

/**
 * Starts one attempt: prepare (the object is there, inert), swap (the record decides the occurrence and binds the
 * object, in one), activate. Whatever happens between any two of these, at worst an inert object is left, which no
 * record binds and any scheduler may remove. A pull holds no place in the pool.
 *
 * @throws EngineError, or the ledger's error; then nothing is known, and the next pass looks at what is there. What
 * becomes of a start that fails again and again is decided by `launches.ts`.
 */
export async function launch(
  start: AttemptStart,
  parts: RunParts,
  pool: LaunchPool,
  signal: AbortSignal,
): Promise<void> {
  let current = await pullWhatIsDue(start, parts, signal);
  for (let pulls = 0; current !== undefined; pulls++) {
    const ready = current;
    const missing = await beforeDeadline(ready, parts, signal, (until) =>
      pool.run(pooled(ready), until, () => prepareAndStart(ready, parts)),
    );
    if (missing === undefined) return;
    if (missing.kind === "not-ready") {
      const rejection = await startLater(ready, missing, parts, signal);
      return rejection && decideRejected(ready, rejection, parts);
    }
    const { image, rejection } = missing;
    const refused = mustNotPull(ready.order, { image, message: rejection.message });
    if (refused !== undefined || pulls === MOST_PULLS) return decideRejected(ready, refused ?? rejection, parts);
    current = await pullFor(ready, image, parts, signal);
  }
}

/**
 * Waits for work that ends when its signal is aborted, at the start's deadline at the latest. Undefined where that has
 * passed: the next pass says so of the occurrence.
 */
async function beforeDeadline<T>(
  start: AttemptStart,
  { clock }: RunParts,
  signal: AbortSignal,
  work: (until: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  if (start.deadline === undefined) return work(signal);
  const tooLate = new AbortController();
  const done = new AbortController();
  const leftMs = start.deadline.getTime() - clock.now().getTime() + 1;
  void clock.wait(leftMs, done.signal).then(() => tooLate.abort(new Error("its starting_deadline has passed")));
  try {
    return await work(AbortSignal.any([signal, tooLate.signal]));
  } catch (error) {
    if (signal.aborted || !tooLate.signal.aborted) throw error;
    return undefined;
  } finally {
    done.abort();
  }
}

/** With what it may hang. */
function pooled({ dueAt, order: { job, template } }: AttemptStart): PooledStart {
  if (template.kind === "clone") return { job, dueAt, shares: [`${template.of.kind} ${template.of.name}`] };
  if (template.kind !== "compose") return { job, dueAt };
  const volumes = template.volumes.flatMap(({ type, source }) => (source === undefined ? [] : [`${type} ${source}`]));
  return { job, dueAt, shares: volumes };
}

/** Where each node pulls for itself, the policy stands in what is made for it. */
async function pullWhatIsDue(
  start: AttemptStart,
  parts: RunParts,
  signal: AbortSignal,
): Promise<AttemptStart | undefined> {
  const image = imageDue(start.order, start.pulled, parts.clock.now());
  if (image === undefined || !parts.engine.pulls || isTooLate(start, parts)) return start;
  return pullFor(start, image, parts, signal);
}

/** The start, with its image there; undefined when that cannot be had, which decides it, or not before its deadline. */
async function pullFor(
  start: AttemptStart,
  image: string,
  parts: RunParts,
  signal: AbortSignal,
): Promise<AttemptStart | undefined> {
  const at = parts.clock.now();
  const pulled = await beforeDeadline(start, parts, signal, (until) => pull(start.order, image, parts, until));
  if (pulled === undefined) return undefined;
  if (pulled.kind === "rejected") await decideRejected(start, pulled, parts);
  else
    return {
      ...start,
      bind: (attempt) => (record) => notePull(start.bind(attempt)(record), start.order, { image, at }),
    };
  return undefined;
}

interface MissingImage {
  readonly kind: "image-missing";
  readonly image: string;
  readonly rejection: Rejection;
}

async function prepareAndStart(start: AttemptStart, parts: RunParts): Promise<MissingImage | NotReady | undefined> {
  if (isTooLate(start, parts)) return undefined;
  const prepared = await parts.engine.prepare(start.order);
  if (prepared.kind === "image-missing") {
    const { image, message } = prepared;
    return { kind: "image-missing", image, rejection: { kind: "rejected", reason: "image-missing", message } };
  }
  if (prepared.kind === "not-ready") return prepared;
  if (prepared.kind === "rejected") await decideRejected(start, prepared, parts);
  else {
    const order = { ...start.order, objectName: prepared.objectName };
    await bindAndActivate({ ...start, order }, prepared.objectId, parts);
  }
  return undefined;
}

/** It waited too long, for the pool, the engine or its image: the next pass says so of the occurrence. */
function isTooLate({ deadline }: AttemptStart, { clock }: RunParts): boolean {
  return deadline !== undefined && clock.now() > deadline;
}

async function bindAndActivate(start: AttemptStart, objectId: string, parts: RunParts): Promise<void> {
  // The object stays: another scheduler, whose clock or request is a moment earlier, may be binding it right now.
  if (isTooLate(start, parts)) return parts.leaveObject();
  const { order } = start;
  const attempt = attemptOf(order, parts.clock.now(), objectId);
  const swap = await parts.book.change(order.job, start.bind(attempt));
  if (swap.result !== "lost") parts.logs.claim(objectId);
  if (swap.result === "won") await activate(order, attempt.boundAt, objectId, parts);
  else if (isSurplus(swap, objectId)) parts.letGo(order.job, [objectId]);
  else if (swap.result === "unknown") parts.leaveObject();
}

/** Whoever loses the swap removes its own object, unless the record holds that very object. */
function isSurplus(swap: Swap, objectId: string): boolean {
  return swap.result === "lost" && !(swap.record !== undefined && isBound(swap.record, objectId));
}

async function activate(order: AttemptOrder, boundAt: Date, objectId: string, parts: RunParts): Promise<void> {
  const { engine, clock, logs } = parts;
  let activated: Activated;
  try {
    activated = await engine.activate({ id: objectId, name: order.objectName });
  } catch (error) {
    tellStarted(order, boundAt, parts, objectId);
    throw error;
  }
  const now = clock.now();
  tellStarted(order, now, parts, objectId, activated.kind === "rejected" ? activated : undefined);
  if (activated.kind === "activated") logs.follow(refOf(order, parts), objectId);
  else await conclude(refOf(order, parts), objectId, rejectedEnd(activated, now), parts);
}

/** An object that the engine refuses to make is decided in one swap: started, and rejected with the reason. */
export async function decideRejected(
  { order, bind }: AttemptStart,
  rejection: Rejection,
  parts: RunParts,
): Promise<void> {
  const now = parts.clock.now();
  const end = rejectedEnd(rejection, now);
  const ended = await swapEnd(refOf(order, parts), end, parts, bind(attemptOf(order, now)));
  if (ended === undefined) return;
  tellStarted(order, now, parts, undefined, rejection);
  tellEnd(parts.events, refOf(order, parts), end, ended.retryAt);
  letGo(order.job, ended.surplus, parts);
}

function attemptOf({ attempt: number, objectName }: AttemptOrder, boundAt: Date, objectId?: string): Attempt {
  return { number, objectName, boundAt, ...(objectId === undefined ? {} : { objectId }) };
}

async function pull(order: AttemptOrder, image: string, parts: RunParts, signal: AbortSignal): Promise<Pulled> {
  const { engine, events, clock } = parts;
  const { job } = order;
  events.emit({ event: "pull-started", job, image });
  const startedAt = clock.now();
  const pulled = await engine.pull(image, signal, platformOf(order));
  const durationMs = clock.now().getTime() - startedAt.getTime();
  const rejected = pulled.kind === "rejected" ? { rejected: { reason: pulled.reason, message: pulled.message } } : {};
  events.emit({ event: "pull-finished", job, image, durationMs, ...rejected });
  return pulled;
}

function platformOf({ template }: AttemptOrder): string | undefined {
  return template.kind === "compose" ? template.platform : undefined;
}

function tellStarted(order: AttemptOrder, at: Date, parts: RunParts, objectId?: string, refusal?: Rejection): void {
  const delayMs = Math.max(0, at.getTime() - order.scheduledAt.getTime());
  const object = objectId === undefined ? {} : { objectId };
  const rejected = refusal && { rejected: { reason: refusal.reason, message: refusal.message } };
  parts.events.emit({ event: "run-started", ...refOf(order, parts), delayMs, ...object, ...rejected });
}

function refOf(
  { job, run, attempt, trigger, scheduledAt, objectName }: AttemptOrder,
  { engine }: RunParts,
): AttemptRef {
  return { job, run, attempt, trigger, scheduledAt, objectKind: engine.objectKind, objectName };
}

/** How an attempt ends that the engine refused. */
export function rejectedEnd({ reason, message }: Rejection, finishedAt: Date): AttemptEnd {
  return { outcome: { kind: "rejected", reason, message }, finishedAt };
}
