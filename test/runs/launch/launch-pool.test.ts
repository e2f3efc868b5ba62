import { describe, expect, it } from "vitest";
import { LaunchPool } from "../../../src/runs/launch/launch-pool.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";

/** Work that ends when the test says so, and notes when it began. */
function gate(began: string[], name: string) {
  const { promise, resolve } = Promise.withResolvers<string>();
  return {
    end: () => resolve(name),
    work: () => {
      began.push(name);
      return promise;
    },
  };
}

const clock = new FakeClock(at("12:00"));
const never = new AbortController().signal;

it("lets only so many in, and then the oldest occurrence first", async () => {
  const began: string[] = [];
  const pool = new LaunchPool(1, clock);
  const [first, late, early] = [gate(began, "first"), gate(began, "late"), gate(began, "early")];
  const all = [
    pool.run({ job: "a", dueAt: at("12:00") }, never, first.work),
    pool.run({ job: "a", dueAt: at("12:09") }, never, late.work),
    pool.run({ job: "a", dueAt: at("12:01") }, never, early.work),
  ];
  for (const { end } of [first, late, early]) end();
  expect(await Promise.all(all)).toEqual(["first", "late", "early"]);
  expect(began).toEqual(["first", "early", "late"]);
});

it("says which job waits for its turn, and how many places are taken", async () => {
  const pool = new LaunchPool(1, clock);
  const [first, second] = [gate([], "first"), gate([], "second")];
  const all = [
    pool.run({ job: "a", dueAt: at("12:00") }, never, first.work),
    pool.run({ job: "b", dueAt: at("12:00") }, never, second.work),
  ];
  expect([pool.isWaiting("a"), pool.isWaiting("b"), pool.places]).toEqual([false, true, { taken: 1, all: 1 }]);
  first.end();
  await all[0];
  await settled();
  expect([pool.isWaiting("b"), pool.places]).toEqual([false, { taken: 1, all: 1 }]);
  second.end();
  await Promise.all(all);
  expect(pool.places).toEqual({ taken: 0, all: 1 });
});

describe("what is prepared ahead of its time", () => {
  /** A pool, and work in it that goes on until the test ends it. */
  function poolOf(size: number) {
    const time = new FakeClock(at("12:00"));
    const pool = new LaunchPool(size, time);
    const began: string[] = [];
    const begin = (how: "run" | "runAhead", job: string, dueAt = "12:01", signal = never) => {
      const { end, work } = gate(began, job);
      const done = pool[how]({ job, dueAt: at(dueAt) }, signal, work);
      return { end, done };
    };
    return { time, pool, began, begin };
  }

  it("begins a few at a time, that which is due first before the others, and takes no place", async () => {
    const { pool, began, begin } = poolOf(8);
    const [first] = ["a", "b"].map((job) => begin("runAhead", job));
    begin("runAhead", "late", "12:05");
    begin("runAhead", "early", "12:03");
    await settled();
    expect([began, pool.places, pool.waiting]).toEqual([["a", "b"], { taken: 0, all: 8 }, 0]);
    first?.end();
    await settled();
    expect(began).toEqual(["a", "b", "early"]);
  });

  it("waits for starts, and no start waits for it", async () => {
    const { began, begin } = poolOf(1);
    const early = begin("runAhead", "early");
    await settled();
    const start = begin("run", "start");
    begin("run", "second");
    begin("runAhead", "later");
    await settled();
    expect(began).toEqual(["early", "start"]);
    early.end();
    await settled();
    expect(began).toEqual(["early", "start"]);
    start.end();
    await settled();
    expect(began).toEqual(["early", "start", "second"]);
  });

  it("keeps no others waiting where the engine does not answer it", async () => {
    const { time, began, begin } = poolOf(2);
    begin("runAhead", "hangs");
    begin("runAhead", "next");
    await time.advance(5000);
    expect(began).toEqual(["hangs", "next"]);
  });

  it("is not begun once it is no longer wanted", async () => {
    const { began, begin } = poolOf(1);
    const first = begin("runAhead", "first");
    const over = new AbortController();
    const unwanted = begin("runAhead", "unwanted", "12:01", over.signal);
    over.abort(new Error("not wanted"));
    await expect(unwanted.done).rejects.toThrow("not wanted");
    first.end();
    await settled();
    expect(began).toEqual(["first"]);
  });
});

