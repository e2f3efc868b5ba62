import { isNodeAway, type JobRecord, latestAttempt, type Run, waitsForRetry } from "../../../src/ledger/record.ts";
import type { Execution } from "../../support/fake-world.ts";
import { declaredNameOf, HOSTS, nodeJobName } from "./node-plan.ts";
import type { Stage } from "./stage.ts";
import { AWAY_STAYS_MS } from "./story-nodes.ts";
import { sumOf, type Witnessed } from "./witnessed.ts";

/** How long the record of a job that is gone is kept. */
const KEPT_MS = 24 * 3600_000;
/** After something that concerned a job, or all, is over: until all is as it was before. */
const SETTLES_MS = 60_000;

/** The job of a node is suspended while its node is away, for as long as a day, and keeps its runs that wait. */
export function* nodePromises(witnessed: Witnessed, stage: Stage): Iterable<string> {
  const { job, before, after, now, oracle } = witnessed;
  if (stage.nodes === undefined) return;
  if (stage.files.get(job)?.eachNode !== undefined) yield `${job} is declared for each node, and has a record itself`;
  const { node, hash } = after.definition;
  if (node === undefined) return;
  if (oracle.definitions.get(hash)?.name !== job) yield `${job} stands under a definition that nobody has given it`;
  if (before === undefined) return;
  const wasAway = isNodeAway(before);
  const isGone = before.removedAt === undefined && after.removedAt !== undefined;
  const since = before.definition.node?.awaySince?.getTime() ?? Number.POSITIVE_INFINITY;
  if (isGone && !oracle.removedFromFiles.has(node.of) && since + AWAY_STAYS_MS > now.getTime() && !oracle.clockWentBack)
    yield `${job} goes, and its node has not been away for a day`;
  for (const run of before.runs) if (waitsForRetry(run)) yield* waitingPromises(run, { before, after, wasAway });
  if (!isWell(job, stage) || isGone || wasAway === isNodeAway(after)) return;
  const isCounting = stage.nodes.isCounting(job);
  if (isCounting && !wasAway) yield `${job} is suspended, and its node is there`;
  if (!isCounting && wasAway) yield `${job} is no longer suspended, and its node is away`;
}

/** A run that waits for its next attempt gets none while the node is away, and none the less when it is back. */
function* waitingPromises(
  run: Run,
  { before, after, wasAway }: { readonly before: JobRecord; readonly after: JobRecord; readonly wasAway: boolean },
): Iterable<string> {
  const now = after.runs.find(({ id }) => id === run.id);
  if (now?.outcome === undefined && now !== undefined) {
    if (wasAway && latestAttempt(now).number > latestAttempt(run).number)
      yield `${run.id} gets another attempt while its node is away`;
    return;
  }
  const isAsked = (["cancelled", "replaced"] as const).some(
    (kind) => sumOf(after.totals.ended[kind]) > sumOf(before.totals.ended[kind]),
  );
  if (isAsked || before.removedAt !== undefined || after.removedAt !== undefined) return;
  // One that was refused has ended with it, and may be gone from the record.
  if ((after.totals.retries ?? 0) > (before.totals.retries ?? 0)) return;
  if (wasAway) yield `${run.id} gets no other attempt because its node is away, which may be back`;
  else if (after.definition.hash === run.definition)
    yield `${run.id} gets no other attempt, and its job is what it was`;
}

/** Where all is well, the records say of each node whether it is there. */
export function* awayPromises(stage: Stage): Iterable<string> {
  const { nodes, files, store } = stage;
  if (nodes === undefined) return;
  for (const each of files.values())
    for (const host of each.eachNode ? HOSTS : []) {
      const job = nodeJobName(each.name, host);
      if (!isWell(job, stage)) continue;
      const read = store.readRecord(job);
      const record = read?.kind === "record" && read.record.removedAt === undefined ? read.record : undefined;
      const isCounting = nodes.isCounting(job);
      if (isCounting && record === undefined) yield `${host} is there, and has no ${job}`;
      else if (record !== undefined && isNodeAway(record) === isCounting)
        yield `${host} ${isCounting ? "is there" : "is away"}, and the record of ${job} says otherwise`;
      else if (isCounting && record?.definition.node?.id !== nodes.idFor(each, host))
        yield `${job} is for the node ${record?.definition.node?.id}, which ${host} no longer is`;
    }
}

/** Nothing has happened for so long that would hinder a scheduler to see how things are, and to write it. */
function isWell(job: string, stage: Stage): boolean {
  const { oracle, clock } = stage;
  const settlesMs = SETTLES_MS + oracle.mostDelayMs;
  const isOver = oracle.disturbedUntil(job).getTime() + settlesMs < clock.now().getTime();
  return isOver && stage.elapsedMs() > settlesMs && !oracle.clockWentBack;
}

/** What the job of a node starts runs there. */
export function* nodePlacePromise({ object: { name, node, order } }: Execution, { nodes }: Stage): Iterable<string> {
  if (nodes === undefined || order === undefined || order.job === declaredNameOf(order.job)) return;
  if (node === undefined || nodeJobName(declaredNameOf(order.job), node) !== order.job) yield `${name} runs on ${node}`;
}

/** A job that is gone keeps its record for a day: it may be back. */
export function* keptPromise(before: JobRecord | undefined, { clock, oracle }: Stage): Iterable<string> {
  const goneMs = clock.now().getTime() - (before?.removedAt?.getTime() ?? clock.now().getTime());
  if (goneMs < KEPT_MS && !oracle.clockWentBack) yield `the record of ${before?.job} is deleted too soon`;
}
