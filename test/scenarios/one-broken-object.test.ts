import { beforeEach, describe, expect, it } from "vitest";
import type { Job } from "../../src/job/job.ts";
import { aJob, at } from "../support/a-job.ts";
import type { Program } from "../support/fake-world.ts";
import { type Effect, type Fate, type Fault, Scene, type Scheduler } from "./scene.ts";

const START = at("12:00:30");
const MINUTE_MS = 60_000;
const everyTenSeconds = [{ pattern: "*/10 * * * * *", timezone: "UTC" }];
const everyMinute = [{ pattern: "* * * * *", timezone: "UTC" }];

/** The neighbour, which nothing is wrong with. */
const healthy = aJob({ name: "healthy", schedules: everyTenSeconds });
const bad = (over: Parameters<typeof aJob>[0] = {}) => aJob({ name: "bad", schedules: everyMinute, ...over });

let scene: Scene;
let scheduler: Scheduler;

const endsAtOnce: Program = (process) => process.exit(0);

async function begin(jobs: readonly Job[], fault: Fault, program: Program = endsAtOnce): Promise<void> {
  scene = new Scene(START, program);
  scheduler = await scene.startScheduler(jobs, fault);
  await scene.clock.advance(0);
}

beforeEach(() => {
  scene = new Scene(START, endsAtOnce);
});

const told = (event: string, job?: string) =>
  scene.events.filter((one) => one.event === event && (job === undefined || ("job" in one && one.job === job)));

/** Each start in the very moment in which it was due, and not one too few. */
function expectHealthyOnTime(): void {
  const delays = told("run-started", "healthy").map((event) => "delayMs" in event && event.delayMs);
  const seconds = (scene.clock.now().getTime() - START.getTime()) / 1000;
  expect(delays.length, "starts of the healthy job").toBe(Math.floor(seconds / 10));
  expect(new Set(delays), "their delays").toEqual(new Set([0]));
  expect(told("engine-down"), "trouble with one object is not an engine that is down").toEqual([]);
  scene.expectPromisesKept(healthy);
}

/** Objects of the bad job, by their names or by what they are called in the world. */
const isOfBad = ({ subject }: Effect): boolean =>
  subject.startsWith("bad") ||
  subject.split(" ").some((id) => scene.world.everMade.get(id)?.order?.job.startsWith("bad") === true);