it("lets the next in when one fails", async () => {
  const pool = new LaunchPool(1, clock);
  const fails = pool.run({ job: "a", dueAt: at("12:00") }, never, async () => {
    throw new Error("no engine");
  });
  const next = pool.run({ job: "a", dueAt: at("12:00") }, never, async () => "next");
  await expect(fails).rejects.toThrow("no engine");
  expect(await next).toBe("next");
});

it("drops a start that no longer wants to wait, without beginning it", async () => {
  const began: string[] = [];
  const pool = new LaunchPool(1, clock);
  const first = gate(began, "first");
  const running = pool.run({ job: "a", dueAt: at("12:00") }, never, first.work);
  const stop = new AbortController();
  const waiting = pool.run({ job: "a", dueAt: at("12:00") }, stop.signal, gate(began, "waiting").work);
  stop.abort(new Error("stopping"));
  await expect(waiting).rejects.toThrow("stopping");
  expect([pool.waiting, pool.isWaiting("a")]).toEqual([0, false]);
  first.end();
  await running;
  expect(began).toEqual(["first"]);
});

describe("a start that hangs", () => {
  /** A pool of four with its own clock, and how to begin starts in it. */
  function poolOfFour() {
    const time = new FakeClock(at("12:00"));
    const pool = new LaunchPool(4, time);
    const began: string[] = [];
    const begin = (job: string, minutes = 0, shares: readonly string[] = []) => {
      const { work, end } = gate(began, job);
      const dueAt = new Date(at("12:00").getTime() + minutes * 60_000);
      return { end, done: pool.run({ job, dueAt, shares }, never, work) };
    };
    /** Its next starts are those of a job whose last one went well. */
    const prove = async (job: string) => {
      const { end, done } = begin(job);
      end();
      await done;
      began.length = 0;
    };
    return { pool, time, began, begin, prove };
  }

  it("gives its place back after five seconds, and is counted while it lasts", async () => {
    const { pool, time, began, begin } = poolOfFour();
    const hanging = ["h1", "h2", "h3"].map((job) => begin(job));
    begin("next");
    await time.advance(4999);
    expect([began, pool.hanging, pool.waiting]).toEqual([["h1", "h2", "h3"], 0, 1]);
    await time.advance(1);
    expect([began, pool.hanging, pool.waiting]).toEqual([["h1", "h2", "h3", "next"], 3, 0]);
    expect([pool.isHanging("h2"), pool.isHanging("next")]).toEqual([true, false]);
    for (const { end } of hanging) end();
    await Promise.all(hanging.map(({ done }) => done));
    expect(pool.hanging).toBe(0);
  });

  it("leaves a quarter of the places to those whose last start went well", async () => {
    const { began, begin, prove } = poolOfFour();
    await prove("good");
    for (const job of ["h1", "h2", "h3", "h4"]) begin(job);
    begin("good", 5);
    await settled();
    expect(began).toEqual(["h1", "h2", "h3", "good"]);
  });

  it("is not one whose last start went well, the next time", async () => {
    const { time, began, begin, prove } = poolOfFour();
    await prove("was-good");
    const slow = begin("was-good");
    await time.advance(5000);
    slow.end();
    await slow.done;
    began.length = 0;
    for (const job of ["h1", "h2", "h3", "was-good"]) begin(job);
    await settled();
    expect(began).toEqual(["h1", "h2", "h3"]);
  });

  it("lets those wait that use the same volume, and no others", async () => {
    const { time, began, begin } = poolOfFour();
    const first = begin("h1", 0, ["volume nfs"]);
    await time.advance(5000);
    const second = begin("h2", 1, ["volume nfs", "volume local"]);
    begin("other", 2, ["volume local"]);
    await settled();
    expect(began).toEqual(["h1", "other"]);
    first.end();
    await first.done;
    await settled();
    expect(began).toEqual(["h1", "other", "h2"]);
    second.end();
  });
});
