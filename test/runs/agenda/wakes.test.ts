import { beforeEach, describe, expect, it } from "vitest";
import { Wakes } from "../../../src/runs/agenda/wakes.ts";
import { at } from "../../support/a-job.ts";
import { FakeClock } from "../../support/fake-clock.ts";

let clock: FakeClock;
let wakes: Wakes;
/** Before this, the pass of a job is not repeated. */
let notBefore: Date | undefined;

beforeEach(() => {
  clock = new FakeClock(at("12:00"));
  notBefore = undefined;
  wakes = new Wakes(clock, { notBefore: () => notBefore });
});

/** Resolves to how many seconds the nap lasts. */
async function nap(until?: Date, wake: () => void = () => {}): Promise<number> {
  const from = clock.now().getTime();
  wakes.prepareNap();
  let isOver = false;
  const over = wakes.napUntil(until).then(() => {
    isOver = true;
  });
  wake();
  while (!isOver) {
    await clock.advance(0);
    if (!isOver) await clock.advance(1000);
  }
  await over;
  return (clock.now().getTime() - from) / 1000;
}

describe("a job that is woken", () => {
  it("gets a pass now, and only one at a time", () => {
    wakes.wake("backup");
    expect(wakes.beginPasses(clock.now())).toEqual(["backup"]);
    expect(wakes.beginPasses(clock.now())).toEqual([]);
  });

  it("during its pass gets another one", () => {
    wakes.wake("backup");
    wakes.beginPasses(clock.now());
    wakes.wake("backup");
    expect(wakes.beginPasses(clock.now())).toEqual([]);
    wakes.endPass("backup");
    expect(wakes.beginPasses(clock.now())).toEqual(["backup"]);
  });

  it("whose time comes during its pass gets another one", () => {
    wakes.wake("backup");
    wakes.beginPasses(clock.now());
    wakes.lookAt("backup", clock.now());
    expect(wakes.beginPasses(clock.now())).toEqual([]);
    wakes.endPass("backup");
    expect(wakes.beginPasses(clock.now())).toEqual(["backup"]);
  });

  it("after its pass has failed waits a moment", () => {
    notBefore = at("12:00:01");
    wakes.wake("backup");
    expect(wakes.next()).toEqual(at("12:00:01"));
  });
});

describe("when everything is woken", () => {
  it("that is said once, and jobs that wait for the engine are woken", () => {
    wakes.waitForEngine("backup");
    expect([wakes.takeAll(), wakes.next()]).toEqual([false, undefined]);
    wakes.wakeAll();
    expect([wakes.takeAll(), wakes.takeAll()]).toEqual([true, false]);
    expect(wakes.beginPasses(clock.now())).toEqual(["backup"]);
  });
});

describe("a nap", () => {
  it("lasts until its time, and a minute at most", async () => {
    expect(await nap(at("12:00:05"))).toBe(5);
    expect(await nap(at("13:00"))).toBe(60);
    expect(await nap()).toBe(60);
  });

  it("ends with a wake, of one job or of all", async () => {
    expect(await nap(at("13:00"), () => wakes.wake("backup"))).toBe(0);
    expect(await nap(at("13:00"), () => wakes.wakeAll())).toBe(0);
  });

  it("does not begin when the wake came before it", async () => {
    wakes.prepareNap();
    wakes.wake("backup");
    const from = clock.now();
    await wakes.napUntil(at("13:00"));
    expect(clock.now()).toEqual(from);
  });
});
