import { expect, test } from "vitest";
import { OutputLimit } from "../../../src/runs/output/output-limit.ts";
import { aClock } from "../../support/a-clock.ts";

const rate = { linesPerSecond: 10, burst: 20, counted: 100 };

/** A limit, and the number of lines let through when so many come at that time. */
function limitAt(): { limit: OutputLimit; offer: (lines: number, ms: number) => { let: number; dropped: number } } {
  let now = 0;
  const clock = aClock({ now: () => new Date(now), wait: () => Promise.resolve() });
  const limit = new OutputLimit(clock, rate);
  const offer = (lines: number, ms: number) => {
    now = ms;
    const told = { let: 0, dropped: 0 };
    for (let line = 0; line < lines; line++) {
      if (limit.isShut()) limit.drop(1);
      else {
        told.let++;
        told.dropped += Number(limit.takeDropped());
        limit.pass();
      }
    }
    return told;
  };
  return { limit, offer };
}

test("a burst passes, and what comes after it in the same instant is dropped", () => {
  const { limit, offer } = limitAt();
  expect(offer(25, 0)).toEqual({ let: 20, dropped: 0 });
  expect(limit.takeDropped()).toBe(5);
  expect(limit.takeDropped()).toBe(0);
});

test("a steady stream below the rate loses nothing", () => {
  const { limit, offer } = limitAt();
  for (let second = 0; second < 100; second++) expect(offer(10, second * 1000).let).toBe(10);
  expect(limit.takeDropped()).toBe(0);
});

test("once empty it stays shut until a second's worth has gathered, and says what was dropped with the next line", () => {
  const { offer } = limitAt();
  offer(21, 0);
  expect(offer(1, 500)).toEqual({ let: 0, dropped: 0 });
  expect(offer(1, 1000)).toEqual({ let: 1, dropped: 2 });
});

test("a flood is logged in stretches, at the rate", () => {
  const { offer } = limitAt();
  let letThrough = 0;
  let stretches = 0;
  for (let ms = 0; ms <= 10_000; ms += 10) {
    const told = offer(10, ms);
    letThrough += told.let;
    if (told.dropped > 0) stretches += 1;
  }
  expect(letThrough).toBeLessThanOrEqual(20 + 100);
  expect(letThrough).toBeGreaterThanOrEqual(20 + 90);
  expect(stretches).toBe(9);
});

test("a clock that goes back drops no more than one that stands still", () => {
  const { offer } = limitAt();
  offer(10, 60_000);
  expect(offer(15, 0)).toEqual({ let: 10, dropped: 0 });
  expect(offer(1, 1000)).toEqual({ let: 1, dropped: 5 });
});

test("not all lines of a flood are even counted: it is not read until it may be logged again, and their number is unknown", () => {
  const { limit, offer } = limitAt();
  offer(20 + 100, 0);
  expect(limit.isOverrun()).toBe(false);
  offer(1, 100);
  expect(limit.isOverrun()).toBe(true);
  expect(limit.opensInMs).toBe(900);
  limit.leave();
  expect(limit.isOverrun()).toBe(false);
  expect(offer(1, 999).let).toBe(0);
  expect(limit.takeDropped()).toBe("unknown");
  expect(offer(1, 1000)).toEqual({ let: 1, dropped: 0 });
});
