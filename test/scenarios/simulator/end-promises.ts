import { readInstance } from "../../../src/ledger/instance-json.ts";
import { isNodeAway, type JobRecord, type Pause, type Run, waitsForRetry } from "../../../src/ledger/record.ts";
import { isQuietBetween } from "./exclusion-plan.ts";
import { undecidedBy } from "./follower-promises.ts";
import { FOLLOWER, occurrencesOf } from "./job-plan.ts";
import { isPoolFull } from "./pool-promises.ts";
import type { Stage } from "./stage.ts";
import { sumOf } from "./witnessed.ts";

const SLACK_MS = 20_000;
const LARGEST_PAGE = 64 * 1024;

/** When all is well, nothing that may start waits. */
export function* keptUpPromise(stage: Stage): Iterable<string> {
  const { store, clock, story } = stage;
  yield* followedPromise(stage);
  for (const [name, { policies, exclusions }] of stage.expected()) {
    const record = recordOf(store, name);
    if (record === undefined) {
      yield `there is no record of ${name}`;
      continue;
    }
    const waits = record.runs.some(({ outcome }) => outcome === undefined) || policies.catchUp === "all";
    if (waits && !["forbid", "allow"].includes(policies.overlap)) continue;
    if (policies.run.pool !== undefined && isPoolFull({ store, clock, story }, SLACK_MS)) continue;
    if (policies.catchUp === "all") continue;
    const latest = new Date(clock.now().getTime() - SLACK_MS);
    const { lastCompletionAt } = record.totals;
    if (lastCompletionAt !== undefined && lastCompletionAt > latest) continue;
    const mayWait = isQuietBetween({ ...(exclusions && { exclusions }) }, latest.getTime(), clock.now().getTime());
    const undecided = mayWait ? [] : undecidedOf(record, latest);
    if (undecided.length > 0)
      yield `${undecided.length} occurrences of ${name} are not decided, and nothing hinders it`;
    const forgotten = record.requests.some(({ refused }) => refused === undefined) && !waits;
    if (forgotten) yield `a request for ${name} is not carried out`;
  }
}

/** When all is well, ends of the upstream do not wait either. */
function* followedPromise(stage: Stage): Iterable<string> {
  const { files, store, clock } = stage;
  const record = recordOf(store, FOLLOWER);
  const policies = files.get(FOLLOWER)?.policies;
  if (record === undefined || policies === undefined) return;
  const latest = new Date(clock.now().getTime() - SLACK_MS);
  const { lastCompletionAt } = record.totals;
  const waits =
    record.runs.some(({ outcome }) => outcome === undefined) && !["forbid", "allow"].includes(policies.overlap);
  if (waits || (lastCompletionAt !== undefined && lastCompletionAt > latest)) return;
  const left = undecidedBy(stage, latest);
  if (left.length > 0) yield `${left.length} ends that ${FOLLOWER} follows are not decided, and nothing hinders it`;
}

/** When nothing starts any more and everything has ended, nothing is left. */
export function* endPromises(stage: Stage): Iterable<string> {
  const { store, clock, world, story } = stage;
  const files = stage.expected();
  const bound = new Set<string>();
  const settledAt = new Date(clock.now().getTime() - SLACK_MS);
  const { instanceText } = store;
  const instance = instanceText === undefined ? undefined : readInstance(instanceText);
  if (instance?.kind === "instance" && isOver(instance.instance.paused, settledAt))
    yield "a pause of all jobs is over, and stands in the record";
  for (const name of store.texts.keys()) {
    const record = recordOf(store, name);
    if (record === undefined) continue;
    for (const { objectId } of record.runs.flatMap(({ attempts }) => attempts)) bound.add(objectId ?? "");
    // What is to have another attempt waits for a node that is away.
    const isOpen = (run: Run) => run.outcome === undefined && !(isNodeAway(record) && waitsForRetry(run));
    const active = record.runs.filter(isOpen);
    if (active.length > 0) yield `${active[0]?.id} has no outcome`;
    const waiting = record.runs.filter(({ outcome }) => outcome === undefined).length - active.length;
    if (sumOf(record.totals.started) !== sumOf(record.totals.ended) + waiting)
      yield `starts and ends of ${name} are not as many`;
    if (Buffer.byteLength(store.texts.get(name) ?? "") > LARGEST_PAGE) yield `the record of ${name} is too large`;
    // One that was refused before the clock was set back stays until its minute is over.
    if (record.requests.some(({ refused }) => refused === undefined)) yield `a request for ${name} is left`;
    const undecided = undecidedOf(record, new Date(clock.now().getTime() - SLACK_MS));
    if (files.has(name) && undecided.length > 0) yield `${undecided.length} occurrences of ${name} were never decided`;
    if (files.has(name) !== (record.removedAt === undefined)) yield `the record of ${name} does not follow the files`;
    if (files.has(name) && isOver(record.paused, settledAt))
      yield `the pause of ${name} is over, and stands in its record`;
    if (files.has(name) && record.definition.hash !== files.get(name)?.hash) yield `${name} has an old definition`;
  }
  const left = files.has(FOLLOWER) ? undecidedBy(stage, settledAt) : [];
  if (left.length > 0) yield `${left.length} ends that ${FOLLOWER} follows were never decided`;
  for (const object of world.objects.values()) {
    // Made before the clock was set back, it is for an occurrence that is still to come.
    if (object.life.phase === "inert" && object.order && object.order.scheduledAt > clock.now()) continue;
    if (object.life.phase === "running") yield `${object.name} still runs`;
    else if (story.kind === "service" || !bound.has(object.id)) yield `${object.name} is left over`;
  }
}

function isOver(pause: Pause | undefined, at: Date): boolean {
  return pause?.until !== undefined && pause.until <= at;
}

/** One that has a run was decided before the clock was set back. */
function undecidedOf({ definition, cursor, runs }: JobRecord, upTo: Date): readonly number[] {
  const begun = new Set(runs.map(({ scheduledAt }) => scheduledAt.getTime()));
  return occurrencesOf(definition.schedules, cursor, upTo).filter((at) => !begun.has(at));
}

function recordOf(store: Stage["store"], job: string): JobRecord | undefined {
  const read = store.readRecord(job);
  return read?.kind === "record" ? read.record : undefined;
}
