import { describe, expect, it } from "vitest";
import type { Unread } from "../../src/definition/reading.ts";
import { writeRecord } from "../../src/ledger/record-json.ts";
import { aJob, at } from "../support/a-job.ts";
import { Scene } from "./scene.ts";

const DAY_MS = 24 * 3600_000;
const job = aJob({ schedules: [{ pattern: "0 * * * *", timezone: "UTC" }] });

function scene(): Scene {
  return new Scene(at("12:30"), (process) => process.exit(0));
}

describe("the record of a job that is no longer declared", () => {
  it("is deleted after a day, with the objects of its last runs", async () => {
    const story = scene();
    const scheduler = await story.startScheduler([job]);
    await story.clock.advance(3 * 3600_000);
    expect(story.world.objects.size).toBe(3);
    await scheduler.declare([]);
    await story.clock.advance(DAY_MS - 60_000);
    expect(story.record("backup").removedAt).toBeDefined();
    await story.clock.advance(120_000);
    expect([...story.store.texts.keys()]).toEqual([]);
    expect(story.world.objects.size).toBe(0);
  });

  it("is not deleted as long as an object cannot be removed, which would be left for good", async () => {
    const story = scene();
    let isBusy = true;
    const keepsLast = { ...job, policies: { ...job.policies, history: { succeeded: 0, failed: 0 } } };
    const scheduler = await story.startScheduler([keepsLast], ({ what }) =>
      what === "remove" && isBusy ? "trouble" : "go-on",
    );
    await story.clock.advance(3600_000);
    await scheduler.declare([]);
    await story.clock.advance(DAY_MS - 3600_000);
    await story.clock.advance(3 * 3600_000);
    expect(story.world.objects.size).toBe(1);
    expect(story.record("backup").removedAt).toBeDefined();
    isBusy = false;
    await story.clock.advance(2 * 3600_000);
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
    expect(story.record("backup").declaredAt).toEqual(at("18:30"));
    await story.clock.advance(3600_000);
    expect(story.record("backup").totals).toMatchObject({ started: { schedule: 2 }, missed: {} });
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
    expect(story.record("backup").totals).toMatchObject({
      started: { schedule: 1 },
      skipped: { removed: 3 },
      missed: {},
    });
    expect(story.record("backup").removedAt).toBeDefined();
  });

  it("begins again when the job is back, also when the scheduler was killed between closing and deleting it", async () => {
    const story = scene();
    let isClosed = false;
    const first = await story.startScheduler([job], ({ what, moment }) => {
      isClosed ||= what === "swap" && moment === "after" && story.record("backup").closedAt !== undefined;
      return isClosed ? "kill" : "go-on";
    });
    await story.clock.advance(3600_000);
    await first.declare([]);
    await story.clock.advance(DAY_MS + 60_000);
    expect(story.record("backup").closedAt).toBeDefined();
    await story.startScheduler([job]);
    await story.clock.advance(3600_000);
    expect(story.record("backup").totals.started).toEqual({ schedule: 1 });
    expect(story.record("backup").closedAt).toBeUndefined();
  });
});

/** Each is declared by a service of its own name. */
const jobsOf = (...names: readonly string[]) =>
  names.map((name) =>
    aJob({ ...job, name, hash: name, origin: { source: "services", unit: name, at: `service ${name}` } }),
  );

describe("a job that is not declared while something else cannot be read", () => {
  const shop = jobsOf("shop_backup");
  const web: Unread = { source: "services", unit: "blog_web" };
  const removed = (story: Scene) =>
    [...story.store.texts.keys()].filter((name) => story.record(name).removedAt !== undefined).sort();

  it("is gone, unless that may declare it: a mistake keeps the jobs of its own object alone", async () => {
    const story = scene();
    const scheduler = await story.startScheduler([...shop, ...jobsOf("blog_web", "blog_web.report", "blog_web2")]);
    await story.clock.advance(1000);
    await scheduler.declare([], [web]);
    await story.clock.advance(1000);
    expect(removed(story)).toEqual(["blog_web2", "shop_backup"]);
    await scheduler.declare([], [{ ...web, job: "blog_web.report" }]);
    await story.clock.advance(1000);
    expect(removed(story)).toEqual(["blog_web", "blog_web2", "shop_backup"]);
    await scheduler.declare([]);
    await story.clock.advance(1000);
    expect(removed(story)).toEqual(["blog_web", "blog_web.report", "blog_web2", "shop_backup"]);
  });

  it("has its run stopped when its service is gone, whatever is wrong with another service", async () => {
    const story = new Scene(at("12:30"), () => {}, "service");
    const [backup] = jobsOf("shop_backup");
    if (backup === undefined) throw new Error("no job");
    const withRun = {
      ...backup,
      policies: { ...backup.policies, run: { ...backup.policies.run, endsWithTemplate: true } },
    };
    const scheduler = await story.startScheduler([withRun]);
    await scheduler.declare([withRun], [web]);
    await story.clock.advance(45 * 60_000);
    expect(story.record("shop_backup").runs.map(({ outcome }) => outcome)).toEqual([undefined]);
    await scheduler.declare([], [web]);
    await story.clock.advance(60_000);
    expect(story.record("shop_backup").runs).toMatchObject([{ outcome: { kind: "cancelled" } }]);
    expect(story.world.objects.size).toBe(0);
  });

  it("is known by where it was declared, also after a restart, when a file cannot be read at all", async () => {
    const story = scene();
    const first = await story.startScheduler([...shop, ...fileJobs("a.yml", "of-a"), ...fileJobs("b.yml", "of-b")]);
    await story.clock.advance(1000);
    await first.stop();
    await story.startScheduler([], () => "go-on", [{ source: "files", unit: "b.yml" }]);
    await story.clock.advance(1000);
    expect(removed(story)).toEqual(["of-a", "shop_backup"]);
  });

  it("is kept where an older scheduler has left out where it was declared; the next write notes it again", async () => {
    const story = scene();
    const jobs = fileJobs("a.yml", "of-a");
    const first = await story.startScheduler(jobs);
    await story.clock.advance(1000);
    await first.stop();
    const { origin, ...definition } = story.record("of-a").definition;
    expect(origin).toEqual({ source: "files", unit: "a.yml" });
    story.store.texts.set("of-a", writeRecord({ ...story.record("of-a"), definition }));
    const unread: Unread[] = [{ source: "files", unit: "b.yml" }];
    const next = await story.startScheduler([], () => "go-on", unread);
    await story.clock.advance(1000);
    expect(removed(story)).toEqual([]);
    await next.declare(jobs, unread);
    await story.clock.advance(3600_000);
    expect(story.record("of-a").definition.origin).toEqual(origin);
    await next.declare([], unread);
    await story.clock.advance(1000);
    expect(removed(story)).toEqual(["of-a"]);
  });
});

function fileJobs(unit: string, ...names: readonly string[]) {
  return names.map((name) => aJob({ ...job, name, hash: name, origin: { source: "files", unit, at: `${unit}:1:1` } }));
}
