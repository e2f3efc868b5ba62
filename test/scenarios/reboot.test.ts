import { describe, expect, it } from "vitest";
import { noteBoot } from "../../src/ledger/changes/boot.ts";
import { bootsOf, type InstanceRecord } from "../../src/ledger/record.ts";
import { aJob, at } from "../support/a-job.ts";
import { Scene, type Scheduler } from "./scene.ts";

const HOUR_MS = 3_600_000;
const warmUp = aJob({ schedules: [{ pattern: "@reboot", timezone: "UTC" }] });

function host(kind: "container" | "service" = "container"): Scene {
  return new Scene(at("12:00"), (process) => process.exit(0), kind);
}

/** The host boots: what ran is gone, and the schedulers that start then have seen it. */
async function boot(scene: Scene, before: Scheduler): Promise<void> {
  before.kill();
  await scene.clock.advance(60_000);
  scene.boots = [...scene.boots, scene.clock.now()];
}

describe("a job that is due after each boot", () => {
  it("is not started when it is first declared: the next boot counts", async () => {
    const scene = host();
    await scene.startScheduler([warmUp]);
    await scene.clock.advance(24 * HOUR_MS);
    expect(scene.record("backup").totals).toMatchObject({ started: {}, skipped: {}, missed: {} });
  });

  it("is not started again by ten restarts of the scheduler", async () => {
    const scene = host();
    for (let i = 0; i < 10; i++) {
      const scheduler = await scene.startScheduler([warmUp]);
      await scene.clock.advance(HOUR_MS);
      scheduler.kill();
    }
    expect(scene.world.executions).toEqual([]);
  });

  it("is started once after a boot, and not by the restarts after it", async () => {
    const scene = host();
    let scheduler = await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    await boot(scene, scheduler);
    for (let i = 0; i < 5; i++) {
      scheduler = await scene.startScheduler([warmUp]);
      await scene.clock.advance(HOUR_MS);
      scheduler.kill();
    }
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 1 }, missed: {} });
    await boot(scene, scheduler);
    await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 2 }, missed: {} });
    expect(scene.world.executions).toHaveLength(2);
  });

  it("is started by one of two schedulers", async () => {
    const scene = host("service");
    const first = await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    await boot(scene, first);
    await scene.startScheduler([warmUp]);
    await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 1 } });
    expect(scene.world.executions).toHaveLength(1);
  });

  it("is not started where it was first declared after the boot", async () => {
    const scene = host();
    const scheduler = await scene.startScheduler([]);
    await boot(scene, scheduler);
    await scene.clock.advance(10);
    await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.world.executions).toEqual([]);
  });

  it("has a verdict on each boot that waited when the host was booted again", async () => {
    const scene = host();
    const held = aJob({ schedules: warmUp.schedules, policies: { overlap: "queue" } });
    let scheduler = await scene.startScheduler([held]);
    await scene.clock.advance(HOUR_MS);
    for (let i = 0; i < 3; i++) {
      await boot(scene, scheduler);
      // The host is booted again before the scheduler has come to anything.
      scheduler = await scene.startScheduler([held], () => "kill");
      await scene.clock.advance(HOUR_MS);
    }
    await scene.startScheduler([held]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("backup").totals).toMatchObject({ started: { "catch-up": 1 }, missed: { gap: 2 } });
    expect(scene.world.executions).toHaveLength(1);
    scene.expectPromisesKept(held);
  });

  it("is started once the clock is past what is decided, where it was behind when the boot was seen", async () => {
    const scene = host();
    const scheduler = await scene.startScheduler([warmUp]);
    await scene.clock.advance(HOUR_MS);
    scheduler.kill();
    const decided = scene.record("backup").cursor;
    scene.clock.set(at("02:00"));
    const first = { schema: 1, boot: { id: "a" } };
    scene.boots = bootsOf(noteBoot(first, "b", { now: scene.clock.now(), cursors: [decided] }));
    await scene.startScheduler([warmUp]);
    await scene.clock.advance(60_000);
    expect(scene.world.executions).toEqual([]);
    scene.clock.set(at("15:00"));
    await scene.clock.advance(60_000);
    expect(scene.record("backup").totals).toMatchObject({ started: { "catch-up": 1 }, missed: {} });
    expect(scene.world.executions).toHaveLength(1);
  });

  it("has its times between the boots, too", async () => {
    const scene = host();
    const both = aJob({ schedules: [...warmUp.schedules, { pattern: "0 * * * *", timezone: "UTC" }] });
    const scheduler = await scene.startScheduler([both]);
    await scene.clock.advance(HOUR_MS + 10 * 60_000);
    await boot(scene, scheduler);
    await scene.startScheduler([both]);
    await scene.clock.advance(HOUR_MS);
    expect(scene.record("backup").totals).toMatchObject({ started: { schedule: 3 }, missed: {} });
    scene.expectPromisesKept(both);
  });
});

