import { beforeEach, describe, expect, it } from "vitest";
import { Cleanup } from "../../../src/runs/attempts/cleanup.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock, settled } from "../../support/fake-clock.ts";

const AT_ONCE = 8;
const HOLDS_PLACE_MS = 5000;

let clock: FakeClock;
let cleanup: Cleanup;
/** The objects whose clean-up has begun, in that order. */
let began: string[];

beforeEach(() => {
  clock = new FakeClock(at("12:00"));
  cleanup = new Cleanup(clock);
  began = [];
});

/** Begins work that ends when the test says so. */
function begin(objectId: string) {
  const work = Promise.withResolvers<void>();
  const done = cleanup.begin(objectId, () => {
    began.push(objectId);
    return work.promise;
  });
  return { done, end: () => work.resolve(), fail: (message: string) => work.reject(new Error(message)) };
}

const beginMany = (count: number) => Array.from({ length: count }, (_, index) => begin(`object-${index + 1}`));
const names = (count: number) => Array.from({ length: count }, (_, index) => `object-${index + 1}`);

describe("cleaning up", () => {
  it("is done to eight objects at once, and to the others in the order in which they were asked for", async () => {
    const all = beginMany(AT_ONCE + 2);
    await settled();
    expect(began).toEqual(names(AT_ONCE));
    all[3]?.end();
    await settled();
    expect(began).toEqual(names(AT_ONCE + 1));
    all[0]?.end();
    await settled();
    expect(began).toEqual(names(AT_ONCE + 2));
  });

  it("is never done to one object twice at the same time, also while it waits for its turn", async () => {
    const all = beginMany(AT_ONCE + 1);
    expect(begin("object-1").done).toBeUndefined();
    expect(begin(`object-${AT_ONCE + 1}`).done).toBeUndefined();
    for (const { end } of all) end();
    await Promise.all(all.map(({ done }) => done));
    expect(began).toEqual(names(AT_ONCE + 1));
  });

  it("may be done to an object again when it is over", async () => {
    const first = begin("object-1");
    first.end();
    await first.done;
    expect(begin("object-1").done).toBeDefined();
    await settled();
    expect(began).toEqual(["object-1", "object-1"]);
  });
});

describe("a clean-up that hangs", () => {
  it("gives its place back after a while, and one only", async () => {
    beginMany(AT_ONCE + 12);
    await clock.advance(HOLDS_PLACE_MS - 1);
    expect(began).toHaveLength(AT_ONCE);
    await clock.advance(1);
    expect(began).toHaveLength(2 * AT_ONCE);
    await clock.advance(HOLDS_PLACE_MS);
    expect(began).toHaveLength(AT_ONCE + 12);
  });

  it("gives no second place back when it comes to its end after all", async () => {
    const all = beginMany(AT_ONCE);
    await clock.advance(HOLDS_PLACE_MS);
    for (const { end } of all) end();
    await Promise.all(all.map(({ done }) => done));
    await clock.advance(HOLDS_PLACE_MS);
    for (let index = 0; index <= AT_ONCE; index++) begin(`later-${index}`);
    await settled();
    expect(began.slice(AT_ONCE)).toEqual(Array.from({ length: AT_ONCE }, (_, index) => `later-${index}`));
  });

  it("is not begun again, however long it hangs", async () => {
    const hanging = begin("object-1");
    await clock.advance(100 * HOLDS_PLACE_MS);
    expect(begin("object-1").done).toBeUndefined();
    hanging.end();
    await hanging.done;
    expect(begin("object-1").done).toBeDefined();
  });
});

describe("a clean-up that fails", () => {
  it("says so once to the caller, leaves the others alone, and may be done again", async () => {
    const all = beginMany(AT_ONCE + 1);
    all[0]?.fail("device or resource busy");
    await expect(all[0]?.done).rejects.toThrow("device or resource busy");
    await settled();
    expect(began).toEqual(names(AT_ONCE + 1));
    const again = begin("object-1");
    for (const { end } of all.slice(1)) end();
    await Promise.all(all.slice(1).map(({ done }) => done));
    again.end();
    await again.done;
    expect(began).toEqual([...names(AT_ONCE + 1), "object-1"]);
  });

  it("also where its work throws before it returns a promise", async () => {
    const done = cleanup.begin("object-1", () => {
      throw new Error("no engine");
    });
    await expect(done).rejects.toThrow("no engine");
    expect(begin("object-1").done).toBeDefined();
  });
});

describe("at the end of a scheduler", () => {
  /** Resolves to how long it waited. */
  async function settledWithin(ms: number): Promise<number> {
    const from = clock.now().getTime();
    await cleanup.settled(ms);
    return clock.now().getTime() - from;
  }

  it("nothing under way keeps it waiting", async () => {
    expect(await settledWithin(60_000)).toBe(0);
  });

  it("what is under way is waited for, also where it fails, and what waits for its turn", async () => {
    const all = beginMany(AT_ONCE + 1);
    let isSettled = false;
    const waiting = cleanup.settled(60_000).then(() => {
      isSettled = true;
    });
    all[0]?.done?.catch(() => {});
    all[0]?.fail("no engine");
    for (const { end } of all.slice(1, AT_ONCE)) end();
    await settled();
    expect(isSettled).toBe(false);
    all[AT_ONCE]?.end();
    await waiting;
    expect(clock.now()).toEqual(at("12:00"));
  });

  it("what hangs is not waited for longer than it has", async () => {
    begin("object-1");
    const waited = settledWithin(10_000);
    await clock.advance(20_000);
    expect(await waited).toBe(10_000);
    expect(begin("object-1").done).toBeUndefined();
  });
});
