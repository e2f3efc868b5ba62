import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { aJob, at } from "../support/a-job.ts";
import { type Effect, type Fault, Scene } from "./scene.ts";

const START = at("12:00:30");
const schedules = [{ pattern: "* * * * *", timezone: "UTC" }];
const everyMinute = aJob({ schedules });
const changed = aJob({ schedules, hash: "h2" });

function swarm(runsForMs: number): Scene {
  const scene: Scene = new Scene(
    START,
    (process) => void scene.clock.wait(runsForMs, new AbortController().signal).then(() => process.exit(0)),
    "service",
  );
  return scene;
}

const effects: Effect[] = (["prepare", "activate", "look", "remove", "list", "swap"] as const).flatMap((what) =>
  (["before", "after"] as const).map((moment) => ({ what, moment })),
);

/** What happens to a scheduler: it is killed at the nth effect of a kind, and loses some of the engine's answers before. */
interface Fate {
  readonly effect: Effect;
  readonly nth: number;
  readonly losses: readonly number[];
}

const fate = fc.record({
  effect: fc.constantFrom(...effects),
  nth: fc.integer({ min: 1, max: 12 }),
  losses: fc.uniqueArray(fc.nat(40), { maxLength: 10 }),
});

function meet({ effect, nth, losses }: Fate): Fault {
  let [seen, met] = [0, 0];
  return ({ what, moment }) => {
    if (what === effect.what && moment === effect.moment && ++met === nth) return "kill";
    return what !== "swap" && losses.includes(seen++) ? "no-answer" : "go-on";
  };
}

describe("two schedulers at once, of services", () => {
  it("decide and start each occurrence once between them", async () => {
    const scene = swarm(5000);
    await scene.startScheduler([everyMinute]);
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(20 * 60_000);
    scene.expectPromisesKept(everyMinute);
    expect(scene.page("backup").totals).toMatchObject({ started: { schedule: 20 }, skipped: {}, missed: {} });
    expect(scene.world.executions).toHaveLength(20);
    expect(scene.events.filter(({ event }) => event === "run-finished")).toHaveLength(20);
  });

  it("keep the promises wherever each is killed, and whatever answers they lose", async () => {
    const story = fc.record({
      fates: fc.tuple(fate, fate),
      apartMs: fc.integer({ min: 0, max: 90_000 }),
      downMs: fc.integer({ min: 0, max: 200_000 }),
      runsForMs: fc.integer({ min: 0, max: 100_000 }),
      overlap: fc.constantFrom("forbid" as const, "allow" as const),
    });
    await fc.assert(
      fc.asyncProperty(story, async ({ fates, apartMs, downMs, runsForMs, overlap }) => {
        const job = aJob({ schedules, policies: { overlap } });
        const scene = swarm(runsForMs);
        const first = await scene.startScheduler([job], meet(fates[0]));
        await scene.clock.advance(apartMs);
        const second = await scene.startScheduler([job], meet(fates[1]));
        while ((first.isAlive || second.isAlive) && scene.clock.now() < at("12:25")) await scene.clock.advance(5000);
        first.kill();
        second.kill();
        await scene.clock.advance(downMs);
        await scene.startScheduler([job]);
        await scene.startScheduler([job]);
        await scene.clock.advance(12 * 60_000);
        scene.expectPromisesKept(job);
      }),
      { numRuns: Number(process.env.SIMULATE ?? 100) },
    );
  }, 600_000);
});

describe("two schedulers with different definitions of a job", () => {
  it("the one that came later carries it out, and the other one says so and stands by", async () => {
    const scene = swarm(5000);
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(5 * 60_000);
    await scene.startScheduler([changed]);
    await scene.clock.advance(10 * 60_000);
    scene.expectPromisesKept(changed);
    expect(scene.page("backup").totals).toMatchObject({ started: { schedule: 15 }, skipped: {}, missed: {} });
    expect(scene.world.executions.map(({ definition }) => definition)).toEqual([
      ...Array(5).fill("h1"),
      ...Array(10).fill("h2"),
    ]);
    expect(scene.events.filter(({ event }) => event === "other-definition")).toHaveLength(1);
  });

  it("the older one takes over when the job is two minutes overdue", async () => {
    const scene = swarm(5000);
    await scene.startScheduler([everyMinute]);
    const later = await scene.startScheduler([changed]);
    await scene.clock.advance(90_000);
    later.kill();
    await scene.clock.advance(10 * 60_000);
    scene.expectPromisesKept(everyMinute);
    const { started, missed } = scene.page("backup").totals;
    expect([started, missed]).toEqual([{ schedule: 9, "catch-up": 1 }, {}]);
    expect(scene.events.some(({ event }) => event === "definition-agreed")).toBe(true);
  });

  it("a job that the later one does not know is removed, and the older one does not bring it back", async () => {
    const scene = swarm(5000);
    await scene.startScheduler([everyMinute]);
    await scene.clock.advance(60_000);
    await scene.startScheduler([]);
    await scene.clock.advance(90_000);
    const { removedAt, totals } = scene.page("backup");
    expect(removedAt).toEqual(at("12:01:30"));
    expect(totals.started).toEqual({ schedule: 1 });
    expect(scene.events.filter(({ event }) => event === "other-definition")).toHaveLength(1);
  });

  it("one that hears of a change elsewhere does not bring its older view of this job back", async () => {
    const scene = swarm(5000);
    const older = await scene.startScheduler([everyMinute]);
    await scene.startScheduler([changed]);
    await scene.clock.advance(60_000);
    await older.declare([everyMinute, aJob({ name: "other", schedules })]);
    await scene.clock.advance(5 * 60_000);
    expect(
      new Set(
        scene.world.executions.filter(({ attempt }) => attempt.startsWith("backup")).map((each) => each.definition),
      ),
    ).toEqual(new Set(["h2"]));
    expect(scene.page("other").totals.started).toEqual({ schedule: 5 });
  });

  it("keep the promises wherever they are killed", async () => {
    const story = fc.record({ fates: fc.tuple(fate, fate), apartMs: fc.integer({ min: 0, max: 200_000 }) });
    await fc.assert(
      fc.asyncProperty(story, async ({ fates, apartMs }) => {
        const scene = swarm(3000);
        const first = await scene.startScheduler([everyMinute], meet(fates[0]));
        await scene.clock.advance(apartMs);
        const second = await scene.startScheduler([changed], meet(fates[1]));
        while ((first.isAlive || second.isAlive) && scene.clock.now() < at("12:25")) await scene.clock.advance(5000);
        first.kill();
        second.kill();
        await scene.startScheduler([changed]);
        await scene.clock.advance(12 * 60_000);
        scene.expectPromisesKept(changed);
      }),
      { numRuns: Number(process.env.SIMULATE ?? 100) },
    );
  }, 600_000);
});
