import { Acts } from "./acts.ts";
import { Stage, type StageOptions } from "./stage.ts";
import type { Story } from "./story.ts";
import { tellStory } from "./tell-story.ts";

const LIVE_MS = 130_000;
/** Longer than a stop takes, and than it takes to find what is left. */
const DRAIN_MS = 100_000;
const TIDY_MS = 35_000;

/** Plays the story; returns the first promise that was broken, and what had happened. Undefined if all were kept. */
export async function simulate(story: Story, options: StageOptions = {}): Promise<string | undefined> {
  const stage = new Stage(story, options);
  const { clock, oracle } = stage;
  const acts = new Acts(stage);
  for (const [slot, { startsAfterMs }] of story.schedulers.entries()) {
    if (slot === 0) stage.start(slot);
    else void stage.wait(startsAfterMs).then(() => stage.start(slot));
  }
  const steps: (() => unknown)[] = [
    ...[...story.acts, ...(story.follower?.acts ?? [])].flatMap(({ afterMs, ...deed }) => [
      () => clock.advance(afterMs),
      () => oracle.checkWaits(),
      () => acts.play(deed),
    ]),
    () => clock.advance(longestDelayMs(story)),
    () => oracle.checkWaits(),
    () => begin(stage, acts),
    () => clock.advance(LIVE_MS),
    () => oracle.checkKeptUp(),
    () => drain(stage),
    () => clock.advance(DRAIN_MS),
    () => waitUntilStarted(stage),
    () => begin(stage, acts),
    () => clock.advance(TIDY_MS),
    () => oracle.checkEnd(),
    () => waitUntilTold(stage),
    () => oracle.checkTold(),
  ];
  for (const step of steps) {
    await step();
    if (oracle.broken !== undefined) return `${oracle.broken}\n\n${tellStory(stage)}`;
  }
  return undefined;
}

/** As long as the longest `pending_timeout`, and what follows it. */
const MOST_PENDING_MS = 700_000;

/** Until nothing waits any longer for a node that is away: it is given up, or started and at its end. */
async function waitUntilStarted({ clock, world }: Stage): Promise<void> {
  const isPending = () => world.objects.values().some(({ life: { phase } }) => phase === "pending");
  for (let ms = 0; ms < MOST_PENDING_MS && isPending(); ms += LOOK_EVERY_MS) await clock.advance(LOOK_EVERY_MS);
}

/** Tries may be an hour apart, and the clock may have been set back by as much since. */
const MOST_TELLING_MS = 3 * 3600_000;
const LOOK_EVERY_MS = 60_000;

/** Until all channels have heard what waits for them, which is at once in most stories. */
async function waitUntilTold({ clock, oracle }: Stage): Promise<void> {
  for (let ms = 0; ms < MOST_TELLING_MS && oracle.tellings.isWaiting; ms += LOOK_EVERY_MS)
    await clock.advance(LOOK_EVERY_MS);
}

/** Until the last stall, outage and late request is over. */
function longestDelayMs({ faults, ...story }: Story): number {
  const acts = [...story.acts, ...(story.follower?.acts ?? [])];
  const ofFaults = faults.map(({ fate }) => ("ms" in fate ? fate.ms : 0));
  const ofActs = acts.map((act) => ("downMs" in act ? act.downMs : "ms" in act ? (act.ms ?? 0) : 0));
  return Math.max(0, ...ofFaults, ...ofActs) + 10_000;
}

/** A new scheduler, which meets no faults. */
async function begin(stage: Stage, acts: Acts): Promise<void> {
  stage.heal();
  stage.killAll();
  await acts.resetFutureCursors();
  stage.start(0);
}

/** Nothing new is to start, and what runs ends. */
async function drain(stage: Stage): Promise<void> {
  stage.chronicle.add("all jobs are suspended, and what runs comes to its end");
  for (const [name, plan] of stage.plans)
    if (stage.files.has(name)) stage.edit(name, { ...plan, suspended: true, retries: undefined });
  stage.isDraining = true;
  const { world } = stage;
  for (const object of [...world.objects.values()]) {
    if (object.order !== undefined) world.processOf(object, object.order).exit(0);
  }
  for (const actor of stage.actors) void actor.declare(stage.files);
}
