import type { Job } from "../jobs/job.ts";
import type { Swap } from "../ledger/ledger.ts";
import { type AttemptEnd, type RunStart, startRun } from "../ledger/page-changes.ts";
import type { DueStart } from "../schedule/due.ts";
import { isBound } from "./book.ts";
import { conclude, letGo, swapEnd, tellEnd } from "./conclude.ts";
import type { Activated, AttemptOrder, Pulled, Rejection } from "./engine.ts";
import type { LaunchPool } from "./launch-pool.ts";
import { objectName, runId } from "./names.ts";
import type { AttemptRef } from "./run-events.ts";
import type { RunParts } from "./run-parts.ts";

/** How often a start begins anew because its image was missing. */
const MOST_PULLS = 3;

/**
 * Starts one occurrence: prepare (the object is there, inert), swap (the page decides the occurrence and binds the
 * object, in one), activate. Whatever happens between any two of these, at worst an inert object is left, which no
 * page binds and any scheduler may remove. A pull holds no place in the pool.
 *
 * @throws EngineUnavailable, or the ledger's error; then nothing is known, and the next pass looks at what is there.
 */
export async function launch(
  job: Job,
  start: DueStart,
  parts: RunParts,
  pool: LaunchPool,
  signal: AbortSignal,
): Promise<void> {
  const order = orderFor(job, start, parts.instance);
  const tryStart = () => prepareAndStart(job, start, order, parts);
  for (let pulls = 0; ; pulls++) {
    const missing = await pool.run(start.scheduledAt, signal, tryStart);
    if (missing === undefined) return;
    const pulled = pulls < MOST_PULLS ? await pull(order, missing.image, parts, signal) : missing.rejection;
    if (pulled.kind === "rejected") return decideRejected(job, start, order, pulled, parts);
  }
}

interface MissingImage {
  readonly image: string;
  readonly rejection: Rejection;
}

async function prepareAndStart(
  job: Job,
  start: DueStart,
  order: AttemptOrder,
  parts: RunParts,
): Promise<MissingImage | undefined> {
  const prepared = await parts.engine.prepare(order);
  if (prepared.kind === "image-missing") {
    const { image, message } = prepared;
    return { image, rejection: { kind: "rejected", reason: "image-missing", message } };
  }
  if (prepared.kind === "rejected") await decideRejected(job, start, order, prepared, parts);
  else await bindAndActivate(job, start, { ...order, objectName: prepared.objectName }, prepared.objectId, parts);
  return undefined;
}

async function bindAndActivate(
  job: Job,
  start: DueStart,
  order: AttemptOrder,
  objectId: string,
  parts: RunParts,
): Promise<void> {
  const run = runStart(job, start, order, parts.clock.now(), objectId);
  const swap = await parts.book.change(job.name, (page) => startRun(page, run));
  if (swap.result !== "lost") parts.logs.claim(objectId);
  if (swap.result === "won") await activate(order, run, objectId, parts);
  else if (isSurplus(swap, objectId)) await parts.engine.remove(objectId);
}

/** Whoever loses the swap removes its own object, unless the page holds that very object. */
function isSurplus(swap: Swap, objectId: string): boolean {
  return swap.result === "lost" && !(swap.page !== undefined && isBound(swap.page, objectId));
}

async function activate(order: AttemptOrder, run: RunStart, objectId: string, parts: RunParts): Promise<void> {
  const { engine, clock, logs } = parts;
  let activated: Activated;
  try {
    activated = await engine.activate({ id: objectId, name: order.objectName });
  } catch (error) {
    tellStarted(order, run.attempt.boundAt, parts, objectId);
    throw error;
  }
  const now = clock.now();
  tellStarted(order, now, parts, objectId);
  if (activated.kind === "activated") logs.follow(refOf(order, parts), objectId);
  else await conclude(refOf(order, parts), objectId, rejectedEnd(activated, now), parts);
}

/** An object that the engine refuses to make is decided in one swap: started, and rejected with the reason. */
async function decideRejected(
  job: Job,
  start: DueStart,
  order: AttemptOrder,
  rejection: Rejection,
  parts: RunParts,
): Promise<void> {
  const now = parts.clock.now();
  const run = runStart(job, start, order, now);
  const end = rejectedEnd(rejection, now);
  const surplus = await swapEnd(refOf(order, parts), end, parts, (page) => startRun(page, run));
  if (surplus === undefined) return;
  tellStarted(order, now, parts);
  tellEnd(parts.events, refOf(order, parts), end);
  await letGo(surplus, parts);
}

async function pull(order: AttemptOrder, image: string, parts: RunParts, signal: AbortSignal): Promise<Pulled> {
  const { engine, events, clock } = parts;
  const { job } = order;
  events.emit({ event: "pull-started", job, image });
  const startedAt = clock.now();
  const pulled = await engine.pull(image, signal);
  const durationMs = clock.now().getTime() - startedAt.getTime();
  const rejected = pulled.kind === "rejected" ? { rejected: { reason: pulled.reason, message: pulled.message } } : {};
  events.emit({ event: "pull-finished", job, image, durationMs, ...rejected });
  return pulled;
}

function tellStarted(order: AttemptOrder, at: Date, parts: RunParts, objectId?: string): void {
  const delayMs = Math.max(0, at.getTime() - order.scheduledAt.getTime());
  const object = objectId === undefined ? {} : { objectId };
  parts.events.emit({ event: "run-started", ...refOf(order, parts), delayMs, ...object });
}

function orderFor(job: Job, start: DueStart, instance: string): AttemptOrder {
  const run = runId(job.name, start);
  return {
    objectName: objectName(instance, run, 1),
    job: job.name,
    run,
    attempt: 1,
    trigger: start.trigger,
    scheduledAt: start.scheduledAt,
    definition: job.hash,
    template: job.template,
    stopGracePeriodMs: job.policies.run.stopGracePeriodMs,
  };
}

function runStart(job: Job, start: DueStart, order: AttemptOrder, boundAt: Date, objectId?: string): RunStart {
  const { objectName, attempt: number } = order;
  return {
    id: order.run,
    trigger: start.trigger,
    scheduledAt: start.scheduledAt,
    definition: job.hash,
    policies: job.policies.run,
    overlap: job.policies.overlap,
    attempt: { number, objectName, boundAt, ...(objectId === undefined ? {} : { objectId }) },
    ...(start.wish === undefined ? {} : { wish: start.wish }),
  };
}

function refOf(
  { job, run, attempt, trigger, scheduledAt, objectName }: AttemptOrder,
  { engine }: RunParts,
): AttemptRef {
  return { job, run, attempt, trigger, scheduledAt, objectKind: engine.kind, objectName };
}

/** How an attempt ends that the engine refused. */
export function rejectedEnd({ reason, message }: Rejection, finishedAt: Date): AttemptEnd {
  return { outcome: { kind: "rejected", reason, message }, finishedAt };
}