describe("which boot it is", () => {
  const first = { schema: 1, boot: { id: "a" } };

  it("is noted at first, and counts for nothing", () =>
    expect(noteBoot(undefined, "a", { now: at("12:00") })).toEqual(first));

  it("is noted once", () => expect(noteBoot(first, "a", { now: at("13:00") })).toBeUndefined());

  it("counts when it is another, with what is noted besides", () => {
    const paused = { since: at("11:00") };
    const seen = { schema: 1, paused, boot: { id: "b", seenAt: at("13:00") } };
    expect(noteBoot({ ...first, paused }, "b", { now: at("13:00") })).toEqual(seen);
    expect(noteBoot(seen, "b", { now: at("14:00") })).toBeUndefined();
    expect(noteBoot(seen, "c", { now: at("15:00") })?.boot).toEqual({
      id: "c",
      seenAt: at("15:00"),
      before: [at("13:00")],
    });
  });

  it("is remembered with the twenty before it", () => {
    const boots = Array.from({ length: 24 }, (_, hour) => new Date(at("00:00").getTime() + hour * HOUR_MS));
    let instance: InstanceRecord | undefined = first;
    for (const [index, now] of boots.entries()) instance = noteBoot(instance, `${index}`, { now });
    expect(bootsOf(instance)).toEqual(boots.slice(3));
  });

  const second = { id: "b", seenAt: at("13:00") };
  const cursors = [at("12:30"), at("13:20"), at("14:07")];

  it("counts in the first second that no job has decided, where the clock is behind", () => {
    const note = (now: Date) => noteBoot({ schema: 1, boot: second }, "c", { now, cursors });
    expect(note(at("14:06"))?.boot).toEqual({ id: "c", seenAt: at("14:07:01"), before: [at("13:00")] });
    // In the second of the cursor, the boot would count as decided.
    expect(note(new Date(at("14:07").getTime() + 900))?.boot?.seenAt).toEqual(at("14:07:01"));
    expect(note(at("14:08"))?.boot?.seenAt).toEqual(at("14:08"));
  });

  it("is not held up by a record that was decided by a wrong clock", () => {
    const note = (now: Date, lastWrittenAt: Date) =>
      noteBoot({ schema: 1, boot: second }, "c", { now, cursors, lastWrittenAt })?.boot?.seenAt;
    expect(note(at("14:00"), at("13:30"))).toEqual(at("14:00"));
    expect(note(at("12:00"), at("13:30"))).toEqual(at("13:20:01"));
  });

  it("forgets boots that were seen by a clock that was ahead", () => {
    const ahead = { schema: 1, boot: { id: "b", seenAt: at("23:00"), before: [at("11:00")] } };
    const lastWrittenAt = at("12:00");
    expect(noteBoot(ahead, "c", { now: at("13:00"), lastWrittenAt })?.boot).toEqual({
      id: "c",
      seenAt: at("13:00"),
      before: [at("11:00")],
    });
  });
});
