import type { Page } from "../../../src/ledger/page.ts";
import { occurrencesOf } from "./job-plan.ts";
import type { Stage } from "./stage.ts";
import { sumOf } from "./witnessed.ts";

const SLACK_MS = 20_000;
const LARGEST_PAGE = 64 * 1024;

/** When all is well, nothing that may start waits. */
export function* keptUpPromise({ files, store, clock }: Stage): Iterable<string> {
  for (const [name, { policies }] of files) {
    const page = pageOf(store, name);
    if (page === undefined) {
      yield `there is no page of ${name}`;
      continue;
    }
    const waits = page.runs.some(({ outcome }) => outcome === undefined) || policies.catchUp === "all";
    if (waits && !["forbid", "allow"].includes(policies.overlap)) continue;
    if (policies.catchUp === "all") continue;
    const latest = new Date(clock.now().getTime() - SLACK_MS);
    const { lastCompletionAt } = page.totals;
    if (lastCompletionAt !== undefined && lastCompletionAt > latest) continue;
    const undecided = undecidedOf(page, latest);
    if (undecided.length > 0)
      yield `${undecided.length} occurrences of ${name} are not decided, and nothing hinders it`;
    const forgotten = page.wishes.some(({ refused }) => refused === undefined) && !waits;
    if (forgotten) yield `a wish for ${name} is not carried out`;
  }
}

/** When nothing starts any more and everything has ended, nothing is left. */
export function* endPromises({ files, store, clock, world, story }: Stage): Iterable<string> {
  const bound = new Set<string>();
  for (const name of store.texts.keys()) {
    const page = pageOf(store, name);
    if (page === undefined) continue;
    for (const { objectId } of page.runs.flatMap(({ attempts }) => attempts)) bound.add(objectId ?? "");
    const active = page.runs.filter(({ outcome }) => outcome === undefined);
    if (active.length > 0) yield `${active[0]?.id} has no outcome`;
    if (sumOf(page.totals.started) !== sumOf(page.totals.ended)) yield `starts and ends of ${name} are not as many`;
    if (Buffer.byteLength(store.texts.get(name) ?? "") > LARGEST_PAGE) yield `the page of ${name} is too large`;
    // One that was refused before the clock was set back stays until its minute is over.
    if (page.wishes.some(({ refused }) => refused === undefined)) yield `a wish for ${name} is left`;
    const undecided = undecidedOf(page, new Date(clock.now().getTime() - SLACK_MS));
    if (files.has(name) && undecided.length > 0) yield `${undecided.length} occurrences of ${name} were never decided`;
    if (files.has(name) !== (page.removedAt === undefined)) yield `the page of ${name} does not follow the files`;
    if (files.has(name) && page.definition.hash !== files.get(name)?.hash) yield `${name} has an old definition`;
  }
  for (const object of world.objects.values()) {
    // Made before the clock was set back, it is for an occurrence that is still to come.
    if (object.life.phase === "inert" && object.order && object.order.scheduledAt > clock.now()) continue;
    if (object.life.phase === "running") yield `${object.name} still runs`;
    else if (story.kind === "service" || !bound.has(object.id)) yield `${object.name} is left over`;
  }
}

/** One that has a run was decided before the clock was set back. */
function undecidedOf({ definition, cursor, runs }: Page, upTo: Date): readonly number[] {
  const begun = new Set(runs.map(({ scheduledAt }) => scheduledAt.getTime()));
  return occurrencesOf(definition.schedules, cursor, upTo).filter((at) => !begun.has(at));
}

function pageOf(store: Stage["store"], job: string): Page | undefined {
  const read = store.readPage(job);
  return read?.kind === "page" ? read.page : undefined;
}
