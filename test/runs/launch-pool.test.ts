import { expect, it } from "vitest";
import { LaunchPool } from "../../src/runs/launch-pool.ts";
import { at } from "../support/a-job.ts";

/** Work that ends when it is told to, and notes when it began. */
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

const never = new AbortController().signal;

it("lets only so many in, and then the oldest occurrence first", async () => {
  const began: string[] = [];
  const pool = new LaunchPool(1);
  const [first, late, early] = [gate(began, "first"), gate(began, "late"), gate(began, "early")];
  const all = [
    pool.run(at("12:00"), never, first.work),
    pool.run(at("12:09"), never, late.work),
    pool.run(at("12:01"), never, early.work),
  ];
  for (const { end } of [first, late, early]) end();
  expect(await Promise.all(all)).toEqual(["first", "late", "early"]);
  expect(began).toEqual(["first", "early", "late"]);
});

it("lets the next in when one fails", async () => {
  const pool = new LaunchPool(1);
  const fails = pool.run(at("12:00"), never, async () => {
    throw new Error("no engine");
  });
  const next = pool.run(at("12:00"), never, async () => "next");
  await expect(fails).rejects.toThrow("no engine");
  expect(await next).toBe("next");
});

it("lets go of who does not want to wait any more, without having begun", async () => {
  const began: string[] = [];
  const pool = new LaunchPool(1);
  const first = gate(began, "first");
  const running = pool.run(at("12:00"), never, first.work);
  const stop = new AbortController();
  const waiting = pool.run(at("12:00"), stop.signal, gate(began, "waiting").work);
  stop.abort(new Error("stopping"));
  await expect(waiting).rejects.toThrow("stopping");
  expect(pool.waiting).toBe(0);
  first.end();
  await running;
  expect(began).toEqual(["first"]);
});