describe("a start that the engine cannot make, while it is well", () => {
  it("has its verdict within a minute, in the engine's words; the others start on time", async () => {
    await begin([healthy, bad()], (effect) => (effect.what === "prepare" && isOfBad(effect) ? "trouble" : "go-on"));
    await scene.clock.advance(20 * MINUTE_MS);
    expectHealthyOnTime();
    const busy = expect.stringMatching(/^prepare bad-.*: device or resource busy$/);
    expect(told("pass-failed")).toMatchObject([{ job: "bad", cause: { message: busy } }]);
    expect(told("pass-recovered")).toEqual([]);
    expect(scheduler.loop.troublesOf("bad")).toMatchObject([{ cause: busy, since: at("12:01") }]);
    expect(scene.record("bad").runs[0]).toMatchObject({
      scheduledAt: at("12:01"),
      outcome: { kind: "rejected", reason: "engine-trouble", message: busy },
    });
    expect(scene.record("bad").runs[0]?.attempts[0]?.finishedAt?.getTime()).toBeLessThanOrEqual(at("12:02").getTime());
    scene.expectPromisesKept(bad());
  });

  it("has its verdict at its deadline, where that is sooner", async () => {
    const job = bad({ policies: { startingDeadlineMs: 20_000 } });
    await begin([job], (effect) => (effect.what === "prepare" ? "trouble" : "go-on"));
    await scene.clock.advanceTo(at("12:01:20"));
    expect(scene.record("bad").runs).toMatchObject([{ outcome: { kind: "rejected", reason: "engine-trouble" } }]);
  });

  it("is as before when the engine can make it again, and that is said once", async () => {
    await begin([healthy, bad()], (effect) =>
      effect.what === "prepare" && isOfBad(effect) && scene.clock.now() < at("12:10") ? "trouble" : "go-on",
    );
    await scene.clock.advanceTo(at("12:12:30"));
    expectHealthyOnTime();
    expect([told("pass-failed").length, told("pass-recovered").length]).toEqual([1, 1]);
    expect(told("run-started", "bad").at(-1)).toMatchObject({ scheduledAt: at("12:12"), delayMs: 0 });
    expect(scheduler.loop.troublesOf("bad")).toEqual([]);
    scene.expectPromisesKept(bad());
  });

  it("is rejected at once where it is forbidden", async () => {
    await begin([bad()], (effect) => (effect.what === "prepare" ? "forbidden" : "go-on"));
    await scene.clock.advanceTo(at("12:01:01"));
    expect(scene.record("bad").runs).toMatchObject([{ outcome: { kind: "rejected", reason: "forbidden" } }]);
    expect(told("run-started", "bad")).toMatchObject([{ rejected: { reason: "forbidden" } }]);
    expect(told("engine-down")).toEqual([]);
  });

  it("is rejected when it was made, and cannot be started", async () => {
    const job = bad({
      schedules: [{ pattern: "1 12 * * *", timezone: "UTC" }],
      run: { pendingTimeoutMs: 3 * MINUTE_MS },
    });
    await begin([healthy, job], (effect) => (effect.what === "activate" && isOfBad(effect) ? "trouble" : "go-on"));
    await scene.clock.advanceTo(at("12:05"));
    expectHealthyOnTime();
    expect(told("pass-failed").length).toBe(1);
    expect(scene.record("bad").runs).toMatchObject([
      { outcome: { kind: "rejected", reason: "pending-timeout", message: expect.stringContaining("resource busy") } },
    ]);
    expect(scene.world.executions.filter(({ object }) => object.order?.job === "bad")).toEqual([]);
  });
});

describe("starts that hang", () => {
  const hanging = Array.from({ length: 8 }, (_, index) => bad({ name: `bad-${index}` }));
  const hold = () => scene.clock.wait(120_000, new AbortController().signal);

  it("delay no other, as many as they are; and each can be seen", async () => {
    await begin([healthy, ...hanging], async (effect): Promise<Fate> => {
      if (effect.what === "activate" && effect.moment === "before" && isOfBad(effect)) await hold();
      return "go-on";
    });
    await scene.clock.advanceTo(at("12:01:15"));
    expect(scheduler.loop.launches.hanging).toBe(8);
    expect(scheduler.loop.troublesOf("bad-3")).toMatchObject([{ cause: expect.stringContaining("not answered") }]);
    await scene.clock.advance(20 * MINUTE_MS);
    expectHealthyOnTime();
  });

  it("delay no other where they hang before anything is made", async () => {
    await begin([healthy, ...hanging], async (effect): Promise<Fate> => {
      if (effect.what === "prepare" && effect.moment === "before" && isOfBad(effect)) await hold();
      return "go-on";
    });
    await scene.clock.advance(20 * MINUTE_MS);
    expectHealthyOnTime();
  });
});

