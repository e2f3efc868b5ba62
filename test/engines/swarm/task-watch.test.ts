import { beforeEach, describe, expect, it } from "vitest";
import type { Task } from "../../../src/engines/docker/services.ts";
import { type TasksByService, TaskWatch } from "../../../src/engines/swarm/task-watch.ts";
import { FakeClock } from "../../support/fake-clock.ts";

const none: TasksByService = new Map();
const aTask = (State: string, change: Partial<Task> = {}): TasksByService => {
  const task: Task = {
    ID: "t1",
    CreatedAt: "2026-11-22T19:23:10Z",
    ServiceID: "s1",
    Spec: { ContainerSpec: { Image: "busybox", Labels: { "shipbell.job": "backup" } } },
    Status: { Timestamp: "2026-11-22T19:23:12Z", State },
    DesiredState: State === "complete" ? "shutdown" : "running",
    ...change,
  };
  return new Map([["s1", [task]]]);
};

let clock: FakeClock;
let answer: TasksByService | Error;
let asked: number;
let told: (string | undefined)[];
let watch: TaskWatch;
beforeEach(() => {
  clock = new FakeClock(new Date("2026-11-22T19:23:00Z"));
  answer = none;
  asked = 0;
  told = [];
  const readTasks = async () => {
    asked++;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  watch = new TaskWatch({ clock, readTasks });
});

function listen(): AbortController {
  const listening = new AbortController();
  watch.listen((_, job) => told.push(job), listening.signal);
  return listening;
}

/** How often it asks in so many milliseconds. */
async function askedIn(ms: number): Promise<number> {
  const before = asked;
  await clock.advance(ms);
  return asked - before;
}

describe("the tasks are asked for", () => {
  it("not at all while nothing is active", async () => {
    listen();
    expect(await askedIn(60_000)).toBe(0);
  });

  it("not at all while nobody listens", async () => {
    watch.begin("s1");
    expect(await askedIn(60_000)).toBe(0);
  });

  it("four times a second at first, then four times in three seconds, and no more once it has ended", async () => {
    listen();
    watch.begin("s1");
    answer = aTask("running");
    expect(await askedIn(3000)).toBe(12);
    expect(await askedIn(6000)).toBe(8);
    answer = aTask("complete");
    expect(await askedIn(60_000)).toBe(1);
    expect(watch.isActive("s1")).toBe(false);
  });

  it("at once and quickly when its container has died, for a second at most", async () => {
    listen();
    watch.begin("s1");
    answer = aTask("running");
    await clock.advance(10_100);
    watch.hurry("s1");
    expect(await askedIn(1000)).toBe(1 + 20);
    expect(await askedIn(6000)).toBe(8);
  });

  it("on, when an answer fails", async () => {
    listen();
    watch.begin("s1");
    answer = new Error("no leader");
    expect(await askedIn(2000)).toBe(8);
    answer = aTask("complete");
    await clock.advance(250);
    expect(told).toEqual(["backup"]);
  });

  it("no more when the last one leaves, and again when one comes", async () => {
    const listening = listen();
    watch.begin("s1");
    await clock.advance(500);
    listening.abort();
    expect(await askedIn(60_000)).toBe(0);
    listen();
    expect(await askedIn(1000)).toBeGreaterThan(0);
  });

  it("not while its node is down: nothing is heard of it; quickly again when the node is back", async () => {
    listen();
    watch.begin("s1");
    answer = aTask("running");
    await clock.advance(10_000);
    watch.setAway("s1", true);
    expect(await askedIn(60_000)).toBe(0);
    expect(watch.isActive("s1")).toBe(true);
    watch.setAway("s1", false);
    expect(await askedIn(1000)).toBe(4);
  });

  it("for ten seconds where there is none, which is told", async () => {
    listen();
    watch.begin("s1");
    await clock.advance(11_000);
    expect(told).toEqual([undefined]);
    expect(await askedIn(60_000)).toBe(0);
  });
});

describe("the job is told", () => {
  it("when its task runs, ends or goes, not while it only comes nearer", async () => {
    listen();
    watch.begin("s1");
    for (const [state, times] of [
      ["pending", 0],
      ["preparing", 0],
      ["running", 1],
      ["running", 1],
      ["complete", 2],
    ] as const) {
      answer = aTask(state);
      await clock.advance(250);
      expect(told).toHaveLength(times);
    }
  });

  it("when its task has vanished", async () => {
    listen();
    watch.note(aTask("running"));
    answer = none;
    await clock.advance(1000);
    expect(told).toEqual(["backup"]);
    expect(watch.isActive("s1")).toBe(false);
  });

  it("once, when it is over although its task is not, and nothing is asked any more", async () => {
    listen();
    answer = aTask("running", { DesiredState: "shutdown" });
    watch.note(answer);
    watch.end("s1");
    watch.note(answer);
    watch.end("s1");
    expect(told).toEqual(["backup"]);
    await clock.advance(250);
    expect(await askedIn(60_000)).toBe(0);
  });
});

describe("the start of a process", () => {
  it("is remembered, since a task that is told to stop forgets it", () => {
    watch.note(aTask("running"));
    const later = { Timestamp: "2026-11-22T19:25:00Z", State: "running" };
    watch.note(aTask("running", { DesiredState: "shutdown", Status: later }));
    expect(watch.startedAt("s1")).toEqual(new Date("2026-11-22T19:23:12Z"));
    watch.keepOnly(new Set());
    expect(watch.startedAt("s1")).toBeUndefined();
  });
});
