import { describe, expect, it } from "vitest";
import { aJob, at } from "../support/a-job.ts";
import { Scene } from "./scene.ts";

const DAY_MS = 24 * 3600_000;
const job = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }] });

function scene(): Scene {
  return new Scene(at("12:30"), (process) => process.exit(0));
}

describe("the page of a job that is not declared any more", () => {
  it("is deleted after a day, with the objects of its last runs", async () => {
    const story = scene();
    const scheduler = await story.startScheduler([job]);
    await story.clock.advance(3 * 3600_000);
    expect(story.world.objects.size).toBe(3);
    await scheduler.declare([]);
    await story.clock.advance(DAY_MS - 60_000);
    expect(story.page("backup").removedAt).toBeDefined();
    await story.clock.advance(120_000);
    expect([...story.store.texts.keys()]).toEqual([]);
    expect(story.world.objects.size).toBe(0);
  });

  it("goes on, with a cursor of that instant, when the job is back within the day", async () => {
    const story = scene();
    const scheduler = await story.startScheduler([job]);
    await story.clock.advance(3600_000);
    await scheduler.declare([]);
    await story.clock.advance(5 * 3600_000);
    await scheduler.declare([job]);
    await story.clock.advance(3600_000);
    expect(story.page("backup").totals).toMatchObject({ started: { schedule: 2 }, missed: {} });
  });

  it("says what became of occurrences that waited when the job was removed", async () => {
    const story = new Scene(at("12:30"), () => {});
    const queued = aJob({
      schedules: [{ pattern: "* * * * *", timezone: "UTC" }],
      policies: { ...job.policies, overlap: "queue" },
    });
    const scheduler = await story.startScheduler([queued]);
    await story.clock.advance(4 * 60_000);
    await scheduler.declare([]);
    expect(story.page("backup").totals).toMatchObject({
      started: { schedule: 1 },
      skipped: { removed: 3 },
      missed: {},
    });
    expect(story.page("backup").removedAt).toBeDefined();
  });

  it("is begun anew when the job is back, also when the scheduler was killed between closing and deleting it", async () => {
    const story = scene();
    let isClosed = false;
    const first = await story.startScheduler([job], ({ what, moment }) => {
      isClosed ||= what === "swap" && moment === "after" && story.page("backup").closedAt !== undefined;
      return isClosed ? "kill" : "go-on";
    });
    await story.clock.advance(3600_000);
    await first.declare([]);
    await story.clock.advance(DAY_MS + 60_000);
    expect(story.page("backup").closedAt).toBeDefined();
    await story.startScheduler([job]);
    await story.clock.advance(3600_000);
    expect(story.page("backup").totals.started).toEqual({ schedule: 1 });
    expect(story.page("backup").closedAt).toBeUndefined();
  });
});