describe("an ended container that cannot be removed", () => {
  const history = { succeeded: 1, failed: 1 };
  const keepsOne = bad({ policies: { history } });

  it("is tried again, less and less often, and said once; all else that must go goes", async () => {
    let tries = 0;
    await begin([healthy, keepsOne], (effect) => {
      const isStuck = effect.what === "remove" && effect.subject === firstOfBad();
      if (isStuck && effect.moment === "before") tries++;
      return isStuck && scene.clock.now() < at("14:00") ? "trouble" : "go-on";
    });
    await scene.clock.advanceTo(at("13:30"));
    expectHealthyOnTimeUntilNow();
    expect(told("pass-failed")).toMatchObject([{ job: "bad" }]);
    expect(tries).toBeLessThan(15);
    // Its last run, and the one that cannot go.
    const left = [...scene.world.objects.values()].filter(({ order }) => order?.job === "bad");
    expect(left.length).toBe(2);
    await scene.clock.advanceTo(at("15:30"));
    expect(told("pass-recovered")).toMatchObject([{ job: "bad" }]);
    scene.expectPromisesKept(keepsOne);
  });

  const firstOfBad = () => [...scene.world.everMade.values()].find(({ order }) => order?.job === "bad")?.id;
  const expectHealthyOnTimeUntilNow = () => {
    expect(new Set(told("run-started", "healthy").map((event) => "delayMs" in event && event.delayMs))).toEqual(
      new Set([0]),
    );
    expect(told("engine-down")).toEqual([]);
  };
});

describe("an object of which the engine says nothing", () => {
  const job = bad({ schedules: [{ pattern: "*/30 * * * *", timezone: "UTC" }] });
  const runs: Program = (process) => {
    if (process.order.job !== "bad") process.exit(0);
  };

  it("is lost in the end, with the engine's words; meanwhile the job waits and the others do not", async () => {
    await begin([healthy, job], (effect) => (effect.what === "look" && isOfBad(effect) ? "trouble" : "go-on"), runs);
    await scene.clock.advanceTo(at("12:39:50"));
    expect(scene.record("bad").runs[0]?.outcome).toBeUndefined();
    expect(told("pass-failed").length).toBe(1);
    await scene.clock.advanceTo(at("12:41:30"));
    expectHealthyOnTime();
    expect(scene.record("bad").runs[0]).toMatchObject({
      outcome: { kind: "lost", reason: "out-of-sight", message: expect.stringContaining("resource busy") },
    });
  });
});

describe("a process that cannot be stopped", () => {
  it("counts as running, since it does; that is said once, and the others start on time", async () => {
    const job = bad({ run: { timeoutMs: 30_000, stopGracePeriodMs: 1000 } });
    const runs: Program = (process) => {
      if (process.order.job !== "bad") process.exit(0);
    };
    await begin(
      [healthy, job],
      (effect) => (["stop", "remove"].includes(effect.what) && isOfBad(effect) ? "trouble" : "go-on"),
      runs,
    );
    await scene.clock.advance(20 * MINUTE_MS);
    expectHealthyOnTime();
    expect(told("pass-failed").length).toBeLessThanOrEqual(2);
    expect(scene.record("bad").runs[0]?.outcome).toBeUndefined();
    expect(scheduler.loop.troublesOf("bad")).not.toEqual([]);
  });
});

describe("a pull that stalls", () => {
  const stalls: Fault = (effect) => (effect.what === "pull" ? "hang" : "go-on");
  const image = { kind: "compose", image: "elsewhere:1" } as const;

  it("ends at the starting_deadline of what it is for", async () => {
    const job = bad({ policies: { startingDeadlineMs: 60_000 } });
    const pulled = { ...job, template: { ...job.template, ...image } } as Job;
    await begin([healthy, pulled], stalls);
    await scene.clock.advanceTo(at("12:04:30"));
    expectHealthyOnTime();
    expect(scene.record("bad").totals.missed).toMatchObject({ "too-late": expect.any(Number) });
    scene.expectPromisesKept(pulled);
  });

  it("ends when its job is no more", async () => {
    const pulled = { ...bad(), template: { ...bad().template, ...image } } as Job;
    await begin([healthy, pulled], stalls);
    await scene.clock.advanceTo(at("12:01:30"));
    expect(scheduler.loop.launches.of("bad")).toBeDefined();
    await scheduler.declare([healthy]);
    await scene.clock.advance(1000);
    expect(scheduler.loop.launches.of("bad")).toBeUndefined();
  });
});
